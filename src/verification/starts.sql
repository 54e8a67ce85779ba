-- A start and a check are what everybody waits for. Most of what one costs is not its rows but its statements: each
-- inside a function takes 10 to 20 microseconds before it does anything, each INSERT reads the table's CHECKs and
-- generated columns anew, each transaction is flushed (a start by itself: 450 us of PostgreSQL's; the same statements
-- for all that came while the last ones were written: 110 us each). So these two take any number of requests at once
-- and decide one after the other (fresh-starts.sql: where anything is known of them): what the earlier ones of the same statement did is in variables, as what others did
-- is in the tables. Plans are the general ones: of `= ANY (array)` and of a set from JSON the planner guesses ten and
-- a hundred, and made a plan for these at each call anew; and a plan made while a table was empty reads it whole,
-- until it is analyzed.

-- start_verifications takes these. Without a service it is a person's own.
CREATE TYPE verification_start AS (
  id uuid, secret_digest bytea, service_id uuid,
  number_ref uuid, sealed_number bytea, test_index bytea, number_keys bytea[], country text, prefix_key bytea,
  proofs bytea[], address_keys bytea[], channel text, channels text[], is_auto boolean, language text,
  handoff_id uuid, blocked_until timestamptz, wrong_keys bytea[], at timestamptz);

-- Decides starts one after the other: of whom something is known, or that share something with another. The answers
-- have one for each.
CREATE FUNCTION decide_starts(
  asked verification_start[], provers prover[], held text[], code secret_bounds, lim send_limits, now timestamptz
) RETURNS jsonb[] LANGUAGE plpgsql AS $$
DECLARE
  answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(asked)]);
  -- These are sent, and their answers are at these places.
  started verification_start[] := '{}';
  made verifications[] := '{}';
  sent handoffs[] := '{}';
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
  h handoffs;
  refusal jsonb;
  r record;
BEGIN
  FOR r IN
    SELECT * FROM (
      SELECT a.ordinality::int AS place, p.account_id, p.person_id,
        coalesce(a.service_id, p.account_id) AS starter_id,
        (SELECT make_interval(secs => by.code_lasts_s) FROM verify_services by WHERE by.id = a.service_id) AS lasts,
        (SELECT t.number_ref FROM test_numbers t WHERE t.number_index = a.test_index) AS test_ref,
        earlier,
        coalesce((SELECT hits FROM limits WHERE key = a.number_keys[1]), '{}')
          || (SELECT hits FROM limits WHERE key = a.number_keys[2])
          || (SELECT hits FROM limits WHERE key = a.number_keys[3]) AS number_hits,
        coalesce((SELECT hits FROM limits WHERE key = a.address_keys[1]), '{}')
          || (SELECT hits FROM limits WHERE key = a.address_keys[2]) AS address_hits,
        cardinality(a.proofs) > 0 AND EXISTS (SELECT FROM number_proofs WHERE proof = ANY (a.proofs)) AS is_known,
        coalesce(a.language, (SELECT o.language FROM accounts o WHERE o.id = p.account_id), 'en') AS language
      FROM unnest(asked) WITH ORDINALITY a
      JOIN unnest(provers) p
        ON p.secret_digest = a.secret_digest AND coalesce(a.service_id, p.account_id) = ANY (p.starter_ids)
      LEFT JOIN LATERAL (
        SELECT b AS earlier
        -- It is found by what it is for: among the newest of all it would be sought from the end.
        FROM (
          SELECT w AS b FROM verifications w
          WHERE w.starter_id = coalesce(a.service_id, p.account_id)
            AND w.limiter_index IN (a.number_keys[1], a.number_keys[2])
          OFFSET 0) AS theirs
        ORDER BY (b).created_at DESC, (b).state = 'pending' DESC, (b).sms_sends + (b).calls DESC
        LIMIT 1) AS newest ON true
    ) AS looked
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
        IF s.number_keys && q.number_keys AND coalesce(made[i].account_id, made[i].service_id) = r.starter_id
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
    v.account_id := r.account_id;
    v.service_id := CASE WHEN r.account_id IS NULL THEN q.service_id END;
    v.number_ref := CASE WHEN q.test_index IS NULL THEN q.number_ref ELSE r.test_ref END;
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
    v.wrong_keys := q.wrong_keys;
    v.language := r.language;
    v.state := 'pending';
    v.attempts := 0;
    v.sends := 0;
    v.sms_sends := 0;
    v.calls := 0;
    v.created_at := q.at;
    -- By the database's own time at the latest: a code lives no longer because a clock is ahead.
    v.expires_at := least(q.at, now) + least(r.lasts, code.lasts);
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
    IF v.number_ref IS NULL THEN refusal := '{"refused": "test"}'; END IF; -- the worker knows no such test number
    IF refusal IS NOT NULL THEN
      answers[r.place] := refusal || jsonb_build_object('view', verification_shown(v, number_hits, NULL, code.most));
      CONTINUE;
    END IF;
    v := with_send(v, q.channel, lim, q.at);
    started := array_append(started, q);
    made := array_append(made, v);
    places := array_append(places, r.place);
    keys_so_far := keys_so_far || q.number_keys || q.address_keys;
    IF NOT v.is_test THEN
      h.id := q.handoff_id;
      h.channel := q.channel;
      h.subject_id := v.id;
      h.account_id := r.person_id;
      h.number_ref := v.number_ref;
      h.language := v.language;
      h.not_before := q.at;
      h.not_after := v.expires_at;
      sent := array_append(sent, h);
    END IF;
    IF v.is_test THEN
      answers[r.place] := verification_shown(v, number_hits, NULL, code.most) || '{"isNew": true}';
    ELSE
      answers[r.place] := '{"isNew": true}' || verification_shown(v, number_hits || q.at, jsonb_build_object(
        'channel', q.channel, 'state', CASE WHEN q.channel = ANY (held) THEN 'held' ELSE 'queued' END,
        'reason', NULL, 'at', q.at, 'language', v.language), code.most);
    END IF;
  END LOOP;
  IF cardinality(made) = 0 THEN RETURN answers; END IF;

  PERFORM count_sends(array_agg(number_keys[1]), array_agg(address_keys[1]), array_agg(at), lim)
  FROM unnest(started) WHERE test_index IS NULL HAVING count(*) > 0;
  INSERT INTO numbers (id, sealed, created_at)
  SELECT number_ref, sealed_number, at FROM unnest(started) WHERE test_index IS NULL;
  INSERT INTO verifications (
    id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key,
    channels, is_test, is_auto, voice_at, is_known, proofs, wrong_keys, language, state,
    attempts, sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, created_at, expires_at)
  SELECT
    id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key,
    channels, is_test, is_auto, voice_at, is_known, proofs, wrong_keys, language, state,
    attempts, sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, created_at, expires_at
  FROM unnest(made);
  INSERT INTO handoffs (
    id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at)
  SELECT
    id, 'verification', channel, 'deliver', subject_id, account_id, number_ref, language, 'queued',
    not_before, not_after, not_before
  FROM unnest(sent);
  RETURN answers;
END $$;
