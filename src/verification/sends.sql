-- The limits of sends are kept in the database, where requests of several processes meet: one statement decides, counts
-- and writes. Their figures come from src/verification/verification-session.ts.

-- The waits are in seconds, by how many sends there were, the last for all that follow. They are remembered for
-- `waits_kept` when a verification ends.
CREATE TYPE send_limits AS (
  sms_waits float8[], call_after_sms float8, call_waits float8[], calls int, auto_after float8, waits_kept float8,
  of_number limit_rules, of_known_number limit_rules, of_address limit_rules);

-- Gives the wait after this many sends.
CREATE FUNCTION wait_after(sends int, waits float8[]) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
  SELECT make_interval(secs => waits[least(greatest(sends, 1), cardinality(waits))])
$$;

-- Computes when the next send by this channel is due: -infinity stands for at once, infinity for not at all.
-- `nextSteps` in src/verification/verification-session.ts says the same to people; a test holds the two together.
CREATE FUNCTION send_due(channel text, v verifications, lim send_limits) RETURNS timestamptz LANGUAGE plpgsql STABLE
AS $$
BEGIN
  IF NOT channel = ANY (v.channels) THEN RETURN 'infinity'; END IF;
  IF v.is_test THEN RETURN '-infinity'; END IF;
  CASE channel
    WHEN 'sms' THEN
      RETURN coalesce(v.last_sms_at + wait_after(v.sms_sends, lim.sms_waits), '-infinity');
    WHEN 'voice' THEN
      IF v.calls >= lim.calls THEN RETURN 'infinity'; END IF;
      RETURN greatest('-infinity',
        CASE WHEN 'sms' = ANY (v.channels) THEN v.first_sms_at + make_interval(secs => lim.call_after_sms) END,
        v.last_call_at + wait_after(v.calls, lim.call_waits));
  END CASE; -- without an ELSE another channel is an error, and waits for nothing by another's rule
END $$;

-- Sends that count by one of these keys come one after the other until they are committed: what they look at holds
-- until it is written.
CREATE FUNCTION lock_sends(keys bytea[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(lock)
  FROM (
    SELECT DISTINCT hashtextextended(encode(key, 'hex'), 1) AS lock FROM unnest(keys) AS key ORDER BY lock) AS in_order;
END $$;

-- Finds why there is no send now by this channel; null says that there may be one. `number_hits` and `address_hits` are
-- what has been counted.
CREATE FUNCTION send_refusal(
  v verifications, by_channel text, number_hits timestamptz[], address_hits timestamptz[], blocked_until timestamptz,
  lim send_limits, at timestamptz
) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  due timestamptz;
BEGIN
  IF NOT by_channel = ANY (v.channels) THEN RETURN '{"refused": "channel"}'; END IF;
  due := send_due(by_channel, v, lim);
  IF due = 'infinity' THEN RETURN '{"refused": "calls"}'; END IF;
  IF due > at THEN RETURN jsonb_build_object('refused', 'wait', 'at', due); END IF;
  IF v.is_test THEN RETURN NULL; END IF;
  IF blocked_until > at THEN RETURN jsonb_build_object('refused', 'blocked', 'at', blocked_until); END IF;
  IF cardinality(number_hits) > 0
    AND NOT within_limits(number_hits, CASE WHEN v.is_known THEN lim.of_known_number ELSE lim.of_number END, at)
  THEN
    RETURN jsonb_build_object('refused', 'number', 'hits', number_hits);
  END IF;
  IF cardinality(address_hits) > 0 AND NOT within_limits(address_hits, lim.of_address, at) THEN
    RETURN jsonb_build_object('refused', 'address', 'hits', address_hits);
  END IF;
  RETURN NULL;
END $$;

-- Counts one send each, by its number and by its address, if that is known, for as long as it counts for either.
CREATE FUNCTION count_sends(number_keys bytea[], address_keys bytea[], ats timestamptz[], lim send_limits) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM count_hits(
    number_keys || address_keys,
    ats || ats,
    array_fill(longest_window(lim.of_number), ARRAY[cardinality(ats)])
      || array_fill(longest_window(lim.of_address), ARRAY[cardinality(ats)]),
    greatest(most_hits(lim.of_known_number), most_hits(lim.of_address)));
END $$;

-- Gives the verification as it is after one more send.
CREATE FUNCTION with_send(v verifications, by_channel text, lim send_limits, at timestamptz) RETURNS verifications
LANGUAGE plpgsql STABLE AS $$
BEGIN
  v.sends := v.sends + 1;
  CASE by_channel
    WHEN 'sms' THEN
      v.sms_sends := v.sms_sends + 1;
      v.first_sms_at := coalesce(v.first_sms_at, at);
      v.last_sms_at := at;
      v.voice_at := CASE
        WHEN v.is_auto AND NOT v.is_test AND 'voice' = ANY (v.channels)
        THEN at + make_interval(secs => lim.auto_after)
      END;
    WHEN 'voice' THEN
      v.calls := v.calls + 1;
      v.last_call_at := at;
      v.voice_at := NULL;
  END CASE; -- without an ELSE another channel is an error, and counts as none of these
  RETURN v;
END $$;

CREATE FUNCTION hand_off_code(
  v verifications, by_channel text, handoff uuid, person uuid, at timestamptz, again_of uuid DEFAULT NULL
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO handoffs (
    id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at,
    again_of)
  VALUES (
    handoff, 'verification', by_channel, 'deliver', v.id, person, v.number_ref, v.language, 'queued',
    at, v.expires_at, at, hand_off_code.again_of);
END $$;

-- Sends the code once more, for its starter, who shows a secret. While the send before has not left, nothing is sent
-- and nothing counted: the code would come twice.
CREATE FUNCTION send_verification(
  verification uuid, secret_digest bytea, starters uuid[], by_channel text, address_keys bytea[], handoff uuid,
  rules jsonb, at timestamptz
) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '250ms' AS $$
DECLARE
  asker prover := (find_provers(ARRAY[secret_digest]))[1];
  lim send_limits := jsonb_populate_record(NULL::send_limits, rules);
  v verifications;
  refusal jsonb;
BEGIN
  SELECT * INTO v FROM verifications
  WHERE id = verification AND starter_id = ANY (starters) AND starter_id = ANY (asker.starter_ids);
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM lock_sends((number_keys(v, at))[:2] || address_keys);
  SELECT * INTO v FROM verifications WHERE id = verification FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF v.state <> 'pending' OR v.expires_at <= at THEN RETURN verification_view(v) || '{"refused": "finished"}'; END IF;
  IF EXISTS (
    SELECT FROM handoffs WHERE subject_id = v.id AND kind = 'deliver' AND channel = by_channel AND state = 'queued'
  ) THEN RETURN verification_view(v) || '{"isNew": false}'; END IF;
  refusal := send_refusal(
    v, by_channel, hits_of(number_keys(v, at)), hits_of(address_keys), blocked_until(v.country, v.prefix_key, at),
    lim, at);
  IF refusal IS NOT NULL THEN RETURN refusal || jsonb_build_object('view', verification_view(v)); END IF;
  v := with_send(v, by_channel, lim, at);
  UPDATE verifications
  SET sends = v.sends, sms_sends = v.sms_sends, first_sms_at = v.first_sms_at, last_sms_at = v.last_sms_at,
    calls = v.calls, last_call_at = v.last_call_at, voice_at = v.voice_at
  WHERE id = v.id;
  IF NOT v.is_test THEN
    PERFORM count_sends((number_keys(v, at))[:1], address_keys[:1], ARRAY[at], lim);
    PERFORM hand_off_code(v, by_channel, handoff, asker.person_id, at);
  END IF;
  RETURN verification_view(v) || '{"isNew": true}';
END $$;
GRANT EXECUTE ON FUNCTION send_verification TO dingline_api;

-- Makes the calls of `auto` that bring what no SMS brought. They count as any send does; where a limit is in the way
-- there is no call. The answer has the new hand-offs.
CREATE FUNCTION fall_back_to_voice(rules jsonb, at timestamptz, most int) RETURNS SETOF uuid LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  lim send_limits := jsonb_populate_record(NULL::send_limits, rules);
  due uuid[] := ARRAY(SELECT w.id FROM verifications w WHERE w.voice_at <= at AND w.state = 'pending' LIMIT most);
  v verifications;
  handoff uuid;
  refusal jsonb;
BEGIN
  PERFORM lock_sends(ARRAY(
    SELECT key FROM verifications w, unnest((number_keys(w, at))[:2]) AS key WHERE w.id = ANY (due)));
  -- Another worker will do what it has in hand; or this one has waited for that commit by the number, and there is
  -- nothing left to do.
  FOR v IN
    SELECT * FROM verifications w
    WHERE w.id = ANY (due) AND w.voice_at <= at AND w.state = 'pending'
    FOR NO KEY UPDATE SKIP LOCKED
  LOOP
    refusal := send_refusal(
      v, 'voice', hits_of(number_keys(v, at)), '{}', blocked_until(v.country, v.prefix_key, at), lim, at);
    v.voice_at := CASE WHEN refusal->>'refused' = 'wait' THEN (refusal->>'at')::timestamptz END;
    IF v.expires_at > at AND refusal IS NULL THEN
      v := with_send(v, 'voice', lim, at);
      IF NOT v.is_test THEN PERFORM count_sends((number_keys(v, at))[:1], '{}', ARRAY[at], lim); END IF;
      handoff := gen_random_uuid();
      PERFORM hand_off_code(
        v, 'voice', handoff, coalesce(v.account_id, (SELECT app_id FROM verify_services WHERE id = v.service_id)), at);
      RETURN NEXT handoff;
    END IF;
    UPDATE verifications
    SET sends = v.sends, calls = v.calls, last_call_at = v.last_call_at, voice_at = v.voice_at
    WHERE id = v.id;
  END LOOP;
END $$;

-- Takes back a send that came to nothing by the carrier's fault or ours: it costs the person none of the number's sends
-- and no wait.
CREATE FUNCTION give_back_send(verification uuid, by_channel text, sent_at timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  keys bytea[];
BEGIN
  UPDATE verifications v SET
    sms_sends = CASE WHEN by_channel = 'sms' THEN greatest(0, sms_sends - 1) ELSE sms_sends END,
    first_sms_at = CASE WHEN by_channel = 'sms' AND sms_sends <= 1 THEN NULL ELSE first_sms_at END,
    last_sms_at = CASE WHEN by_channel = 'sms' AND last_sms_at = sent_at THEN NULL ELSE last_sms_at END,
    calls = CASE WHEN by_channel = 'voice' THEN greatest(0, calls - 1) ELSE calls END,
    last_call_at = CASE WHEN by_channel = 'voice' AND last_call_at = sent_at THEN NULL ELSE last_call_at END
  WHERE id = verification
  RETURNING number_keys(v, sent_at) INTO keys;
  UPDATE limits SET hits = without_hit(hits, sent_at) WHERE key = keys[1];
END $$;

-- Sends a code once more of which the carrier has nothing: what was counted of the first is given back, since it never
-- left, and this one counts. False where nobody waits for it any more, another was asked for since, or a limit is in the
-- way.
CREATE FUNCTION send_again(first uuid, handoff uuid, rules jsonb, at timestamptz) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  lim send_limits := jsonb_populate_record(NULL::send_limits, rules);
  was record;
  v verifications;
BEGIN
  SELECT h.subject_id, h.channel, h.account_id, h.created_at INTO was
  FROM handoffs h
  WHERE h.id = first AND h.purpose = 'verification' AND h.kind = 'deliver';
  SELECT * INTO v FROM verifications w WHERE w.id = was.subject_id;
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM lock_sends((number_keys(v, at))[:2]);
  SELECT * INTO v FROM verifications w WHERE w.id = v.id FOR NO KEY UPDATE;
  IF v.state <> 'pending' OR v.expires_at <= at OR v.is_test OR EXISTS (
    SELECT FROM handoffs h WHERE h.subject_id = v.id AND h.kind = 'deliver' AND h.created_at > was.created_at)
  THEN
    RETURN false;
  END IF;
  PERFORM hand_off_code(v, was.channel, handoff, was.account_id, at, first);
  PERFORM give_back_send(v.id, was.channel, was.created_at);
  SELECT * INTO v FROM verifications w WHERE w.id = v.id;
  IF send_refusal(
    v, was.channel, hits_of(number_keys(v, at)), '{}', blocked_until(v.country, v.prefix_key, at), lim, at) IS NOT NULL
  THEN
    RAISE EXCEPTION USING ERRCODE = 'DL429'; -- takes back what was written here
  END IF;
  v := with_send(v, was.channel, lim, at);
  PERFORM count_sends((number_keys(v, at))[:1], '{}', ARRAY[at], lim);
  UPDATE verifications
  SET sends = v.sends, sms_sends = v.sms_sends, first_sms_at = v.first_sms_at, last_sms_at = v.last_sms_at,
    calls = v.calls, last_call_at = v.last_call_at, voice_at = v.voice_at
  WHERE id = v.id;
  RETURN true;
EXCEPTION WHEN SQLSTATE 'DL429' THEN
  RETURN false;
END $$;

-- The name of the service whose code the call speaks that shows its capability; null: it is our own.
CREATE FUNCTION service_on_phone() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT s.name
  FROM verifications v
  JOIN verify_services s ON s.id = v.service_id
  WHERE v.id = called_subject('verification')
$$;

GRANT EXECUTE ON FUNCTION service_on_phone TO dingline_ingress;
GRANT EXECUTE ON FUNCTION fall_back_to_voice, send_again TO dingline_worker;
