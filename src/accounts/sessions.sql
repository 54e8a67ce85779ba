-- Accounts, passwords and sessions: what `api` can't write by itself. Whoever holds its login alone can make an account
-- of his own with these, and nothing in the name of another.

-- Makes an account with its password, by an invite or without one: whether one is needed is decided by `api`.
-- `stretch` says how the password becomes the key. The outcome is 'made', with the id, which nobody chooses, 'taken' or
-- 'uninvited'; an invite serves once.
CREATE FUNCTION sign_up(
  wanted_login text, shown_name text, spoken text, stretch text, stretched bytea, invite_digest bytea,
  OUT outcome text, OUT account uuid
) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF invite_digest IS NOT NULL THEN
    PERFORM FROM sign_up_invites i WHERE i.code_hash = sha256(invite_digest) AND i.ends_at > db_now() FOR UPDATE;
    IF NOT FOUND THEN
      outcome := 'uninvited';
      RETURN;
    END IF;
  END IF;
  INSERT INTO accounts (id, login, name, language, created_at)
  VALUES (gen_random_uuid(), wanted_login, shown_name, spoken, db_now())
  ON CONFLICT (login) DO NOTHING
  RETURNING id INTO account;
  IF account IS NULL THEN
    outcome := 'taken';
    RETURN;
  END IF;
  INSERT INTO account_passwords (account_id, stretch, key_hash) VALUES (account, stretch, sha256(stretched));
  DELETE FROM sign_up_invites i WHERE i.code_hash = sha256(invite_digest);
  outcome := 'made';
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

-- A guess counts before it is compared: it is noted in a transaction of its own, and compared in the next, since its
-- transaction may be taken back by whoever asks. Right, it counts no more.

-- Notes a stretched password that somebody signs in with, and counts it: a login can't lift what bounds the guessing. A
-- device that has signed in before has tries of its own; all others share the login's. An id is given in any case: that
-- nobody has this login, that it is blocked or that too many were wrong is told by sign_in, as a wrong password is.
-- Where nothing is shown nothing is noted.
CREATE FUNCTION guess_sign_in(wanted_login text, stretched bytea, device_digest bytea) RETURNS uuid LANGUAGE plpgsql
STRICT SECURITY DEFINER SET search_path FROM CURRENT SET lock_timeout = '250ms' AS $$
DECLARE
  guess uuid := gen_random_uuid();
  password account_passwords;
  device account_devices;
  tries secret_bounds;
  wrong timestamptz[];
  now timestamptz := db_now();
BEGIN
  SELECT p.* INTO password
  FROM account_passwords p JOIN accounts a ON a.id = p.account_id
  WHERE a.login = wanted_login AND a.blocked_at IS NULL
  FOR UPDATE OF p;
  IF FOUND THEN
    SELECT d.* INTO device
    FROM account_devices d
    WHERE d.account_id = password.account_id AND d.token_hash = sha256(device_digest);
    SELECT * INTO STRICT tries FROM secret_bounds
    WHERE name = CASE WHEN device.account_id IS NULL THEN 'sign_in' ELSE 'sign_in_device' END;
    wrong := ARRAY(
      SELECT at FROM unnest(CASE WHEN device.account_id IS NULL THEN password.wrong_at ELSE device.wrong_at END) at
      WHERE at > now - tries.lasts);
    IF cardinality(wrong) < tries.most THEN
      IF device.account_id IS NULL THEN
        UPDATE account_passwords p SET wrong_at = wrong || now WHERE p.account_id = password.account_id;
      ELSE
        UPDATE account_devices d SET wrong_at = wrong || now
        WHERE d.account_id = password.account_id AND d.token_hash = device.token_hash;
      END IF;
      PERFORM note_password_guess(guess, password.account_id, NULL, device.token_hash, stretched, now);
      RETURN guess;
    END IF;
  END IF;
  -- It takes as long as what writes a row and waits for the disk.
  PERFORM pg_logical_emit_message(true, 'dingline', 'refused');
  RETURN guess;
END $$;

-- At the time at which it was counted: by that it is taken back. Those that were never compared go with the account's
-- next, a while later.
CREATE FUNCTION note_password_guess(
  guess uuid, account uuid, session uuid, device_hash bytea, stretched bytea, at timestamptz
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path FROM CURRENT AS $$
  DELETE FROM password_guesses g WHERE g.account_id = account
    AND g.at < note_password_guess.at - (SELECT b.lasts FROM secret_bounds b WHERE b.name = 'password_noted');
  INSERT INTO password_guesses (id, account_id, session_id, device_hash, key_hash, at)
  VALUES (guess, account, session, device_hash, sha256(stretched), note_password_guess.at)
$$;

-- Compares a guess that an earlier transaction has noted, once. Its account's password is locked by the caller.
CREATE FUNCTION is_guess_right(guess uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  noted password_guesses;
BEGIN
  DELETE FROM password_guesses g WHERE g.id = guess AND g.noted_in <> pg_current_xact_id() RETURNING * INTO noted;
  PERFORM FROM account_passwords p WHERE p.account_id = noted.account_id AND p.key_hash = noted.key_hash;
  IF NOT FOUND THEN RETURN false; END IF;
  IF noted.session_id IS NOT NULL THEN
    UPDATE sessions s SET wrong_at = without_hit(s.wrong_at, noted.at) WHERE s.id = noted.session_id;
  ELSIF noted.device_hash IS NOT NULL THEN
    UPDATE account_devices d SET wrong_at = without_hit(d.wrong_at, noted.at)
    WHERE d.account_id = noted.account_id AND d.token_hash = noted.device_hash;
  ELSE
    UPDATE account_passwords p SET wrong_at = without_hit(p.wrong_at, noted.at)
    WHERE p.account_id = noted.account_id;
  END IF;
  RETURN true;
END $$;

-- Writes a session of an account whose secret was compared, and says until when it lasts; null where it is blocked by
-- now: whoever blocks it holds its password, and may have done so while the caller waited. Those that have run out go
-- at the same time, and of too many those that were not used for longest.
CREATE FUNCTION begin_session(account uuid, token_digest bytea, wanted_kind text, now timestamptz) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  life secret_bounds;
BEGIN
  PERFORM FROM account_passwords p WHERE p.account_id = account FOR UPDATE;
  PERFORM FROM accounts a WHERE a.id = account AND a.blocked_at IS NULL;
  IF NOT FOUND THEN RETURN NULL; END IF;
  SELECT * INTO STRICT life FROM secret_bounds WHERE name = 'session';
  DELETE FROM sessions s WHERE s.account_id = account AND (s.expires_at <= now OR s.id IN (
    SELECT o.id FROM sessions o WHERE o.account_id = account ORDER BY o.used_at DESC, o.id OFFSET life.most - 1));
  INSERT INTO sessions (id, account_id, token_hash, kind, created_at, used_at, expires_at)
  VALUES (gen_random_uuid(), account, sha256(token_digest), wanted_kind, now, now, now + life.lasts);
  RETURN now + life.lasts;
END $$;

-- Gives a session for a guess that an earlier transaction has noted. No row: it was wrong, or wasn't noted. With the
-- session the device is known.
CREATE FUNCTION sign_in(guess uuid, token_digest bytea, wanted_kind text, device_digest bytea)
RETURNS TABLE (account uuid, ends_at timestamptz) LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT SET lock_timeout = '250ms' AS $$
DECLARE
  now timestamptz := db_now();
BEGIN
  SELECT p.account_id INTO account
  FROM password_guesses g
  JOIN account_passwords p ON p.account_id = g.account_id
  JOIN accounts a ON a.id = p.account_id AND a.blocked_at IS NULL
  WHERE g.id = guess AND g.session_id IS NULL
  FOR UPDATE OF p;
  IF NOT FOUND THEN
    -- It takes as long as a wrong password, of which a row goes.
    PERFORM pg_logical_emit_message(true, 'dingline', 'wrong');
    RETURN;
  END IF;
  IF NOT is_guess_right(guess) THEN RETURN; END IF;
  PERFORM know_device(account, device_digest, now);
  ends_at := begin_session(account, token_digest, wanted_kind, now);
  IF ends_at IS NULL THEN RETURN; END IF;
  RETURN NEXT;
END $$;

-- Gives a browser a session for what the demo has printed, once: the row goes in the statement that finds it. No row:
-- there is none such, it has ended, or nothing was shown. Who may have a password's session has this one.
CREATE FUNCTION sign_in_by_demo(shown_digest bytea, token_digest bytea)
RETURNS TABLE (account uuid, ends_at timestamptz) LANGUAGE plpgsql STRICT SECURITY DEFINER
SET search_path FROM CURRENT SET lock_timeout = '250ms' AS $$
DECLARE
  now timestamptz := db_now();
BEGIN
  DELETE FROM demo_sign_ins d USING accounts a
  WHERE d.token_hash = sha256(shown_digest) AND d.ends_at > now AND a.id = d.account_id AND a.blocked_at IS NULL
  RETURNING d.account_id INTO account;
  IF NOT FOUND THEN RETURN; END IF;
  ends_at := begin_session(account, token_digest, 'cookie', now);
  IF ends_at IS NULL THEN RETURN; END IF;
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

GRANT EXECUTE ON FUNCTION sign_up, password_stretch, guess_sign_in, sign_in, sign_in_by_demo, find_session,
  identify_by_session, end_session, end_other_sessions TO dingline_api;
