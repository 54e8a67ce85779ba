-- What a login says of a hand-off or of a phone goes by one table of moves, asked of what is so now; what reaches a
-- person is written by whoever may begin it, is due at once, and no longer than people may make it.
-- ends older builds

-- A guard asks what is so now -----------------------------------------------------------------------------------------

-- A STABLE function sees what was so when its statement began, which a login may have begun long before. What has no
-- table but the keeper's key in it stays as it is; and what says of rows that they are old enough to be erased, which
-- goes with others in one statement and must not see half of it.
DO $$
DECLARE
  f regprocedure;
BEGIN
  FOR f IN
    SELECT p.oid
    FROM pg_proc p
    JOIN pg_language l ON l.oid = p.prolang AND l.lanname IN ('sql', 'plpgsql')
    WHERE p.pronamespace = 'public'::regnamespace AND p.provolatile = 's'
      AND p.proname NOT IN (
        'identity_code', 'identified_account', 'called_code', 'called_handoff', 'db_now', 'near_now', 'kept_since',
        'is_sealed_under', 'is_waiting_for_code', 'may_be_out', 'has_ended_by', 'may_erase_handoff')
  LOOP
    EXECUTE format('ALTER FUNCTION %s VOLATILE', f);
  END LOOP;
END $$;

-- Phones --------------------------------------------------------------------------------------------------------------

-- Nothing was heard of it for so long that its call must be over: as long as it may last, and 20 minutes
-- (src/calls/call.ts), but for what clocks may be off.
CREATE FUNCTION is_lost(leg uuid) RETURNS boolean LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT NOT EXISTS (
    SELECT FROM handoffs h
    WHERE h.subject_id = leg AND h.kind = 'deliver' AND h.state IN ('sending', 'accepted', 'unknown')
      AND (h.settled_at < db_now() - make_interval(secs => h.call_seconds) - interval '19 minutes') IS NOT true)
$$;
-- Is it what the shown capability's call or SMS is for, itself?
CREATE FUNCTION is_called(subject uuid) RETURNS boolean LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h
    WHERE h.id = called_handoff() AND h.subject_id = subject AND h.capability_hash IS NOT NULL)
$$;

-- What a phone does is said by its own call, to `ingress`; of another in the room, by which a carrier tells of all,
-- that it came in or left. What waits is ended by whoever ends its call. `api` ends what no phone may be on; the worker
-- what the carrier refused, or what is lost.
CREATE FUNCTION check_leg() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  ends boolean := NEW.state = 'ended' AND OLD.state <> 'ended';
  may boolean;
BEGIN
  -- Whoever claims a hand-off, ends a call or takes one back holds the call: what is asked here stays so.
  PERFORM FROM calls c WHERE c.id = NEW.call_id FOR NO KEY UPDATE;
  may := current_setting('transaction_isolation') = 'read committed' AND CASE current_user
    WHEN 'dingline_ingress' THEN is_called(NEW.id)
      OR is_told_of(NEW.call_id) AND CASE
        WHEN ends THEN NOT is_live(NEW.call_id) AND NOT may_be_on(NEW.id)
        ELSE is_out(NEW.id) AND (NEW.state, NEW.reason, NEW.begun_at, NEW.answered_at, NEW.is_machine)
          IS NOT DISTINCT FROM (OLD.state, OLD.reason, OLD.begun_at, OLD.answered_at, OLD.is_machine)
      END
    WHEN 'dingline_api' THEN ends AND NOT may_be_on(NEW.id)
    ELSE (NEW.begun_at, NEW.answered_at, NEW.joined_at, NEW.is_machine)
        IS NOT DISTINCT FROM (OLD.begun_at, OLD.answered_at, OLD.joined_at, OLD.is_machine)
      AND CASE
        WHEN ends THEN NOT may_be_on(NEW.id) OR is_lost(NEW.id)
        ELSE (NEW.state, NEW.left_at) IS NOT DISTINCT FROM (OLD.state, OLD.left_at)
      END
  END;
  IF may IS NOT true THEN
    RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER legs_told ON legs;
CREATE TRIGGER legs_told BEFORE UPDATE ON legs FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker')
    AND (NEW.state, NEW.reason, NEW.begun_at, NEW.answered_at, NEW.joined_at, NEW.left_at, NEW.ended_at, NEW.is_machine)
      IS DISTINCT FROM
      (OLD.state, OLD.reason, OLD.begun_at, OLD.answered_at, OLD.joined_at, OLD.left_at, OLD.ended_at, OLD.is_machine))
  EXECUTE FUNCTION check_leg();

-- Hand-offs -----------------------------------------------------------------------------------------------------------

-- Who moves one from where to where. By its capability: who has taken it up, or was called by it.
CREATE FUNCTION may_move(login text, h handoffs, to_state text) RETURNS boolean LANGUAGE sql
SET search_path = public, pg_temp AS $$
  SELECT CASE login
    WHEN 'dingline_api' THEN h.state = 'queued' AND to_state = 'canceled' AND h.purpose = 'verification'
      AND NOT is_pending(h.subject_id)
    WHEN 'dingline_ingress' THEN CASE to_state
      WHEN 'accepted' THEN h.state IN ('sending', 'unknown') AND h.id = called_handoff()
      WHEN 'canceled' THEN h.state = 'queued' AND h.purpose = 'verification' AND NOT is_pending(h.subject_id)
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
CREATE TRIGGER handoffs_move BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker') AND NEW.state <> OLD.state
    AND may_move(current_user::text, OLD, NEW.state) IS NOT true)
  EXECUTE FUNCTION refuse_backward();
-- By which address a carrier speaks of it, and until when, is written when it is taken up.
DROP TRIGGER handoffs_put_back ON handoffs;
CREATE TRIGGER handoffs_keep_address BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user = 'dingline_worker'
    AND (NEW.capability_hash, NEW.capability_expires_at)
      IS DISTINCT FROM (OLD.capability_hash, OLD.capability_expires_at)
    AND NOT (OLD.state = 'queued' AND NEW.state = 'sending'))
  EXECUTE FUNCTION refuse_backward();

-- A code is handed off by the functions that count it (src/verification/sends.sql), and a conference's number is shown
-- where `ingress` has heard that its person joined.
DROP POLICY falls_back ON handoffs;
CREATE POLICY falls_back ON handoffs FOR INSERT TO dingline_worker WITH CHECK (
  state = 'queued' AND NOT is_asked_for AND purpose <> 'verification'
  AND (kind <> 'present' OR purpose = 'ding')
  AND belongs_together(purpose, kind, channel, subject_id, account_id, number_ref, target_id)
  AND (kind <> 'deliver'
    OR EXISTS (SELECT FROM find_step(handoffs.channel, subject_id) s WHERE s.state = 'queued')));

-- A hang-up that was accepted a minute ago, and after which the call goes on, is asked for once more.
CREATE OR REPLACE FUNCTION may_hang_up(target uuid) RETURNS boolean LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
      SELECT FROM handoffs h
      JOIN legs l ON l.id = h.subject_id AND l.state <> 'ended'
      JOIN calls c ON c.id = l.call_id
      JOIN participants p ON p.id = l.participant_id
      WHERE h.id = target AND h.channel = 'voice' AND h.state IN ('sending', 'accepted', 'unknown')
        AND (current_user <> 'dingline_ingress' OR c.ended_at IS NOT NULL OR p.removed_at IS NOT NULL
          OR c.ends_at <= db_now() + interval '1 minute'))
    AND NOT EXISTS (
      SELECT FROM handoffs h
      WHERE h.target_id = target AND h.kind = 'hang_up' AND h.state = 'accepted'
        AND (current_user = 'dingline_ingress' OR h.settled_at > db_now() - interval '1 minute'))
$$;

-- A text is due when it is written, whoever writes it; as in 0048 for the rest.
CREATE OR REPLACE FUNCTION handoffs_begin_now() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.created_at := near_now(NEW.created_at);
  IF NEW.kind <> 'deliver' OR NEW.channel <> 'voice' OR current_user = 'dingline_ingress' THEN
    NEW.not_before := near_now(NEW.not_before);
    NEW.not_after := greatest(least(NEW.not_after, db_now() + interval '24 hours 1 minute'),
      db_now() + interval '14 minutes');
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION require_handoff() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM handoffs h WHERE h.subject_id = NEW.id AND h.kind = 'deliver' AND h.state IN ('queued', 'sending'))
  THEN
    RAISE EXCEPTION '% told what is not so: nobody hands it off', TG_TABLE_NAME
      USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NULL;
END $$;

-- What `ingress` says else is of that call, too -----------------------------------------------------------------------

DROP TRIGGER ding_recipients_told_of ON ding_recipients;
CREATE FUNCTION is_callee(participant uuid) RETURNS boolean LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h JOIN legs l ON l.id = h.subject_id
    WHERE h.id = called_handoff() AND l.participant_id = participant)
$$;
CREATE TRIGGER ding_recipients_told_of BEFORE UPDATE ON ding_recipients FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_callee(NEW.participant_id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER calls_told_of BEFORE UPDATE ON calls FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(NEW.id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER call_events_told_of BEFORE INSERT ON call_events FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(NEW.call_id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER webhook_events_told_of BEFORE INSERT ON webhook_events FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(NEW.verification_id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER codes_told_of BEFORE DELETE ON codes FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(OLD.verification_id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER spoken_codes_told_of BEFORE DELETE ON spoken_codes FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(OLD.verification_id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER presentations_told_of BEFORE DELETE ON presentations FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NOT is_told_of(OLD.call_id))
  EXECUTE FUNCTION refuse_untold();

-- Lengths -------------------------------------------------------------------------------------------------------------

-- A text that a login writes is no longer than any of ours is: without a bound one of 100 kB ended the process that was
-- to send it. Rows from before stay.
DO $$
DECLARE
  c record;
BEGIN
  FOR c IN
    SELECT a.attrelid::regclass AS owner, a.attname AS name
    FROM pg_attribute a
    JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
    WHERE a.atttypid IN ('text'::regtype, 'json'::regtype, 'jsonb'::regtype, 'bytea'::regtype)
      AND a.attnum > 0 AND NOT a.attisdropped
      AND EXISTS (
        SELECT FROM unnest('{dingline_api,dingline_ingress,dingline_worker}'::text[]) login
        WHERE has_column_privilege(login, a.attrelid, a.attnum, 'INSERT')
          OR has_column_privilege(login, a.attrelid, a.attnum, 'UPDATE'))
  LOOP
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (octet_length(%I::text) <= 16384) NOT VALID',
      c.owner, c.name || '_is_bounded', c.name);
  END LOOP;
END $$;
ALTER TABLE dings ADD CONSTRAINT text_is_short CHECK (char_length(text) <= 1000) NOT VALID;

REVOKE ALL ON FUNCTION is_lost, is_called, is_callee, may_move FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_lost, is_called, is_callee, may_move
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;
GRANT SELECT (settled_at) ON handoffs TO dingline_ingress;
