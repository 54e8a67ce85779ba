-- `ingress` erases and ends what is over, and nothing before; hangs up what its call has left behind, once; and what it
-- has others do or be told is due now. Whose microphone is closed is told by the capability of a call in that room.
-- ends older builds

-- What is erased when it is over -----------------------------------------------------------------------------------------

CREATE FUNCTION refuse_early() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% stay until what they are for is over', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION is_pending(verification uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM verifications v WHERE v.id = verification AND v.state = 'pending')
$$;
CREATE FUNCTION is_live(call uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM calls c WHERE c.id = call AND c.ended_at IS NULL)
$$;
-- Does the call of this hand-off still have a code to speak? Not once it has ended, or come to nothing: a machine was heard.
CREATE FUNCTION may_speak(handoff uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h WHERE h.id = handoff AND h.reason IS NULL AND h.delivery NOT IN ('delivered', 'ended'))
$$;

CREATE TRIGGER codes_told BEFORE DELETE ON codes FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND is_pending(OLD.verification_id))
  EXECUTE FUNCTION refuse_early();
CREATE TRIGGER spoken_codes_told BEFORE DELETE ON spoken_codes FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND may_speak(OLD.handoff_id))
  EXECUTE FUNCTION refuse_early();
CREATE TRIGGER presentations_told BEFORE DELETE ON presentations FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND is_live(OLD.call_id))
  EXECUTE FUNCTION refuse_early();

-- As in 0036, but only the codes of a verification that is over are taken back; and nothing is told of what has not been
-- taken up.
DROP TRIGGER handoffs_told ON handoffs;
CREATE TRIGGER handoffs_told BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND (
    NEW.state <> OLD.state AND NOT CASE NEW.state
      WHEN 'accepted' THEN OLD.state IN ('sending', 'unknown')
      WHEN 'canceled' THEN OLD.state = 'queued' AND OLD.purpose = 'verification' AND NOT is_pending(OLD.subject_id)
      ELSE false
    END
    OR (NEW.delivery, NEW.reason, NEW.carrier_code, NEW.tried_at, NEW.outcome)
        IS DISTINCT FROM (OLD.delivery, OLD.reason, OLD.carrier_code, OLD.tried_at, OLD.outcome)
      AND OLD.capability_hash IS NULL
    OR NEW.carrier IS DISTINCT FROM coalesce(OLD.carrier, NEW.carrier)
    OR NEW.carrier_ref IS DISTINCT FROM coalesce(OLD.carrier_ref, NEW.carrier_ref)
    OR NEW.settled_at IS DISTINCT FROM OLD.settled_at AND NEW.state = OLD.state))
  EXECUTE FUNCTION refuse_untold();

-- Calls --------------------------------------------------------------------------------------------------------------------

-- A call ends with its last leg or notification; a conference also with its initiator, where they wanted that.
CREATE FUNCTION has_come_to_its_end(call uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT NOT EXISTS (SELECT FROM legs l WHERE l.call_id = call AND l.state <> 'ended')
      AND NOT EXISTS (SELECT FROM notifications n WHERE n.call_id = call AND n.state <> 'ended')
    OR EXISTS (
      SELECT FROM conferences f
      JOIN participants p ON p.call_id = f.call_id AND p.role = 'initiator'
      JOIN legs l ON l.participant_id = p.id AND l.joined_at IS NOT NULL AND (l.left_at IS NOT NULL OR l.state = 'ended')
      WHERE f.call_id = call AND f.ends_with_initiator)
$$;
CREATE TRIGGER calls_end_told BEFORE UPDATE OF ended_at ON calls FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
    AND NOT has_come_to_its_end(OLD.id))
  EXECUTE FUNCTION refuse_untold();

-- As in 0042, but for what waits: it ends with its call, and a notification also once its recipient has said so.
DROP TRIGGER legs_told ON legs;
CREATE TRIGGER legs_told BEFORE UPDATE ON legs FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NEW.* IS DISTINCT FROM OLD.* AND NOT is_out(NEW.id)
    AND NOT (NEW.state = 'ended' AND NOT is_live(NEW.call_id)))
  EXECUTE FUNCTION refuse_untold();
CREATE FUNCTION is_sought(participant uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM ding_recipients r
    JOIN calls c ON c.id = r.call_id AND c.ended_at IS NULL
    WHERE r.participant_id = participant AND r.confirmed_at IS NULL AND r.stopped_at IS NULL)
$$;
DROP TRIGGER notifications_told ON notifications;
CREATE TRIGGER notifications_told BEFORE UPDATE ON notifications FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND NEW.* IS DISTINCT FROM OLD.* AND NOT is_out(NEW.id)
    AND NOT (NEW.state = 'ended' AND NOT is_sought(NEW.participant_id)))
  EXECUTE FUNCTION refuse_untold();

-- Who is muted is told by a function that wants the capability of a call in that room (src/conference/conference.sql):
-- an order of news that a login made up would outrank all that the carrier says after it.
REVOKE UPDATE (is_muted, mute_sequence) ON legs FROM dingline_ingress, dingline_worker;
GRANT UPDATE (is_muted, mute_sequence) ON legs TO dingline_keeper;

-- Hang-ups -----------------------------------------------------------------------------------------------------------------

-- A call is hung up while it may be there, and once: what the carrier has accepted isn't asked for again. By `ingress` it
-- is what its call or its participant has left behind.
CREATE FUNCTION may_hang_up(target uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
      SELECT FROM handoffs h
      JOIN legs l ON l.id = h.subject_id AND l.state <> 'ended'
      JOIN calls c ON c.id = l.call_id
      JOIN participants p ON p.id = l.participant_id
      WHERE h.id = target AND h.channel = 'voice' AND h.state IN ('sending', 'accepted', 'unknown')
        AND (current_user <> 'dingline_ingress' OR c.ended_at IS NOT NULL OR p.removed_at IS NOT NULL
          OR c.ends_at <= db_now() + interval '1 minute'))
    AND NOT EXISTS (SELECT FROM handoffs h WHERE h.target_id = target AND h.kind = 'hang_up' AND h.state = 'accepted')
$$;

REVOKE ALL ON FUNCTION is_pending, is_live, may_speak, has_come_to_its_end, is_sought, may_hang_up FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_pending, is_live, may_speak, has_come_to_its_end, is_sought, may_hang_up
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

DROP POLICY hands_off ON handoffs;
CREATE POLICY hands_off ON handoffs FOR INSERT TO dingline_api, dingline_ingress WITH CHECK (
  state = 'queued' AND NOT (purpose = 'verification' AND kind = 'deliver')
  AND belongs_together(purpose, kind, channel, subject_id, account_id, number_ref, target_id)
  AND may_hand_off(kind, channel, subject_id, (SELECT identified_account()))
  AND (kind <> 'hang_up' OR may_hang_up(target_id))
  -- Nobody's microphone is closed or opened but for somebody who asks.
  AND (kind NOT IN ('mute', 'unmute') OR (SELECT identified_account()) IS NOT NULL));

UPDATE handoffs h SET state = 'canceled', reason = 'canceled', settled_at = now()
FROM (
  SELECT id, row_number() OVER (PARTITION BY target_id ORDER BY (state = 'queued'), created_at, id) AS place
  FROM handoffs
  WHERE kind = 'hang_up' AND state IN ('queued', 'sending')
) open
WHERE open.id = h.id AND open.place > 1;
CREATE UNIQUE INDEX handoffs_one_hang_up ON handoffs (target_id)
  WHERE kind = 'hang_up' AND state IN ('queued', 'sending');

-- Times --------------------------------------------------------------------------------------------------------------------

-- What is handed off is due when it is written, but for a phone that may not ring yet. It can't be too late by then, nor
-- wait for ever.
CREATE FUNCTION handoffs_begin_now() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.created_at := near_now(NEW.created_at);
  IF NEW.kind <> 'deliver' OR current_user = 'dingline_ingress' THEN
    NEW.not_before := near_now(NEW.not_before);
    NEW.not_after := greatest(least(NEW.not_after, db_now() + interval '24 hours 1 minute'),
      db_now() + interval '14 minutes');
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER handoffs_begin_now BEFORE INSERT ON handoffs FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION handoffs_begin_now();
CREATE FUNCTION handoffs_keep_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.settled_at := near_now(NEW.settled_at);
  RETURN NEW;
END $$;
CREATE TRIGGER handoffs_keep_time BEFORE UPDATE OF settled_at ON handoffs FOR EACH ROW
  WHEN (NEW.settled_at IS DISTINCT FROM OLD.settled_at
    AND current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION handoffs_keep_time();

-- An SMS that follows by itself can be confirmed for an hour (src/ding/urgency.ts).
CREATE FUNCTION notifications_begin_now() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.created_at := near_now(NEW.created_at);
  NEW.expires_at := near_now(NEW.expires_at - interval '1 hour') + interval '1 hour';
  RETURN NEW;
END $$;
CREATE TRIGGER notifications_begin_now BEFORE INSERT ON notifications FOR EACH ROW
  WHEN (current_user IN ('dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION notifications_begin_now();

-- An app is told at once; only the worker, whose answers they are, has it wait.
CREATE FUNCTION webhook_events_begin_now() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.created_at := near_now(NEW.created_at);
  NEW.next_at := near_now(NEW.next_at);
  RETURN NEW;
END $$;
CREATE TRIGGER webhook_events_begin_now BEFORE INSERT ON webhook_events FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION webhook_events_begin_now();
