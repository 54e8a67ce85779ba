-- Nearly every start is an SMS to a number that nobody has asked about for a day, from an address of which nothing was
-- counted for a minute: there is nothing to decide, and no reason to go through them one by one, nor to give back what
-- whoever asked knows.

-- It is one of whom nothing is known; `place` is its own among those asked for.
CREATE TYPE fresh_start AS (place int, account_id uuid, person_id uuid, speaks text, expires_at timestamptz);

-- Finds those of whom nothing is known, and that share no key with another, in their order.
CREATE FUNCTION find_fresh_starts(
  asked verification_start[], provers prover[], code secret_bounds, now timestamptz
) RETURNS fresh_start[] LANGUAGE plpgsql AS $$
DECLARE
  keys bytea[] := ARRAY(SELECT key FROM unnest(asked) a, unnest(a.number_keys || a.address_keys) AS key);
  shared bytea[] := ARRAY(SELECT key FROM unnest(keys) AS key GROUP BY key HAVING count(*) > 1);
BEGIN
  RETURN ARRAY(
    SELECT ROW(
      a.ordinality, p.account_id, p.person_id,
      coalesce(a.language, (SELECT o.language FROM accounts o WHERE o.id = p.account_id), 'en'),
      -- By the database's own time at the latest: a code lives no longer because a clock is ahead.
      least(a.at, now) + least(
        (SELECT make_interval(secs => by.code_lasts_s) FROM verify_services by WHERE by.id = a.service_id), code.lasts)
    )::fresh_start
    FROM unnest(asked) WITH ORDINALITY a
    JOIN unnest(provers) p
      ON p.secret_digest = a.secret_digest AND coalesce(a.service_id, p.account_id) = ANY (p.starter_ids)
    WHERE a.channel = 'sms' AND 'sms' = ANY (a.channels) AND a.test_index IS NULL AND a.blocked_until IS NULL
      AND (cardinality(shared) = 0 OR NOT shared && (a.number_keys || a.address_keys))
      AND NOT EXISTS (SELECT FROM limits WHERE key = ANY (a.number_keys || a.address_keys))
      AND NOT EXISTS (
        SELECT FROM verifications w
        WHERE w.starter_id = coalesce(a.service_id, p.account_id)
          AND w.limiter_index IN (a.number_keys[1], a.number_keys[2]))
      AND (cardinality(a.proofs) > 0 AND EXISTS (SELECT FROM number_proofs WHERE proof = ANY (a.proofs))) IS NOT TRUE
    ORDER BY a.ordinality);
END $$;

-- Writes what decide_starts would of each; `these` are the requests of `fresh`.
CREATE FUNCTION write_fresh_starts(these verification_start[], fresh fresh_start[], lim send_limits) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  number_lasts interval := longest_window(lim.of_number);
  address_lasts interval := longest_window(lim.of_address);
BEGIN
  -- Nobody else counts by these keys until this is committed, and there was nothing under them.
  INSERT INTO limits (key, hits, expires_at)
  SELECT number_keys[1], ARRAY[at], at + number_lasts FROM unnest(these)
  UNION ALL
  SELECT address_keys[1], ARRAY[at], at + address_lasts FROM unnest(these) WHERE cardinality(address_keys) > 0;
  INSERT INTO numbers (id, sealed, created_at) SELECT number_ref, sealed_number, at FROM unnest(these);
  INSERT INTO verifications (
    id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key,
    channels, is_auto, voice_at, proofs, wrong_keys, language, state,
    sends, sms_sends, first_sms_at, last_sms_at, created_at, expires_at)
  SELECT
    id, account_id, CASE WHEN account_id IS NULL THEN service_id END, number_ref,
    number_keys[1], number_keys[2], number_keys[3], country, prefix_key, channels, is_auto,
    CASE WHEN is_auto AND 'voice' = ANY (channels) THEN at + make_interval(secs => lim.auto_after) END,
    proofs, wrong_keys, speaks, 'pending', 1, 1, at, at, at, expires_at
  FROM ROWS FROM (unnest(these), unnest(fresh)) AS q;
  INSERT INTO handoffs (
    id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at)
  SELECT
    handoff_id, 'verification', 'sms', 'deliver', id, person_id, number_ref, speaks, 'queued', at, expires_at, at
  FROM ROWS FROM (unnest(these), unnest(fresh)) AS q;
END $$;

-- Starts verifications and hands them off, for whoever shows a secret of the starter's; or gives the live one of this
-- starter and number; or says why not. The worker makes the code, when it claims the first hand-off. `requests` is an
-- array of verification_start; the answer has one for each, null for one that shows no secret of its starter's. Of a
-- fresh one it has only what whoever asked doesn't know (`readFreshStart` in verification-answers.ts).
CREATE FUNCTION start_verifications(requests json, rules jsonb) RETURNS jsonb LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET lock_timeout = '1s' AS $$
DECLARE
  asked verification_start[] := ARRAY(SELECT q FROM json_populate_recordset(NULL::verification_start, requests) q);
  lim send_limits := jsonb_populate_record(NULL::send_limits, rules);
  provers prover[];
  code secret_bounds;
  now timestamptz := db_now();
  held text[];
  fresh fresh_start[];
  these verification_start[];
  f fresh_start;
  state text;
  answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(asked)]);
  others int[];
  decided jsonb[];
BEGIN
  PERFORM lock_sends(ARRAY(SELECT key FROM unnest(asked) a, unnest(a.number_keys[:2] || a.address_keys) AS key));
  held := ARRAY(SELECT channel FROM stops WHERE purpose = 'verification');
  provers := find_provers(ARRAY(SELECT secret_digest FROM unnest(asked)));
  SELECT * INTO STRICT code FROM secret_bounds WHERE name = 'code';
  fresh := find_fresh_starts(asked, provers, code, now);
  state := CASE WHEN 'sms' = ANY (held) THEN 'held' ELSE 'queued' END;
  these := CASE
    WHEN cardinality(fresh) = cardinality(asked) THEN asked ELSE ARRAY(SELECT asked[place] FROM unnest(fresh)) END;
  IF cardinality(fresh) > 0 THEN PERFORM write_fresh_starts(these, fresh, lim); END IF;
  FOREACH f IN ARRAY fresh LOOP
    answers[f.place] := jsonb_build_object(
      'isNew', true, 'fresh', state, 'language', f.speaks, 'expiresAt', f.expires_at, 'checksLeft', code.most);
  END LOOP;
  IF cardinality(fresh) < cardinality(asked) THEN
    others := ARRAY(SELECT place FROM generate_subscripts(asked, 1) place WHERE answers[place] IS NULL ORDER BY place);
    decided := decide_starts(
      ARRAY(SELECT asked[place] FROM unnest(others) place), provers, held, code, lim, now);
    FOR i IN 1 .. cardinality(others) LOOP answers[others[i]] := decided[i]; END LOOP;
  END IF;
  RETURN to_jsonb(answers);
END $$;
GRANT EXECUTE ON FUNCTION start_verifications TO dingline_api;
