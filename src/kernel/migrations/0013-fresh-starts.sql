-- Nearly every start is of a number that nobody has asked about for a day, from an address of which nothing was counted for a
-- minute: there is nothing to decide, and no reason to go through them one by one. In a statement of 20 a start took 165 us of
-- PostgreSQL's: 30 in steps of the loop, 20 in what it looked at, 19 in counting where there might be hits already. This way 125.

-- One after the other, as before: those of whom something is known, or that share something.
ALTER FUNCTION start_verifications(json, jsonb) RENAME TO decide_starts;

-- Starts verifications and hands their codes off; or gives the live one of the same starter and number; or says why not.
-- `requests` is an array of verification_start. The answer has one for each; of a fresh one only whether its code is queued or
-- held, the rest is as it was asked (`freshView` in src/verification/verifications.repository.ts).
CREATE FUNCTION start_verifications(requests json, lim jsonb) RETURNS jsonb LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  asked verification_start[] := ARRAY(SELECT q FROM json_populate_recordset(NULL::verification_start, requests) q);
  held text[];
  -- Keys that two of them have.
  shared bytea[];
  -- Null: to be decided.
  answers jsonb[];
  fresh verification_start[];
  decided jsonb;
  next int := 0;
BEGIN
  PERFORM lock_sends(ARRAY(SELECT key FROM unnest(asked) a, unnest(a.number_keys[:2] || a.address_keys) AS key));
  held := ARRAY(SELECT channel FROM stops WHERE purpose = 'verification');
  shared := ARRAY(SELECT key FROM unnest(asked) a, unnest(a.number_keys || a.address_keys) AS key GROUP BY key HAVING count(*) > 1);
  answers := ARRAY(
    SELECT CASE WHEN a.channel = ANY (a.channels) AND a.test_index IS NULL AND a.blocked_until IS NULL
        AND (cardinality(shared) = 0 OR NOT shared && (a.number_keys || a.address_keys))
        AND NOT EXISTS (SELECT FROM limits WHERE key IN (a.number_keys[1], a.number_keys[2], a.number_keys[3], a.address_keys[1], a.address_keys[2]))
        AND NOT EXISTS (SELECT FROM verifications b WHERE b.starter_id = coalesce(a.account_id, a.service_id) AND b.limiter_index IN (a.number_keys[1], a.number_keys[2]))
        AND (cardinality(a.proofs) = 0 OR NOT EXISTS (SELECT FROM number_proofs WHERE proof = ANY (a.proofs)))
      THEN CASE WHEN a.channel = ANY (held) THEN jsonb '{"isNew": true, "fresh": "held"}' ELSE jsonb '{"isNew": true, "fresh": "queued"}' END END
    FROM unnest(asked) a);
  fresh := CASE WHEN array_position(answers, NULL) IS NULL THEN asked ELSE ARRAY(SELECT asked[i] FROM generate_subscripts(asked, 1) i WHERE answers[i] IS NOT NULL) END;

  IF cardinality(fresh) > 0 THEN
    -- Nobody else counts by these keys until this is committed, and there was nothing under them.
    INSERT INTO limits (key, hits, expires_at)
    SELECT number_keys[1], ARRAY[at], at + interval '1 day' FROM unnest(fresh) UNION ALL SELECT address_keys[1], ARRAY[at], at + interval '1 minute' FROM unnest(fresh) WHERE cardinality(address_keys) > 0;
    INSERT INTO numbers (id, sealed, created_at) SELECT number_ref, sealed_number, at FROM unnest(fresh);
    -- As with_send would leave each.
    INSERT INTO verifications (id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key, channels, is_auto, voice_at, proofs, language, state, code_hash,
      sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, created_at, expires_at)
    SELECT f.id, f.account_id, f.service_id, f.number_ref, f.number_keys[1], f.number_keys[2], f.number_keys[3], f.country, f.prefix_key, f.channels, f.is_auto,
      CASE WHEN sms AND f.is_auto AND 'voice' = ANY (f.channels) THEN f.at + make_interval(secs => (lim->>'autoAfter')::float8) END,
      f.proofs, coalesce(f.language, (SELECT p.language FROM accounts p WHERE p.id = f.account_id), 'en'), 'pending', f.code_hash,
      1, sms::int, CASE WHEN sms THEN f.at END, CASE WHEN sms THEN f.at END, (NOT sms)::int, CASE WHEN NOT sms THEN f.at END, f.at, f.at + make_interval(secs => f.lasts_s)
    FROM unnest(fresh) f, LATERAL (SELECT f.channel = 'sms' AS sms) AS by;
    INSERT INTO codes (verification_id, sealed) SELECT id, sealed_code FROM unnest(fresh);
    INSERT INTO handoffs (id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at)
    SELECT handoff_id, 'verification', channel, 'deliver', id, person_id, number_ref, coalesce(language, (SELECT p.language FROM accounts p WHERE p.id = account_id), 'en'), 'queued', at, at + make_interval(secs => lasts_s), at FROM unnest(fresh);
  END IF;
  IF cardinality(fresh) < cardinality(asked) THEN
    decided := decide_starts((SELECT json_agg(request ORDER BY place) FROM json_array_elements(requests) WITH ORDINALITY AS r (request, place) WHERE answers[place] IS NULL), lim);
    FOR place IN 1 .. cardinality(answers) LOOP
      CONTINUE WHEN answers[place] IS NOT NULL;
      answers[place] := decided -> next;
      next := next + 1;
    END LOOP;
  END IF;
  RETURN to_jsonb(answers);
END $$;
