-- Closing an account, by its own person or by an operator.

-- From now on nobody signs in to it: who is just doing so holds the password's row. It leaves its teams, its number is
-- nobody's, and what the ledger says of it can't be read any more; that something was recorded stays.
CREATE FUNCTION close_out(account uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  team uuid;
BEGIN
  PERFORM FROM account_passwords p WHERE p.account_id = account FOR UPDATE;
  UPDATE accounts a SET closed_at = db_now() WHERE a.id = account AND a.closed_at IS NULL;
  DELETE FROM account_passwords p WHERE p.account_id = account;
  DELETE FROM password_resets r WHERE r.account_id = account;
  DELETE FROM sessions s WHERE s.account_id = account;
  DELETE FROM account_devices d WHERE d.account_id = account;
  DELETE FROM password_guesses g WHERE g.account_id = account;
  DELETE FROM notices n WHERE n.account_id = account;
  FOR team IN SELECT m.team_id FROM team_members m WHERE m.account_id = account ORDER BY m.team_id LOOP
    PERFORM FROM teams t WHERE t.id = team FOR UPDATE;
    PERFORM take_out(team, account);
  END LOOP;
  DELETE FROM account_numbers n WHERE n.account_id = account;
  DELETE FROM ledger_readable r WHERE r.subject_id = account;
END $$;

-- The caller closes their account, if they know its password.
CREATE FUNCTION close_account(session uuid, guess uuid) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT knows_password(session, guess) THEN RETURN false; END IF;
  PERFORM close_out(identified_account());
  RETURN true;
END $$;

-- Erases accounts that were closed before then, and as long ago as the bound says, and are in no live call, with all
-- that is kept of them. It gives how many.
CREATE FUNCTION erase_closed(before timestamptz, most int) RETURNS int LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  erased uuid[];
BEGIN
  erased := ARRAY(
    SELECT a.id
    FROM accounts a
    WHERE a.closed_at <= least(before, kept_since('accounts')) AND NOT EXISTS (
      SELECT FROM participants p
      JOIN calls c ON c.id = p.call_id AND c.ended_at IS NULL
      WHERE p.account_id = a.id)
    ORDER BY a.closed_at
    LIMIT most
    FOR UPDATE OF a SKIP LOCKED);
  DELETE FROM ledger_readable r WHERE r.subject_id = ANY (erased);
  DELETE FROM accounts a WHERE a.id = ANY (erased);
  RETURN cardinality(erased);
END $$;

GRANT EXECUTE ON FUNCTION close_account TO dingline_api;
GRANT EXECUTE ON FUNCTION erase_closed TO dingline_worker;
