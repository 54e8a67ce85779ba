-- Where each way of a Ding or a conference stands is worked out in one place, from the rows: for who reads it, and for
-- each live event. And a Ding that ends without having reached somebody says so to its sender.

GRANT SELECT (turn, outcome) ON handoffs TO dingline_api;

-- What a hand-off that has not gone out waits for. limit: its number was reached too often; carrier: it could not go
-- out just now; call_unknown: it follows a call of unknown fate. Whose doing a limit is stands nowhere.
CREATE FUNCTION waits_for(
  is_call boolean, not_before timestamptz, turn float8, outcome text, attempts int
) RETURNS text LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN not_before IS NULL OR not_before <= db_now() THEN 'soon'
    WHEN turn IS NOT NULL THEN 'in_line'
    WHEN outcome IS NOT NULL THEN 'carrier'
    WHEN is_call THEN 'ring_limit'
    WHEN attempts = 0 THEN 'call_unknown'
    ELSE 'sms_limit'
  END
$$;

-- How a step ended that has come to nothing for no failure of its own.
CREATE FUNCTION is_plain_end(reason text) RETURNS boolean LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT coalesce(reason = ANY ('{confirmed,recalled,call_ended,stopped,canceled,removed}'), false)
$$;

CREATE VIEW leg_ways WITH (security_invoker = true) AS
SELECT l.id, l.call_id, l.participant_id, l.created_at, l.state, l.reason, w.code,
  CASE
    WHEN w.code = 'waiting' AND l.reason = 'calls_away' AND h.not_before > db_now() THEN 'calls_away'
    WHEN w.code = 'waiting' THEN waits_for(true, h.not_before, h.turn, h.outcome, h.attempts)
    WHEN l.is_machine THEN 'machine'
    WHEN l.state = 'ended' THEN l.reason
  END AS because,
  CASE WHEN w.code = 'waiting' AND h.not_before > db_now() THEN h.not_before END AS until
FROM legs l
LEFT JOIN LATERAL (
  SELECT h.state, h.not_before, h.turn, h.outcome, h.attempts
  FROM handoffs h
  WHERE h.subject_id = l.id AND h.kind = 'deliver'
  ORDER BY h.created_at DESC
  LIMIT 1
) h ON true
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN l.state = 'ended' AND (is_plain_end(l.reason) OR l.answered_at IS NOT NULL AND NOT l.is_machine) THEN 'over'
    WHEN l.state = 'ended' THEN 'failed'
    WHEN l.state <> 'queued' THEN l.state
    WHEN h.state IN ('sending', 'accepted', 'unknown') THEN h.state
    ELSE 'waiting'
  END AS code
) w;

CREATE VIEW notification_ways WITH (security_invoker = true) AS
SELECT n.id, n.call_id, n.participant_id, n.channel, n.created_at, n.state, n.because AS follows, n.reason, w.code,
  CASE
    WHEN w.code = 'waiting' THEN waits_for(false, h.not_before, h.turn, h.outcome, h.attempts)
    WHEN w.code IN ('over', 'failed') THEN
      CASE WHEN n.reason = 'expired' AND n.begun_at IS NOT NULL THEN 'overdue' ELSE n.reason END
  END AS because,
  CASE WHEN w.code = 'waiting' AND h.not_before > db_now() THEN h.not_before END AS until
FROM notifications n
LEFT JOIN LATERAL (
  SELECT h.state, h.not_before, h.turn, h.outcome, h.attempts, h.delivery
  FROM handoffs h
  WHERE h.subject_id = n.id AND h.kind = 'deliver'
  ORDER BY h.created_at DESC
  LIMIT 1
) h ON true
CROSS JOIN LATERAL (
  SELECT CASE
    WHEN n.state = 'ended' AND n.reason = 'expired' AND h.state = 'unknown' THEN 'unknown'
    WHEN n.state = 'ended' AND (is_plain_end(n.reason) OR n.reason = 'expired' AND n.begun_at IS NOT NULL) THEN 'over'
    WHEN n.state = 'ended' THEN 'failed'
    WHEN h.delivery = 'delivered' THEN 'delivered'
    WHEN n.state = 'accepted' THEN 'accepted'
    WHEN h.state IN ('sending', 'unknown') THEN h.state
    ELSE 'waiting'
  END AS code
) w;
GRANT SELECT ON leg_ways, notification_ways TO dingline_api, dingline_keeper;

-- Has a Ding reached this recipient, as far as anybody knows? They confirmed or answered, or it lies with them: an SMS
-- that a carrier took and did not lose, or a word in their app.
CREATE FUNCTION is_reached(participant uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
      SELECT FROM ding_recipients r
      WHERE r.participant_id = participant
        AND (r.confirmed_at IS NOT NULL AND r.doubted_at IS NULL OR r.stopped_at IS NOT NULL))
    OR EXISTS (
      SELECT FROM legs l WHERE l.participant_id = participant AND l.answered_at IS NOT NULL AND NOT l.is_machine)
    OR EXISTS (
      SELECT FROM notifications n
      WHERE n.participant_id = participant AND n.begun_at IS NOT NULL
        AND (n.state <> 'ended' OR n.reason = 'expired' OR is_plain_end(n.reason)))
$$;
REVOKE ALL ON FUNCTION waits_for, is_plain_end, is_reached FROM PUBLIC;
GRANT EXECUTE ON FUNCTION waits_for, is_plain_end, is_reached TO dingline_api, dingline_keeper;

-- Live events ---------------------------------------------------------------------------------------------------------

CREATE FUNCTION show_standing(code text, because text, until timestamptz) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT jsonb_build_object('standing', jsonb_build_object('code', code, 'because', because,
    'until', to_char(until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))
$$;

-- As in 0039; of a call or a notification it also says where that stands.
CREATE OR REPLACE FUNCTION take_event_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  e jsonb := NEW.event;
  kind text := e ->> 'kind';
  part uuid := e ->> 'participantId';
  is_so boolean := false;
  standing jsonb := '{}';
  c calls;
BEGIN
  SELECT * INTO c FROM calls WHERE id = NEW.call_id;
  IF (e ->> 'callId')::uuid = c.id AND split_part(kind, '.', 1) = c.purpose THEN
    CASE kind
      WHEN 'ding.created', 'conference.created' THEN is_so := true;
      WHEN 'ding.ended', 'conference.ended' THEN
        is_so := c.ended_at IS NOT NULL AND c.end_reason = e ->> 'reason';
      WHEN 'ding.leg', 'conference.leg' THEN
        SELECT show_standing(w.code, w.because, w.until) INTO standing
        FROM leg_ways w
        WHERE w.call_id = c.id AND w.participant_id = part AND w.state = e ->> 'state'
          AND w.reason IS NOT DISTINCT FROM e ->> 'reason'
        ORDER BY w.created_at DESC
        LIMIT 1;
        is_so := FOUND;
      WHEN 'ding.caller_id', 'conference.caller_id' THEN
        -- The call may have ended since the number was sealed: then there is nothing to say.
        IF NOT EXISTS (
          SELECT FROM presentations s
          WHERE s.call_id = c.id AND (c.purpose = 'ding' OR s.participant_id = part)) THEN RETURN NULL; END IF;
        is_so := true;
      WHEN 'ding.notification' THEN
        SELECT show_standing(w.code, w.because, w.until) INTO standing
        FROM notification_ways w
        WHERE w.call_id = c.id AND w.participant_id = part AND w.channel = e ->> 'channel'
          AND w.state = e ->> 'state' AND w.follows IS NOT DISTINCT FROM e ->> 'because'
          AND w.reason IS NOT DISTINCT FROM e ->> 'reason'
        ORDER BY w.created_at DESC
        LIMIT 1;
        is_so := FOUND;
      WHEN 'ding.unreached' THEN
        is_so := c.ended_at IS NOT NULL AND NOT is_reached(part)
          AND EXISTS (SELECT FROM ding_recipients r WHERE r.call_id = c.id AND r.participant_id = part);
      WHEN 'ding.confirmed', 'ding.doubted', 'ding.stopped' THEN
        is_so := EXISTS (
          SELECT FROM ding_recipients r
          WHERE r.call_id = c.id AND r.participant_id = part AND CASE kind
            WHEN 'ding.confirmed' THEN r.confirmed_by = e ->> 'by'
            WHEN 'ding.doubted' THEN r.doubted_at IS NOT NULL
            ELSE r.stopped_at IS NOT NULL
          END);
      WHEN 'conference.invited', 'conference.removed' THEN
        is_so := EXISTS (
          SELECT FROM participants p
          WHERE p.call_id = c.id AND p.id = part
            AND (p.removed_at IS NULL) = (kind = 'conference.invited'));
      WHEN 'conference.joined', 'conference.left', 'conference.muted', 'conference.unmuted' THEN
        is_so := EXISTS (
          SELECT FROM legs l
          JOIN participants p ON p.id = l.participant_id
          WHERE l.call_id = c.id AND l.participant_id = part AND CASE kind
            WHEN 'conference.joined' THEN l.joined_at IS NOT NULL AND l.left_at IS NULL
            WHEN 'conference.left' THEN l.left_at IS NOT NULL
            WHEN 'conference.unmuted' THEN NOT l.is_muted
            -- Where each has closed it, its person is named.
            ELSE l.is_muted AND replace(p.muted_by, 'each', 'self') IS NOT DISTINCT FROM e ->> 'by'
          END);
      ELSE is_so := false;
    END CASE;
  END IF;
  IF is_so IS NOT TRUE THEN
    RAISE EXCEPTION 'nobody is told what is not so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- As it was read here: of a key that stands there twice, once. Where a way stands no login says.
  NEW.event := (e - 'standing') || standing;
  -- All who weren't removed before; of what is about a Ding's recipient, they and the sender.
  NEW.audience := ARRAY(
    SELECT p.account_id
    FROM participants p
    WHERE p.call_id = c.id AND (p.removed_at IS NULL OR kind = 'conference.removed' AND p.id = part)
      AND (c.purpose <> 'ding' OR part IS NULL OR p.role = 'initiator' OR p.id = part));
  RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION show_standing FROM PUBLIC;
GRANT EXECUTE ON FUNCTION show_standing TO dingline_keeper;

-- A Ding that ends by itself says whom it has not reached: in events, and in a notice to its sender --------------------

-- ding_unreached: it has not reached these, whom `shown_to` names.
ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check CHECK (kind IN (
  'number_moved', 'number_changed', 'number_to_prove_again', 'password_changed', 'password_reset', 'removed_from_team',
  'number_shown', 'number_not_shown', 'ding_unreached'));
ALTER TABLE notices DROP CONSTRAINT notices_about_calls;
ALTER TABLE notices ADD CONSTRAINT notices_about_calls CHECK (
  (kind IN ('number_shown', 'number_not_shown', 'ding_unreached')) = (num_nonnulls(call_id, purpose, shown_to) = 3));

CREATE FUNCTION note_unreached() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  unreached uuid[];
BEGIN
  INSERT INTO call_events (call_id, event, at)
  SELECT NEW.id, jsonb_build_object('kind', 'ding.unreached', 'callId', NEW.id, 'participantId', r.participant_id),
    db_now()
  FROM ding_recipients r
  WHERE r.call_id = NEW.id AND NOT is_reached(r.participant_id)
  ORDER BY r.participant_id;
  SELECT array_agg(p.account_id ORDER BY p.account_id) INTO unreached
  FROM participants p
  WHERE p.call_id = NEW.id AND p.role = 'recipient' AND NOT is_reached(p.id);
  INSERT INTO notices (id, account_id, kind, at, call_id, purpose, shown_to)
  SELECT gen_random_uuid(), a.id, 'ding_unreached', db_now(), NEW.id, 'ding', unreached
  FROM accounts a
  WHERE a.id = NEW.initiator_id AND unreached IS NOT NULL;
  RETURN NULL;
END $$;
GRANT CREATE ON SCHEMA public TO dingline_keeper;
ALTER FUNCTION note_unreached() OWNER TO dingline_keeper;
REVOKE CREATE ON SCHEMA public FROM dingline_keeper;
REVOKE ALL ON FUNCTION note_unreached FROM PUBLIC;
GRANT INSERT (call_id, event, at) ON call_events TO dingline_keeper;
CREATE TRIGGER calls_note_unreached AFTER UPDATE OF ended_at ON calls FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL AND NEW.purpose = 'ding' AND NEW.end_reason = 'finished')
  EXECUTE FUNCTION note_unreached();
