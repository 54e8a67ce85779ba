-- What goes to a carrier takes turns, across all workers, so that it isn't asked faster than it takes things.
--
-- Each channel has a line. Whoever waits in it sleeps until the time that it was told, and then asks again: a time is
-- told by how many are ahead, so they don't come in step. Who asks goes if nobody who is due by now is before them. It
-- holds that
-- * no two go within one step of each other, except what comes after an SMS of several segments, which waits longer;
-- * a code has at most the codes before it ahead, and one other for each and one more: what a hundred Dings have
--   waiting is not before it, nor do codes take more than every second turn while others wait;
-- * of the calls (Dings, conferences) that wait, each has its turns as often as any other, whoever has more people.

-- How many go before one with so many of its own kind ahead: codes and others take turns while both wait.
CREATE FUNCTION count_before(ahead int, others int, is_code boolean, was_code boolean) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ahead + least(others, ahead + (is_code = was_code)::int)
$$;

-- Finds the last turn that others of one call have in a line.
CREATE FUNCTION last_turn(channel text, subject uuid) RETURNS float8 LANGUAGE sql STABLE AS $$
  SELECT max(h.turn)
  FROM find_step(last_turn.channel, subject) step
  JOIN (
    SELECT l.id, l.call_id FROM legs l UNION ALL SELECT n.id, n.call_id FROM notifications n
  ) other ON other.call_id = step.call_id
  JOIN handoffs h ON h.subject_id = other.id AND h.channel = last_turn.channel
    AND h.state = 'queued' AND h.turn IS NOT NULL
$$;

-- Takes a turn for a hand-off that this transaction has claimed, or tells when to ask again, and where it then stands
-- in line. The line is locked until the transaction ends. Who is late by more than
-- `patience` holds nobody back.
CREATE FUNCTION take_turn(
  handoff uuid, step interval, patience interval, at timestamptz, OUT again_at timestamptz, OUT turn float8
) LANGUAGE plpgsql AS $$
DECLARE
  mine record;
  line lines;
  is_code boolean;
  ahead_now int;
  others_now int;
  ahead int;
  others int;
  waiting int;
BEGIN
  SELECT h.id, h.channel, h.purpose, h.subject_id, h.turn INTO STRICT mine FROM handoffs h WHERE h.id = handoff;
  SELECT l.* INTO STRICT line FROM lines l WHERE l.channel = mine.channel FOR NO KEY UPDATE;
  is_code := mine.purpose = 'verification';
  -- No more than this is owed by those before, whatever is written here.
  line.free_at := least(line.free_at, at + 100 * step);
  turn := mine.turn;
  IF turn IS NULL THEN
    turn := 1 + CASE
      WHEN is_code THEN coalesce((
        SELECT max(h.turn) FROM handoffs h
        WHERE h.channel = mine.channel AND h.state = 'queued' AND h.turn IS NOT NULL AND h.purpose = mine.purpose), 0)
      ELSE greatest(line.turn, last_turn(mine.channel, mine.subject_id))
    END;
  END IF;
  SELECT
    count(*) FILTER (WHERE w.is_like AND w.is_ahead AND w.is_due),
    count(*) FILTER (WHERE NOT w.is_like AND w.is_due),
    count(*) FILTER (WHERE w.is_like AND w.is_ahead),
    count(*) FILTER (WHERE NOT w.is_like),
    count(*)
  INTO ahead_now, others_now, ahead, others, waiting
  FROM (
    SELECT (h.purpose = 'verification') = is_code AS is_like,
      (h.turn, h.id) < (take_turn.turn, mine.id) AS is_ahead,
      h.not_before <= at + step / 4 AS is_due
    FROM handoffs h
    WHERE h.channel = mine.channel AND h.state = 'queued' AND h.turn IS NOT NULL
      AND h.not_before > at - patience
  ) w;
  IF line.free_at <= at AND count_before(ahead_now, others_now, is_code, line.was_code) = 0 THEN
    UPDATE lines l
    SET free_at = at + step,
        was_code = is_code,
        turn = CASE WHEN waiting = 0 THEN 0 WHEN is_code THEN line.turn ELSE greatest(line.turn, take_turn.turn) END
    WHERE l.channel = mine.channel;
    turn := NULL;
  ELSE
    again_at := greatest(line.free_at, at) + count_before(ahead, others, is_code, line.was_code) * step;
  END IF;
END $$;

-- An SMS takes a turn for each of its segments: they are known only when it is worded.
CREATE FUNCTION take_more_turns(channel text, more interval, at timestamptz) RETURNS void LANGUAGE sql AS $$
  UPDATE lines l SET free_at = greatest(l.free_at, at) + more WHERE l.channel = take_more_turns.channel
$$;
