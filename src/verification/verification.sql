-- This file says who asks, shows a verification as answers do, ends it, and counts looks at it. Starts, sends and
-- checks have files of their own beside this one. What begins, sends, checks or cancels one runs by the keeper's
-- rights, for whoever shows a secret of the starter's in the very request: the rows of a login alone start and prove
-- nothing.
--
-- Locks are taken in one order by everybody, so that none waits for another that waits for it: what sends are counted
-- by (lock_sends), verifications by id, what guesses are counted by, rows of `limits` by key.

-- Whose secret has this digest? A session is its account's; an app starts and checks by each of its services. Starts
-- and guesses, which call it most, have set how it is planned; a SET of its own would be made and undone in each.
CREATE TYPE prover AS (secret_digest bytea, account_id uuid, person_id uuid, starter_ids uuid[]);
CREATE FUNCTION find_provers(digests bytea[]) RETURNS prover[] LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN ARRAY(
    WITH shown AS MATERIALIZED (SELECT DISTINCT digest FROM unnest(digests) digest)
    SELECT ROW(digest, s.account_id, s.account_id, ARRAY[s.account_id])::prover
    FROM shown JOIN sessions s ON s.token_hash = sha256(digest) AND s.expires_at > db_now()
    UNION ALL
    SELECT ROW(digest, NULL, a.id, ARRAY(SELECT v.id FROM verify_services v WHERE v.app_id = a.id))::prover
    FROM shown
    JOIN app_secrets x ON x.secret_hash = sha256(digest)
    JOIN apps a ON a.id = x.app_id AND a.disabled_at IS NULL);
END $$;

-- What bounds guesses, from secret_bounds: of one code, in a row for one number, and for one number by somebody or by
-- its owner.
CREATE TYPE guess_limits AS (
  checks int, in_a_row int, remembered interval, of_number limit_rules, of_own_number limit_rules);
CREATE FUNCTION guess_bounds() RETURNS guess_limits LANGUAGE sql STABLE AS $$
  SELECT ROW(code.most, in_a_row.most, in_a_row.lasts,
    ROW(ARRAY[number.most], ARRAY[extract(epoch FROM number.lasts)])::limit_rules,
    ROW(ARRAY[own.most], ARRAY[extract(epoch FROM own.lasts)])::limit_rules)::guess_limits
  FROM secret_bounds code, secret_bounds in_a_row, secret_bounds number, secret_bounds own
  WHERE code.name = 'code' AND in_a_row.name = 'guesses_in_a_row' AND number.name = 'guesses'
    AND own.name = 'own_guesses'
$$;
CREATE FUNCTION checks_at_most() RETURNS int LANGUAGE sql STABLE AS $$
  SELECT most FROM secret_bounds WHERE name = 'code'
$$;

-- Gives the keys under which the number of a verification is counted, the first of them for a hit of this time. Its
-- sends see those of others under yesterday's key as starts do, and under the key of a day that has begun since.
CREATE FUNCTION number_keys(v verifications, at timestamptz) RETURNS bytea[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_remove(
    CASE
      WHEN (at AT TIME ZONE 'UTC')::date > (v.created_at AT TIME ZONE 'UTC')::date
      THEN ARRAY[v.index_after, v.limiter_index, v.index_before]
      ELSE ARRAY[v.limiter_index, v.index_before, v.index_after]
    END,
    NULL)
$$;

-- Builds all that an answer says of a verification, from what was read already. It is inlined where it is called.
CREATE FUNCTION verification_shown(v verifications, hits timestamptz[], delivery jsonb, checks int) RETURNS jsonb
LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object(
    'id', v.id, 'state', v.state, 'checksLeft', greatest(0, checks - v.attempts),
    'isTest', v.is_test, 'isKnown', v.is_known, 'isAuto', v.is_auto, 'channels', v.channels,
    'createdAt', v.created_at, 'expiresAt', v.expires_at, 'finishedAt', v.finished_at,
    'smsSends', v.sms_sends, 'firstSmsAt', v.first_sms_at, 'lastSmsAt', v.last_sms_at,
    'calls', v.calls, 'lastCallAt', v.last_call_at,
    'hits', CASE WHEN v.state = 'pending' THEN hits END, 'delivery', delivery)
$$;

-- Shows verifications as answers do, with what that takes of other tables: the hits of their numbers while they are
-- pending, and how far the newest SMS or call has come; what is queued while an operator holds its channel back is
-- held.
CREATE FUNCTION verification_views(these verifications[]) RETURNS jsonb[] LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  checks int := checks_at_most();
BEGIN
  RETURN ARRAY(
    SELECT verification_shown(
      v,
      CASE WHEN v.state = 'pending' THEN
        coalesce((SELECT hits FROM limits WHERE key = v.limiter_index), '{}')
          || (SELECT hits FROM limits WHERE key = v.index_before)
          || (SELECT hits FROM limits WHERE key = v.index_after)
      END,
      (SELECT jsonb_build_object('channel', h.channel, 'reason', h.reason, 'at', h.created_at, 'language', h.language,
          'wait', CASE WHEN h.state = 'queued' AND h.not_before > h.created_at THEN jsonb_build_object(
            'until', h.not_before,
            'because', waits_for(h.channel = 'voice', h.not_before, h.turn, h.outcome, h.attempts)) END, 'state',
          CASE
            WHEN h.delivery <> 'none' THEN h.delivery
            WHEN h.state = 'queued'
              AND EXISTS (SELECT FROM stops s WHERE s.purpose = 'verification' AND s.channel = h.channel) THEN 'held'
            ELSE h.state
          END)
        FROM handoffs h
        WHERE h.subject_id = v.id AND h.kind = 'deliver'
        ORDER BY h.created_at DESC, h.settled_at DESC NULLS FIRST
        LIMIT 1),
      checks)
    FROM unnest(these) v);
END $$;

CREATE FUNCTION verification_view(v verifications) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (verification_views(ARRAY[v]))[1];
END $$;

-- Takes back what has not gone out of verifications that have finished, and erases their codes. A hand-off that a
-- worker is claiming in this moment is left to it: to wait for it here, while it may wait for the verification, would
-- be a deadlock.
CREATE FUNCTION take_back_codes(finished uuid[], at timestamptz) RETURNS void LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
  -- They are found by what they are for, never among all that is queued, however little that was when the plan was
  -- made.
  queued uuid[] := ARRAY(
    SELECT id
    FROM (SELECT id, state FROM handoffs WHERE subject_id = ANY (finished) AND kind = 'deliver' OFFSET 0) AS theirs
    WHERE state = 'queued');
BEGIN
  DELETE FROM codes WHERE verification_id = ANY (finished);
  IF cardinality(queued) > 0 THEN
    UPDATE handoffs SET state = 'canceled', settled_at = at
    WHERE id IN (SELECT id FROM handoffs WHERE id = ANY (queued) AND state = 'queued' FOR NO KEY UPDATE SKIP LOCKED);
  END IF;
END $$;

-- Finishes a verification once, with all that goes with it; the answer is false if it had finished.
CREATE FUNCTION finish_verification(verification uuid, becomes text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE verifications
  SET state = becomes, finished_at = CASE WHEN becomes = 'expired' THEN expires_at ELSE at END,
    voice_at = NULL, index_before = NULL, index_after = NULL
  WHERE id = verification AND state = 'pending';
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM take_back_codes(ARRAY[verification], at);
  RETURN true;
END $$;

-- Cancels it for its starter, who shows a secret; the answer is false if it had finished, or is another's.
CREATE FUNCTION cancel_verification(verification uuid, secret_digest bytea, starters uuid[], at timestamptz)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '250ms' AS $$
BEGIN
  RETURN EXISTS (
      SELECT FROM unnest(find_provers(ARRAY[secret_digest])) p
      JOIN verifications v ON v.starter_id = ANY (p.starter_ids) AND v.starter_id = ANY (starters)
      WHERE v.id = verification)
    AND finish_verification(verification, 'canceled', at);
END $$;
GRANT EXECUTE ON FUNCTION cancel_verification TO dingline_api;

-- What a session or device is known by, as what it says itself, and bound to the number: the first may be sent more
-- codes, and only the second may guess more often, since a login could repeat the first for any number.
CREATE FUNCTION bound_proofs(proofs bytea[], index bytea) RETURNS bytea[] LANGUAGE sql IMMUTABLE AS $$
  SELECT ARRAY(SELECT sha256(proof || index) FROM unnest(proofs) proof)
$$;

-- Remembers which session or device proved a number.
CREATE FUNCTION record_proofs(approved uuid[], at timestamptz) RETURNS void LANGUAGE sql AS $$
  INSERT INTO number_proofs (proof, proved_at)
  SELECT DISTINCT unnest(v.proofs || bound_proofs(v.proofs, n.number_index)) AS proof, at
  FROM verifications v JOIN numbers n ON n.id = v.number_ref
  WHERE v.id = ANY (approved)
  ORDER BY proof
  ON CONFLICT (proof) DO UPDATE SET proved_at = excluded.proved_at
$$;

-- Reads a verification. The look is counted under `read_keys`, by `rules`.
CREATE FUNCTION read_verification(
  verification uuid, starters uuid[], read_keys bytea[], rules jsonb, at timestamptz
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  v verifications;
BEGIN
  SELECT * INTO v FROM verifications WHERE id = verification AND starter_id = ANY (starters);
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF cardinality(read_keys) > 0 AND NOT take_hit(read_keys, jsonb_populate_record(NULL::limit_rules, rules), at) THEN
    RETURN jsonb_build_object('refused', 'reads', 'hits', hits_of(read_keys));
  END IF;
  RETURN verification_view(v);
END $$;
