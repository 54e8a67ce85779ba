-- A code's digest is the SHA-256 of what a check submits: the HMAC, under the pepper, that is bound to the
-- verification. Who saw a check's statement, or this table, can't make one from the other; and no login reads a digest.

-- Writes the code of a verification that waits for one; false if it has one, has finished, or is of a test number. The
-- worker's alone.
CREATE FUNCTION store_code(verification uuid, sealed_code bytea, digest bytea, digits int) RETURNS boolean
LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  -- Whoever finishes it erases its code: before this, or after.
  PERFORM FROM verifications v
  WHERE v.id = verification AND v.state = 'pending' AND v.expires_at > db_now() AND NOT v.is_test
  FOR SHARE;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO codes (verification_id, sealed, hash, digits) VALUES (verification, sealed_code, digest, digits)
  ON CONFLICT DO NOTHING;
  RETURN FOUND;
END $$;

-- Makes these the test numbers, each with a code that is known beforehand: the worker's settings say which. A row that
-- was made for another number, or an index that is another's, becomes none. The keys are those of RFC 2104 for a hashed
-- code, so that its digest can be computed for any verification.
CREATE FUNCTION set_test_numbers(given json) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  LOCK TABLE test_numbers IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM test_numbers t
  WHERE NOT EXISTS (
    SELECT FROM json_to_recordset(given) AS g (number_index bytea) WHERE g.number_index = t.number_index);
  INSERT INTO numbers (id, sealed, number_index, created_at, is_test)
  SELECT g.number_ref, g.sealed, g.number_index, db_now(), true
  FROM json_to_recordset(given) AS g (number_ref uuid, sealed bytea, number_index bytea)
  ON CONFLICT (id) DO NOTHING;
  UPDATE numbers n SET sealed = g.sealed
  FROM json_to_recordset(given) AS g (number_ref uuid, sealed bytea, number_index bytea)
  WHERE n.id = g.number_ref AND n.number_index = g.number_index AND n.is_test;
  INSERT INTO test_numbers (number_index, number_ref, inner_key, outer_key)
  SELECT g.number_index, g.number_ref, g.inner_key, g.outer_key
  FROM json_to_recordset(given) AS g (number_index bytea, number_ref uuid, inner_key bytea, outer_key bytea)
  JOIN numbers n ON n.id = g.number_ref AND n.number_index = g.number_index AND n.is_test
  ON CONFLICT (number_index) DO UPDATE SET inner_key = excluded.inner_key, outer_key = excluded.outer_key;
END $$;

GRANT EXECUTE ON FUNCTION store_code, set_test_numbers TO dingline_worker;

-- What is compared with the code of a verification of a test number; null: it is of none, and nothing is right.
CREATE FUNCTION test_digest(v verifications) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(sha256(t.outer_key || sha256(t.inner_key || convert_to(v.id::text, 'UTF8'))))
  FROM test_numbers t
  WHERE t.number_ref = v.number_ref AND v.is_test
$$;

-- A guess counts before it is compared: guess_codes notes and counts it, compare_codes compares what an earlier
-- transaction has noted. In one transaction whoever asks could take back a wrong one, and its count with it.

-- guess_codes takes these: `submitted` is what the code's digest would be of if it were right; wrong codes are
-- counted under `wrong_keys`, by `wrong_rules`. Whose address it is only `api` knows, so that limit is its own. An app
-- that gives none has them counted, by `address_rules`, under the address that the code was started for, if it gave
-- that: else one person's wrong codes would lock all of the app's out.
CREATE TYPE code_guess AS (
  id uuid, secret_digest bytea, starter_ids uuid[], submitted bytea, digits int,
  wrong_keys bytea[], is_by_address boolean, wrong_rules limit_rules, address_rules limit_rules);

-- Notes codes and counts each as a wrong one, for whoever shows a secret of the starter's, if all limits allow it: of
-- any number of guesses at once, in any number of verifications of a number, exactly so many are noted. Those of other
-- statements wait by number, and by address. They don't wait by app, for an app that doesn't give its users'
-- addresses: all of its checks would wait for one another. What hasn't as many
-- digits as the code is no guess. It answers with the guess's id, or why there is none.
CREATE FUNCTION guess_codes(requests json) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET lock_timeout = '1s' AS $$
DECLARE
  asked code_guess[] := ARRAY(SELECT q FROM json_populate_recordset(NULL::code_guess, requests) q);
  lim guess_limits := guess_bounds();
  provers prover[] := find_provers(ARRAY(SELECT secret_digest FROM unnest(asked)));
  hits_kept int := most_hits(lim.of_own_number);
  now timestamptz := db_now();
  -- The verifications and what was guessed of their numbers: as they are, then as they become.
  these verifications[];
  ids uuid[];
  indexes bytea[];
  code_digits int[];
  known bytea[];
  guesses number_guesses[];
  answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(asked)]);
  -- These are to be written.
  noted code_guesses[] := '{}';
  guessed bytea[] := '{}';
  wrong_keys bytea[] := '{}';
  wrong_lasts interval[] := '{}';
  wrong_most int := 0;
  q code_guess;
  v verifications;
  g number_guesses;
  number bytea;
  wrong_hits timestamptz[];
  is_owner boolean;
  is_counted boolean;
  verdict jsonb;
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
  -- The indexes are read once: the locks and the decision must go by the same ones, though the worker may open a number
  -- at any moment.
  SELECT array_agg(w), array_agg(w.id),
    array_agg((SELECT n.number_index FROM numbers n WHERE n.id = w.number_ref)),
    array_agg((SELECT c.digits FROM codes c WHERE c.verification_id = w.id))
  INTO these, ids, indexes, code_digits
  FROM (SELECT DISTINCT id FROM unnest(asked)) a JOIN verifications w ON w.id = a.id;
  known := lock_guesses(indexes);
  PERFORM pg_advisory_xact_lock(lock)
  FROM (
    SELECT DISTINCT hashtextextended(encode(key, 'hex'), 3) AS lock
    FROM unnest(asked) a
    LEFT JOIN unnest(these) w ON w.id = a.id AND w.starter_id = ANY (a.starter_ids)
    CROSS JOIN LATERAL unnest(CASE WHEN a.is_by_address THEN a.wrong_keys ELSE w.wrong_keys END) key
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
    ELSIF code_digits[at_id] <> q.digits THEN
      verdict := '{"refused": "length"}';
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
        IF NOT q.is_by_address AND cardinality(v.wrong_keys) > 0 THEN
          q.is_by_address := true;
          q.wrong_keys := v.wrong_keys;
          q.wrong_rules := q.address_rules;
          wrong_hits := hits_of(v.wrong_keys);
        END IF;
        IF wrong_keys && q.wrong_keys THEN
          wrong_hits := wrong_hits
            || ARRAY(SELECT now FROM unnest(wrong_keys) AS earlier (key) WHERE key = ANY (q.wrong_keys));
        END IF;
        IF cardinality(wrong_hits) > 0
          AND NOT within_limits(wrong_hits, q.wrong_rules, now)
        THEN
          verdict := jsonb_build_object(
            'refused', 'wrong', 'hits', wrong_hits, 'isByAddress', q.is_by_address);
        END IF;
      END IF;
    END IF;
    IF verdict IS NOT NULL THEN
      answers[r.place] := verdict || jsonb_build_object('view', (verification_views(ARRAY[v]))[1]);
      CONTINUE;
    END IF;

    v.attempts := v.attempts + 1;
    these[at_id] := v;
    IF is_counted THEN
      g.number_index := number;
      g.hits := (g.hits || now)[greatest(1, cardinality(g.hits) + 2 - hits_kept):];
      g.in_a_row := coalesce(g.in_a_row, 0) + 1;
      g.last_at := now;
      guesses[at_number] := g;
      guessed := array_append(guessed, number);
      wrong_keys := array_append(wrong_keys, q.wrong_keys[1]);
      wrong_lasts := array_append(wrong_lasts, longest_window(q.wrong_rules));
      wrong_most := greatest(wrong_most, most_hits(q.wrong_rules));
    END IF;
    -- What can't be counted by its number, since that was never opened, is never right: no code has left for it.
    noted := array_append(noted, ROW(
      gen_random_uuid(), v.id, CASE WHEN is_counted OR v.is_test THEN sha256(q.submitted) END,
      CASE WHEN is_counted THEN q.wrong_keys[1] END, now, pg_current_xact_id(), sha256(q.secret_digest))::code_guesses);
    answers[r.place] := jsonb_build_object('guess', noted[cardinality(noted)].id);
  END LOOP;

  IF cardinality(noted) = 0 THEN RETURN to_jsonb(answers); END IF;
  INSERT INTO code_guesses SELECT n.* FROM unnest(noted) n;
  UPDATE verifications w SET attempts = c.attempts
  FROM unnest(these) c
  WHERE w.id = c.id AND c.id IN (SELECT verification_id FROM unnest(noted));
  INSERT INTO number_guesses (number_index, hits, in_a_row, last_at)
  SELECT number_index, hits, in_a_row, last_at
  FROM unnest(guesses)
  WHERE number_index = ANY (guessed)
  ORDER BY number_index
  ON CONFLICT (number_index) DO UPDATE
    SET hits = excluded.hits, in_a_row = excluded.in_a_row, last_at = excluded.last_at;
  IF cardinality(wrong_keys) > 0 THEN
    PERFORM count_hits(wrong_keys, array_fill(now, ARRAY[cardinality(wrong_keys)]), wrong_lasts, wrong_most);
  END IF;
  -- It need not wait for the disk: what is answered in the end waits for a later commit, and so for this one, too.
  PERFORM set_config('synchronous_commit', 'off', true);
  RETURN to_jsonb(answers);
END $$;

-- Whoever guesses at these numbers, or finds a guess right, waits for one another. It gives the numbers, each once.
CREATE FUNCTION lock_guesses(indexes bytea[]) RETURNS bytea[] LANGUAGE plpgsql AS $$
DECLARE
  known bytea[] := ARRAY(SELECT DISTINCT index FROM unnest(indexes) index WHERE index IS NOT NULL);
BEGIN
  PERFORM pg_advisory_xact_lock(lock)
  FROM (SELECT hashtextextended(encode(index, 'hex'), 2) AS lock FROM unnest(known) index ORDER BY lock) AS in_order;
  RETURN known;
END $$;

-- Does the secret by which a guess was noted still hold? It is known by what is kept of it.
CREATE FUNCTION is_secret_live(hash bytea) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM sessions s WHERE s.token_hash = hash AND s.expires_at > db_now())
    OR EXISTS (
      SELECT FROM app_secrets x JOIN apps a ON a.id = x.app_id AND a.disabled_at IS NULL WHERE x.secret_hash = hash)
$$;

-- Compares guesses that earlier transactions have noted, each once, while the secret holds by which they were noted; a
-- request has the `guess`'s id. The right code approves, has the number's guesses begin anew, and gives the account that
-- asked for it the number that it was sent to: `lost` has the accounts whose former number is theirs no more, for what
-- goes on by it. The last wrong one that is allowed finishes the verification.
CREATE FUNCTION compare_codes(requests json) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET lock_timeout = '1s' AS $$
DECLARE
  asked uuid[] := ARRAY(
    SELECT guess FROM ROWS FROM (json_to_recordset(requests) AS (guess uuid)) WITH ORDINALITY q (guess, place)
    ORDER BY place);
  lim guess_limits := guess_bounds();
  now timestamptz := db_now();
  noted code_guesses[];
  noted_ids uuid[];
  noted_of uuid[];
  these verifications[];
  ids uuid[];
  indexes bytea[];
  digests bytea[];
  -- How many guesses of each are noted and not compared yet, beside those that are done below.
  open_guesses int[];
  -- Each answer has the request's place, the verification as it then was, and a verdict.
  places int[] := '{}';
  shown verifications[] := '{}';
  verdicts jsonb[] := '{}';
  views jsonb[];
  answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(asked)]);
  -- These are to be written.
  finished uuid[] := '{}';
  approved uuid[] := '{}';
  proved bytea[] := '{}';
  owners int[] := '{}';
  right_keys bytea[] := '{}';
  right_at timestamptz[] := '{}';
  v verifications;
  g code_guesses;
  is_correct boolean;
  verdict jsonb;
  moved record;
  at_id int;
BEGIN
  PERFORM FROM (
    SELECT w.id
    FROM code_guesses n JOIN verifications w ON w.id = n.verification_id
    WHERE n.id = ANY (asked) AND w.state = 'pending'
    ORDER BY w.id FOR NO KEY UPDATE OF w) AS in_order;
  WITH compared AS (
    DELETE FROM code_guesses n WHERE n.id = ANY (asked) AND n.noted_in <> pg_current_xact_id() RETURNING n)
  SELECT array_agg(n), array_agg((n).id), array_agg((n).verification_id) INTO noted, noted_ids, noted_of
  FROM compared
  -- Those of an app are by one secret, or two.
  WHERE (n).prover_hash IN (
    SELECT hash FROM (SELECT DISTINCT (c.n).prover_hash AS hash FROM compared c OFFSET 0) AS shown
    WHERE is_secret_live(hash));
  SELECT array_agg(w), array_agg(w.id),
    array_agg((SELECT n.number_index FROM numbers n WHERE n.id = w.number_ref)),
    array_agg(coalesce(
      (SELECT c.hash FROM codes c WHERE c.verification_id = w.id), CASE WHEN w.is_test THEN test_digest(w) END)),
    array_agg((SELECT count(*)::int FROM code_guesses n WHERE n.verification_id = w.id)
      + cardinality(array_positions(noted_of, w.id)))
  INTO these, ids, indexes, digests, open_guesses
  FROM verifications w WHERE w.id = ANY (noted_of);
  FOR place IN 1 .. cardinality(asked) LOOP
    g := noted[array_position(noted_ids, asked[place])];
    CONTINUE WHEN g.id IS NULL;
    at_id := array_position(ids, g.verification_id);
    CONTINUE WHEN at_id IS NULL;
    v := these[at_id];
    open_guesses[at_id] := open_guesses[at_id] - 1;
    IF v.state <> 'pending' OR v.expires_at <= now THEN
      verdict := '{"refused": "finished"}';
    ELSE
      is_correct := indexes[at_id] IS NOT NULL AND coalesce(g.submitted_hash = digests[at_id], false);
      IF is_correct OR (v.attempts >= lim.checks AND open_guesses[at_id] = 0) THEN
        v.state := CASE WHEN is_correct THEN 'approved' ELSE 'max_attempts' END;
        v.finished_at := now;
        v.voice_at := NULL;
        v.index_before := NULL;
        v.index_after := NULL;
        these[at_id] := v;
        finished := array_append(finished, v.id);
      END IF;
      IF is_correct THEN
        IF cardinality(v.proofs) > 0 THEN approved := array_append(approved, v.id); END IF;
        IF v.account_id IS NOT NULL THEN owners := array_append(owners, cardinality(places) + 1); END IF;
        IF NOT v.is_test THEN proved := array_append(proved, indexes[at_id]); END IF;
        IF g.wrong_key IS NOT NULL THEN
          right_keys := array_append(right_keys, g.wrong_key);
          right_at := array_append(right_at, g.at);
        END IF;
      END IF;
      verdict := jsonb_build_object('isCorrect', is_correct);
    END IF;
    places := array_append(places, place);
    shown := array_append(shown, v);
    verdicts := array_append(verdicts, verdict);
  END LOOP;

  IF cardinality(finished) > 0 THEN
    UPDATE verifications w
    SET state = c.state, finished_at = c.finished_at, voice_at = NULL, index_before = NULL, index_after = NULL
    FROM unnest(these) c
    WHERE w.id = c.id AND c.id = ANY (finished);
    PERFORM take_back_codes(finished, now);
  END IF;
  IF cardinality(approved) > 0 THEN PERFORM record_proofs(approved, now); END IF;
  IF cardinality(proved) > 0 THEN
    proved := lock_guesses(proved);
    DELETE FROM number_guesses WHERE number_index = ANY (proved);
  END IF;
  FOR i IN 1 .. cardinality(owners) LOOP
    v := shown[owners[i]];
    SELECT * INTO moved
    FROM move_number(v.account_id, v.number_ref, indexes[array_position(ids, v.id)], now);
    verdicts[owners[i]] := verdicts[owners[i]]
      || jsonb_build_object('hasMoved', moved.former IS NOT NULL, 'lost', moved.lost);
  END LOOP;
  IF cardinality(right_keys) > 0 THEN PERFORM uncount_hits(right_keys, right_at); END IF;

  views := verification_views(shown);
  FOR i IN 1 .. cardinality(places) LOOP answers[places[i]] := views[i] || verdicts[i]; END LOOP;
  RETURN to_jsonb(answers);
END $$;
GRANT EXECUTE ON FUNCTION guess_codes, compare_codes TO dingline_api;
