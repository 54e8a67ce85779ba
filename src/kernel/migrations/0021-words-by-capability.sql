-- `ingress` reads a text or a name for a call that shows its capability, and no other. What the carrier told once is
-- not told otherwise.
-- ends older builds

-- The database is given the SHA-256 of a capability and keeps the SHA-256 of that: who reads a row can't ask by it.
UPDATE handoffs SET capability_hash = sha256(capability_hash) WHERE capability_hash IS NOT NULL;

REVOKE SELECT ON dings, accounts, verify_services FROM dingline_ingress;
GRANT SELECT (id, app_id) ON verify_services TO dingline_ingress;

GRANT SELECT (id, purpose, subject_id, capability_hash, capability_expires_at) ON handoffs TO dingline_keeper;
GRANT SELECT ON legs, participants, dings, ding_recipients, conferences, verify_services TO dingline_keeper;
GRANT SELECT (id, service_id) ON verifications TO dingline_keeper;

-- A confirmation and a stop are said once.
CREATE TRIGGER ding_recipients_move_forward BEFORE UPDATE ON ding_recipients FOR EACH ROW
  WHEN ((OLD.confirmed_at IS NOT NULL
      AND (NEW.confirmed_at, NEW.confirmed_by) IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by))
    OR NEW.stopped_at IS DISTINCT FROM coalesce(OLD.stopped_at, NEW.stopped_at))
  EXECUTE FUNCTION refuse_backward();
