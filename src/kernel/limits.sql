-- Sliding logs of hits are kept where requests of several processes meet: one statement decides and counts.

-- These rules hold together: maxes[n] hits at most in any windows[n] seconds. All of them come from TypeScript.
CREATE TYPE limit_rules AS (maxes int[], windows float8[]);

-- Says whether one more hit at `at` would keep every window. It counts only where there are enough to count.
CREATE FUNCTION within_limits(hits timestamptz[], rules limit_rules, at timestamptz) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  FOR i IN 1 .. cardinality(rules.maxes) LOOP
    IF coalesce(cardinality(hits), 0) >= rules.maxes[i]
      AND (SELECT count(*) FROM unnest(hits) AS hit WHERE hit > at - make_interval(secs => rules.windows[i]))
        >= rules.maxes[i]
    THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
END $$;

-- Gives how long a hit counts for any of the rules, and how many hits may have to be counted. They are loops: an
-- aggregate is a statement, which is begun anew at each call, and a start calls four.
CREATE FUNCTION longest_window(rules limit_rules) RETURNS interval LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  longest float8;
BEGIN
  FOR i IN 1 .. coalesce(cardinality(rules.windows), 0) LOOP
    longest := greatest(longest, rules.windows[i]);
  END LOOP;
  RETURN make_interval(secs => longest);
END $$;
CREATE FUNCTION most_hits(rules limit_rules) RETURNS int LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  most int;
BEGIN
  FOR i IN 1 .. coalesce(cardinality(rules.maxes), 0) LOOP
    most := greatest(most, rules.maxes[i]);
  END LOOP;
  RETURN most;
END $$;

-- Gives from when one more hit keeps every window.
CREATE FUNCTION next_allowed_at(hits timestamptz[], rules limit_rules) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT max((
    SELECT hit FROM unnest(hits) AS hit ORDER BY hit DESC OFFSET rule.most - 1 LIMIT 1)
      + make_interval(secs => rule.seconds))
  FROM unnest(rules.maxes, rules.windows) AS rule (most, seconds)
$$;

CREATE FUNCTION hits_of(keys bytea[]) RETURNS timestamptz[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  these timestamptz[];
  found_hits timestamptz[] := '{}';
BEGIN
  FOR these IN SELECT hits FROM limits WHERE key IN (keys[1], keys[2], keys[3]) LOOP
    found_hits := found_hits || these;
  END LOOP;
  RETURN found_hits;
END $$;

-- Takes one hit for keys[1] if every rule allows it; the other keys are what the same subject was counted under
-- before the limiter's key turned over (src/kernel/rate-limit.ts).
CREATE FUNCTION take_hit(keys bytea[], rules limit_rules, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  earlier timestamptz[] := '{}';
  keep int := most_hits(rules);
BEGIN
  IF cardinality(keys) > 1 THEN earlier := hits_of(keys[2:]); END IF;
  IF NOT within_limits(earlier, rules, at) THEN RETURN false; END IF;
  INSERT INTO limits (key, hits, expires_at) VALUES (keys[1], ARRAY[at], at + longest_window(rules))
  ON CONFLICT (key) DO UPDATE
    SET hits = (limits.hits || excluded.hits)[greatest(1, cardinality(limits.hits) + 2 - keep):],
        expires_at = greatest(limits.expires_at, excluded.expires_at)
    WHERE within_limits(limits.hits || earlier, rules, at);
  RETURN FOUND;
END $$;

-- Writes hits that a look under a lock has allowed, each for as long as it counts; the last `keep` of each key are
-- kept. Without a key there is no hit.
CREATE FUNCTION count_hits(keys bytea[], ats timestamptz[], lasts interval[], keep int) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO limits (key, hits, expires_at)
  SELECT key, array_agg(at), max(at + long)
  FROM unnest(keys, ats, lasts) AS hit (key, at, long)
  WHERE key IS NOT NULL
  GROUP BY key
  ORDER BY key
  ON CONFLICT (key) DO UPDATE
    SET hits = (limits.hits || excluded.hits)[
          greatest(1, cardinality(limits.hits) + cardinality(excluded.hits) + 1 - keep):],
        expires_at = greatest(limits.expires_at, excluded.expires_at);
END $$;

-- Gives the hits without one of that time: another may have come in the same moment.
CREATE FUNCTION without_hit(hits timestamptz[], at timestamptz) RETURNS timestamptz[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN array_position(hits, at) IS NULL THEN hits
    ELSE hits[:array_position(hits, at) - 1] || hits[array_position(hits, at) + 1:]
  END
$$;

CREATE FUNCTION without_hits(hits timestamptz[], ats timestamptz[]) RETURNS timestamptz[] LANGUAGE plpgsql IMMUTABLE
AS $$
DECLARE
  at timestamptz;
BEGIN
  FOREACH at IN ARRAY ats LOOP hits := without_hit(hits, at); END LOOP;
  RETURN hits;
END $$;

-- Takes hits back, each of its key and time. The rows are locked in the order in which all lock them.
CREATE FUNCTION uncount_hits(keys bytea[], ats timestamptz[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM (SELECT FROM limits WHERE key = ANY (keys) ORDER BY key FOR NO KEY UPDATE) AS in_order;
  UPDATE limits SET hits = without_hits(limits.hits, these.ats)
  FROM (SELECT key, array_agg(at) AS ats FROM unnest(keys, ats) AS hit (key, at) GROUP BY key) AS these
  WHERE limits.key = these.key;
END $$;
