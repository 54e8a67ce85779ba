-- What `ingress` says was said by a carrier: it shows the capability in the address that was called, and writes nothing
-- without. What is out there is ended by nobody else. An SMS that follows is handed off when it is written, and what a
-- worker has taken up is put back by that worker alone.
-- ends older builds

-- Which hand-off's capability was shown in this transaction -----------------------------------------------------------

-- As an identity is (0042): bound to its transaction, for half a minute, in one that sees what is so now.
CREATE FUNCTION called_code(handoff uuid) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT sha256(k.key || sha256(k.key || convert_to(
    concat_ws(' ', 'called', pg_current_xact_id(), pg_backend_pid(), pg_postmaster_start_time(),
      transaction_timestamp(), handoff), 'UTF8')))
  FROM identity_key k
$$;
CREATE FUNCTION set_called(handoff uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT set_config('dingline.called', handoff || ' ' || encode(called_code(handoff), 'hex'), true)
$$;
-- Null: no capability was shown.
CREATE FUNCTION called_handoff() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  claim text := coalesce(current_setting('dingline.called', true), '');
  handoff uuid;
BEGIN
  IF claim !~ '^[0-9a-f-]{36} [0-9a-f]{64}$'
    OR clock_timestamp() > transaction_timestamp() + interval '30 seconds'
    OR current_setting('transaction_isolation') <> 'read committed'
  THEN
    RETURN NULL;
  END IF;
  handoff := left(claim, 36)::uuid;
  IF sha256(decode(right(claim, 64), 'hex')) <> sha256(called_code(handoff)) THEN RETURN NULL; END IF;
  RETURN handoff;
END $$;
ALTER FUNCTION called_code(uuid) OWNER TO dingline_keeper;
ALTER FUNCTION set_called(uuid) OWNER TO dingline_keeper;
ALTER FUNCTION called_handoff() OWNER TO dingline_keeper;

-- Is it what the shown capability's call or SMS is for, or that one's call, or a step of that call?
CREATE FUNCTION is_told_of(thing uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h
    LEFT JOIN legs l ON l.id = h.subject_id
    LEFT JOIN notifications n ON n.id = h.subject_id
    WHERE h.id = called_handoff() AND (
      h.subject_id = thing
      OR coalesce(l.call_id, n.call_id) = thing
      OR EXISTS (SELECT FROM legs o WHERE o.id = thing AND o.call_id = coalesce(l.call_id, n.call_id))
      OR EXISTS (SELECT FROM notifications o WHERE o.id = thing AND o.call_id = coalesce(l.call_id, n.call_id))))
$$;
-- Has a worker taken it up, and has the carrier not refused it? Then a phone may be on it.
CREATE FUNCTION may_be_on(leg uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h
    WHERE h.subject_id = leg AND h.kind = 'deliver' AND h.state IN ('sending', 'accepted', 'unknown'))
$$;
REVOKE ALL ON FUNCTION called_code, set_called, called_handoff, is_told_of, may_be_on FROM PUBLIC;
GRANT EXECUTE ON FUNCTION called_handoff, is_told_of, may_be_on
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

-- Nothing is written by `ingress` without -----------------------------------------------------------------------------

DO $$
DECLARE
  t regclass;
BEGIN
  FOR t IN
    SELECT c.oid FROM pg_class c
    WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND (
      has_table_privilege('dingline_ingress', c.oid, 'INSERT, UPDATE, DELETE')
      OR has_any_column_privilege('dingline_ingress', c.oid, 'INSERT, UPDATE'))
  LOOP
    EXECUTE format('CREATE TRIGGER said_by_a_carrier BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH STATEMENT '
      || 'WHEN (current_user = ''dingline_ingress'' AND called_handoff() IS NULL) '
      || 'EXECUTE FUNCTION refuse_untold()', t);
  END LOOP;
END $$;

-- And it is of that call, SMS or verification -------------------------------------------------------------------------

CREATE TRIGGER callbacks_told BEFORE INSERT ON callbacks FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NEW.handoff_id IS DISTINCT FROM called_handoff())
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER handoffs_told_of BEFORE INSERT ON handoffs FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(NEW.subject_id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER handoffs_heard BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NEW.id IS DISTINCT FROM called_handoff()
    AND NOT (NEW.state = 'canceled' AND is_told_of(NEW.subject_id)))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER notifications_told_of BEFORE INSERT ON notifications FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(NEW.call_id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER verifications_told_of BEFORE UPDATE ON verifications FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(NEW.id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER conferences_told_of BEFORE UPDATE ON conferences FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(NEW.call_id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER ding_recipients_told_of BEFORE UPDATE ON ding_recipients FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(NEW.call_id))
  EXECUTE FUNCTION refuse_untold();

-- As in 0048; and of a phone that may be on a call nothing is said but by that call, also where the call is over. `api`
-- ends what waits, and hangs up the rest.
DROP TRIGGER legs_told ON legs;
CREATE TRIGGER legs_told BEFORE UPDATE ON legs FOR EACH ROW
  WHEN (NEW.* IS DISTINCT FROM OLD.* AND CASE current_user
    WHEN 'dingline_ingress' THEN NOT is_told_of(NEW.call_id) OR NOT is_out(NEW.id)
      AND NOT (NEW.state = 'ended' AND NOT is_live(NEW.call_id))
    WHEN 'dingline_api' THEN may_be_on(NEW.id)
    ELSE false
  END)
  EXECUTE FUNCTION refuse_untold();
DROP TRIGGER notifications_told ON notifications;
CREATE TRIGGER notifications_told BEFORE UPDATE ON notifications FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NEW.* IS DISTINCT FROM OLD.* AND (NOT is_told_of(NEW.call_id)
    OR NOT is_out(NEW.id) AND NOT (NEW.state = 'ended' AND NOT is_sought(NEW.participant_id))))
  EXECUTE FUNCTION refuse_untold();

-- What is written goes out --------------------------------------------------------------------------------------------

-- There is one SMS with a Ding to a person: one that nobody hands off would keep it from them.
CREATE FUNCTION require_handoff() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM handoffs h WHERE h.subject_id = NEW.id AND h.kind = 'deliver') THEN
    RAISE EXCEPTION '% told what is not so: nobody hands it off', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER notifications_handed_off AFTER INSERT ON notifications DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW
  WHEN (NEW.channel <> 'app' AND current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION require_handoff();

-- What reaches a phone is put back by whoever took it up, who shows its capability, and that one stays until then: who
-- else could know that it has not left?
CREATE TRIGGER handoffs_put_back BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND OLD.kind = 'deliver' AND (
    OLD.state <> 'queued' AND NEW.state = 'queued' AND OLD.id IS DISTINCT FROM called_handoff()
    OR NEW.capability_hash IS DISTINCT FROM OLD.capability_hash
      AND NOT (OLD.state = 'queued' AND NEW.state = 'sending')))
  EXECUTE FUNCTION refuse_backward();
