-- A guess counts before it is compared: it is written and counted in one transaction, and compared in another, once the
-- first has been committed. Who holds a login could else take back the transaction in which a guess was wrong, and its
-- count with it.
-- ends older builds

-- A stretched password that somebody shows: to sign in, or by a session where the account's password is asked.
CREATE TABLE password_guesses (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  session_id uuid,
  device_hash bytea,                     -- under which it was counted, where a device has tries of its own
  key_hash bytea,
  at timestamptz NOT NULL,
  noted_in xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX password_guesses_of ON password_guesses (account_id, at);
GRANT SELECT, INSERT, DELETE ON password_guesses TO dingline_keeper;

-- A code that somebody types in. It says nothing of the code without the pepper; `wrong_key` is what it was counted by
-- beside its number.
CREATE TABLE code_guesses (
  id uuid PRIMARY KEY,
  verification_id uuid NOT NULL REFERENCES verifications ON DELETE CASCADE,
  submitted_hash bytea,
  wrong_key bytea,
  at timestamptz NOT NULL,
  noted_in xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX code_guesses_of ON code_guesses (verification_id);
GRANT SELECT, INSERT, DELETE ON code_guesses TO dingline_keeper;
