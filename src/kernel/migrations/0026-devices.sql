-- Who has signed in before from a device keeps tries of their own there: strangers who use up a login's lock nobody out.
-- ends older builds

CREATE TABLE account_devices (
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32), -- SHA-256 of the token's SHA-256
  wrong_at timestamptz[] NOT NULL DEFAULT '{}',
  used_at timestamptz NOT NULL,            -- when they last signed in from it
  PRIMARY KEY (account_id, token_hash)
);
CREATE INDEX account_devices_used ON account_devices (used_at);

GRANT SELECT, INSERT, DELETE, UPDATE (wrong_at, used_at) ON account_devices TO dingline_keeper;
GRANT SELECT (account_id, token_hash, used_at), DELETE ON account_devices TO dingline_worker;
