-- Accounts, passwords and sessions: what `api` can't write by itself. Whoever holds its login alone can make an account
-- of his own with these, and nothing in the name of another.

-- Makes an account with its password; false if the login is taken. `stretch` says how the password becomes the key.
CREATE FUNCTION sign_up(
  account uuid, wanted_login text, shown_name text, spoken text, stretch text, stretched bytea, at timestamptz
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO accounts (id, login, name, language, created_at)
  VALUES (account, wanted_login, shown_name, spoken, at)
  ON CONFLICT (login) DO NOTHING;
  IF NOT FOUND THEN RETURN false; END IF;
  INSERT INTO account_passwords (account_id, stretch, key_hash) VALUES (account, stretch, sha256(stretched));
  RETURN true;
END $$;

-- How a login's password is stretched; null for a login that nobody has. Salts are no secret.
CREATE FUNCTION password_stretch(wanted_login text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT p.stretch FROM account_passwords p JOIN accounts a ON a.id = p.account_id WHERE a.login = wanted_login
$$;

-- Gives a session for a stretched password. Wrong ones are counted here, whoever sends them: a login can't lift what
-- bounds the guessing. No row: wrong, or too many were. The account's sessions that have run out go at the same time.
CREATE FUNCTION sign_in(wanted_login text, stretched bytea, token_digest bytea, wanted_kind text)
RETURNS TABLE (account uuid, ends_at timestamptz) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  password account_passwords;
  tries secret_bounds;
  wrong timestamptz[];
  now timestamptz := db_now();
BEGIN
  SELECT p.* INTO password
  FROM account_passwords p JOIN accounts a ON a.id = p.account_id
  WHERE a.login = wanted_login
  FOR UPDATE OF p;
  IF NOT FOUND THEN
    -- It takes as long as a wrong password, which writes a row and waits for the disk.
    PERFORM pg_logical_emit_message(true, 'dingline', 'wrong');
    RETURN;
  END IF;
  SELECT * INTO STRICT tries FROM secret_bounds WHERE name = 'sign_in';
  wrong := ARRAY(SELECT at FROM unnest(password.wrong_at) at WHERE at > now - tries.lasts);
  IF cardinality(wrong) >= tries.most THEN RETURN; END IF;
  IF sha256(stretched) <> password.key_hash THEN
    UPDATE account_passwords SET wrong_at = wrong || now WHERE account_id = password.account_id;
    RETURN;
  END IF;
  account := password.account_id;
  SELECT now + b.lasts INTO STRICT ends_at FROM secret_bounds b WHERE b.name = 'session';
  DELETE FROM sessions s WHERE s.account_id = account AND s.expires_at <= now;
  INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
  VALUES (gen_random_uuid(), account, sha256(token_digest), wanted_kind, now, ends_at);
  RETURN NEXT;
END $$;

CREATE FUNCTION find_session(token_digest bytea, wanted_kind text) RETURNS TABLE (session uuid, account uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT s.id, s.account_id
  FROM sessions s
  WHERE s.token_hash = sha256(token_digest) AND s.kind = wanted_kind AND s.expires_at > db_now()
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

GRANT EXECUTE ON FUNCTION sign_up, password_stretch, sign_in, find_session, identify_by_session TO dingline_api;
