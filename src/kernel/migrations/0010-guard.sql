-- The guard against SMS pumping: what is spent in a day, and what is blocked for a while.

-- Counted by the worker when it claims what it will send for a verification. Subjects: all, app:<id>, country:<ISO 3166>.
CREATE TABLE spendings (
  day date NOT NULL,                     -- UTC
  subject text NOT NULL,
  spent numeric(14, 4) NOT NULL,         -- in the operator's currency
  PRIMARY KEY (day, subject)
);

-- Takes `price` for all of `subjects`, or for none: answers those whose cap (null: none) would be passed. The rows are locked
-- in one order, by their names, until the transaction ends, so any number of workers at once count exactly and none waits
-- for another that waits for it.
CREATE FUNCTION take_spend(at_day date, subjects text[], caps numeric[], price numeric) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  taken text[];
  refused text[];
BEGIN
  WITH one AS (
    INSERT INTO spendings AS s (day, subject, spent)
    SELECT at_day, w.subject, price FROM unnest(subjects, caps) AS w (subject, cap) WHERE w.cap IS NULL OR price <= w.cap ORDER BY w.subject
    ON CONFLICT (day, subject) DO UPDATE SET spent = s.spent + excluded.spent
      WHERE s.spent + excluded.spent <= (SELECT coalesce(c.cap, 'Infinity') FROM unnest(subjects, caps) AS c (subject, cap) WHERE c.subject = s.subject)
    RETURNING s.subject)
  SELECT coalesce(array_agg(one.subject), '{}') INTO taken FROM one;
  refused := ARRAY(SELECT w.subject FROM unnest(subjects) AS w (subject) WHERE w.subject <> ALL (taken));
  IF refused <> '{}' THEN
    UPDATE spendings SET spent = spent - price WHERE day = at_day AND subject = ANY (taken);
  END IF;
  RETURN refused;
END $$;

-- A block ends by itself at `until`, or when an operator lifts it; then the worker closes it.
CREATE TABLE pumping_blocks (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('prefix', 'country')),
  prefix_key bytea,                      -- limiter index of the prefix; tells nothing once the key of its day is gone
  country text,                          -- ISO 3166; of a prefix, where its numbers tell it
  prefix text CHECK (prefix ~ '^\+[0-9]{1,11}$'), -- in clear, what 10,000 numbers share: written by `api` at the first refusal
  reason text NOT NULL CHECK (reason IN ('conversion', 'burst')),
  sends int NOT NULL,                    -- what it was blocked for
  approvals int NOT NULL,
  cost numeric(14, 4) NOT NULL,          -- of these sends
  level int NOT NULL,                    -- blocks of the same in the day before
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  lifted_at timestamptz,
  ended_at timestamptz,
  CHECK (CASE kind WHEN 'prefix' THEN prefix_key IS NOT NULL ELSE country IS NOT NULL AND prefix_key IS NULL AND prefix IS NULL END)
);
CREATE UNIQUE INDEX pumping_blocks_prefix ON pumping_blocks (prefix_key) WHERE kind = 'prefix' AND ended_at IS NULL;
CREATE UNIQUE INDEX pumping_blocks_country ON pumping_blocks (country) WHERE kind = 'country' AND ended_at IS NULL;
CREATE INDEX pumping_blocks_since ON pumping_blocks (since);

-- Until when nothing is sent to a number of this country and prefix; null: it may be. For what is sent again: a start is
-- held against the list in the memory of `api`, which knows yesterday's index of the prefix too.
CREATE FUNCTION blocked_until(number_country text, number_prefix bytea, at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT max(b.until) FROM pumping_blocks b
  WHERE b.ended_at IS NULL AND b.lifted_at IS NULL AND b.until > at AND CASE b.kind WHEN 'prefix' THEN b.prefix_key = number_prefix ELSE b.country = number_country END
$$;

GRANT SELECT (id, kind, prefix_key, country, prefix, until, lifted_at, ended_at), UPDATE (prefix) ON pumping_blocks TO dingline_api;
GRANT SELECT, INSERT, DELETE, UPDATE (ended_at) ON pumping_blocks TO dingline_worker;
GRANT SELECT, INSERT, DELETE, UPDATE (spent) ON spendings TO dingline_worker;
-- To count numbers apart. The worker has no limiter key: it can tell that two rows are of one number, not of which.
GRANT SELECT (limiter_index) ON verifications TO dingline_worker;
