-- Takes `price` for all of `subjects`, or for none: answers those whose cap (null: none) would be passed. The rows
-- are locked in one order, by their names, until the transaction ends, so any number of workers at once count exactly
-- and none waits for another that waits for it.
CREATE FUNCTION take_spend(at_day date, subjects text[], caps numeric[], price numeric) RETURNS text[]
LANGUAGE plpgsql AS $$
DECLARE
  taken text[];
  refused text[];
BEGIN
  WITH one AS (
    INSERT INTO spendings AS s (day, subject, spent)
    SELECT at_day, w.subject, price
    FROM unnest(subjects, caps) AS w (subject, cap)
    WHERE w.cap IS NULL OR price <= w.cap
    ORDER BY w.subject
    ON CONFLICT (day, subject) DO UPDATE SET spent = s.spent + excluded.spent
      WHERE s.spent + excluded.spent <= (
        SELECT coalesce(c.cap, 'Infinity') FROM unnest(subjects, caps) AS c (subject, cap) WHERE c.subject = s.subject)
    RETURNING s.subject)
  SELECT coalesce(array_agg(one.subject), '{}') INTO taken FROM one;
  refused := ARRAY(SELECT w.subject FROM unnest(subjects) AS w (subject) WHERE w.subject <> ALL (taken));
  IF refused <> '{}' THEN
    UPDATE spendings SET spent = spent - price WHERE day = at_day AND subject = ANY (taken);
  END IF;
  RETURN refused;
END $$;

-- Finds until when nothing is sent to a number of this country and prefix; null says that sends may go. It is asked for
-- what is sent again: a start is held against the list in the memory of `api`, which knows yesterday's index of the
-- prefix too.
CREATE FUNCTION blocked_until(number_country text, number_prefix bytea, at timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
  SELECT max(b.until)
  FROM pumping_blocks b
  WHERE b.ended_at IS NULL AND b.lifted_at IS NULL AND b.until > at
    AND CASE b.kind WHEN 'prefix' THEN b.prefix_key = number_prefix ELSE b.country = number_country END
$$;
