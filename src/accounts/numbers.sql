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
      unreachable_count = 0, unreachable_by = NULL, must_prove_since = NULL, told_at = NULL;
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
CREATE FUNCTION announce_proofs(accounts uuid[]) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  WITH announced AS (
    UPDATE account_numbers SET told_at = db_now() WHERE account_id = ANY (accounts) AND told_at IS NULL
    RETURNING account_id
  )
  INSERT INTO notices (id, account_id, kind, at)
  SELECT gen_random_uuid(), account_id, 'number_to_prove_again', db_now() FROM announced
$$;

GRANT EXECUTE ON FUNCTION announce_proofs TO dingline_ingress, dingline_worker;
GRANT EXECUTE ON FUNCTION hold_numbers, lock_number TO dingline_api;
