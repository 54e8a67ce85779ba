-- A person sees and ends their own sessions and changes their password: in their own name, and nobody else does it.
-- ends older builds

ALTER TABLE sessions
  ADD COLUMN used_at timestamptz NOT NULL DEFAULT db_now(), -- written once in a while (secret_bounds: session_use)
  ADD COLUMN wrong_at timestamptz[] NOT NULL DEFAULT '{}';  -- wrong passwords that this session has shown
UPDATE sessions SET used_at = created_at;

ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check
  CHECK (kind IN ('number_moved', 'number_to_prove_again', 'password_changed'));

REVOKE DELETE ON sessions FROM dingline_api;
GRANT SELECT (used_at) ON sessions TO dingline_api;
GRANT UPDATE (used_at, wrong_at) ON sessions TO dingline_keeper;
GRANT UPDATE (stretch, key_hash) ON account_passwords TO dingline_keeper;
GRANT INSERT ON notices TO dingline_keeper;
