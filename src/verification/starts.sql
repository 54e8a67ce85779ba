-- A start and a check are what everybody waits for. Most of what one costs is not its rows but its statements: each
-- inside a function takes 10 to 20 microseconds before it does anything, each INSERT reads the table's CHECKs and
-- generated columns anew, each transaction is flushed (a start by itself: 450 us of PostgreSQL's; the same statements
-- for all that came while the last ones were written: 110 us each). So these two take any number of requests at once
-- and decide one after the other: what the earlier ones of the same statement did is in variables, as what others did
-- is in the tables. Plans are the general ones: of `= ANY (array)` and of a set from JSON the planner guesses ten and
-- a hundred, and made a plan for these at each call anew; and a plan made while a table was empty reads it whole,
-- until it is analyzed.

-- start_verifications takes these. The ledger names `person_id`: the account, or the app.
CREATE TYPE verification_start AS (
  id uuid, account_id uuid, service_id uuid, person_id uuid,
  number_ref uuid, sealed_number bytea, test_index bytea, number_keys bytea[], country text, prefix_key bytea,
  proofs bytea[], address_keys bytea[], channel text, channels text[], is_auto boolean, language text,
  sealed_code bytea, code_hash bytea, lasts_ms int, handoff_id uuid, blocked_until timestamptz, at timestamptz);

-- Starts verifications and hands their codes off; or gives the live one of this starter and number; or says why not.
-- `requests` is an array of verification_start; the answer has one for each.
CREATE FUNCTION start_verifications(requests json, rules jsonb) RETURNS jsonb LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  asked verification_start[] := ARRAY(SELECT q FROM json_populate_recordset(NULL::verification_start, requests) q);
  lim send_limits := jsonb_populate_record(NULL::send_limits, rules);
  held text[];
  answers jsonb[] := '{}';
  -- These are sent, and their answers are at these places.
  started verification_start[] := '{}';
  made verifications[] := '{}';
  places int[] := '{}';
  -- All of them are counted by these.
  keys_so_far bytea[] := '{}';
  number_hits timestamptz[];
  address_hits timestamptz[];
  q verification_start;
  s verification_start;
  live int;
  before verifications;
  v verifications;
  refusal jsonb;
  r record;
BEGIN
  PERFORM lock_sends(ARRAY(SELECT key FROM unnest(asked) a, unnest(a.number_keys[:2] || a.address_keys) AS key));
  held := ARRAY(SELECT channel FROM stops WHERE purpose = 'verification');
  FOR r IN
    SELECT * FROM (
      SELECT a.ordinality::int AS place,
        (SELECT b FROM verifications b
          WHERE b.starter_id = coalesce(a.account_id, a.service_id)
            AND b.limiter_index IN (a.number_keys[1], a.number_keys[2])
          ORDER BY b.created_at DESC, b.state = 'pending' DESC, b.sms_sends + b.calls DESC LIMIT 1) AS earlier,
        coalesce((SELECT hits FROM limits WHERE key = a.number_keys[1]), '{}')
          || (SELECT hits FROM limits WHERE key = a.number_keys[2])
          || (SELECT hits FROM limits WHERE key = a.number_keys[3]) AS number_hits,
        coalesce((SELECT hits FROM limits WHERE key = a.address_keys[1]), '{}')
          || (SELECT hits FROM limits WHERE key = a.address_keys[2]) AS address_hits,
        cardinality(a.proofs) > 0 AND EXISTS (SELECT FROM number_proofs WHERE proof = ANY (a.proofs)) AS is_known,
        coalesce(a.language, (SELECT p.language FROM accounts p WHERE p.id = a.account_id), 'en') AS language
      FROM unnest(asked) WITH ORDINALITY a) AS looked
    ORDER BY (earlier).id
  LOOP
    q := asked[r.place];
    before := r.earlier;
    number_hits := r.number_hits;
    address_hits := r.address_hits;
    live := NULL;
    IF keys_so_far && (q.number_keys || q.address_keys) THEN
      FOR i IN 1 .. cardinality(started) LOOP
        s := started[i];
        IF s.number_keys && q.number_keys
          AND coalesce(s.account_id, s.service_id) = coalesce(q.account_id, q.service_id)
        THEN live := places[i]; END IF;
        CONTINUE WHEN s.test_index IS NOT NULL;
        IF s.number_keys[1] = ANY (q.number_keys) THEN number_hits := number_hits || s.at; END IF;
        IF s.address_keys[1] = ANY (q.address_keys) THEN address_hits := address_hits || s.at; END IF;
      END LOOP;
    END IF;
    IF live IS NOT NULL THEN
      answers[r.place] := answers[live] || jsonb_build_object('hits', number_hits, 'isNew', false);
      CONTINUE;
    END IF;
    IF before.state = 'pending' AND before.expires_at <= q.at THEN
      SELECT * INTO before FROM verifications WHERE id = before.id FOR NO KEY UPDATE;
      PERFORM finish_verification(before.id, 'expired', q.at);
    ELSIF before.state = 'pending' THEN
      answers[r.place] := verification_view(before) || '{"isNew": false}';
      CONTINUE;
    END IF;

    v := NULL;
    v.id := q.id;
    v.account_id := q.account_id;
    v.service_id := q.service_id;
    v.number_ref := q.number_ref;
    v.limiter_index := q.number_keys[1];
    v.index_before := q.number_keys[2];
    v.index_after := q.number_keys[3];
    v.country := q.country;
    v.prefix_key := q.prefix_key;
    v.channels := q.channels;
    v.is_test := q.test_index IS NOT NULL;
    v.is_auto := q.is_auto;
    v.is_known := r.is_known;
    v.proofs := q.proofs;
    v.language := r.language;
    v.state := 'pending';
    v.attempts := 0;
    v.code_hash := q.code_hash;
    v.sends := 0;
    v.sms_sends := 0;
    v.calls := 0;
    v.created_at := q.at;
    v.expires_at := q.at + make_interval(secs => q.lasts_ms / 1000.0);
    -- A cancel, or an end of any other kind, shortens no wait; after a proof the waits begin anew, from the last
    -- send.
    IF greatest(before.last_sms_at, before.last_call_at) > q.at - make_interval(secs => lim.waits_kept) THEN
      v.sms_sends := CASE WHEN before.state = 'approved' THEN least(before.sms_sends, 1) ELSE before.sms_sends END;
      v.calls := CASE WHEN before.state = 'approved' THEN least(before.calls, 1) ELSE before.calls END;
      v.last_sms_at := before.last_sms_at;
      v.last_call_at := before.last_call_at;
      v.first_sms_at := CASE WHEN before.state = 'approved' THEN before.last_sms_at ELSE before.first_sms_at END;
    END IF;

    refusal := send_refusal(v, q.channel, number_hits, address_hits, q.blocked_until, lim, q.at);
    IF refusal IS NOT NULL THEN
      answers[r.place] := refusal || jsonb_build_object('view', verification_shown(v, number_hits, NULL));
      CONTINUE;
    END IF;
    v := with_send(v, q.channel, lim, q.at);
    q.language := r.language;
    started := array_append(started, q);
    made := array_append(made, v);
    places := array_append(places, r.place);
    keys_so_far := keys_so_far || q.number_keys || q.address_keys;
    IF v.is_test THEN
      answers[r.place] := verification_shown(v, number_hits, NULL) || '{"isNew": true}';
    ELSE
      answers[r.place] := '{"isNew": true}' || verification_shown(v, number_hits || q.at, jsonb_build_object(
        'channel', q.channel, 'state', CASE WHEN q.channel = ANY (held) THEN 'held' ELSE 'queued' END,
        'reason', NULL, 'at', q.at));
    END IF;
  END LOOP;
  IF cardinality(made) = 0 THEN RETURN to_jsonb(answers); END IF;

  PERFORM count_sends(array_agg(number_keys[1]), array_agg(address_keys[1]), array_agg(at), lim)
  FROM unnest(started) WHERE test_index IS NULL HAVING count(*) > 0;
  INSERT INTO numbers (id, sealed, number_index, created_at)
  SELECT number_ref, sealed_number, test_index, at FROM unnest(started);
  INSERT INTO verifications (
    id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key,
    channels, is_test, is_auto, voice_at, is_known, proofs, language, state, attempts, code_hash,
    sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, created_at, expires_at)
  SELECT
    id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key,
    channels, is_test, is_auto, voice_at, is_known, proofs, language, state, attempts, code_hash,
    sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, created_at, expires_at
  FROM unnest(made);
  INSERT INTO codes (verification_id, sealed)
  SELECT id, sealed_code FROM unnest(started) WHERE test_index IS NULL;
  INSERT INTO handoffs (
    id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at)
  SELECT
    handoff_id, 'verification', channel, 'deliver', id, person_id, number_ref, language, 'queued',
    at, at + make_interval(secs => lasts_ms / 1000.0), at
  FROM unnest(started) WHERE test_index IS NULL;
  RETURN to_jsonb(answers);
END $$;
