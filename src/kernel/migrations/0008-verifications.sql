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
-- A start and a check are what everybody waits for, so these functions are written for the planner and the executor: each
-- statement inside one costs 10 to 20 microseconds before it does anything, and so does each call of a function in SQL that
-- can't be inlined (one with a subselect). So they are few, and what needs no table is an expression of PL/pgSQL, which
-- costs less than one. And a subject has three keys at the most, named one by one: of `= ANY (keys)` the planner guesses ten, and
-- so takes a plan for these keys for the cheaper one, at each call anew.

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

-- How far the newest SMS or call has come.
CREATE FUNCTION delivery_of(verification uuid) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
  h record;
BEGIN
  SELECT channel, state, delivery, reason, created_at INTO h FROM handoffs WHERE subject_id = verification AND kind = 'deliver' ORDER BY created_at DESC, settled_at DESC NULLS FIRST LIMIT 1;
  IF h.state IS NULL THEN RETURN NULL; END IF;
  RETURN jsonb_build_object('channel', h.channel, 'state', CASE WHEN h.delivery <> 'none' THEN h.delivery WHEN h.state = 'queued' THEN queued_or_held(h.channel) ELSE h.state END, 'reason', h.reason, 'at', h.created_at);
END $$;

-- What is queued while an operator holds its channel back.
CREATE FUNCTION queued_or_held(by_channel text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN CASE WHEN EXISTS (SELECT FROM stops WHERE purpose = 'verification' AND channel = by_channel) THEN 'held' ELSE 'queued' END;
END $$;

CREATE FUNCTION verification_view(v verifications) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN verification_shown(v, CASE WHEN v.state = 'pending' THEN hits_of(number_keys(v, v.created_at)) END, delivery_of(v.id));
END $$;

-- Finishes it once, with all that goes with it; false if it had finished. A right code whose check was claimed may still
-- approve when a wrong one, claimed later, was quicker to use up the checks. A hand-off that a worker is claiming in this
-- moment is left to it: to wait for it here, while it may wait for the verification, would be a deadlock.
CREATE FUNCTION finish_verification(verification uuid, becomes text, at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE verifications SET state = becomes, finished_at = CASE WHEN becomes = 'expired' THEN expires_at ELSE at END, code_hash = NULL, voice_at = NULL, index_before = NULL, index_after = NULL
  WHERE id = verification AND (state = 'pending' OR (becomes = 'approved' AND state = 'max_attempts'));
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM take_back_code(verification, at);
  RETURN true;
END $$;

CREATE FUNCTION take_back_code(verification uuid, at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM codes WHERE verification_id = verification;
  IF EXISTS (SELECT FROM handoffs WHERE subject_id = verification AND kind = 'deliver' AND state = 'queued') THEN
    UPDATE handoffs SET state = 'canceled', settled_at = at
    WHERE id IN (SELECT id FROM handoffs WHERE subject_id = verification AND kind = 'deliver' AND state = 'queued' FOR NO KEY UPDATE SKIP LOCKED);
  END IF;
END $$;

-- The same of one whose row the caller has locked, with the attempts that it has claimed: one write for both.
CREATE FUNCTION finish_claimed(v verifications, becomes text, at timestamptz) RETURNS verifications LANGUAGE plpgsql AS $$
BEGIN
  v.state := becomes; v.finished_at := at; v.code_hash := NULL; v.voice_at := NULL; v.index_before := NULL; v.index_after := NULL;
  UPDATE verifications SET attempts = v.attempts, state = becomes, finished_at = at, code_hash = NULL, voice_at = NULL, index_before = NULL, index_after = NULL WHERE id = v.id;
  PERFORM take_back_code(v.id, at);
  RETURN v;
END $$;

-- Remembers what session or device proved a number.
CREATE FUNCTION note_proofs(verification uuid, at timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO number_proofs (proof, proved_at) SELECT DISTINCT unnest(proofs), at FROM verifications WHERE id = verification
  ON CONFLICT (proof) DO UPDATE SET proved_at = excluded.proved_at
$$;

-- Counts a send, if all limits allow it; else says which does not. A refusal uses up nothing. `hits` is what is counted for
-- the number now.
CREATE FUNCTION count_send(v verifications, by_channel text, number_keys bytea[], address_keys bytea[], blocked_until timestamptz, lim jsonb, at timestamptz, OUT refusal jsonb, OUT hits timestamptz[]) LANGUAGE plpgsql AS $$
DECLARE
  due timestamptz := send_due(by_channel, v, lim);
  allowed int[] := sends_allowed(lim, v.is_known);
  by_address int := (lim->>'byAddress')::int;
  -- Under the keys of the days before and after.
  earlier timestamptz[] := '{}';
  address_hits timestamptz[] := '{}';
  address_earlier timestamptz[] := '{}';
  taken bytea[];
  l record;
BEGIN
  hits := '{}';
  IF NOT by_channel = ANY (v.channels) THEN refusal := '{"refused": "channel"}'; RETURN; END IF;
  IF due = 'infinity' THEN refusal := '{"refused": "calls"}'; RETURN; END IF;
  IF due > at THEN refusal := jsonb_build_object('refused', 'wait', 'at', due); RETURN; END IF;
  IF v.is_test THEN RETURN; END IF;
  IF blocked_until > at THEN refusal := jsonb_build_object('refused', 'blocked', 'at', blocked_until); RETURN; END IF;
  -- A look before anything is written: what most of a stranger's requests come to.
  FOR l IN SELECT key, limits.hits FROM limits WHERE key IN (number_keys[1], number_keys[2], number_keys[3], address_keys[1], address_keys[2]) LOOP
    CASE WHEN l.key = number_keys[1] THEN hits := l.hits;
      WHEN l.key = ANY (number_keys) THEN earlier := earlier || l.hits;
      WHEN l.key = address_keys[1] THEN address_hits := l.hits;
      ELSE address_earlier := l.hits; END CASE;
  END LOOP;
  IF NOT within_limits(hits || earlier, allowed, '{600, 86400}', at) THEN refusal := jsonb_build_object('refused', 'number', 'hits', hits || earlier); RETURN; END IF;
  IF cardinality(address_keys) = 0 THEN
    IF NOT take_hit(number_keys, allowed, '{600, 86400}', at) THEN refusal := jsonb_build_object('refused', 'number', 'hits', hits_of(number_keys)); END IF;
    hits := hits || earlier || at;
    RETURN;
  END IF;
  address_hits := address_hits || address_earlier;
  IF NOT within_limits(address_hits, ARRAY[by_address], '{60}', at) THEN refusal := jsonb_build_object('refused', 'address', 'hits', address_hits); RETURN; END IF;
  -- Both at once. What another took in this moment is counted here: the look was before it. The address is first for everybody, so that no two wait for each other.
  WITH hit AS (
    INSERT INTO limits (key, hits, expires_at) VALUES (address_keys[1], ARRAY[at], at + interval '1 minute'), (number_keys[1], ARRAY[at], at + interval '1 day')
    ON CONFLICT (key) DO UPDATE
      SET hits = (limits.hits || excluded.hits)[greatest(1, cardinality(limits.hits) + 2 - CASE WHEN limits.key = number_keys[1] THEN greatest(allowed[1], allowed[2]) ELSE by_address END):],
          expires_at = greatest(limits.expires_at, excluded.expires_at)
      WHERE CASE WHEN limits.key = number_keys[1] THEN within_limits(limits.hits || earlier, allowed, '{600, 86400}', at) ELSE within_limits(limits.hits || address_earlier, ARRAY[by_address], '{60}', at) END
    RETURNING key)
  SELECT array_agg(key) INTO taken FROM hit;
  IF cardinality(taken) = 2 THEN hits := hits || earlier || at; RETURN; END IF;
  UPDATE limits SET hits = without_hit(limits.hits, at) WHERE key = ANY (taken);
  IF address_keys[1] = ANY (taken) THEN refusal := jsonb_build_object('refused', 'number', 'hits', hits_of(number_keys));
  ELSE refusal := jsonb_build_object('refused', 'address', 'hits', hits_of(address_keys)); END IF;
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

-- Starts a verification and hands its code off; or gives the live one of this starter and number; or says why not.
-- `person` is whom the ledger names: the account, or the app.
CREATE FUNCTION start_verification(
  new_id uuid, account uuid, service uuid, person uuid, number uuid, sealed_number bytea, test_index bytea, number_keys bytea[], number_country text, prefix bytea,
  proof_keys bytea[], address_keys bytea[], by_channel text, with_channels text[], automatic boolean, wanted_language text, sealed_code bytea, hash bytea, lasts_s int, handoff uuid, blocked_until timestamptz, lim jsonb, at timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  starter uuid := coalesce(account, service);
  before verifications;
  v verifications;
  counted record;
BEGIN
  -- Starts by one starter for one number come one after the other.
  PERFORM pg_advisory_xact_lock(hashtextextended(starter::text || encode(number_keys[1], 'hex'), 1));
  SELECT * INTO before FROM verifications WHERE starter_id = starter AND limiter_index IN (number_keys[1], number_keys[2]) ORDER BY created_at DESC, state = 'pending' DESC, sms_sends + calls DESC LIMIT 1 FOR NO KEY UPDATE;
  IF before.state = 'pending' AND before.expires_at > at THEN
    RETURN verification_view(before) || '{"isNew": false}';
  END IF;
  IF before.state = 'pending' THEN PERFORM finish_verification(before.id, 'expired', at); END IF;

  v.id := new_id; v.account_id := account; v.service_id := service; v.number_ref := number; v.limiter_index := number_keys[1]; v.index_before := number_keys[2]; v.index_after := number_keys[3]; v.state := 'pending'; v.attempts := 0;
  v.channels := with_channels; v.created_at := at; v.expires_at := at + make_interval(secs => lasts_s);
  v.is_test := test_index IS NOT NULL; v.is_auto := automatic; v.proofs := proof_keys; v.country := number_country; v.prefix_key := prefix; v.code_hash := hash;
  v.language := coalesce(wanted_language, 'en'); v.is_known := false;
  IF wanted_language IS NULL AND account IS NOT NULL THEN v.language := (SELECT a.language FROM accounts a WHERE a.id = account); END IF;
  IF cardinality(proof_keys) > 0 THEN v.is_known := EXISTS (SELECT FROM number_proofs WHERE proof = ANY (proof_keys)); END IF;
  v.sends := 0; v.sms_sends := 0; v.calls := 0;
  -- A cancel, or an end of any other kind, shortens no wait; after a proof the waits begin anew, from the last send.
  IF greatest(before.last_sms_at, before.last_call_at) > at - interval '1 hour' THEN
    v.sms_sends := CASE WHEN before.state = 'approved' THEN least(before.sms_sends, 1) ELSE before.sms_sends END;
    v.calls := CASE WHEN before.state = 'approved' THEN least(before.calls, 1) ELSE before.calls END;
    v.last_sms_at := before.last_sms_at; v.last_call_at := before.last_call_at;
    v.first_sms_at := CASE WHEN before.state = 'approved' THEN before.last_sms_at ELSE before.first_sms_at END;
  END IF;

  counted := count_send(v, by_channel, number_keys, address_keys, blocked_until, lim, at);
  IF counted.refusal IS NOT NULL THEN RETURN counted.refusal || jsonb_build_object('view', verification_view(v) || jsonb_build_object('hits', hits_of(number_keys))); END IF;
  v := with_send(v, by_channel, lim, at);
  INSERT INTO numbers (id, sealed, number_index, created_at) VALUES (number, sealed_number, test_index, at);
  INSERT INTO verifications (id, account_id, service_id, number_ref, limiter_index, index_before, index_after, country, prefix_key, channels, is_test, is_auto, voice_at, is_known, proofs, language, state, attempts, code_hash,
    sends, sms_sends, first_sms_at, last_sms_at, calls, last_call_at, created_at, expires_at)
  VALUES (v.id, v.account_id, v.service_id, v.number_ref, v.limiter_index, v.index_before, v.index_after, v.country, v.prefix_key, v.channels, v.is_test, v.is_auto, v.voice_at, v.is_known, v.proofs, v.language, v.state, v.attempts, v.code_hash,
    v.sends, v.sms_sends, v.first_sms_at, v.last_sms_at, v.calls, v.last_call_at, v.created_at, v.expires_at);
  IF NOT v.is_test THEN
    INSERT INTO codes (verification_id, sealed) VALUES (v.id, sealed_code);
    PERFORM hand_off_code(v, by_channel, handoff, person, at);
    -- The view, without reading again what has just been written.
    RETURN verification_shown(v, counted.hits, jsonb_build_object('channel', by_channel, 'state', queued_or_held(by_channel), 'reason', NULL, 'at', at)) || '{"isNew": true}';
  END IF;
  RETURN verification_view(v) || '{"isNew": true}';
END $$;

-- The same code once more. While the one before has not left, nothing is sent and nothing counted: it would come twice.
CREATE FUNCTION send_verification(verification uuid, starters uuid[], person uuid, by_channel text, address_keys bytea[], handoff uuid, lim jsonb, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v verifications;
  refusal jsonb;
BEGIN
  SELECT * INTO v FROM verifications WHERE id = verification AND starter_id = ANY (starters) FOR NO KEY UPDATE;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF v.state <> 'pending' OR v.expires_at <= at THEN RETURN verification_view(v) || '{"refused": "finished"}'; END IF;
  IF EXISTS (SELECT FROM handoffs WHERE subject_id = v.id AND kind = 'deliver' AND channel = by_channel AND state = 'queued') THEN
    RETURN verification_view(v) || '{"isNew": false}';
  END IF;
  refusal := (count_send(v, by_channel, number_keys(v, at), address_keys, blocked_until(v.country, v.prefix_key, at), lim, at)).refusal;
  IF refusal IS NOT NULL THEN RETURN refusal || jsonb_build_object('view', verification_view(v)); END IF;
  v := with_send(v, by_channel, lim, at);
  UPDATE verifications SET sends = v.sends, sms_sends = v.sms_sends, first_sms_at = v.first_sms_at, last_sms_at = v.last_sms_at, calls = v.calls, last_call_at = v.last_call_at, voice_at = v.voice_at WHERE id = v.id;
  IF NOT v.is_test THEN PERFORM hand_off_code(v, by_channel, handoff, person, at); END IF;
  RETURN verification_view(v) || '{"isNew": true}';
END $$;

-- Compares one code, if all limits allow it: of any number of guesses at once, in any number of verifications of a number,
-- exactly so many are compared. They wait for one another by number, and those of one address by address; an app's wait for
-- nothing else, since all of its users come from one address. The right code approves an app's verification at once; of an
-- account's the caller moves the number.
-- The two hashes are hashed once more with a nonce of this request: the time that a comparison of bytes takes says nothing.
CREATE FUNCTION check_verification(verification uuid, starters uuid[], submitted bytea, nonce bytea, wrong_keys bytea[], wrong_max int, wrong_window float8, lim jsonb, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v verifications;
  number bytea;
  g number_guesses;
  wrong_hits timestamptz[];
  is_owner boolean;
  is_counted boolean;
  is_correct boolean;
BEGIN
  SELECT * INTO v FROM verifications WHERE id = verification AND starter_id = ANY (starters) FOR NO KEY UPDATE;
  IF v.id IS NULL THEN RETURN NULL; END IF;
  IF v.state <> 'pending' OR v.expires_at <= at OR v.attempts >= (lim->>'checks')::int THEN RETURN verification_view(v) || '{"refused": "finished"}'; END IF;
  number := (SELECT number_index FROM numbers WHERE id = v.number_ref);
  is_counted := NOT v.is_test AND number IS NOT NULL;
  IF is_counted THEN
    PERFORM pg_advisory_xact_lock(hashtextextended(encode(number, 'hex'), 2));
    SELECT * INTO g FROM number_guesses WHERE number_index = number;
    IF g.number_index IS NOT NULL THEN
      is_owner := v.is_known OR EXISTS (SELECT FROM account_numbers a WHERE a.account_id = v.account_id AND a.number_index = number);
      IF NOT within_limits(g.hits, ARRAY[(lim->>'aDay')::int - CASE WHEN is_owner THEN 0 ELSE (lim->>'kept')::int END], ARRAY[86400], at) OR (g.in_a_row >= (lim->>'inARow')::int AND NOT is_owner) THEN
        RETURN jsonb_build_object('refused', 'guesses', 'hits', g.hits, 'inARow', g.in_a_row, 'lastAt', g.last_at, 'isOwner', is_owner, 'view', verification_view(v));
      END IF;
    END IF;
  END IF;
  IF NOT v.is_test AND cardinality(wrong_keys) > 0 THEN
    IF v.account_id IS NOT NULL THEN PERFORM pg_advisory_xact_lock(hashtextextended(encode(wrong_keys[1], 'hex'), 3)); END IF;
    wrong_hits := hits_of(wrong_keys);
    IF NOT within_limits(wrong_hits, ARRAY[wrong_max], ARRAY[wrong_window], at) THEN
      RETURN jsonb_build_object('refused', 'wrong', 'hits', wrong_hits, 'view', verification_view(v));
    END IF;
  END IF;
  v.attempts := v.attempts + 1;
  -- A number without an index was never opened: no code has left for it, and nothing is right.
  is_correct := number IS NOT NULL AND v.code_hash IS NOT NULL AND sha256(v.code_hash || nonce) = sha256(submitted || nonce);
  IF is_correct AND v.service_id IS NOT NULL THEN
    v := finish_claimed(v, 'approved', at);
    IF cardinality(v.proofs) > 0 THEN PERFORM note_proofs(v.id, at); END IF;
  ELSIF NOT is_correct AND v.attempts >= (lim->>'checks')::int THEN
    v := finish_claimed(v, 'max_attempts', at);
  ELSE
    UPDATE verifications SET attempts = v.attempts WHERE id = v.id;
  END IF;
  IF NOT is_correct AND is_counted THEN
    INSERT INTO number_guesses (number_index, hits, in_a_row, last_at) VALUES (number, ARRAY[at], 1, at)
    ON CONFLICT (number_index) DO UPDATE
      SET hits = (number_guesses.hits || at)[greatest(1, cardinality(number_guesses.hits) + 2 - (lim->>'aDay')::int):], in_a_row = number_guesses.in_a_row + 1, last_at = at;
    IF cardinality(wrong_keys) > 0 THEN PERFORM take_hit(wrong_keys, ARRAY[wrong_max], ARRAY[wrong_window], at); END IF;
  ELSIF is_correct AND g.number_index IS NOT NULL THEN
    DELETE FROM number_guesses WHERE number_index = number;
  END IF;
  RETURN CASE WHEN v.state = 'pending' THEN verification_view(v) ELSE verification_shown(v, NULL, delivery_of(v.id)) END || jsonb_build_object('isCorrect', is_correct);
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
  v verifications;
  handoff uuid;
  refusal jsonb;
BEGIN
  -- In one order, so that two workers never wait for each other's numbers.
  FOR v IN SELECT w.* FROM verifications w WHERE w.voice_at <= at AND w.state = 'pending' ORDER BY number_keys(w, at) LIMIT most FOR NO KEY UPDATE SKIP LOCKED LOOP
    refusal := (count_send(v, 'voice', number_keys(v, at), '{}', blocked_until(v.country, v.prefix_key, at), lim, at)).refusal;
    v.voice_at := CASE WHEN refusal->>'refused' = 'wait' THEN (refusal->>'at')::timestamptz END;
    IF v.expires_at > at AND refusal IS NULL THEN
      v := with_send(v, 'voice', lim, at);
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
