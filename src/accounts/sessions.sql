-- Accounts, passwords and sessions: what `api` can't write by itself. Whoever holds its login alone can make an account
-- of his own with these, and nothing in the name of another.

-- Makes an account with its password, by an invite or without one: whether one is needed is decided by `api`.
-- `stretch` says how the password becomes the key. It gives 'made', 'taken' or 'uninvited'; an invite serves once.
CREATE FUNCTION sign_up(
  account uuid, wanted_login text, shown_name text, spoken text, stretch text, stretched bytea, invite_digest bytea
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF invite_digest IS NOT NULL THEN
    PERFORM FROM sign_up_invites i WHERE i.code_hash = sha256(invite_digest) AND i.ends_at > db_now() FOR UPDATE;
    IF NOT FOUND THEN RETURN 'uninvited'; END IF;
  END IF;
  -- An app is a subject of the ledger as well: nobody takes its id, and its entries with it.
  IF EXISTS (SELECT FROM apps a WHERE a.id = account) THEN RETURN 'taken'; END IF;
  INSERT INTO accounts (id, login, name, language, created_at)
  VALUES (account, wanted_login, shown_name, spoken, db_now())
  ON CONFLICT (login) DO NOTHING;
  IF NOT FOUND THEN RETURN 'taken'; END IF;
  INSERT INTO account_passwords (account_id, stretch, key_hash) VALUES (account, stretch, sha256(stretched));
  DELETE FROM sign_up_invites i WHERE i.code_hash = sha256(invite_digest);
  RETURN 'made';
END $$;

-- From now on this device has tries of its own for this account; of too many the one goes that was not used for
-- longest.
CREATE FUNCTION know_device(account uuid, device_digest bytea, now timestamptz) RETURNS void LANGUAGE sql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DELETE FROM account_devices d
  WHERE d.account_id = account AND d.token_hash IN (
    SELECT o.token_hash
    FROM account_devices o
    WHERE o.account_id = account AND o.token_hash <> sha256(device_digest)
    ORDER BY o.used_at DESC, o.token_hash
    OFFSET (SELECT b.most - 1 FROM secret_bounds b WHERE b.name = 'device'));
  INSERT INTO account_devices (account_id, token_hash, used_at)
  VALUES (account, sha256(device_digest), now)
  ON CONFLICT (account_id, token_hash) DO UPDATE SET used_at = excluded.used_at, wrong_at = '{}'
$$;

-- How a login's password is stretched, null for a login that nobody has (salts are no secret), and whether this is a
-- device from which somebody has signed in to it before.
CREATE FUNCTION password_stretch(wanted_login text, device_digest bytea)
RETURNS TABLE (stretch text, is_known_device boolean) LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT max(p.stretch), coalesce(bool_or(d.account_id IS NOT NULL), false)
  FROM accounts a
  JOIN account_passwords p ON p.account_id = a.id
  LEFT JOIN account_devices d ON d.account_id = a.id AND d.token_hash = sha256(device_digest)
  WHERE a.login = wanted_login
$$;

-- Gives a session for a stretched password. Wrong ones are counted here, whoever sends them: a login can't lift what
-- bounds the guessing. A device that has signed in before has tries of its own; all others share the login's. No row:
-- wrong, or too many were, or the account is blocked. With the session the device is known.
CREATE FUNCTION sign_in(
  wanted_login text, stretched bytea, token_digest bytea, wanted_kind text, device_digest bytea
) RETURNS TABLE (account uuid, ends_at timestamptz) LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  password account_passwords;
  device account_devices;
  tries secret_bounds;
  life secret_bounds;
  wrong timestamptz[];
  now timestamptz := db_now();
BEGIN
  SELECT p.* INTO password
  FROM account_passwords p JOIN accounts a ON a.id = p.account_id
  WHERE a.login = wanted_login
  FOR UPDATE OF p;
  IF NOT FOUND OR EXISTS (
    SELECT FROM accounts a WHERE a.id = password.account_id AND a.blocked_at IS NOT NULL) THEN
    -- It takes as long as a wrong password, which writes a row and waits for the disk.
    PERFORM pg_logical_emit_message(true, 'dingline', 'wrong');
    RETURN;
  END IF;
  account := password.account_id;
  SELECT d.* INTO device
  FROM account_devices d
  WHERE d.account_id = account AND d.token_hash = sha256(device_digest);
  SELECT * INTO STRICT tries FROM secret_bounds
  WHERE name = CASE WHEN device.account_id IS NULL THEN 'sign_in' ELSE 'sign_in_device' END;
  wrong := ARRAY(
    SELECT at FROM unnest(CASE WHEN device.account_id IS NULL THEN password.wrong_at ELSE device.wrong_at END) at
    WHERE at > now - tries.lasts);
  IF cardinality(wrong) >= tries.most THEN RETURN; END IF;
  -- Nothing shown is wrong, too: of NULL a plain comparison says neither.
  IF sha256(stretched) IS DISTINCT FROM password.key_hash THEN
    IF device.account_id IS NULL THEN
      UPDATE account_passwords p SET wrong_at = wrong || now WHERE p.account_id = account;
    ELSE
      UPDATE account_devices d SET wrong_at = wrong || now
      WHERE d.account_id = account AND d.token_hash = device.token_hash;
    END IF;
    RETURN;
  END IF;
  PERFORM know_device(account, device_digest, now);
  SELECT * INTO STRICT life FROM secret_bounds WHERE name = 'session';
  ends_at := now + life.lasts;
  -- Those that have run out go at the same time, and of too many those that were not used for longest.
  DELETE FROM sessions s WHERE s.account_id = account AND (s.expires_at <= now OR s.id IN (
    SELECT o.id FROM sessions o WHERE o.account_id = account ORDER BY o.used_at DESC, o.id OFFSET life.most - 1));
  INSERT INTO sessions (id, account_id, token_hash, kind, created_at, used_at, expires_at)
  VALUES (gen_random_uuid(), account, sha256(token_digest), wanted_kind, now, now, ends_at);
  RETURN NEXT;
END $$;

-- Whose session a token is of. That it was used is written once in a while, so that what was used since a theft can be
-- ended; of several requests at once one writes it, and none waits.
CREATE FUNCTION find_session(token_digest bytea, wanted_kind text) RETURNS TABLE (session uuid, account uuid)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  used timestamptz;
  now timestamptz := db_now();
BEGIN
  SELECT s.id, s.account_id, s.used_at INTO session, account, used
  FROM sessions s
  WHERE s.token_hash = sha256(token_digest) AND s.kind = wanted_kind AND s.expires_at > now;
  IF NOT FOUND THEN RETURN; END IF;
  IF used <= now - (SELECT b.lasts FROM secret_bounds b WHERE b.name = 'session_use') THEN
    UPDATE sessions s SET used_at = now
    WHERE s.id = (SELECT o.id FROM sessions o WHERE o.id = session FOR NO KEY UPDATE SKIP LOCKED);
  END IF;
  RETURN NEXT;
END $$;

-- Ends one of the caller's own sessions; false: they have no such session.
CREATE FUNCTION end_session(session uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM sessions s WHERE s.id = session AND s.account_id = identified_account();
  RETURN FOUND;
END $$;

-- Ends all of the caller's sessions but one.
CREATE FUNCTION end_other_sessions(kept uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  DELETE FROM sessions s WHERE s.account_id = identified_account() AND s.id <> kept
$$;

-- From now on, until the transaction ends, identified_account() is this session's. False: it is over.
CREATE FUNCTION identify_by_session(token_digest bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  account uuid;
BEGIN
  SELECT s.account_id INTO account
  FROM sessions s
  WHERE s.token_hash = sha256(token_digest) AND s.expires_at > db_now();
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM set_identity(account);
  RETURN true;
END $$;

GRANT EXECUTE ON FUNCTION sign_up, password_stretch, sign_in, find_session, identify_by_session, end_session,
  end_other_sessions TO dingline_api;
