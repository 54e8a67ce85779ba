-- Verifications by apps, all limits of sends and guesses, and what the guard counts by.

-- A starter is an account, or one of an app's services, which is its purpose too.
ALTER TABLE verifications ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE verifications DROP COLUMN purpose, DROP COLUMN last_send_at, DROP COLUMN is_voice_only;
ALTER TABLE verifications
  ADD COLUMN service_id uuid REFERENCES verify_services ON DELETE CASCADE,
  ADD COLUMN starter_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(account_id, service_id)) STORED,
  ADD COLUMN country text,               -- ISO 3166, or none where the number doesn't tell
  -- Gone when it finishes: each is one more key by which numbers could be tried out.
  ADD COLUMN index_before bytea,         -- limiter index under the key of the day before its own,
  ADD COLUMN index_after bytea,          -- and of the day after: a send at midnight or later is counted under that one
  ADD COLUMN prefix_key bytea,           -- limiter index of the number less its last four digits, under the key of its day
  ADD COLUMN channels text[] NOT NULL DEFAULT '{sms,voice}', -- those that reach it and that its starter wants
  ADD COLUMN is_auto boolean NOT NULL DEFAULT false, -- what the SMS doesn't bring, a call brings by itself
  ADD COLUMN voice_at timestamptz,       -- when that call is due
  ADD COLUMN is_known boolean NOT NULL DEFAULT false, -- its session or device had proved the number before
  ADD COLUMN proofs bytea[] NOT NULL DEFAULT '{}',    -- what to remember them by when it is approved
  -- By this starter to this number, the verifications before this one included: what the waits go by.
  ADD COLUMN sms_sends int NOT NULL DEFAULT 0,
  ADD COLUMN first_sms_at timestamptz,
  ADD COLUMN last_sms_at timestamptz,
  ADD COLUMN calls int NOT NULL DEFAULT 0,
  ADD COLUMN last_call_at timestamptz,
  ADD CONSTRAINT verifications_one_starter CHECK (num_nonnulls(account_id, service_id) = 1);
ALTER TABLE verifications DROP CONSTRAINT verifications_state_check;
ALTER TABLE verifications ADD CONSTRAINT verifications_state_check
  CHECK (state IN ('pending', 'approved', 'canceled', 'expired', 'max_attempts', 'undeliverable', 'blocked'));
DROP INDEX verifications_starter;
CREATE UNIQUE INDEX verifications_one_live ON verifications (starter_id, limiter_index) WHERE state = 'pending';
CREATE INDEX verifications_starter ON verifications (starter_id, limiter_index, created_at);
CREATE INDEX verifications_account ON verifications (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX verifications_service ON verifications (service_id, created_at) WHERE service_id IS NOT NULL;
CREATE INDEX verifications_created ON verifications (created_at);
CREATE INDEX verifications_voice ON verifications (voice_at) WHERE voice_at IS NOT NULL;

-- Who has proved a number before: HMAC of the number under a secret that the session or device alone has. Who reads this
-- table can't tell whose number a row is of, nor try out numbers.
CREATE TABLE number_proofs (
  proof bytea PRIMARY KEY,
  proved_at timestamptz NOT NULL
);
CREATE INDEX number_proofs_at ON number_proofs (proved_at);

-- A key may be an app's, too.
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_account_id_fkey;

-- The limits, in the database, where requests of several processes meet: what decides, counts and writes is one statement.
--
-- A start and a check are what everybody waits for. Most of what one costs is not its rows but its statements: each inside a
-- function takes 10 to 20 microseconds before it does anything, each INSERT reads the table's CHECKs and generated columns
-- anew, each transaction is flushed (a start by itself: 450 us of PostgreSQL's; the same statements for all that came while the
-- last ones were written: 110 us each). So these two take any number of requests at once and decide one after the other: what
-- the earlier ones of the same statement did is in variables, as what others did is in the tables. Plans are the general ones:
-- of `= ANY (array)` and of a set from JSON the planner guesses ten and a hundred, and made a plan for these at each call anew;
-- and a plan made while a table was empty reads it whole, until it is analyzed.
--
-- Locks are taken in one order by everybody, so that none waits for another that waits for it: what sends are counted by
-- (lock_sends), verifications by id, what guesses are counted by, rows of `limits` by key.

-- Would one more hit at `at` keep every window? Counts only where there are enough to count.
CREATE OR REPLACE FUNCTION within_limits(hits timestamptz[], maxes int[], windows float8[], at timestamptz) RETURNS boolean LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  FOR rule IN 1 .. cardinality(maxes) LOOP
    IF coalesce(cardinality(hits), 0) >= maxes[rule]
      AND (SELECT count(*) FROM unnest(hits) AS hit WHERE hit > at - make_interval(secs => windows[rule])) >= maxes[rule] THEN RETURN false; END IF;
  END LOOP;
  RETURN true;
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

CREATE FUNCTION hits_of(keys bytea[]) RETURNS timestamptz[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  these timestamptz[];
  found_hits timestamptz[] := '{}';
BEGIN
  FOR these IN SELECT hits FROM limits WHERE key IN (keys[1], keys[2], keys[3]) LOOP found_hits := found_hits || these; END LOOP;
  RETURN found_hits;
END $$;

-- Without one hit of that time: another may have come in the same moment.
CREATE FUNCTION without_hit(hits timestamptz[], at timestamptz) RETURNS timestamptz[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN array_position(hits, at) IS NULL THEN hits ELSE hits[:array_position(hits, at) - 1] || hits[array_position(hits, at) + 1:] END
$$;

-- How many codes a number gets. Of a day's some are kept for who has proved the number before.
CREATE FUNCTION sends_allowed(lim jsonb, is_known boolean) RETURNS int[] LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY[(lim->>'inTenMinutes')::int, (lim->>'aDay')::int - CASE WHEN is_known THEN 0 ELSE (lim->>'kept')::int END]
$$;

-- What the number of a verification is counted under, first where a hit of this time goes: its sends see those of others
-- under yesterday's key as starts do, and under the key of a day that has begun since.
CREATE FUNCTION number_keys(v verifications, at timestamptz) RETURNS bytea[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_remove(CASE WHEN (at AT TIME ZONE 'UTC')::date > (v.created_at AT TIME ZONE 'UTC')::date THEN ARRAY[v.index_after, v.limiter_index, v.index_before] ELSE ARRAY[v.limiter_index, v.index_before, v.index_after] END, NULL)
$$;

-- When the next send by this channel is due: -infinity at once, infinity not at all. `nextSteps` in
-- src/verification/verification-session.ts says the same to people; a test holds the two together.
CREATE FUNCTION send_due(channel text, v verifications, lim jsonb) RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN NOT channel = ANY (v.channels) THEN 'infinity'
    WHEN v.is_test THEN '-infinity'
    WHEN channel = 'sms' THEN coalesce(v.last_sms_at + make_interval(secs => (lim->'smsWaits'->>(least(greatest(v.sms_sends, 1), jsonb_array_length(lim->'smsWaits')) - 1))::float8), '-infinity')
    WHEN v.calls >= (lim->>'calls')::int THEN 'infinity'
    ELSE greatest('-infinity',
      CASE WHEN 'sms' = ANY (v.channels) THEN v.first_sms_at + make_interval(secs => (lim->>'callAfterSms')::float8) END,
      v.last_call_at + make_interval(secs => (lim->'callWaits'->>(least(greatest(v.calls, 1), jsonb_array_length(lim->'callWaits')) - 1))::float8))
  END
$$;

-- All that an answer says of a verification, from what was read already. Inlined where it is called.
CREATE FUNCTION verification_shown(v verifications, hits timestamptz[], delivery jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'id', v.id, 'state', v.state, 'attempts', v.attempts, 'isTest', v.is_test, 'isKnown', v.is_known, 'isAuto', v.is_auto, 'channels', v.channels,
    'createdAt', v.created_at, 'expiresAt', v.expires_at, 'finishedAt', v.finished_at, 'numberRef', v.number_ref, 'language', v.language,
    'smsSends', v.sms_sends, 'firstSmsAt', v.first_sms_at, 'lastSmsAt', v.last_sms_at, 'calls', v.calls, 'lastCallAt', v.last_call_at, 'voiceAt', v.voice_at,
    'hits', CASE WHEN v.state = 'pending' THEN hits END, 'delivery', delivery)
$$;

-- The same, with what it takes of other tables: the hits of its number while it is pending, and how far the newest SMS or call
-- has come; what is queued while an operator holds its channel back is held.
CREATE FUNCTION verification_views(these verifications[]) RETURNS jsonb[] LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN ARRAY(
    SELECT verification_shown(v,
      CASE WHEN v.state = 'pending' THEN coalesce((SELECT hits FROM limits WHERE key = v.limiter_index), '{}') || (SELECT hits FROM limits WHERE key = v.index_before) || (SELECT hits FROM limits WHERE key = v.index_after) END,
      (SELECT jsonb_build_object('channel', h.channel, 'reason', h.reason, 'at', h.created_at, 'state',
          CASE WHEN h.delivery <> 'none' THEN h.delivery WHEN h.state = 'queued' AND EXISTS (SELECT FROM stops s WHERE s.purpose = 'verification' AND s.channel = h.channel) THEN 'held' ELSE h.state END)
        FROM handoffs h WHERE h.subject_id = v.id AND h.kind = 'deliver' ORDER BY h.created_at DESC, h.settled_at DESC NULLS FIRST LIMIT 1))
    FROM unnest(these) v);
END $$;

CREATE FUNCTION verification_view(v verifications) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (verification_views(ARRAY[v]))[1];
END $$;

-- Finishes it once, with all that goes with it; false if it had finished. A right code whose check was claimed may still
-- approve when a wrong one, claimed later, was quicker to use up the checks. A hand-off that a worker is claiming in this
-- moment is left to it: to wait for it here, while it may wait for the verification, would be a deadlock.
CREATE FUNCTION finish_verification(verification uuid, becomes text, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE verifications SET state = becomes, finished_at = CASE WHEN becomes = 'expired' THEN expires_at ELSE at END, code_hash = NULL, voice_at = NULL, index_before = NULL, index_after = NULL
  WHERE id = verification AND (state = 'pending' OR (becomes = 'approved' AND state = 'max_attempts'));
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM take_back_codes(ARRAY[verification], at);
  RETURN true;
END $$;

CREATE FUNCTION take_back_codes(finished uuid[], at timestamptz) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  -- Found by what they are for, never among all that is queued, however little that was when the plan was made.
  queued uuid[] := ARRAY(SELECT id FROM (SELECT id, state FROM handoffs WHERE subject_id = ANY (finished) AND kind = 'deliver' OFFSET 0) AS theirs WHERE state = 'queued');
BEGIN
  DELETE FROM codes WHERE verification_id = ANY (finished);
  IF cardinality(queued) > 0 THEN
    UPDATE handoffs SET state = 'canceled', settled_at = at WHERE id IN (SELECT id FROM handoffs WHERE id = ANY (queued) AND state = 'queued' FOR NO KEY UPDATE SKIP LOCKED);
  END IF;
END $$;

-- Remembers what session or device proved a number.
CREATE FUNCTION note_proofs(approved uuid[], at timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO number_proofs (proof, proved_at) SELECT DISTINCT unnest(proofs) AS proof, at FROM verifications WHERE id = ANY (approved) ORDER BY proof
  ON CONFLICT (proof) DO UPDATE SET proved_at = excluded.proved_at
$$;

-- Sends that count by one of these keys come one after the other until they are committed: what they look at holds until it is written.
CREATE FUNCTION lock_sends(keys bytea[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(lock) FROM (SELECT DISTINCT hashtextextended(encode(key, 'hex'), 1) AS lock FROM unnest(keys) AS key ORDER BY lock) AS in_order;
END $$;

-- Why there is no send now by this channel; null: there may be one. `number_hits` and `address_hits` are what has been counted.
CREATE FUNCTION send_refusal(v verifications, by_channel text, number_hits timestamptz[], address_hits timestamptz[], blocked_until timestamptz, lim jsonb, at timestamptz) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  due timestamptz;
BEGIN
  IF NOT by_channel = ANY (v.channels) THEN RETURN '{"refused": "channel"}'; END IF;
  due := send_due(by_channel, v, lim);
  IF due = 'infinity' THEN RETURN '{"refused": "calls"}'; END IF;
  IF due > at THEN RETURN jsonb_build_object('refused', 'wait', 'at', due); END IF;
  IF v.is_test THEN RETURN NULL; END IF;
  IF blocked_until > at THEN RETURN jsonb_build_object('refused', 'blocked', 'at', blocked_until); END IF;
  IF cardinality(number_hits) > 0 AND NOT within_limits(number_hits, sends_allowed(lim, v.is_known), '{600, 86400}', at) THEN RETURN jsonb_build_object('refused', 'number', 'hits', number_hits); END IF;
  IF cardinality(address_hits) > 0 AND NOT within_limits(address_hits, ARRAY[(lim->>'byAddress')::int], '{60}', at) THEN RETURN jsonb_build_object('refused', 'address', 'hits', address_hits); END IF;
  RETURN NULL;
END $$;

-- Writes hits that a look under a lock has allowed, each for as long as it counts; of a key the last `keep`. No key, no hit.
CREATE FUNCTION count_hits(keys bytea[], ats timestamptz[], lasts interval[], keep int) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  INSERT INTO limits (key, hits, expires_at)
  SELECT key, array_agg(at), max(at + long) FROM unnest(keys, ats, lasts) AS hit (key, at, long) WHERE key IS NOT NULL GROUP BY key ORDER BY key
  ON CONFLICT (key) DO UPDATE SET hits = (limits.hits || excluded.hits)[greatest(1, cardinality(limits.hits) + cardinality(excluded.hits) + 1 - keep):], expires_at = greatest(limits.expires_at, excluded.expires_at);
END $$;

-- One send each, a day by its number and a minute by its address, if it is known.
CREATE FUNCTION count_sends(number_keys bytea[], address_keys bytea[], ats timestamptz[], lim jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM count_hits(number_keys || address_keys, ats || ats, array_fill(interval '1 day', ARRAY[cardinality(ats)]) || array_fill(interval '1 minute', ARRAY[cardinality(ats)]),
    greatest((lim->>'inTenMinutes')::int, (lim->>'aDay')::int, (lim->>'byAddress')::int));
END $$;

-- The verification as it is after one more send.
CREATE FUNCTION with_send(v verifications, by_channel text, lim jsonb, at timestamptz) RETURNS verifications LANGUAGE plpgsql STABLE AS $$
BEGIN
  v.sends := v.sends + 1;
  IF by_channel = 'sms' THEN
    v.sms_sends := v.sms_sends + 1; v.first_sms_at := coalesce(v.first_sms_at, at); v.last_sms_at := at;
    v.voice_at := CASE WHEN v.is_auto AND NOT v.is_test AND 'voice' = ANY (v.channels) THEN at + make_interval(secs => (lim->>'autoAfter')::float8) END;
  ELSE
    v.calls := v.calls + 1; v.last_call_at := at; v.voice_at := NULL;
  END IF;
  RETURN v;
END $$;

CREATE FUNCTION hand_off_code(v verifications, by_channel text, handoff uuid, person uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO handoffs (id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at)
  VALUES (handoff, 'verification', by_channel, 'deliver', v.id, person, v.number_ref, v.language, 'queued', at, v.expires_at, at);
END $$;

-- What start_verifications takes of each. `person_id` is whom the ledger names: the account, or the app.
CREATE TYPE verification_start AS (
  id uuid, account_id uuid, service_id uuid, person_id uuid, number_ref uuid, sealed_number bytea, test_index bytea, number_keys bytea[], country text, prefix_key bytea, proofs bytea[], address_keys bytea[],
  channel text, channels text[], is_auto boolean, language text, sealed_code bytea, code_hash bytea, lasts_s int, handoff_id uuid, blocked_until timestamptz, at timestamptz);

-- Starts verifications and hands their codes off; or gives the live one of the same starter and number; or says why not.
-- `requests` is an array of verification_start; the answer has one for each.
CREATE FUNCTION start_verifications(requests json, lim jsonb) RETURNS jsonb LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  asked verification_start[] := ARRAY(SELECT q FROM json_populate_recordset(NULL::verification_start, requests) q);
  held text[];
  answers jsonb[] := '{}';
  -- Of those that are sent, and where their answers are.
  started verification_start[] := '{}';
  made verifications[] := '{}';
  places int[] := '{}';
  -- All that any of them is counted by.
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
        (SELECT b FROM verifications b WHERE b.starter_id = coalesce(a.account_id, a.service_id) AND b.limiter_index IN (a.number_keys[1], a.number_keys[2])
          ORDER BY b.created_at DESC, b.state = 'pending' DESC, b.sms_sends + b.calls DESC LIMIT 1) AS earlier,
        coalesce((SELECT hits FROM limits WHERE key = a.number_keys[1]), '{}') || (SELECT hits FROM limits WHERE key = a.number_keys[2]) || (SELECT hits FROM limits WHERE key = a.number_keys[3]) AS number_hits,
        coalesce((SELECT hits FROM limits WHERE key = a.address_keys[1]), '{}') || (SELECT hits FROM limits WHERE key = a.address_keys[2]) AS address_hits,
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
        IF s.number_keys && q.number_keys AND coalesce(s.account_id, s.service_id) = coalesce(q.account_id, q.service_id) THEN live := places[i]; END IF;
        IF s.test_index IS NULL AND s.number_keys[1] = ANY (q.number_keys) THEN number_hits := number_hits || s.at; END IF;
        IF s.test_index IS NULL AND s.address_keys[1] = ANY (q.address_keys) THEN address_hits := address_hits || s.at; END IF;
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
    v.id := q.id; v.account_id := q.account_id; v.service_id := q.service_id; v.number_ref := q.number_ref; v.limiter_index := q.number_keys[1]; v.index_before := q.number_keys[2]; v.index_after := q.number_keys[3];
    v.country := q.country; v.prefix_key := q.prefix_key; v.channels := q.channels; v.is_test := q.test_index IS NOT NULL; v.is_auto := q.is_auto; v.is_known := r.is_known; v.proofs := q.proofs; v.language := r.language;
    v.state := 'pending'; v.attempts := 0; v.code_hash := q.code_hash; v.sends := 0; v.sms_sends := 0; v.calls := 0; v.created_at := q.at; v.expires_at := q.at + make_interval(secs => q.lasts_s);
    -- A cancel, or an end of any other kind, shortens no wait; after a proof the waits begin anew, from the last send.
    IF greatest(before.last_sms_at, before.last_call_at) > q.at - interval '1 hour' THEN
      v.sms_sends := CASE WHEN before.state = 'approved' THEN least(before.sms_sends, 1) ELSE before.sms_sends END;
      v.calls := CASE WHEN before.state = 'approved' THEN least(before.calls, 1) ELSE before.calls END;
      v.last_sms_at := before.last_sms_at; v.last_call_at := before.last_call_at;
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
      answers[r.place] := verification_shown(v, number_hits || q.at, jsonb_build_object('channel', q.channel, 'state', CASE WHEN q.channel = ANY (held) THEN 'held' ELSE 'queued' END, 'reason', NULL, 'at', q.at)) || '{"isNew": true}';
    END IF;
  END LOOP;
  IF cardinality(made) = 0 THEN RETURN to_jsonb(answers); END IF;

  PERFORM count_sends(array_agg(number_keys[1]), array_agg(address_keys[1]), array_agg(at), lim) FROM unnest(started) WHERE test_index IS NULL HAVING count(*) > 0;
  INSERT INTO numbers (id, sealed, number_index, created_at) SELECT number_ref, sealed_number, test_index, at FROM unnest(started);
  INSERT INTO verifications (id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key, channels, is_test, is_auto, voice_at, is_known, proofs, language, state, attempts, code_hash,
    sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, created_at, expires_at)
  SELECT id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key, channels, is_test, is_auto, voice_at, is_known, proofs, language, state, attempts, code_hash,
    sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, created_at, expires_at FROM unnest(made);
  INSERT INTO codes (verification_id, sealed) SELECT id, sealed_code FROM unnest(started) WHERE test_index IS NULL;
  INSERT INTO handoffs (id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before, not_after, created_at)
  SELECT handoff_id, 'verification', channel, 'deliver', id, person_id, number_ref, language, 'queued', at, at + make_interval(secs => lasts_s), at FROM unnest(started) WHERE test_index IS NULL;
  RETURN to_jsonb(answers);
END $$;

-- The same code once more. While the one before has not left, nothing is sent and nothing counted: it would come twice.
CREATE FUNCTION send_verification(verification uuid, starters uuid[], person uuid, by_channel text, address_keys bytea[], handoff uuid, lim jsonb, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v verifications;
  refusal jsonb;
BEGIN
  SELECT * INTO v FROM verifications WHERE id = verification AND starter_id = ANY (starters);
  IF NOT FOUND THEN RETURN NULL; END IF;
  PERFORM lock_sends((number_keys(v, at))[:2] || address_keys);
  SELECT * INTO v FROM verifications WHERE id = verification FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF v.state <> 'pending' OR v.expires_at <= at THEN RETURN verification_view(v) || '{"refused": "finished"}'; END IF;
  IF EXISTS (SELECT FROM handoffs WHERE subject_id = v.id AND kind = 'deliver' AND channel = by_channel AND state = 'queued') THEN
    RETURN verification_view(v) || '{"isNew": false}';
  END IF;
  refusal := send_refusal(v, by_channel, hits_of(number_keys(v, at)), hits_of(address_keys), blocked_until(v.country, v.prefix_key, at), lim, at);
  IF refusal IS NOT NULL THEN RETURN refusal || jsonb_build_object('view', verification_view(v)); END IF;
  v := with_send(v, by_channel, lim, at);
  UPDATE verifications SET sends = v.sends, sms_sends = v.sms_sends, first_sms_at = v.first_sms_at, last_sms_at = v.last_sms_at, calls = v.calls, last_call_at = v.last_call_at, voice_at = v.voice_at WHERE id = v.id;
  IF NOT v.is_test THEN
    PERFORM count_sends((number_keys(v, at))[:1], address_keys[:1], ARRAY[at], lim);
    PERFORM hand_off_code(v, by_channel, handoff, person, at);
  END IF;
  RETURN verification_view(v) || '{"isNew": true}';
END $$;

-- What check_verifications takes of each: `submitted` is what would be stored if the code were right, `wrong_keys` what wrong
-- codes are counted by.
CREATE TYPE verification_check AS (id uuid, starter_ids uuid[], submitted bytea, nonce bytea, wrong_keys bytea[], is_by_address boolean, wrong_max int, wrong_window_s float8, at timestamptz);

-- Compares codes, if all limits allow it: of any number of guesses at once, in any number of verifications of a number,
-- exactly so many are compared. Those of other statements wait by number, and by address; not by app, for one that doesn't
-- say whence its users come: all of its checks would wait for one another. The right code approves an app's verification at
-- once; of an account's the caller moves the number.
-- The two hashes are hashed once more with a nonce of this request: the time that a comparison of bytes takes says nothing.
CREATE FUNCTION check_verifications(requests json, lim jsonb) RETURNS jsonb LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  asked verification_check[] := ARRAY(SELECT q FROM json_populate_recordset(NULL::verification_check, requests) q);
  most int := (lim->>'checks')::int;
  a_day int := (lim->>'aDay')::int;
  -- The verifications and what was guessed of their numbers: as they are, then as they become.
  these verifications[];
  ids uuid[];
  indexes bytea[];
  known bytea[];
  guesses number_guesses[];
  -- Of each request that is answered: its place, the verification as it then was, a word more.
  places int[] := '{}';
  shown verifications[] := '{}';
  said jsonb[] := '{}';
  views jsonb[];
  answers jsonb[] := array_fill(NULL::jsonb, ARRAY[cardinality(asked)]);
  -- What is to be written.
  changed uuid[] := '{}';
  finished uuid[] := '{}';
  approved uuid[] := '{}';
  guessed bytea[] := '{}';
  forgotten bytea[] := '{}';
  remembered number_guesses[] := '{}';
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
  word jsonb;
  at_id int;
  at_number int;
  r record;
BEGIN
  -- Only those that can still be checked: nobody waits for one that another ends, or erases.
  PERFORM FROM (SELECT w.id FROM unnest(asked) a JOIN verifications w ON w.id = a.id AND w.starter_id = ANY (a.starter_ids) WHERE w.state = 'pending' AND w.expires_at > a.at ORDER BY w.id FOR NO KEY UPDATE OF w) AS in_order;
  these := ARRAY(SELECT w FROM (SELECT DISTINCT id FROM unnest(asked)) a JOIN verifications w ON w.id = a.id);
  ids := ARRAY(SELECT id FROM unnest(these));
  -- Read once: what is locked by is what is decided by, though the worker may open a number at any moment.
  indexes := ARRAY(SELECT (SELECT n.number_index FROM numbers n WHERE n.id = w.number_ref) FROM unnest(these) w);
  known := ARRAY(SELECT DISTINCT index FROM unnest(indexes) index WHERE index IS NOT NULL);
  PERFORM pg_advisory_xact_lock(lock) FROM (SELECT hashtextextended(encode(index, 'hex'), 2) AS lock FROM unnest(known) index ORDER BY lock) AS in_order;
  PERFORM pg_advisory_xact_lock(lock) FROM (SELECT DISTINCT hashtextextended(encode(key, 'hex'), 3) AS lock FROM unnest(asked) a, unnest(a.wrong_keys) key WHERE a.is_by_address ORDER BY lock) AS in_order;
  guesses := ARRAY(SELECT (SELECT n FROM number_guesses n WHERE n.number_index = index) FROM unnest(known) index);
  FOR r IN
    SELECT a.ordinality::int AS place, coalesce((SELECT hits FROM limits WHERE key = a.wrong_keys[1]), '{}') || (SELECT hits FROM limits WHERE key = a.wrong_keys[2]) AS wrong_hits FROM unnest(asked) WITH ORDINALITY a
  LOOP
    q := asked[r.place];
    at_id := array_position(ids, q.id);
    CONTINUE WHEN at_id IS NULL;
    v := these[at_id];
    CONTINUE WHEN NOT v.starter_id = ANY (q.starter_ids);
    number := indexes[at_id];
    is_counted := NOT v.is_test AND number IS NOT NULL;
    at_number := array_position(known, number);

    word := NULL;
    IF v.state <> 'pending' OR v.expires_at <= q.at OR v.attempts >= most THEN
      word := '{"refused": "finished"}';
    ELSIF NOT v.is_test THEN
      g := guesses[at_number];
      IF g.number_index IS NOT NULL THEN
        is_owner := v.is_known OR EXISTS (SELECT FROM account_numbers a WHERE a.account_id = v.account_id AND a.number_index = number);
        IF NOT within_limits(g.hits, ARRAY[a_day - CASE WHEN is_owner THEN 0 ELSE (lim->>'kept')::int END], '{86400}', q.at) OR (g.in_a_row >= (lim->>'inARow')::int AND NOT is_owner) THEN
          word := jsonb_build_object('refused', 'guesses', 'hits', g.hits, 'inARow', g.in_a_row, 'lastAt', g.last_at, 'isOwner', is_owner);
        END IF;
      END IF;
      IF word IS NULL THEN
        wrong_hits := r.wrong_hits;
        IF wrong_keys && q.wrong_keys THEN wrong_hits := wrong_hits || ARRAY(SELECT at FROM unnest(wrong_keys, wrong_at) AS earlier (key, at) WHERE key = ANY (q.wrong_keys)); END IF;
        IF cardinality(wrong_hits) > 0 AND NOT within_limits(wrong_hits, ARRAY[q.wrong_max], ARRAY[q.wrong_window_s], q.at) THEN
          word := jsonb_build_object('refused', 'wrong', 'hits', wrong_hits);
        END IF;
      END IF;
    END IF;

    IF word IS NULL THEN
      -- A number without an index was never opened: no code has left for it, and nothing is right.
      is_correct := number IS NOT NULL AND v.code_hash IS NOT NULL AND sha256(v.code_hash || q.nonce) = sha256(q.submitted || q.nonce);
      v.attempts := v.attempts + 1;
      IF is_correct AND v.service_id IS NOT NULL OR NOT is_correct AND v.attempts >= most THEN
        v.state := CASE WHEN is_correct THEN 'approved' ELSE 'max_attempts' END;
        v.finished_at := q.at; v.code_hash := NULL; v.voice_at := NULL; v.index_before := NULL; v.index_after := NULL;
        finished := array_append(finished, v.id);
        IF is_correct AND cardinality(v.proofs) > 0 THEN approved := array_append(approved, v.id); END IF;
      END IF;
      these[at_id] := v;
      changed := array_append(changed, v.id);
      IF is_counted AND is_correct AND g.number_index IS NOT NULL THEN
        guesses[at_number] := NULL;
        guessed := array_append(guessed, number);
      ELSIF is_counted AND NOT is_correct THEN
        g.number_index := number; g.hits := (g.hits || q.at)[greatest(1, cardinality(g.hits) + 2 - a_day):]; g.in_a_row := coalesce(g.in_a_row, 0) + 1; g.last_at := q.at;
        guesses[at_number] := g;
        guessed := array_append(guessed, number);
        wrong_keys := array_append(wrong_keys, q.wrong_keys[1]); wrong_at := array_append(wrong_at, q.at); wrong_lasts := array_append(wrong_lasts, make_interval(secs => q.wrong_window_s)); wrong_most := greatest(wrong_most, q.wrong_max);
      END IF;
      word := jsonb_build_object('isCorrect', is_correct);
    END IF;
    places := array_append(places, r.place); shown := array_append(shown, v); said := array_append(said, word);
  END LOOP;

  IF cardinality(changed) > 0 THEN
    UPDATE verifications w SET attempts = c.attempts, state = c.state, finished_at = c.finished_at, code_hash = c.code_hash, voice_at = c.voice_at, index_before = c.index_before, index_after = c.index_after FROM unnest(these) c WHERE w.id = c.id AND c.id = ANY (changed);
  END IF;
  IF cardinality(finished) > 0 THEN PERFORM take_back_codes(finished, q.at); END IF;
  IF cardinality(approved) > 0 THEN PERFORM note_proofs(approved, q.at); END IF;
  IF cardinality(guessed) > 0 THEN
    FOR i IN 1 .. cardinality(known) LOOP
      CONTINUE WHEN NOT known[i] = ANY (guessed);
      g := guesses[i];
      IF g.number_index IS NULL THEN forgotten := array_append(forgotten, known[i]); ELSE remembered := array_append(remembered, g); END IF;
    END LOOP;
    DELETE FROM number_guesses WHERE number_index = ANY (forgotten);
    INSERT INTO number_guesses (number_index, hits, in_a_row, last_at) SELECT number_index, hits, in_a_row, last_at FROM unnest(remembered) ORDER BY number_index
    ON CONFLICT (number_index) DO UPDATE SET hits = excluded.hits, in_a_row = excluded.in_a_row, last_at = excluded.last_at;
  END IF;
  IF cardinality(wrong_keys) > 0 THEN PERFORM count_hits(wrong_keys, wrong_at, wrong_lasts, wrong_most); END IF;

  views := verification_views(shown);
  FOR i IN 1 .. cardinality(places) LOOP
    answers[places[i]] := CASE WHEN said[i]->>'refused' IN ('guesses', 'wrong') THEN said[i] || jsonb_build_object('view', views[i]) ELSE views[i] || said[i] END;
  END LOOP;
  RETURN to_jsonb(answers);
END $$;

-- A look at it. `read_keys`: what reads are counted under.
CREATE FUNCTION read_verification(verification uuid, starters uuid[], read_keys bytea[], most int, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v verifications;
BEGIN
  SELECT * INTO v FROM verifications WHERE id = verification AND starter_id = ANY (starters);
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF cardinality(read_keys) > 0 AND NOT take_hit(read_keys, ARRAY[most], ARRAY[60], at) THEN
    RETURN jsonb_build_object('refused', 'reads', 'hits', hits_of(read_keys));
  END IF;
  RETURN verification_view(v);
END $$;

-- What `auto` has come to: calls that bring what no SMS brought. They count as any send does; where a limit is in the way
-- there is none. Gives the new hand-offs.
CREATE FUNCTION fall_back_to_voice(lim jsonb, at timestamptz, most int) RETURNS SETOF uuid LANGUAGE plpgsql AS $$
DECLARE
  due uuid[] := ARRAY(SELECT w.id FROM verifications w WHERE w.voice_at <= at AND w.state = 'pending' LIMIT most);
  v verifications;
  handoff uuid;
  refusal jsonb;
BEGIN
  PERFORM lock_sends(ARRAY(SELECT key FROM verifications w, unnest((number_keys(w, at))[:2]) AS key WHERE w.id = ANY (due)));
  -- What another worker has in hand it will do; or its commit was waited for by its number, and there is nothing left to do.
  FOR v IN SELECT * FROM verifications w WHERE w.id = ANY (due) AND w.voice_at <= at AND w.state = 'pending' FOR NO KEY UPDATE SKIP LOCKED LOOP
    refusal := send_refusal(v, 'voice', hits_of(number_keys(v, at)), '{}', blocked_until(v.country, v.prefix_key, at), lim, at);
    v.voice_at := CASE WHEN refusal->>'refused' = 'wait' THEN (refusal->>'at')::timestamptz END;
    IF v.expires_at > at AND refusal IS NULL THEN
      v := with_send(v, 'voice', lim, at);
      IF NOT v.is_test THEN PERFORM count_sends((number_keys(v, at))[:1], '{}', ARRAY[at], lim); END IF;
      handoff := gen_random_uuid();
      PERFORM hand_off_code(v, 'voice', handoff, coalesce(v.account_id, (SELECT app_id FROM verify_services WHERE id = v.service_id)), at);
      RETURN NEXT handoff;
    END IF;
    UPDATE verifications SET sends = v.sends, calls = v.calls, last_call_at = v.last_call_at, voice_at = v.voice_at WHERE id = v.id;
  END LOOP;
END $$;

-- A send that came to nothing by the carrier's fault or ours costs the person nothing: neither of the number's nor of the waits.
CREATE FUNCTION give_back_send(verification uuid, by_channel text, sent_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  keys bytea[];
BEGIN
  UPDATE verifications v SET
    sms_sends = CASE WHEN by_channel = 'sms' THEN greatest(0, sms_sends - 1) ELSE sms_sends END,
    first_sms_at = CASE WHEN by_channel = 'sms' AND sms_sends <= 1 THEN NULL ELSE first_sms_at END,
    last_sms_at = CASE WHEN by_channel = 'sms' AND last_sms_at = sent_at THEN NULL ELSE last_sms_at END,
    calls = CASE WHEN by_channel = 'voice' THEN greatest(0, calls - 1) ELSE calls END,
    last_call_at = CASE WHEN by_channel = 'voice' AND last_call_at = sent_at THEN NULL ELSE last_call_at END
  WHERE id = verification RETURNING number_keys(v, sent_at) INTO keys;
  UPDATE limits SET hits = without_hit(hits, sent_at) WHERE key = keys[1];
END $$;

GRANT SELECT, INSERT, UPDATE, DELETE ON number_proofs TO dingline_api;
GRANT SELECT (proof, proved_at), DELETE ON number_proofs TO dingline_worker;
-- It opens codes, so their hashes tell it nothing.
GRANT SELECT, UPDATE (sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, voice_at, channels, index_before, index_after) ON verifications TO dingline_worker;
GRANT SELECT (service_id, voice_at, channels, is_auto, first_sms_at), UPDATE (voice_at, channels, first_sms_at, index_before, index_after) ON verifications TO dingline_ingress;
