-- Gives a number, this very row, to the account that has just proved it, in place of the one that it had. `former` had
-- it until now, and is told; so is the account itself, if it had another one: by a stolen session anybody may prove a
-- phone of their own. `lost` has those whose number of before is theirs no more. For the keeper's function that has
-- compared the code.
--
-- Sealed rows stay in `numbers`: the verification and the hand-off that proved a number refer to them.
CREATE FUNCTION move_number(
  account uuid, ref uuid, index bytea, at timestamptz, OUT former uuid, OUT lost uuid[]
) LANGUAGE plpgsql AS $$
DECLARE
  theirs account_numbers;
BEGIN
  lost := '{}';
  -- Proofs of one number come one after the other, as its checks do: of two that find no row yet, the second would else
  -- be an error.
  PERFORM pg_advisory_xact_lock(hashtextextended(encode(index, 'hex'), 2));
  -- The two rows are locked in one order, or two accounts that take each other's numbers would wait for one another.
  FOR theirs IN
    SELECT * FROM account_numbers n WHERE n.number_index = index OR n.account_id = account
    ORDER BY n.account_id
    FOR UPDATE
  LOOP
    IF theirs.account_id <> account THEN
      former := theirs.account_id;
    ELSIF theirs.number_index <> index THEN
      lost := ARRAY[account];
      INSERT INTO notices (id, account_id, kind, at) VALUES (gen_random_uuid(), account, 'number_changed', at);
    END IF;
  END LOOP;
  IF former IS NOT NULL THEN
    lost := former || lost;
    DELETE FROM account_numbers n WHERE n.account_id = former;
    INSERT INTO notices (id, account_id, kind, at) VALUES (gen_random_uuid(), former, 'number_moved', at);
  END IF;
  INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at) VALUES (account, ref, index, at)
  ON CONFLICT (account_id) DO UPDATE
    SET number_ref = excluded.number_ref, number_index = excluded.number_index, verified_at = excluded.verified_at,
      unreachable_for = '{}', must_prove_since = NULL, told_at = NULL;
END $$;

-- Keeps these accounts' numbers theirs until the transaction ends. By itself a lock needs the right to change a row.
CREATE FUNCTION hold_numbers(accounts uuid[]) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM account_numbers n WHERE n.account_id = ANY (accounts) ORDER BY n.account_id FOR KEY SHARE;
END $$;

-- The same of one, alone: who holds it, or begins something by it, comes before or after.
CREATE FUNCTION lock_number(account uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM account_numbers n WHERE n.account_id = account FOR UPDATE;
END $$;

-- Tells people that their number must be proved again, once for each proof.
CREATE FUNCTION announce_proofs(accounts uuid[]) RETURNS void LANGUAGE sql AS $$
  WITH announced AS (
    UPDATE account_numbers SET told_at = db_now() WHERE account_id = ANY (accounts) AND told_at IS NULL
    RETURNING account_id
  )
  INSERT INTO notices (id, account_id, kind, at)
  SELECT gen_random_uuid(), account_id, 'number_to_prove_again', db_now() FROM announced
$$;

-- What the carrier has said of the number that a call or message went to, if its person still has it: that it was
-- reached, or that there is no such number. Where the latter is said of so many in a row, the number must be proved
-- again, and only a proof clears that. It is said of a hand-off that is out, counts once, and not of a phone that rang
-- or a message that arrived; of the one whose capability was shown.
CREATE FUNCTION note_reach(handoff uuid, is_reached boolean) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  account uuid;
  told uuid[];
BEGIN
  IF handoff IS DISTINCT FROM called_handoff() THEN RETURN; END IF;
  SELECT n.account_id, n.unreachable_for INTO account, told
  FROM handoffs h
  JOIN account_numbers n ON n.account_id = h.account_id AND n.number_ref = h.number_ref
  WHERE h.id = handoff AND h.kind = 'deliver' AND h.purpose <> 'verification'
    AND h.state IN ('sending', 'accepted', 'unknown', 'rejected') AND n.must_prove_since IS NULL
    -- Most numbers have nothing to reset, and are not locked.
    AND (n.unreachable_for <> '{}' OR NOT is_reached)
    AND (is_reached OR h.delivery <> 'delivered'
      AND NOT EXISTS (SELECT FROM legs l WHERE l.id = h.subject_id AND l.begun_at IS NOT NULL))
  FOR NO KEY UPDATE OF n;
  IF NOT FOUND THEN RETURN; END IF;
  IF is_reached THEN
    UPDATE account_numbers n SET unreachable_for = '{}' WHERE n.account_id = account;
  ELSIF handoff <> ALL (told) THEN
    UPDATE account_numbers n SET unreachable_for = told || handoff WHERE n.account_id = account;
    IF cardinality(told) + 1 >= (SELECT b.most FROM secret_bounds b WHERE b.name = 'unreachable') THEN
      UPDATE account_numbers n SET must_prove_since = db_now() WHERE n.account_id = account;
      PERFORM announce_proofs(ARRAY[account]);
    END IF;
  END IF;
END $$;

GRANT EXECUTE ON FUNCTION note_reach TO dingline_ingress, dingline_worker;
-- Tells those whose proof is old, as many as come at once.
CREATE FUNCTION announce_old_proofs() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  proved_before timestamptz := db_now() - (SELECT b.lasts FROM secret_bounds b WHERE b.name = 'proof_notice');
BEGIN
  PERFORM announce_proofs(ARRAY(
    SELECT n.account_id
    FROM account_numbers n
    WHERE n.told_at IS NULL AND n.verified_at <= proved_before
    ORDER BY n.verified_at
    LIMIT 500
    FOR NO KEY UPDATE SKIP LOCKED));
END $$;

GRANT EXECUTE ON FUNCTION announce_old_proofs TO dingline_worker;
GRANT EXECUTE ON FUNCTION hold_numbers TO dingline_api, dingline_worker;
GRANT EXECUTE ON FUNCTION lock_number TO dingline_api;
