-- Sliding logs of hits, where requests of several processes meet: one statement decides and counts.
-- Rules stand beside each other in two arrays, so many hits at most in a window of so many seconds.

-- Would one more hit at `at` keep every window? It counts only where there are enough to count.
CREATE FUNCTION within_limits(hits timestamptz[], maxes int[], windows float8[], at timestamptz) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  FOR rule IN 1 .. cardinality(maxes) LOOP
    IF coalesce(cardinality(hits), 0) >= maxes[rule]
      AND (SELECT count(*) FROM unnest(hits) AS hit WHERE hit > at - make_interval(secs => windows[rule])) >= maxes[rule]
    THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
END $$;

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

-- Takes one hit for keys[1] if every rule allows it; the other keys are what the same subject was counted under before the
-- limiter's key turned over (src/kernel/rate-limit.ts).
CREATE FUNCTION take_hit(keys bytea[], maxes int[], windows float8[], at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  earlier timestamptz[] := '{}';
  keep int := 0;
  longest float8 := 0;
BEGIN
  FOR rule IN 1 .. cardinality(maxes) LOOP
    keep := greatest(keep, maxes[rule]);
    longest := greatest(longest, windows[rule]);
  END LOOP;
  IF cardinality(keys) > 1 THEN earlier := hits_of(keys[2:]); END IF;
  IF NOT within_limits(earlier, maxes, windows, at) THEN RETURN false; END IF;
  INSERT INTO limits (key, hits, expires_at) VALUES (keys[1], ARRAY[at], at + make_interval(secs => longest))
  ON CONFLICT (key) DO UPDATE
    SET hits = (limits.hits || excluded.hits)[greatest(1, cardinality(limits.hits) + 2 - keep):],
        expires_at = greatest(limits.expires_at, excluded.expires_at)
    WHERE within_limits(limits.hits || earlier, maxes, windows, at);
  RETURN FOUND;
END $$;

-- Writes hits that a look under a lock has allowed, each for as long as it counts; of a key the last `keep`. No key, no hit.
CREATE FUNCTION count_hits(keys bytea[], ats timestamptz[], lasts interval[], keep int) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO limits (key, hits, expires_at)
  SELECT key, array_agg(at), max(at + long)
  FROM unnest(keys, ats, lasts) AS hit (key, at, long)
  WHERE key IS NOT NULL
  GROUP BY key
  ORDER BY key
  ON CONFLICT (key) DO UPDATE
    SET hits = (limits.hits || excluded.hits)[greatest(1, cardinality(limits.hits) + cardinality(excluded.hits) + 1 - keep):],
        expires_at = greatest(limits.expires_at, excluded.expires_at);
END $$;

-- The hits without one of that time: another may have come in the same moment.
CREATE FUNCTION without_hit(hits timestamptz[], at timestamptz) RETURNS timestamptz[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN array_position(hits, at) IS NULL THEN hits
    ELSE hits[:array_position(hits, at) - 1] || hits[array_position(hits, at) + 1:]
  END
$$;
