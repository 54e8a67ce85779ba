-- A code's digest is the SHA-256 of what a check submits: the HMAC, under the pepper, that is bound to the
-- verification. Who saw a check's statement, or this table, can't make one from the other; and no login reads a digest.

-- Writes the code of a verification that waits for one; false if it has one, has finished, or is of a test number. The
-- worker's alone.
CREATE FUNCTION store_code(verification uuid, sealed_code bytea, digest bytea) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  -- Whoever finishes it erases its code: before this, or after.
  PERFORM FROM verifications v
  WHERE v.id = verification AND v.state = 'pending' AND v.expires_at > db_now() AND NOT v.is_test
  FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO codes (verification_id, sealed, hash) VALUES (verification, sealed_code, digest) ON CONFLICT DO NOTHING;
  RETURN FOUND;
END $$;

-- Makes these the test numbers, each with a code that is known beforehand: the worker's settings say which, and it
-- seals each once, so that a number of no other kind gets into the place of one. The keys are those of RFC 2104 for a
-- hashed code, so that its digest can be computed for any verification.
CREATE FUNCTION set_test_numbers(given json) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  LOCK TABLE test_numbers IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM test_numbers t
  WHERE NOT EXISTS (
    SELECT FROM json_to_recordset(given) AS g (number_index bytea) WHERE g.number_index = t.number_index);
  INSERT INTO numbers (id, sealed, number_index, created_at)
  SELECT g.number_ref, g.sealed, g.number_index, db_now()
  FROM json_to_recordset(given) AS g (number_ref uuid, sealed bytea, number_index bytea)
  ON CONFLICT (id) DO NOTHING;
  UPDATE numbers n SET sealed = g.sealed
  FROM json_to_recordset(given) AS g (number_ref uuid, sealed bytea, number_index bytea)
  WHERE n.id = g.number_ref AND n.number_index = g.number_index;
  INSERT INTO test_numbers (number_index, number_ref, inner_key, outer_key)
  SELECT g.number_index, g.number_ref, g.inner_key, g.outer_key
  FROM json_to_recordset(given) AS g (number_index bytea, number_ref uuid, inner_key bytea, outer_key bytea)
  ON CONFLICT (number_index) DO UPDATE SET inner_key = excluded.inner_key, outer_key = excluded.outer_key;
END $$;

GRANT EXECUTE ON FUNCTION store_code, set_test_numbers TO dingline_worker;

-- What is compared with a verification's code; null: it has none, and nothing is right.
CREATE FUNCTION code_digest(v verifications) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT coalesce(
    (SELECT c.hash FROM codes c WHERE c.verification_id = v.id),
    CASE WHEN v.is_test THEN (
      SELECT sha256(sha256(t.outer_key || sha256(t.inner_key || convert_to(v.id::text, 'UTF8'))))
      FROM test_numbers t
      WHERE t.number_ref = v.number_ref) END)
$$;

-- check_verifications takes these: `submitted` is what the code's digest would be of if it were right; wrong codes are
-- counted under `wrong_keys`, by `wrong_rules`. Whose address it is only `api` knows, so that limit is its own.
CREATE TYPE verification_check AS (
  id uuid, secret_digest bytea, starter_ids uuid[], submitted bytea,
  wrong_keys bytea[], is_by_address boolean, wrong_rules limit_rules);

-- Compares codes, for whoever shows a secret of the starter's, if all limits allow it: of any number of guesses at
-- once, in any number of verifications of a number, exactly so many are compared. Those of other statements wait by
-- number, and by address. They don't wait by app, for an app that doesn't give its users' addresses: all of its checks
-- would wait for one another. The right code approves, and gives the account that asked for it the number that it was
-- sent to: `lost` has the accounts whose former number is theirs no more, for what goes on by it.
CREATE FUNCTION check_verifications(requests json) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  asked verification_check[] := ARRAY(SELECT q FROM json_populate_recordset(NULL::verification_check, requests) q);
  lim guess_limits := guess_bounds();
  provers prover[] := find_provers(ARRAY(SELECT secret_digest FROM unnest(asked)));
  now timestamptz := db_now();
  -- The verifications and what was guessed of their numbers: as they are, then as they become.
  these verifications[];
  ids uuid[];
  indexes bytea[];
  digests bytea[];
  known bytea[];
  guesses number_guesses[];
  -- Each answer has the request's place, the verification as it then was, and a verdict.
  places int[] := '{}';
  shown verifications[] := '{}';
  verdicts jsonb[] := '{}';
  views jsonb[];
  answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(asked)]);
  -- These are to be written.
  changed uuid[] := '{}';
  finished uuid[] := '{}';
  approved uuid[] := '{}';
  guessed bytea[] := '{}';
  forgotten bytea[] := '{}';
  remembered number_guesses[] := '{}';
  owners int[] := '{}';
  wrong_keys bytea[] := '{}';
  wrong_at timestamptz[] := '{}';
  wrong_lasts interval[] := '{}';
  wrong_most int := 0;
  q verification_check;
  v verifications;
  g number_guesses;
  number bytea;
  wrong_hits timestamptz[];
  is_owner boolean;
  is_counted boolean;
  is_correct boolean;
  verdict jsonb;
  moved record;
  at_id int;
  at_number int;
  r record;
BEGIN
  -- Only those that can still be checked are locked: nobody waits for one that another ends, or erases.
  PERFORM FROM (
    SELECT w.id
    FROM unnest(asked) a
    JOIN unnest(provers) p ON p.secret_digest = a.secret_digest
    JOIN verifications w ON w.id = a.id AND w.starter_id = ANY (p.starter_ids) AND w.starter_id = ANY (a.starter_ids)
    WHERE w.state = 'pending' AND w.expires_at > now
    ORDER BY w.id FOR NO KEY UPDATE OF w) AS in_order;
  these := ARRAY(SELECT w FROM (SELECT DISTINCT id FROM unnest(asked)) a JOIN verifications w ON w.id = a.id);
  ids := ARRAY(SELECT id FROM unnest(these));
  -- The indexes are read once: the locks and the decision must go by the same ones, though the worker may open a number
  -- at any moment.
  indexes := ARRAY(SELECT (SELECT n.number_index FROM numbers n WHERE n.id = w.number_ref) FROM unnest(these) w);
  digests := ARRAY(SELECT code_digest(w) FROM unnest(these) w);
  known := ARRAY(SELECT DISTINCT index FROM unnest(indexes) index WHERE index IS NOT NULL);
  PERFORM pg_advisory_xact_lock(lock)
  FROM (SELECT hashtextextended(encode(index, 'hex'), 2) AS lock FROM unnest(known) index ORDER BY lock) AS in_order;
  PERFORM pg_advisory_xact_lock(lock)
  FROM (
    SELECT DISTINCT hashtextextended(encode(key, 'hex'), 3) AS lock
    FROM unnest(asked) a, unnest(a.wrong_keys) key
    WHERE a.is_by_address
    ORDER BY lock) AS in_order;
  guesses := ARRAY(SELECT (SELECT n FROM number_guesses n WHERE n.number_index = index) FROM unnest(known) index);
  FOR r IN
    SELECT a.ordinality::int AS place, p.starter_ids,
      coalesce((SELECT hits FROM limits WHERE key = a.wrong_keys[1]), '{}')
        || (SELECT hits FROM limits WHERE key = a.wrong_keys[2]) AS wrong_hits
    FROM unnest(asked) WITH ORDINALITY a
    JOIN unnest(provers) p ON p.secret_digest = a.secret_digest
    ORDER BY place
  LOOP
    q := asked[r.place];
    at_id := array_position(ids, q.id);
    CONTINUE WHEN at_id IS NULL;
    v := these[at_id];
    CONTINUE WHEN NOT (v.starter_id = ANY (q.starter_ids) AND v.starter_id = ANY (r.starter_ids));
    number := indexes[at_id];
    is_counted := NOT v.is_test AND number IS NOT NULL;
    at_number := array_position(known, number);

    verdict := NULL;
    IF v.state <> 'pending' OR v.expires_at <= now OR v.attempts >= lim.checks THEN
      verdict := '{"refused": "finished"}';
    ELSIF NOT v.is_test THEN
      g := guesses[at_number];
      IF g.number_index IS NOT NULL THEN
        is_owner := EXISTS (SELECT FROM number_proofs WHERE proof = ANY (bound_proofs(v.proofs, number)))
          OR EXISTS (SELECT FROM account_numbers a WHERE a.account_id = v.account_id AND a.number_index = number);
        IF NOT within_limits(g.hits, CASE WHEN is_owner THEN lim.of_own_number ELSE lim.of_number END, now)
          OR (g.in_a_row >= lim.in_a_row AND NOT is_owner)
        THEN
          verdict := jsonb_build_object('refused', 'guesses', 'at', CASE
            WHEN g.in_a_row >= lim.in_a_row AND NOT is_owner THEN g.last_at + lim.remembered
            ELSE next_allowed_at(g.hits, CASE WHEN is_owner THEN lim.of_own_number ELSE lim.of_number END)
          END);
        END IF;
      END IF;
      IF verdict IS NULL THEN
        wrong_hits := r.wrong_hits;
        IF wrong_keys && q.wrong_keys THEN
          wrong_hits := wrong_hits
            || ARRAY(SELECT at FROM unnest(wrong_keys, wrong_at) AS earlier (key, at) WHERE key = ANY (q.wrong_keys));
        END IF;
        IF cardinality(wrong_hits) > 0
          AND NOT within_limits(wrong_hits, q.wrong_rules, now)
        THEN
          verdict := jsonb_build_object('refused', 'wrong', 'hits', wrong_hits);
        END IF;
      END IF;
    END IF;

    IF verdict IS NULL THEN
      -- A number without an index was never opened: no code has left for it, and nothing is right.
      is_correct := number IS NOT NULL AND coalesce(sha256(q.submitted) = digests[at_id], false);
      v.attempts := v.attempts + 1;
      IF is_correct OR v.attempts >= lim.checks THEN
        v.state := CASE WHEN is_correct THEN 'approved' ELSE 'max_attempts' END;
        v.finished_at := now;
        v.voice_at := NULL;
        v.index_before := NULL;
        v.index_after := NULL;
        finished := array_append(finished, v.id);
        IF is_correct AND cardinality(v.proofs) > 0 THEN approved := array_append(approved, v.id); END IF;
        IF is_correct AND v.account_id IS NOT NULL THEN
          owners := array_append(owners, cardinality(places) + 1);
        END IF;
      END IF;
      these[at_id] := v;
      changed := array_append(changed, v.id);
      IF is_counted AND is_correct AND g.number_index IS NOT NULL THEN
        guesses[at_number] := NULL;
        guessed := array_append(guessed, number);
      ELSIF is_counted AND NOT is_correct THEN
        g.number_index := number;
        g.hits := (g.hits || now)[greatest(1, cardinality(g.hits) + 2 - most_hits(lim.of_own_number)):];
        g.in_a_row := coalesce(g.in_a_row, 0) + 1;
        g.last_at := now;
        guesses[at_number] := g;
        guessed := array_append(guessed, number);
        wrong_keys := array_append(wrong_keys, q.wrong_keys[1]);
        wrong_at := array_append(wrong_at, now);
        wrong_lasts := array_append(wrong_lasts, longest_window(q.wrong_rules));
        wrong_most := greatest(wrong_most, most_hits(q.wrong_rules));
      END IF;
      verdict := jsonb_build_object('isCorrect', is_correct);
    END IF;
    places := array_append(places, r.place);
    shown := array_append(shown, v);
    verdicts := array_append(verdicts, verdict);
  END LOOP;

  IF cardinality(changed) > 0 THEN
    UPDATE verifications w
    SET attempts = c.attempts, state = c.state, finished_at = c.finished_at, voice_at = c.voice_at,
      index_before = c.index_before, index_after = c.index_after
    FROM unnest(these) c
    WHERE w.id = c.id AND c.id = ANY (changed);
  END IF;
  IF cardinality(finished) > 0 THEN PERFORM take_back_codes(finished, now); END IF;
  IF cardinality(approved) > 0 THEN PERFORM record_proofs(approved, now); END IF;
  IF cardinality(guessed) > 0 THEN
    FOR i IN 1 .. cardinality(known) LOOP
      CONTINUE WHEN NOT known[i] = ANY (guessed);
      g := guesses[i];
      IF g.number_index IS NULL THEN forgotten := array_append(forgotten, known[i]);
      ELSE remembered := array_append(remembered, g);
      END IF;
    END LOOP;
    DELETE FROM number_guesses WHERE number_index = ANY (forgotten);
    INSERT INTO number_guesses (number_index, hits, in_a_row, last_at)
    SELECT number_index, hits, in_a_row, last_at FROM unnest(remembered) ORDER BY number_index
    ON CONFLICT (number_index) DO UPDATE
      SET hits = excluded.hits, in_a_row = excluded.in_a_row, last_at = excluded.last_at;
  END IF;
  FOR i IN 1 .. cardinality(owners) LOOP
    v := shown[owners[i]];
    SELECT * INTO moved
    FROM move_number(v.account_id, v.number_ref, indexes[array_position(ids, v.id)], now);
    verdicts[owners[i]] := verdicts[owners[i]]
      || jsonb_build_object('hasMoved', moved.former IS NOT NULL, 'lost', moved.lost);
  END LOOP;
  IF cardinality(wrong_keys) > 0 THEN PERFORM count_hits(wrong_keys, wrong_at, wrong_lasts, wrong_most); END IF;

  views := verification_views(shown);
  FOR i IN 1 .. cardinality(places) LOOP
    answers[places[i]] := CASE
      WHEN verdicts[i]->>'refused' IN ('guesses', 'wrong') THEN verdicts[i] || jsonb_build_object('view', views[i])
      ELSE views[i] || verdicts[i]
    END;
  END LOOP;
  RETURN to_jsonb(answers);
END $$;
GRANT EXECUTE ON FUNCTION check_verifications TO dingline_api;
