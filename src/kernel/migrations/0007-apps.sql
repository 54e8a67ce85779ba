-- Apps: API clients of a team's own, which verify the numbers of their users. Edited by `npm run apps`, with the owner's login.

CREATE TABLE apps (
  id uuid PRIMARY KEY,                   -- in hex without its dashes, after AC, the id that the client signs in with
  name text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 60), -- the operator's word for it
  countries text[] NOT NULL DEFAULT '{}',-- ISO 3166; none: all that NUMBER_COUNTRIES lets in
  spend_cap numeric(12, 4) CHECK (spend_cap >= 0), -- of a UTC day; null: the setting's
  created_at timestamptz NOT NULL,
  disabled_at timestamptz
);

-- Two at once, while one takes the other's place.
CREATE TABLE app_secrets (
  secret_hash bytea PRIMARY KEY,         -- SHA-256 of the secret, which has 32 random bytes
  app_id uuid NOT NULL REFERENCES apps ON DELETE CASCADE,
  created_at timestamptz NOT NULL
);
CREATE INDEX app_secrets_app ON app_secrets (app_id);

-- How an app verifies. Each app has one to begin with; the id in hex, after VA, is the one that Twilio's SDKs send.
CREATE TABLE verify_services (
  id uuid PRIMARY KEY,
  app_id uuid NOT NULL REFERENCES apps ON DELETE CASCADE,
  is_default boolean NOT NULL,
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 30),    -- stands in the text
  code_length int NOT NULL DEFAULT 6 CHECK (code_length BETWEEN 4 AND 10),
  code_lasts_s int NOT NULL DEFAULT 600 CHECK (code_lasts_s BETWEEN 60 AND 600), -- NIST SP 800-63B-4, section 3.1.3.1: ten minutes at the most
  channels text[] NOT NULL DEFAULT '{sms,voice}' CHECK (cardinality(channels) > 0 AND channels <@ '{sms,voice}'),
  templates jsonb NOT NULL DEFAULT '{}', -- by language: what an SMS says before its last line (src/texts/template.ts)
  created_at timestamptz NOT NULL
);
CREATE INDEX verify_services_app ON verify_services (app_id);
CREATE UNIQUE INDEX verify_services_default ON verify_services (app_id) WHERE is_default;

GRANT SELECT ON apps, app_secrets, verify_services TO dingline_api;
-- Templates are the operator's alone.
GRANT INSERT (id, app_id, is_default, name, code_length, code_lasts_s, channels, created_at), UPDATE (name, code_length, code_lasts_s, channels) ON verify_services TO dingline_api;
GRANT SELECT (id, name) ON verify_services TO dingline_ingress; -- a call says whose code it is
GRANT SELECT (id, name, spend_cap) ON apps TO dingline_worker;
GRANT SELECT ON verify_services TO dingline_worker;
