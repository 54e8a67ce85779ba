-- In whose name a call is begun, somebody is added to it, and something is handed off: the rows themselves refuse what
-- nobody has shown a secret for, and what does not belong together. What ends something is refused to no role that
-- serves it: who holds its login can destroy, not act for another.
-- ends older builds

-- Calls ---------------------------------------------------------------------------------------------------------------

ALTER TABLE calls ADD COLUMN initiator_id uuid REFERENCES accounts ON DELETE CASCADE DEFAULT identified_account();
UPDATE calls c SET initiator_id = p.account_id
FROM participants p WHERE p.call_id = c.id AND p.role = 'initiator';
CREATE INDEX calls_initiator ON calls (initiator_id);

-- Do the two share a team in which the other's consent holds? Whatever `api` may write, it can't write that.
CREATE FUNCTION may_ring(caller uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM team_members mine
    JOIN team_members theirs ON theirs.team_id = mine.team_id AND theirs.account_id = other
    WHERE mine.account_id = caller AND (
      SELECT e.action = 'granted'
      FROM consent_events e
      WHERE e.account_id = other AND e.team_id = theirs.team_id AND e.purpose = 'ring'
      ORDER BY e.id DESC
      LIMIT 1))
$$;

-- The live calls that this account began.
CREATE FUNCTION is_initiator(call uuid, account uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM calls c WHERE c.id = call AND c.initiator_id = account AND c.ended_at IS NULL)
$$;

-- An SMS may follow a call that brought no confirmation, once: whoever notices begins it, by the carrier's news too.
CREATE FUNCTION may_follow(participant uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM ding_recipients r
    JOIN calls c ON c.id = r.call_id AND c.ended_at IS NULL
    WHERE r.participant_id = participant AND r.confirmed_at IS NULL AND r.stopped_at IS NULL
      AND EXISTS (
        SELECT FROM legs l
        WHERE l.participant_id = r.participant_id AND (l.state = 'ended' OR l.reason = 'unknown')))
$$;
CREATE UNIQUE INDEX notifications_one_sms ON notifications (participant_id) WHERE channel = 'sms';

-- Does a hand-off's number belong to its person, and its person to what it is for? Asked when it is written, and by the
-- worker when it is claimed.
CREATE FUNCTION belongs_together(purpose text, kind text, subject uuid, person uuid, number uuid, target uuid)
RETURNS boolean LANGUAGE sql STABLE AS $$
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
    WHEN kind = 'present' THEN purpose = 'ding' AND EXISTS (
      SELECT FROM calls c WHERE c.id = subject AND c.purpose = 'ding' AND c.initiator_id = person)
    ELSE EXISTS (
      SELECT FROM legs l
      JOIN calls c ON c.id = l.call_id AND c.purpose = belongs_together.purpose
      JOIN participants p ON p.id = l.participant_id AND p.call_id = l.call_id AND p.account_id = person
      WHERE l.id = subject
      UNION ALL
      SELECT FROM notifications n
      JOIN calls c ON c.id = n.call_id AND c.purpose = belongs_together.purpose
      JOIN participants p ON p.id = n.participant_id AND p.call_id = n.call_id AND p.account_id = person
      WHERE n.id = subject)
  END
$$;

-- Whom may this caller have reached by what was written for a participant? Those of a call that they began, themselves,
-- and a recipient whom a call has not reached.
CREATE FUNCTION may_reach(call uuid, participant uuid, caller uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT is_initiator(call, caller) OR may_follow(participant) OR EXISTS (
    SELECT FROM participants p
    JOIN calls c ON c.id = p.call_id AND c.ended_at IS NULL
    WHERE p.id = participant AND p.call_id = call AND p.account_id = caller AND p.removed_at IS NULL)
$$;

CREATE FUNCTION may_hand_off(kind text, subject uuid, caller uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE kind
    WHEN 'hang_up' THEN true
    WHEN 'present' THEN is_initiator(subject, caller)
    ELSE EXISTS (
      SELECT FROM legs l WHERE l.id = subject AND may_reach(l.call_id, l.participant_id, caller)
      UNION ALL
      SELECT FROM notifications n WHERE n.id = subject AND may_reach(n.call_id, n.participant_id, caller))
  END
$$;

GRANT EXECUTE ON FUNCTION identified_account() TO dingline_ingress, dingline_worker;
REVOKE ALL ON FUNCTION may_ring, is_initiator, may_follow, belongs_together, may_reach, may_hand_off FROM PUBLIC;
GRANT EXECUTE ON FUNCTION may_ring, is_initiator, may_follow, belongs_together, may_reach, may_hand_off
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

-- Row rules -----------------------------------------------------------------------------------------------------------

ALTER TABLE calls ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON calls FOR SELECT USING (true);
CREATE POLICY begins_own ON calls FOR INSERT TO dingline_api
  WITH CHECK (initiator_id = (SELECT identified_account()) AND ended_at IS NULL);
CREATE POLICY ends ON calls FOR UPDATE USING (true);
CREATE POLICY erases ON calls FOR DELETE TO dingline_worker USING (true);

ALTER TABLE participants ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON participants FOR SELECT USING (true);
CREATE POLICY adds_to_own ON participants FOR INSERT TO dingline_api WITH CHECK (
  is_initiator(call_id, (SELECT identified_account())) AND CASE role
    WHEN 'initiator' THEN account_id = (SELECT identified_account())
    ELSE may_ring((SELECT identified_account()), account_id)
  END);
CREATE POLICY changes ON participants FOR UPDATE USING (true);

ALTER TABLE legs ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON legs FOR SELECT USING (true);
CREATE POLICY dials ON legs FOR INSERT TO dingline_api WITH CHECK (
  state = 'queued' AND EXISTS (
    SELECT FROM participants p
    WHERE p.id = legs.participant_id AND p.call_id = legs.call_id AND p.removed_at IS NULL
      AND (is_initiator(p.call_id, (SELECT identified_account()))
        OR p.account_id = (SELECT identified_account())
          AND EXISTS (SELECT FROM calls c WHERE c.id = p.call_id AND c.ended_at IS NULL))));
CREATE POLICY moves ON legs FOR UPDATE USING (true);

ALTER TABLE dings ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON dings FOR SELECT USING (true);
CREATE POLICY begins_own ON dings FOR INSERT TO dingline_api
  WITH CHECK (is_initiator(call_id, (SELECT identified_account())));

ALTER TABLE ding_recipients ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON ding_recipients FOR SELECT USING (true);
CREATE POLICY adds_to_own ON ding_recipients FOR INSERT TO dingline_api
  WITH CHECK (is_initiator(call_id, (SELECT identified_account())));
CREATE POLICY confirms ON ding_recipients FOR UPDATE USING (true);

ALTER TABLE conferences ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON conferences FOR SELECT USING (true);
CREATE POLICY begins_own ON conferences FOR INSERT TO dingline_api
  WITH CHECK (is_initiator(call_id, (SELECT identified_account())));
CREATE POLICY changes ON conferences FOR UPDATE USING (true);

ALTER TABLE notifications ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON notifications FOR SELECT USING (true);
CREATE POLICY reaches ON notifications FOR INSERT TO dingline_api, dingline_ingress WITH CHECK (
  may_reach(call_id, participant_id, (SELECT identified_account()))
  AND EXISTS (SELECT FROM participants p WHERE p.id = participant_id AND p.call_id = notifications.call_id)
  AND CASE channel
    WHEN 'app' THEN is_initiator(call_id, (SELECT identified_account()))
    ELSE state = 'queued' AND begun_at IS NULL
  END);
CREATE POLICY follows ON notifications FOR INSERT TO dingline_worker WITH CHECK (true);
CREATE POLICY moves ON notifications FOR UPDATE USING (true);

ALTER TABLE handoffs ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON handoffs FOR SELECT USING (true);
-- A verification's is written out, as belongs_together has it: by a function each start would cost a tenth more.
CREATE POLICY hands_off ON handoffs FOR INSERT TO dingline_api, dingline_ingress WITH CHECK (
  state = 'queued' AND CASE
    WHEN purpose = 'verification' AND kind = 'deliver' THEN EXISTS (
      SELECT FROM verifications v
      WHERE v.id = handoffs.subject_id AND v.number_ref = handoffs.number_ref
        AND (v.account_id = handoffs.account_id OR EXISTS (
          SELECT FROM verify_services s WHERE s.id = v.service_id AND s.app_id = handoffs.account_id)))
    ELSE belongs_together(purpose, kind, subject_id, account_id, number_ref, target_id)
      AND may_hand_off(kind, subject_id, (SELECT identified_account()))
  END);
CREATE POLICY falls_back ON handoffs FOR INSERT TO dingline_worker WITH CHECK (
  belongs_together(purpose, kind, subject_id, account_id, number_ref, target_id));
CREATE POLICY moves ON handoffs FOR UPDATE USING (true);
CREATE POLICY erases ON handoffs FOR DELETE TO dingline_worker USING (true);

-- Forward only --------------------------------------------------------------------------------------------------------

CREATE FUNCTION refuse_backward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% only move forward', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER calls_end_once BEFORE UPDATE ON calls FOR EACH ROW
  WHEN (OLD.ended_at IS NOT NULL AND (NEW.ended_at, NEW.end_reason) IS DISTINCT FROM (OLD.ended_at, OLD.end_reason))
  EXECUTE FUNCTION refuse_backward();

CREATE TRIGGER legs_move_forward BEFORE UPDATE ON legs FOR EACH ROW
  WHEN (array_position('{queued,ringing,answered,ended}', NEW.state)
      < array_position('{queued,ringing,answered,ended}', OLD.state)
    OR NEW.begun_at IS DISTINCT FROM coalesce(OLD.begun_at, NEW.begun_at)
    OR NEW.joined_at IS DISTINCT FROM coalesce(OLD.joined_at, NEW.joined_at)
    OR NEW.left_at IS DISTINCT FROM coalesce(OLD.left_at, NEW.left_at))
  EXECUTE FUNCTION refuse_backward();
-- `api` says of no phone that it rang.
CREATE TRIGGER legs_end BEFORE UPDATE OF state ON legs FOR EACH ROW
  WHEN (current_user = 'dingline_api' AND NEW.state NOT IN (OLD.state, 'ended'))
  EXECUTE FUNCTION refuse_backward();

CREATE TRIGGER notifications_move_forward BEFORE UPDATE ON notifications FOR EACH ROW
  WHEN (OLD.state = 'ended' AND NEW.state <> 'ended' OR OLD.state = 'accepted' AND NEW.state = 'queued'
    OR current_user IN ('dingline_api', 'dingline_ingress')
      AND NEW.link_hash IS DISTINCT FROM OLD.link_hash AND NEW.link_hash IS NOT NULL)
  EXECUTE FUNCTION refuse_backward();

-- What was settled is never queued again, and `api` and `ingress` put nothing back to the queue.
CREATE TRIGGER handoffs_move_forward BEFORE UPDATE OF state ON handoffs FOR EACH ROW
  WHEN (OLD.state NOT IN ('queued', 'sending') AND NEW.state IN ('queued', 'sending')
    OR current_user IN ('dingline_api', 'dingline_ingress')
      AND NEW.state IN ('queued', 'sending') AND NEW.state <> OLD.state)
  EXECUTE FUNCTION refuse_backward();

-- Who was removed comes back only as they could be added.
CREATE FUNCTION participants_come_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (is_initiator(NEW.call_id, identified_account()) AND may_ring(identified_account(), NEW.account_id)) THEN
    RAISE EXCEPTION 'who was removed is not asked back by another' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER participants_come_back BEFORE UPDATE OF removed_at ON participants FOR EACH ROW
  WHEN (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL)
  EXECUTE FUNCTION participants_come_back();

-- Grants --------------------------------------------------------------------------------------------------------------

REVOKE INSERT, UPDATE ON calls, participants, legs, dings, ding_recipients, notifications, conferences
  FROM dingline_api;
REVOKE INSERT ON handoffs FROM dingline_api, dingline_ingress;
GRANT INSERT (id, purpose, channel, kind, subject_id, account_id, number_ref, target_id, language, state, not_before,
  not_after, created_at, call_seconds, is_asked_for) ON handoffs TO dingline_api, dingline_ingress;
GRANT INSERT (id, purpose, created_at, ends_at), UPDATE (ended_at, end_reason) ON calls TO dingline_api;
GRANT INSERT (id, call_id, account_id, role), UPDATE (removed_at, muted_by) ON participants TO dingline_api;
GRANT INSERT (id, call_id, participant_id, state, created_at, is_muted), UPDATE (state, reason, ended_at, left_at)
  ON legs TO dingline_api;
GRANT INSERT ON dings TO dingline_api;
GRANT INSERT (participant_id, call_id, language), UPDATE (confirmed_at, confirmed_by)
  ON ding_recipients TO dingline_api;
GRANT INSERT (id, call_id, participant_id, channel, state, because, created_at, expires_at, begun_at),
  UPDATE (state, reason, ended_at, link_hash, link_used_at) ON notifications TO dingline_api;
GRANT INSERT (call_id, ends_with_initiator) ON conferences TO dingline_api;

REVOKE UPDATE ON calls, legs, ding_recipients, conferences FROM dingline_ingress;
REVOKE INSERT ON notifications FROM dingline_ingress;
GRANT INSERT (id, call_id, participant_id, channel, state, because, created_at, expires_at, begun_at)
  ON notifications TO dingline_ingress;
GRANT UPDATE (ended_at, end_reason) ON calls TO dingline_ingress;
GRANT UPDATE (state, reason, is_machine, begun_at, answered_at, ended_at, joined_at, left_at, is_muted, mute_sequence)
  ON legs TO dingline_ingress;
GRANT UPDATE (confirmed_at, confirmed_by, stopped_at) ON ding_recipients TO dingline_ingress;
GRANT UPDATE (carrier_ref) ON conferences TO dingline_ingress;
GRANT SELECT (team_id, account_id) ON team_members TO dingline_ingress;
GRANT SELECT (service_id, account_id, number_ref) ON verifications TO dingline_ingress;
GRANT SELECT (app_id) ON verify_services TO dingline_ingress;
GRANT SELECT (target_id) ON handoffs TO dingline_ingress;
GRANT SELECT (account_id, service_id) ON verifications TO dingline_worker;
