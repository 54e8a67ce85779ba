-- Setting another password, for whoever knows the one before, or has the code that an operator has given them.

-- Notes a stretched password that whoever has shown their session says is the account's, and counts it by that session:
-- who has stolen one guesses no more than so often, and keeps nobody else from it. Null: too many were wrong, or it is
-- no session of theirs.
CREATE FUNCTION guess_password(session uuid, stretched bytea) RETURNS uuid LANGUAGE plpgsql STRICT SECURITY DEFINER
SET search_path FROM CURRENT SET lock_timeout = '250ms' AS $$
DECLARE
  guess uuid := gen_random_uuid();
  tries secret_bounds;
  wrong timestamptz[];
  now timestamptz := db_now();
BEGIN
  SELECT * INTO STRICT tries FROM secret_bounds WHERE name = 'password_asked';
  SELECT ARRAY(SELECT at FROM unnest(s.wrong_at) at WHERE at > now - tries.lasts) INTO wrong
  FROM sessions s
  WHERE s.id = session AND s.account_id = identified_account()
  FOR UPDATE;
  IF NOT FOUND OR cardinality(wrong) >= tries.most THEN RETURN NULL; END IF;
  UPDATE sessions s SET wrong_at = wrong || now WHERE s.id = session;
  PERFORM note_password_guess(guess, identified_account(), session, NULL, stretched, now);
  RETURN guess;
END $$;

-- Was this guess, which whoever asks made by this session of theirs in an earlier transaction, right? Their password is
-- locked from then on.
CREATE FUNCTION knows_password(session uuid, guess uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM account_passwords p WHERE p.account_id = identified_account() FOR UPDATE;
  RETURN EXISTS (
    SELECT FROM password_guesses g
    WHERE g.id = guess AND g.session_id = session AND g.account_id = identified_account()) AND is_guess_right(guess);
END $$;

-- Exchanges the caller's password, if they know the one before. Their other sessions end, no device is
-- known any more, and a notice says so.
CREATE FUNCTION change_password(session uuid, guess uuid, new_stretch text, new_stretched bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT knows_password(session, guess) THEN RETURN false; END IF;
  UPDATE account_passwords p SET stretch = new_stretch, key_hash = sha256(new_stretched)
  WHERE p.account_id = identified_account();
  PERFORM end_other_sessions(session);
  DELETE FROM account_devices d WHERE d.account_id = identified_account();
  INSERT INTO notices (id, account_id, kind, at)
  VALUES (gen_random_uuid(), identified_account(), 'password_changed', db_now());
  RETURN true;
END $$;

-- Sets a password by the code of an operator's reset, which serves once. False: this login has no such code, or it has
-- ended. The code has 80 random bits, so its length bounds the guessing.
CREATE FUNCTION reset_password(wanted_login text, code_digest bytea, new_stretch text, new_stretched bytea)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '250ms' AS $$
DECLARE
  account uuid;
BEGIN
  SELECT r.account_id INTO account
  FROM password_resets r
  JOIN accounts a ON a.id = r.account_id
  WHERE a.login = wanted_login AND a.blocked_at IS NULL
    AND r.code_hash = sha256(code_digest) AND r.ends_at > db_now()
  FOR UPDATE OF r;
  IF NOT FOUND THEN RETURN false; END IF;
  DELETE FROM password_resets r WHERE r.account_id = account;
  INSERT INTO account_passwords (account_id, stretch, key_hash) VALUES (account, new_stretch, sha256(new_stretched))
  ON CONFLICT (account_id) DO UPDATE SET stretch = excluded.stretch, key_hash = excluded.key_hash;
  DELETE FROM sessions s WHERE s.account_id = account;
  DELETE FROM account_devices d WHERE d.account_id = account;
  INSERT INTO notices (id, account_id, kind, at) VALUES (gen_random_uuid(), account, 'password_changed', db_now());
  RETURN true;
END $$;

GRANT EXECUTE ON FUNCTION guess_password, change_password, reset_password TO dingline_api;
