-- As in 0037, but for mutes: a step that has begun is not begun again, and a microphone is closed and opened once somebody
-- is there.
CREATE OR REPLACE FUNCTION may_hand_off(kind text, channel text, subject uuid, caller uuid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE kind
    WHEN 'hang_up' THEN true
    WHEN 'present' THEN is_initiator(subject, caller) OR current_user = 'dingline_ingress' AND NOT EXISTS (
      SELECT FROM presentations s
      WHERE s.call_id = subject OR s.participant_id = (SELECT l.participant_id FROM legs l WHERE l.id = subject))
    ELSE EXISTS (
      SELECT FROM find_step(may_hand_off.channel, subject) s
      WHERE (kind IN ('mute', 'unmute') OR s.state = 'queued') AND may_reach(s.call_id, s.participant_id, caller))
  END
$$;
