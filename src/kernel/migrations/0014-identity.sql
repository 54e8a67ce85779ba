-- Who asks shows it to PostgreSQL: whatever is done in a person's name needs, in the same transaction, a secret of
-- which the database keeps only a digest that no login may read. A login alone is nobody.
-- ends older builds

-- The keeper owns the functions that look at those digests. Nobody signs in as it, and it has no more rights than they
-- need. What runs by its rights has a fixed search path, and is called by the logins that its file names.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'dingline_keeper') THEN
    BEGIN
      CREATE ROLE dingline_keeper NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was quicker
    END;
  END IF;
  IF NOT pg_has_role(current_user, 'dingline_keeper', 'USAGE') THEN
    EXECUTE format('GRANT dingline_keeper TO %I', current_user); -- to give it what it is to own
  END IF;
END $$;
GRANT USAGE, CREATE ON SCHEMA public TO dingline_keeper;

-- What the lives of secrets go by, and nothing else: a login's parameter would be its choice. Only the owner can
-- replace it, as a test does whose clock stands still.
CREATE FUNCTION db_now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT clock_timestamp()';

-- What bounds the guessing of a secret, and how long it holds. `npm run migrate` writes it, from
-- src/kernel/secret-bounds.ts.
CREATE TABLE secret_bounds (
  name text PRIMARY KEY,
  most int NOT NULL CHECK (most > 0),
  lasts interval NOT NULL
);

-- Identity: the account whose secret was shown in this transaction ----------------------------------------------------
--
-- It is kept in a setting of the transaction, which anybody may set, with a code that only the keeper can make: over
-- the transaction's number and this connection, so that what was shown in one transaction tells nothing in the next. A
-- row for each would be written and erased some thousand times a second.

CREATE TABLE identity_key (key bytea NOT NULL CHECK (octet_length(key) = 32));
INSERT INTO identity_key
SELECT sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));

CREATE FUNCTION identity_code(account uuid) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT sha256(k.key || sha256(k.key || convert_to(
    concat_ws(' ', pg_current_xact_id(), pg_backend_pid(), pg_postmaster_start_time(), account), 'UTF8')))
  FROM identity_key k
$$;

-- For the keeper's own functions, once they have compared a secret.
CREATE FUNCTION set_identity(account uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT set_config('dingline.identity', account || ' ' || encode(identity_code(account), 'hex'), true)
$$;

-- Null: nobody has shown anything. Row rules ask it once a statement: (SELECT identified_account()).
CREATE FUNCTION identified_account() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  claim text := coalesce(current_setting('dingline.identity', true), '');
  account uuid;
BEGIN
  IF claim !~ '^[0-9a-f-]{36} [0-9a-f]{64}$' THEN RETURN NULL; END IF;
  account := left(claim, 36)::uuid;
  -- Digests of both are compared: how long it takes says nothing about the code.
  IF sha256(decode(right(claim, 64), 'hex')) <> sha256(identity_code(account)) THEN RETURN NULL; END IF;
  RETURN account;
END $$;

ALTER FUNCTION identity_code(uuid) OWNER TO dingline_keeper;
ALTER FUNCTION set_identity(uuid) OWNER TO dingline_keeper;
ALTER FUNCTION identified_account() OWNER TO dingline_keeper;
REVOKE ALL ON FUNCTION identity_code(uuid), set_identity(uuid), identified_account() FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM dingline_keeper;
GRANT SELECT ON identity_key, secret_bounds TO dingline_keeper;
GRANT EXECUTE ON FUNCTION identified_account() TO dingline_api;

-- Passwords: argon2id's output is the key, and its SHA-256 is kept (S1) -----------------------------------------------

CREATE TABLE account_passwords (
  account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  stretch text NOT NULL,                 -- PHC string without its hash: parameters and salt
  key_hash bytea NOT NULL CHECK (octet_length(key_hash) = 32), -- SHA-256 of what argon2id gives
  wrong_at timestamptz[] NOT NULL DEFAULT '{}' -- the tries that count against the next
);
INSERT INTO account_passwords (account_id, stretch, key_hash)
SELECT id, substring(password_hash FROM '^(.*)\$[^$]*$'),
  sha256(decode(rpad(hash, (length(hash) + 3) / 4 * 4, '='), 'base64'))
FROM accounts, LATERAL (SELECT substring(password_hash FROM '[^$]*$') AS hash) AS last
WHERE password_hash LIKE '$argon2id$%';
ALTER TABLE accounts DROP COLUMN password_hash;

-- Sessions and invite codes: the database is given the SHA-256, and keeps the SHA-256 of that -------------------------
-- So a statement that is logged holds nothing by which somebody could sign in, and a row nothing that could be given.

UPDATE sessions SET token_hash = sha256(token_hash);
UPDATE teams SET invite_hash = sha256(invite_hash);

-- Row rules: in whose name an account is changed, and a consent given -------------------------------------------------

ALTER TABLE accounts ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON accounts FOR SELECT USING (true);
CREATE POLICY makes ON accounts FOR INSERT TO dingline_keeper WITH CHECK (true);
CREATE POLICY changes_own ON accounts FOR UPDATE TO dingline_api USING (id = (SELECT identified_account()));

ALTER TABLE consent_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON consent_events FOR SELECT USING (true);
CREATE POLICY gives_own ON consent_events FOR INSERT TO dingline_api WITH CHECK (
  account_id = (SELECT identified_account())
  AND EXISTS (
    SELECT FROM team_members m
    WHERE m.team_id = consent_events.team_id AND m.account_id = consent_events.account_id));

-- Grants --------------------------------------------------------------------------------------------------------------

REVOKE ALL ON accounts, sessions, teams, team_members FROM dingline_api;
GRANT SELECT, UPDATE (name, language) ON accounts TO dingline_api;
GRANT SELECT (id, account_id, kind, created_at, expires_at), DELETE ON sessions TO dingline_api;
GRANT SELECT (id, name, created_at) ON teams TO dingline_api;
GRANT SELECT ON team_members TO dingline_api;

GRANT SELECT, INSERT ON accounts TO dingline_keeper;
GRANT SELECT, INSERT, UPDATE (wrong_at) ON account_passwords TO dingline_keeper;
GRANT SELECT, INSERT, DELETE ON sessions TO dingline_keeper;
GRANT SELECT, INSERT, UPDATE (invite_hash) ON teams TO dingline_keeper;
GRANT SELECT, INSERT, UPDATE (role), DELETE ON team_members TO dingline_keeper;
