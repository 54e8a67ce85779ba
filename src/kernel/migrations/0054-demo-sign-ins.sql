-- The demo ends with an address by which one browser is signed in, once, as somebody of its story. The demo writes the
-- row itself, by the owner's login, as an operator writes a reset: no role makes one.

CREATE TABLE demo_sign_ins (
  token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32), -- SHA-256 of the token's SHA-256
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  ends_at timestamptz NOT NULL
);
CREATE INDEX demo_sign_ins_account_id_idx ON demo_sign_ins (account_id);

GRANT SELECT, DELETE ON demo_sign_ins TO dingline_keeper;
