-- A carrier's room ends with whoever leaves it last; who comes later is in another one, with another id. That is told,
-- as the first was, by a call of this conference (0053), and never untold.
DROP TRIGGER conferences_told ON conferences;
CREATE TRIGGER conferences_told BEFORE UPDATE OF carrier_ref ON conferences FOR EACH ROW
  WHEN (OLD.carrier_ref IS NOT NULL AND NEW.carrier_ref IS NULL)
  EXECUTE FUNCTION refuse_backward();
