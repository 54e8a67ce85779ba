-- What an operator does for people: makes and blocks accounts, and lets who has lost their password set another by a
-- code. PostgreSQL keeps a digest of each code.
-- ends older builds

ALTER TABLE accounts
  ADD COLUMN blocked_at timestamptz,
  ADD COLUMN blocked_because text;

-- One at a time: another takes its place.
CREATE TABLE password_resets (
  account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32), -- SHA-256 of the code's SHA-256
  ends_at timestamptz NOT NULL
);

CREATE TABLE sign_up_invites (
  code_hash bytea PRIMARY KEY CHECK (octet_length(code_hash) = 32),
  ends_at timestamptz NOT NULL
);

ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check CHECK (kind IN (
  'number_moved', 'number_to_prove_again', 'password_changed', 'password_reset', 'removed_from_team'));

GRANT SELECT, DELETE, UPDATE (ends_at) ON password_resets, sign_up_invites TO dingline_keeper; -- UPDATE: to lock a row
