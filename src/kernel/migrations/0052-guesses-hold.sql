-- A code that was noted is compared while the secret holds by which it was: the digest that is kept of it.
-- ends older builds
DELETE FROM code_guesses;
ALTER TABLE code_guesses ADD COLUMN prover_hash bytea NOT NULL;

-- What a worker locks keeps its name: without the row nothing would be swept, by anybody.
CREATE TRIGGER sweeps_stay BEFORE UPDATE ON sweeps FOR EACH ROW EXECUTE FUNCTION refuse_backward();
