-- Is a person willing to be reached, as things stand? Asked when a hand-off is claimed: what was agreed to when it was
-- written may have been withdrawn since, and a team left. Whoever asked for a call themselves, or for a code, needs no
-- consent of their own; what ends a call or is shown in it reaches nobody.
CREATE FUNCTION is_willing(purpose text, kind text, subject uuid, person uuid, is_asked_for boolean) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT purpose = 'verification' OR kind <> 'deliver' OR is_asked_for OR EXISTS (
    SELECT FROM (
      SELECT l.call_id FROM legs l WHERE l.id = subject
      UNION ALL
      SELECT n.call_id FROM notifications n WHERE n.id = subject) step
    JOIN calls c ON c.id = step.call_id
    WHERE may_ring(c.initiator_id, person, c.purpose))
$$;
