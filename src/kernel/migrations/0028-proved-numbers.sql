-- A number is proved by a code that `api` doesn't know before it is typed: the worker makes it, PostgreSQL compares it,
-- and what follows is written by the keeper's functions alone, for whoever shows a secret of the starter's.
-- ends older builds

-- Codes: what is compared stands beside what is sealed, and no login reads it ------------------------------------------

-- It is the SHA-256 of what a right check submits. A code that `api` had made before this still checks right.
ALTER TABLE codes ADD COLUMN hash bytea;
UPDATE codes c SET hash = sha256(v.code_hash) FROM verifications v WHERE v.id = c.verification_id;
INSERT INTO codes (verification_id, sealed, hash)
SELECT id, decode(repeat('00', 61), 'hex'), sha256(code_hash) FROM verifications WHERE is_test AND state = 'pending' AND code_hash IS NOT NULL
ON CONFLICT DO NOTHING;
DELETE FROM codes WHERE hash IS NULL;
ALTER TABLE codes ALTER COLUMN hash SET NOT NULL, ADD CONSTRAINT codes_hash_check CHECK (octet_length(hash) = 32);
ALTER TABLE verifications DROP COLUMN code_hash;

-- Test numbers, as the worker's settings have them: each with a row of its own in `numbers`, which the worker has sealed.
-- The keys are those of RFC 2104, of the hashed code: with them, and nothing but SHA-256, a code's digest is computed
-- for any verification. Without the pepper they say nothing of the code.
CREATE TABLE test_numbers (
  number_index bytea PRIMARY KEY,        -- under a key of the pepper's own, not the permanent index
  number_ref uuid NOT NULL UNIQUE REFERENCES numbers,
  inner_key bytea NOT NULL CHECK (octet_length(inner_key) = 64),
  outer_key bytea NOT NULL CHECK (octet_length(outer_key) = 64)
);

-- What has finished stays as it is, and no login approves -------------------------------------------------------------

CREATE TRIGGER verifications_finish_once BEFORE UPDATE OF state ON verifications FOR EACH ROW
  WHEN (OLD.state <> 'pending' AND NEW.state <> OLD.state
    OR NEW.state = 'approved' AND OLD.state <> 'approved'
      AND current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION refuse_backward();

-- Row rules: a code is handed off by the keeper's functions, to the number that the verification is of ----------------

DROP POLICY hands_off ON handoffs;
CREATE POLICY hands_off ON handoffs FOR INSERT TO dingline_api, dingline_ingress WITH CHECK (
  state = 'queued' AND NOT (purpose = 'verification' AND kind = 'deliver')
  AND belongs_together(purpose, kind, subject_id, account_id, number_ref, target_id)
  AND may_hand_off(kind, subject_id, (SELECT identified_account())));
CREATE POLICY sends_codes ON handoffs FOR INSERT TO dingline_keeper WITH CHECK (purpose = 'verification');

-- Grants --------------------------------------------------------------------------------------------------------------

REVOKE INSERT, UPDATE ON verifications FROM dingline_api;
REVOKE INSERT, UPDATE, DELETE ON account_numbers FROM dingline_api;
REVOKE ALL ON number_proofs, number_guesses, codes FROM dingline_api;
REVOKE INSERT, DELETE ON numbers FROM dingline_api;
REVOKE INSERT ON notices FROM dingline_api;
GRANT SELECT ON secret_bounds TO dingline_api; -- an answer says how many checks are left
REVOKE SELECT ON codes FROM dingline_worker;
GRANT SELECT (verification_id, sealed) ON codes TO dingline_worker;
GRANT INSERT ON epochs TO dingline_worker;
GRANT SELECT (number_ref) ON test_numbers TO dingline_worker;

GRANT SELECT, INSERT, UPDATE (state, attempts, finished_at, voice_at, index_before, index_after, sends, sms_sends,
  first_sms_at, last_sms_at, calls, last_call_at) ON verifications TO dingline_keeper;
GRANT SELECT, INSERT, DELETE ON codes TO dingline_keeper;
GRANT SELECT (id, number_index), INSERT, UPDATE (sealed) ON numbers TO dingline_keeper;
GRANT SELECT, INSERT, UPDATE, DELETE ON account_numbers, number_guesses, test_numbers TO dingline_keeper;
GRANT SELECT, INSERT, UPDATE ON number_proofs, limits TO dingline_keeper;
GRANT SELECT, INSERT, UPDATE (state, settled_at) ON handoffs TO dingline_keeper;
GRANT SELECT ON apps, stops, pumping_blocks TO dingline_keeper;
