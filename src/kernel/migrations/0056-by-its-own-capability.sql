-- What is written of a hand-off or an SMS, beside its move, is said by its own capability, whichever login says it.
-- What a function is given has the bounds of what a login writes by itself.
-- ends older builds

-- Is this hand-off, or one that delivers this, in one of these states?
CREATE FUNCTION is_handed_off(thing uuid, states text[]) RETURNS boolean LANGUAGE sql
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h
    WHERE (h.id = thing OR h.subject_id = thing) AND h.kind = 'deliver' AND h.state = ANY (states))
$$;

-- Hand-offs ----------------------------------------------------------------------------------------------------------

-- As in 0055; a code is taken back by `ingress` where it was told of that verification.
CREATE OR REPLACE FUNCTION may_move(login text, h handoffs, to_state text) RETURNS boolean LANGUAGE sql
SET search_path = public, pg_temp AS $$
  SELECT CASE login
    WHEN 'dingline_api' THEN h.state = 'queued' AND to_state = 'canceled' AND h.purpose = 'verification'
      AND NOT is_pending(h.subject_id)
    WHEN 'dingline_ingress' THEN CASE to_state
      WHEN 'accepted' THEN h.state IN ('sending', 'unknown') AND h.id = called_handoff()
      WHEN 'canceled' THEN h.state = 'queued' AND h.purpose = 'verification' AND NOT is_pending(h.subject_id)
        AND is_told_of(h.subject_id)
      ELSE false
    END
    ELSE CASE to_state
      WHEN 'sending' THEN h.state = 'queued'
      WHEN 'queued' THEN h.state = 'sending' AND (h.kind = 'present' OR h.id = called_handoff())
      WHEN 'accepted' THEN h.state IN ('sending', 'unknown') AND h.id = called_handoff()
      WHEN 'unknown' THEN h.state = 'sending'
      WHEN 'expired' THEN h.state = 'queued' OR h.state = 'sending' AND h.id = called_handoff()
      WHEN 'canceled' THEN h.state = 'queued' OR h.state = 'sending' AND h.id = called_handoff()
      ELSE h.state = 'sending' AND h.id = called_handoff()
    END
  END
$$;

-- Without its capability a hand-off moves, and nothing else of it changes: not by which id its carrier knows it, how
-- far it has come, why it came to nothing, or when it may go out.
DROP TRIGGER handoffs_heard ON handoffs;
CREATE TRIGGER handoffs_told_of_own BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker')
    AND (OLD.id IS DISTINCT FROM called_handoff() OR OLD.capability_hash IS NULL) AND (
      NEW.state = OLD.state
      OR (NEW.carrier, NEW.carrier_ref, NEW.carrier_code, NEW.delivery)
        IS DISTINCT FROM (OLD.carrier, OLD.carrier_ref, OLD.carrier_code, OLD.delivery)
      OR NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason IS DISTINCT FROM NEW.state
      OR NEW.not_before <> OLD.not_before AND OLD.kind <> 'present'))
  EXECUTE FUNCTION refuse_untold();

-- With it, as in 0048: the carrier and its id are written once, and a time with a move. The id is no other call's,
-- which a hang-up would else end.
CREATE FUNCTION is_anothers_ref(ref text, handoff uuid) RETURNS boolean LANGUAGE sql
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM handoffs h WHERE h.carrier_ref = ref AND h.kind = 'deliver' AND h.id <> handoff)
$$;
DROP TRIGGER handoffs_told ON handoffs;
CREATE TRIGGER handoffs_told BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker') AND (
    NEW.carrier IS DISTINCT FROM coalesce(OLD.carrier, NEW.carrier)
    OR NEW.carrier_ref IS DISTINCT FROM coalesce(OLD.carrier_ref, NEW.carrier_ref)
    OR NEW.kind = 'deliver' AND NEW.carrier_ref IS DISTINCT FROM OLD.carrier_ref
      AND is_anothers_ref(NEW.carrier_ref, NEW.id)
    OR NEW.settled_at IS DISTINCT FROM OLD.settled_at AND NEW.state = OLD.state))
  EXECUTE FUNCTION refuse_untold();

-- As in 0055; a microphone is closed and opened by `api` alone, for somebody who asks.
DROP POLICY falls_back ON handoffs;
CREATE POLICY falls_back ON handoffs FOR INSERT TO dingline_worker WITH CHECK (
  state = 'queued' AND NOT is_asked_for AND purpose <> 'verification'
  AND (kind IN ('deliver', 'hang_up') OR kind = 'present' AND purpose = 'ding')
  AND belongs_together(purpose, kind, channel, subject_id, account_id, number_ref, target_id)
  AND (kind <> 'deliver'
    OR EXISTS (SELECT FROM find_step(handoffs.channel, subject_id) s WHERE s.state = 'queued')));

CREATE OR REPLACE FUNCTION require_handoff() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT is_handed_off(NEW.id, '{queued,sending}') THEN
    RAISE EXCEPTION '% told what is not so: nobody hands it off', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;

-- What a call speaks is left for it while it is placed.
CREATE TRIGGER spoken_codes_left BEFORE INSERT OR UPDATE ON spoken_codes FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND NOT is_handed_off(NEW.handoff_id, '{sending}'))
  EXECUTE FUNCTION refuse_backward();

-- SMS ----------------------------------------------------------------------------------------------------------------

-- Does a Ding still want something of this recipient? Also a confirmation that is in doubt (may_follow).
CREATE OR REPLACE FUNCTION is_sought(participant uuid) RETURNS boolean LANGUAGE sql
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM ding_recipients r
    JOIN calls c ON c.id = r.call_id
    WHERE r.participant_id = participant AND r.stopped_at IS NULL AND CASE
      WHEN r.doubted_at IS NOT NULL THEN c.end_reason IS DISTINCT FROM 'recalled'
      ELSE r.confirmed_at IS NULL AND c.ended_at IS NULL
    END)
$$;

-- What becomes of an SMS is said by its own capability, to `ingress` or by the worker that gave it to the carrier. It
-- also ends once nobody is sought by it any more; `api` ends it otherwise, too, and the worker what goes out no more.
CREATE FUNCTION check_notification() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  ends boolean := NEW.state = 'ended' AND OLD.state <> 'ended' AND NEW.begun_at IS NOT DISTINCT FROM OLD.begun_at;
  may boolean;
BEGIN
  PERFORM FROM calls c WHERE c.id = NEW.call_id FOR NO KEY UPDATE;
  may := current_setting('transaction_isolation') = 'read committed' AND CASE current_user
    WHEN 'dingline_ingress' THEN is_called(NEW.id)
      OR ends AND is_told_of(NEW.call_id) AND NOT is_sought(NEW.participant_id)
    WHEN 'dingline_api' THEN ends
    ELSE is_called(NEW.id) OR ends AND (
      NOT is_sought(NEW.participant_id) OR OLD.expires_at <= db_now() + interval '1 minute'
      OR NEW.channel <> 'app' AND NOT is_handed_off(NEW.id, '{queued,sending,accepted,unknown}')
      OR EXISTS (SELECT FROM calls c WHERE c.id = NEW.call_id AND c.ends_at <= db_now() + interval '1 minute'))
  END;
  IF may IS NOT true THEN
    RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF OLD.begun_at IS NULL THEN NEW.begun_at := near_now(NEW.begun_at); END IF;
  IF OLD.ended_at IS NULL THEN NEW.ended_at := near_now(NEW.ended_at); END IF;
  RETURN NEW;
END $$;
DROP TRIGGER notifications_told ON notifications;
CREATE TRIGGER notifications_told BEFORE UPDATE ON notifications FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker')
    AND (NEW.state, NEW.reason, NEW.begun_at, NEW.ended_at)
      IS DISTINCT FROM (OLD.state, OLD.reason, OLD.begun_at, OLD.ended_at))
  EXECUTE FUNCTION check_notification();

-- A link is written while its SMS is on its way: one that is out keeps it.
CREATE TRIGGER notifications_keep_link BEFORE UPDATE ON notifications FOR EACH ROW
  WHEN (current_user = 'dingline_worker'
    AND (NEW.link_hash, NEW.link_mac) IS DISTINCT FROM (OLD.link_hash, OLD.link_mac)
    AND NOT is_handed_off(NEW.id, '{sending}'))
  EXECUTE FUNCTION refuse_backward();

-- What is said of a Ding ---------------------------------------------------------------------------------------------

-- As legs_keep_time (0042), whoever says it, and by a function, too: how long a confirmation may be doubted goes by it.
CREATE FUNCTION ding_recipients_keep_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at THEN NEW.confirmed_at := near_now(NEW.confirmed_at); END IF;
  IF NEW.doubted_at IS DISTINCT FROM OLD.doubted_at THEN NEW.doubted_at := near_now(NEW.doubted_at); END IF;
  IF NEW.stopped_at IS DISTINCT FROM OLD.stopped_at THEN NEW.stopped_at := near_now(NEW.stopped_at); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ding_recipients_keep_time BEFORE UPDATE ON ding_recipients FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker', 'dingline_keeper'))
  EXECUTE FUNCTION ding_recipients_keep_time();
ALTER TABLE ding_recipients ADD CONSTRAINT confirmed_by_something
  CHECK ((confirmed_at IS NULL) = (confirmed_by IS NULL)) NOT VALID;
GRANT EXECUTE ON FUNCTION near_now TO dingline_keeper;

-- What apps are told -------------------------------------------------------------------------------------------------

-- An app is told of each once, also where a verification is kept for longer than what was told of it: what happened
-- that long ago is passed by.
CREATE TRIGGER webhook_events_of_late BEFORE INSERT ON webhook_events FOR EACH ROW
  WHEN (NEW.happened_at <= kept_since('webhook_events')
    AND current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION keep_row();
GRANT SELECT (name, lasts) ON secret_bounds TO dingline_ingress;

-- Lengths ------------------------------------------------------------------------------------------------------------

-- As in 0055, for what a login says to the keeper's functions, and for lists: one check a table, since each is read
-- anew by each statement. The lists of `limits` are as long as a setting says, and read by functions alone.
DO $$
DECLARE
  t record;
BEGIN
  FOR t IN
    SELECT a.attrelid::regclass AS owner, string_agg(CASE
      WHEN e.oid IN ('timestamptz'::regtype, 'uuid'::regtype) THEN format('cardinality(%I) <= 10000', a.attname)
      WHEN e.oid IS NOT NULL THEN format('octet_length(%I::text) <= 65536', a.attname)
      ELSE format('octet_length(%I::text) <= 16384', a.attname)
    END, ' AND ' ORDER BY a.attnum) AS bounds
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    JOIN pg_type y ON y.oid = a.atttypid
    LEFT JOIN pg_type e ON e.oid = y.typelem AND y.typcategory = 'A'
    WHERE a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' AND a.attrelid <> 'limits'::regclass
      AND (e.oid IS NOT NULL
        OR y.oid IN ('text'::regtype, 'json'::regtype, 'jsonb'::regtype, 'bytea'::regtype))
      AND EXISTS (
        SELECT FROM unnest('{dingline_api,dingline_ingress,dingline_worker,dingline_keeper}'::text[]) login
        WHERE has_column_privilege(login, a.attrelid, a.attnum, 'INSERT')
          OR has_column_privilege(login, a.attrelid, a.attnum, 'UPDATE'))
      AND NOT EXISTS (
        SELECT FROM pg_constraint o WHERE o.conrelid = a.attrelid AND o.conname = a.attname || '_is_bounded')
    GROUP BY a.attrelid
  LOOP
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT is_bounded CHECK (%s) NOT VALID', t.owner, t.bounds);
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION is_handed_off, is_anothers_ref FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_handed_off, is_anothers_ref
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;
