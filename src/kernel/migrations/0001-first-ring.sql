-- The whole way of a number: accounts and teams, the vault, hand-offs, verification, Ding, caller ID, ledger.
-- Who may read what stands at the end; a column that holds a sealed number or code is granted by name only.

-- The three logins. Hosted databases may have them already; they get their passwords at start, never here.
DO $$
DECLARE login text;
BEGIN
  FOREACH login IN ARRAY ARRAY['dingline_api', 'dingline_ingress', 'dingline_worker'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = login) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN', login);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of this server was quicker
      END;
    END IF;
  END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO dingline_api, dingline_ingress, dingline_worker;

-- Accounts and teams -------------------------------------------------------------------------------------------------

CREATE TABLE accounts (
  id uuid PRIMARY KEY,
  login text NOT NULL UNIQUE,            -- lower case
  password_hash text NOT NULL,           -- argon2id, PHC string (S1)
  name text NOT NULL,
  language text NOT NULL CHECK (language IN ('en', 'zh')),
  created_at timestamptz NOT NULL
);

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  token_hash bytea NOT NULL UNIQUE,      -- SHA-256 of 32 random bytes
  kind text NOT NULL CHECK (kind IN ('bearer', 'cookie')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE teams (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  invite_hash bytea NOT NULL UNIQUE,     -- SHA-256 of the invite code in force
  created_at timestamptz NOT NULL
);

CREATE TABLE team_members (
  team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('owner', 'member')),
  joined_at timestamptz NOT NULL,
  PRIMARY KEY (team_id, account_id)
);
CREATE INDEX team_members_account ON team_members (account_id);

-- Append-only; what holds now is the newest event of an account and team.
CREATE TABLE consent_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  team_id uuid NOT NULL REFERENCES teams ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('ring')),
  action text NOT NULL CHECK (action IN ('granted', 'withdrawn')),
  version text NOT NULL,                 -- of the text that was shown
  text_sha256 bytea NOT NULL,
  language text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX consent_events_now ON consent_events (account_id, team_id, purpose, id DESC);

-- What a person is told in the app.
CREATE TABLE notices (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('number_moved')),
  at timestamptz NOT NULL
);
CREATE INDEX notices_account ON notices (account_id, at DESC);

CREATE TABLE idempotency_keys (
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  key_hash bytea NOT NULL,               -- HMAC: a client may have made its key from anything
  fingerprint bytea NOT NULL,            -- HMAC of route and body; a number enters it as its limiter index
  resource_id uuid,                      -- null only inside the transaction that creates the resource
  created_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, key_hash)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- The vault ----------------------------------------------------------------------------------------------------------

-- One HPKE export-only encapsulation for each epoch of each sealing process (house rule: sealing by epochs).
CREATE TABLE epochs (
  id uuid PRIMARY KEY,
  key_version text NOT NULL,             -- which vault key opens it
  enc bytea NOT NULL,
  opened_at timestamptz NOT NULL
);

CREATE TABLE numbers (
  id uuid PRIMARY KEY,                   -- the NumberRef
  sealed bytea NOT NULL,                 -- epoch, nonce, AES-256-GCM ciphertext and tag
  number_index bytea,                    -- permanent index; written by the worker when it first opens the number
  created_at timestamptz NOT NULL
);

CREATE TABLE account_numbers (
  account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
  number_ref uuid NOT NULL REFERENCES numbers,
  number_index bytea NOT NULL UNIQUE,    -- a number belongs to one account: the one that proved it last
  verified_at timestamptz NOT NULL
);

-- A key a day, wrapped by LIMITER_KEY, erased with the rows that were counted under it.
CREATE TABLE limiter_keys (
  day date PRIMARY KEY,
  wrapped bytea NOT NULL
);

-- Sliding logs: the times of the hits that still count, for one keyed subject.
CREATE TABLE limits (
  key bytea PRIMARY KEY,
  hits timestamptz[] NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX limits_expiry ON limits (expires_at);

-- Would one more hit at `at` keep every window? (max hits in a window of so many seconds)
CREATE FUNCTION within_limits(hits timestamptz[], maxes int[], windows float8[], at timestamptz) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT NOT EXISTS (
    SELECT FROM unnest(maxes, windows) AS rule (max, seconds)
    WHERE (SELECT count(*) FROM unnest(hits) AS hit WHERE hit > at - make_interval(secs => rule.seconds)) >= rule.max
  )
$$;

-- The ledger: append-only -------------------------------------------------------------------------------------------

CREATE TABLE ledger_entries (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id uuid NOT NULL UNIQUE,
  commitment bytea NOT NULL CHECK (octet_length(commitment) = 32), -- SHA-256 of salt and readable part
  at timestamptz NOT NULL
);

-- The part that can be erased; without it an entry says only that something was recorded.
CREATE TABLE ledger_readable (
  entry_id uuid PRIMARY KEY REFERENCES ledger_entries (id),
  subject_id uuid NOT NULL,              -- the account whose datum it is
  salt bytea NOT NULL,
  body text NOT NULL                     -- canonical JSON, byte for byte what was committed to
);
CREATE INDEX ledger_readable_subject ON ledger_readable (subject_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ledger_readable_no_update BEFORE UPDATE ON ledger_readable
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Hand-offs ----------------------------------------------------------------------------------------------------------

CREATE SEQUENCE worker_leases AS int CYCLE;

CREATE TABLE handoffs (
  id uuid PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('verification', 'ding', 'conference')),
  channel text NOT NULL CHECK (channel IN ('sms', 'voice')),
  kind text NOT NULL CHECK (kind IN ('deliver', 'hang_up')),
  subject_id uuid NOT NULL,              -- the verification, or the leg
  account_id uuid NOT NULL,              -- whose number it is, as the ledger names the person
  number_ref uuid REFERENCES numbers,    -- of what is delivered; a hang-up has none
  target_id uuid REFERENCES handoffs,    -- the call that a hang-up ends
  language text NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'sending', 'accepted', 'rejected', 'failed', 'unknown', 'expired', 'canceled')),
  reason text,
  carrier text,
  carrier_ref text,
  attempts int NOT NULL DEFAULT 0,
  worker int,                            -- the lease under which it is being sent
  capability_hash bytea UNIQUE,          -- SHA-256 of the secret in our callback URLs
  capability_expires_at timestamptz,
  delivery text NOT NULL DEFAULT 'none' CHECK (delivery IN ('none', 'queued', 'sent', 'delivered', 'undelivered', 'failed')),
  not_before timestamptz NOT NULL,
  not_after timestamptz NOT NULL,
  created_at timestamptz NOT NULL,
  settled_at timestamptz
);
CREATE INDEX handoffs_queued ON handoffs (not_before) WHERE state = 'queued';
CREATE INDEX handoffs_sending ON handoffs (worker) WHERE state = 'sending';
CREATE INDEX handoffs_subject ON handoffs (subject_id);

-- Callbacks already taken in; the carrier repeats them.
CREATE TABLE callbacks (
  handoff_id uuid NOT NULL REFERENCES handoffs ON DELETE CASCADE,
  event text NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (handoff_id, event)
);

-- Verification -------------------------------------------------------------------------------------------------------

CREATE TABLE verifications (
  id uuid PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  purpose text NOT NULL CHECK (purpose IN ('account_number')),
  number_ref uuid NOT NULL REFERENCES numbers,
  limiter_index bytea NOT NULL,          -- of the number, under the key of its day
  language text NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'approved', 'canceled', 'expired', 'max_attempts', 'undeliverable')),
  code_hash bytea,                       -- HMAC under the pepper, bound to this id; erased when it finishes
  attempts int NOT NULL DEFAULT 0,
  sends int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  last_send_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  finished_at timestamptz
);
CREATE UNIQUE INDEX verifications_one_live ON verifications (account_id, purpose, limiter_index) WHERE state = 'pending';
CREATE INDEX verifications_expiry ON verifications (expires_at) WHERE state = 'pending';

-- The code, sealed as a number is; gone when its verification finishes.
CREATE TABLE codes (
  verification_id uuid PRIMARY KEY REFERENCES verifications ON DELETE CASCADE,
  sealed bytea NOT NULL
);

-- Calls, Dings, caller ID --------------------------------------------------------------------------------------------

CREATE TABLE calls (
  id uuid PRIMARY KEY,
  purpose text NOT NULL CHECK (purpose IN ('ding', 'conference')),
  created_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,          -- the hard end, 24 h at the latest
  ended_at timestamptz,
  end_reason text CHECK (end_reason IN ('finished', 'recalled'))
);
CREATE INDEX calls_live ON calls (ends_at) WHERE ended_at IS NULL;

CREATE TABLE participants (
  id uuid PRIMARY KEY,
  call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
  account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('initiator', 'recipient')),
  UNIQUE (call_id, account_id)
);
CREATE INDEX participants_account ON participants (account_id);

CREATE TABLE legs (
  id uuid PRIMARY KEY,
  call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
  participant_id uuid NOT NULL REFERENCES participants ON DELETE CASCADE,
  state text NOT NULL CHECK (state IN ('queued', 'ringing', 'answered', 'ended')),
  reason text,
  is_machine boolean NOT NULL DEFAULT false, -- the carrier heard an answering machine: no key is taken any more
  created_at timestamptz NOT NULL,
  begun_at timestamptz,
  answered_at timestamptz,
  ended_at timestamptz
);
CREATE INDEX legs_call ON legs (call_id);

CREATE TABLE dings (
  call_id uuid PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
  text text NOT NULL                     -- the participants' content; in no queue, log or URL
);

CREATE TABLE ding_recipients (
  participant_id uuid PRIMARY KEY REFERENCES participants ON DELETE CASCADE,
  call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
  language text NOT NULL,
  confirmed_at timestamptz,
  stopped_at timestamptz
);

-- A key pair a day. `api` holds what unwraps the private half, the worker seals to the public one.
CREATE TABLE presentation_keys (
  day date PRIMARY KEY,
  public_key bytea NOT NULL,
  wrapped bytea NOT NULL
);

-- What may be shown of a participant while the call lasts, sealed under a random key for the call.
CREATE TABLE presentations (
  call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
  participant_id uuid NOT NULL REFERENCES participants ON DELETE CASCADE,
  day date NOT NULL,
  enc bytea NOT NULL,                    -- HPKE encapsulation and the wrapped call key
  sealed bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (call_id, participant_id)
);

-- Grants -------------------------------------------------------------------------------------------------------------
-- `api`: serves people. It may write sealed columns, never read them back; presentations of live calls excepted.
GRANT SELECT, INSERT, UPDATE ON accounts, verifications, calls, participants, legs, dings, ding_recipients TO dingline_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions, teams, team_members, idempotency_keys, limits, limiter_keys, account_numbers TO dingline_api;
GRANT SELECT, INSERT ON consent_events, notices, ledger_entries, ledger_readable TO dingline_api;
GRANT SELECT, INSERT, DELETE ON presentation_keys TO dingline_api;
GRANT SELECT, DELETE ON presentations TO dingline_api;
GRANT INSERT ON epochs TO dingline_api;
GRANT INSERT, DELETE ON numbers, codes TO dingline_api;
GRANT SELECT (id, number_index, created_at) ON numbers TO dingline_api;
GRANT SELECT (verification_id) ON codes TO dingline_api;
GRANT INSERT ON handoffs TO dingline_api;
GRANT SELECT (id, purpose, channel, kind, subject_id, account_id, number_ref, target_id, language, state, reason, attempts, delivery, not_before, not_after, created_at, settled_at), UPDATE (state, reason, settled_at) ON handoffs TO dingline_api;

-- `ingress`: answers carriers. No number, sealed or not, no account's password, no verification's code.
GRANT SELECT (id, name, language) ON accounts TO dingline_ingress;
GRANT SELECT (id, purpose, channel, kind, subject_id, account_id, language, state, reason, carrier, carrier_ref, capability_hash, capability_expires_at, delivery, not_after), UPDATE (state, reason, carrier, carrier_ref, delivery, settled_at) ON handoffs TO dingline_ingress;
GRANT SELECT, INSERT ON callbacks TO dingline_ingress;
GRANT SELECT (id, state, expires_at), UPDATE (state, finished_at, code_hash) ON verifications TO dingline_ingress;
GRANT SELECT (verification_id), DELETE ON codes TO dingline_ingress;
GRANT SELECT ON participants, dings TO dingline_ingress;
GRANT SELECT, UPDATE ON calls, legs, ding_recipients TO dingline_ingress;
GRANT SELECT (call_id), DELETE ON presentations TO dingline_ingress;

-- `worker`: opens what the queue points at. No way in from outside, no passwords, no sessions.
GRANT SELECT (id, name, language) ON accounts TO dingline_worker;
GRANT SELECT ON account_numbers, epochs, participants, codes TO dingline_worker;
GRANT SELECT, UPDATE (number_index) ON numbers TO dingline_worker;
GRANT DELETE ON codes TO dingline_worker;
GRANT SELECT, INSERT, UPDATE ON handoffs TO dingline_worker;
GRANT SELECT (id, state, expires_at), UPDATE (state, finished_at, code_hash) ON verifications TO dingline_worker;
GRANT SELECT, UPDATE ON calls, legs, ding_recipients TO dingline_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON limits TO dingline_worker;
GRANT INSERT ON ledger_entries, ledger_readable TO dingline_worker;
GRANT SELECT (id) ON ledger_entries TO dingline_worker;
GRANT SELECT (day, public_key) ON presentation_keys TO dingline_worker;
GRANT INSERT, DELETE ON presentations TO dingline_worker;
GRANT SELECT (call_id, participant_id, expires_at) ON presentations TO dingline_worker;
GRANT USAGE ON SEQUENCE worker_leases TO dingline_worker;
