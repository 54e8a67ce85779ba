-- Are the two in a team together, whatever they agreed to there?
CREATE FUNCTION share_team(one uuid, other uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM team_members mine JOIN team_members theirs ON theirs.team_id = mine.team_id
    WHERE mine.account_id = one AND theirs.account_id = other)
$$;

-- Is a person willing to be reached, as things stand? Asked when a hand-off is claimed: what was agreed to when it was
-- written may have been withdrawn since, and a team left. Whoever asked for a call themselves needs no consent of their
-- own, but is still in a team with the one whose call it is; whoever asked for a code needs neither. What ends a call
-- or is shown in it reaches nobody.
CREATE FUNCTION is_willing(
  purpose text, kind text, channel text, subject uuid, person uuid, is_asked_for boolean
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT purpose = 'verification' OR kind <> 'deliver' OR EXISTS (
    SELECT FROM find_step(is_willing.channel, subject) step
    JOIN calls c ON c.id = step.call_id
    WHERE CASE
      WHEN is_asked_for THEN c.initiator_id = person OR share_team(c.initiator_id, person)
      ELSE may_ring(c.initiator_id, person, c.purpose)
    END)
$$;

-- Who began what a hand-off is about, and in which team they share with its person that person's consent holds: the
-- first of them, if there are several.
CREATE FUNCTION find_caller(channel text, subject uuid, person uuid) RETURNS TABLE (initiator uuid, team uuid)
LANGUAGE sql STABLE AS $$
  SELECT c.initiator_id, (
    SELECT mine.team_id
    FROM team_members mine
    JOIN team_members theirs ON theirs.team_id = mine.team_id AND theirs.account_id = person
    WHERE mine.account_id = c.initiator_id AND person <> c.initiator_id AND (
      SELECT e.action = 'granted'
      FROM consent_events e
      WHERE e.account_id = person AND e.team_id = mine.team_id
        AND e.purpose = CASE c.purpose WHEN 'ding' THEN 'ring' ELSE c.purpose END
      ORDER BY e.id DESC
      LIMIT 1)
    ORDER BY mine.team_id
    LIMIT 1)
  FROM find_step(find_caller.channel, subject) step
  JOIN calls c ON c.id = step.call_id
$$;
