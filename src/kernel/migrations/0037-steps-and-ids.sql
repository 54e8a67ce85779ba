-- What a hand-off delivers is one leg or one notification, by its channel, once; a recipient of a Ding takes part in
-- that Ding; and no login chooses an id by which somebody else is known.
-- ends older builds

-- A hand-off's step: the leg of a call, the notification of a text. An id that stands in two tables is two things.
CREATE FUNCTION find_step(channel text, subject uuid)
RETURNS TABLE (call_id uuid, participant_id uuid, state text) LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT l.call_id, l.participant_id, l.state FROM legs l WHERE find_step.channel = 'voice' AND l.id = subject
  UNION ALL
  SELECT n.call_id, n.participant_id, n.state FROM notifications n WHERE n.channel = find_step.channel AND n.id = subject
$$;
REVOKE ALL ON FUNCTION find_step FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_step TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

-- As in 0020, but for what is delivered.
CREATE FUNCTION belongs_together(
  purpose text, kind text, channel text, subject uuid, person uuid, number uuid, target uuid
) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('hang_up', 'mute', 'unmute') THEN number IS NULL AND EXISTS (
      SELECT FROM handoffs h
      WHERE h.id = target AND h.kind = 'deliver' AND h.subject_id = subject AND h.account_id = person
        AND h.purpose = belongs_together.purpose)
    WHEN purpose = 'verification' THEN kind = 'deliver' AND EXISTS (
      SELECT FROM verifications v
      LEFT JOIN verify_services s ON s.id = v.service_id
      WHERE v.id = subject AND v.number_ref = number AND coalesce(v.account_id, s.app_id) = person)
    WHEN NOT EXISTS (SELECT FROM account_numbers n WHERE n.account_id = person AND n.number_ref = number) THEN false
    WHEN kind = 'present' THEN may_be_shown(purpose, subject, person)
    ELSE EXISTS (
      SELECT FROM find_step(belongs_together.channel, subject) s
      JOIN calls c ON c.id = s.call_id AND c.purpose = belongs_together.purpose
      JOIN participants p ON p.id = s.participant_id AND p.call_id = s.call_id AND p.account_id = person)
  END
$$;

-- As in 0020, but for what is delivered: a step that has begun, or ended, is not begun again.
CREATE FUNCTION may_hand_off(kind text, channel text, subject uuid, caller uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE kind
    WHEN 'hang_up' THEN true
    WHEN 'present' THEN is_initiator(subject, caller) OR current_user = 'dingline_ingress' AND NOT EXISTS (
      SELECT FROM presentations s
      WHERE s.call_id = subject OR s.participant_id = (SELECT l.participant_id FROM legs l WHERE l.id = subject))
    ELSE EXISTS (
      SELECT FROM find_step(may_hand_off.channel, subject) s
      WHERE (kind <> 'deliver' OR s.state = 'queued') AND may_reach(s.call_id, s.participant_id, caller))
  END
$$;
REVOKE ALL ON FUNCTION belongs_together(text, text, text, uuid, uuid, uuid, uuid), may_hand_off(text, text, uuid, uuid)
  FROM PUBLIC;
GRANT EXECUTE
  ON FUNCTION belongs_together(text, text, text, uuid, uuid, uuid, uuid), may_hand_off(text, text, uuid, uuid)
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

DROP POLICY hands_off ON handoffs;
CREATE POLICY hands_off ON handoffs FOR INSERT TO dingline_api, dingline_ingress WITH CHECK (
  state = 'queued' AND NOT (purpose = 'verification' AND kind = 'deliver')
  AND belongs_together(purpose, kind, channel, subject_id, account_id, number_ref, target_id)
  AND may_hand_off(kind, channel, subject_id, (SELECT identified_account())));
DROP POLICY falls_back ON handoffs;
CREATE POLICY falls_back ON handoffs FOR INSERT TO dingline_worker WITH CHECK (
  state = 'queued' AND NOT is_asked_for
  AND belongs_together(purpose, kind, channel, subject_id, account_id, number_ref, target_id));
DROP FUNCTION belongs_together(text, text, uuid, uuid, uuid, uuid);
DROP FUNCTION may_hand_off(text, uuid, uuid);

-- A leg rings once, and an SMS of a Ding goes out once, whoever asks. A code is sent again, by its own rules.
CREATE UNIQUE INDEX handoffs_one_delivery ON handoffs (subject_id)
  WHERE kind = 'deliver' AND purpose <> 'verification';

DROP POLICY adds_to_own ON ding_recipients;
CREATE POLICY adds_to_own ON ding_recipients FOR INSERT TO dingline_api WITH CHECK (
  is_initiator(call_id, (SELECT identified_account())) AND EXISTS (
    SELECT FROM participants p
    WHERE p.id = participant_id AND p.call_id = ding_recipients.call_id AND p.role = 'recipient'));

-- A machine is heard while a call speaks, or soon after: no old confirmation comes into doubt, and none by a person's
-- own hand. It is `ingress` that hears it.
CREATE FUNCTION may_doubt(confirmed_at timestamptz) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT confirmed_at > db_now() - interval '15 minutes'
$$;
REVOKE ALL ON FUNCTION may_doubt FROM PUBLIC;
GRANT EXECUTE ON FUNCTION may_doubt TO dingline_api, dingline_ingress, dingline_worker;
CREATE TRIGGER ding_recipients_doubted_soon BEFORE UPDATE OF doubted_at ON ding_recipients FOR EACH ROW
  WHEN (OLD.doubted_at IS NULL AND NEW.doubted_at IS NOT NULL
    AND (current_user = 'dingline_api' OR may_doubt(OLD.confirmed_at) IS NOT true))
  EXECUTE FUNCTION refuse_backward();

-- A test number has a row of its own, and stays in it: no other number gets into its place, nor it into another's.
ALTER TABLE numbers ADD COLUMN is_test boolean NOT NULL DEFAULT false;
UPDATE numbers n SET is_test = true
WHERE n.id = encode(substring(n.number_index FROM 1 FOR 16), 'hex')::uuid;
GRANT SELECT (is_test) ON numbers TO dingline_keeper;
-- By its index a number is known to be one account's: it is written once.
CREATE TRIGGER numbers_indexed_once BEFORE UPDATE OF number_index ON numbers FOR EACH ROW
  WHEN (OLD.number_index IS NOT NULL AND NEW.number_index IS DISTINCT FROM OLD.number_index)
  EXECUTE FUNCTION refuse_backward();

-- An account, an app and a service are starters of verifications, and subjects of the ledger, by their ids.
ALTER TABLE verify_services ALTER COLUMN id SET DEFAULT gen_random_uuid();
REVOKE INSERT (id) ON verify_services FROM dingline_api;
