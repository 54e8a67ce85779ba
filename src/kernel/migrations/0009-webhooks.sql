-- What an app is told by signed requests to its own server (src/webhooks).

-- Written with the owner's login; the worker only notes how the endpoint fares. No secret is here: it is computed from
-- WEBHOOK_KEY, the app and the version.
CREATE TABLE app_webhooks (
  app_id uuid PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
  url text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),    -- may hold a secret of the app's: in no log
  secret_version int NOT NULL DEFAULT 1 CHECK (secret_version > 0),
  previous_until timestamptz,                                  -- until then the version before signs too
  is_enabled boolean NOT NULL DEFAULT true,
  disabled_because text CHECK (disabled_because IN ('operator', 'gone', 'failing')),
  failing_since timestamptz,                                   -- no attempt has succeeded since the one that failed then
  paused_until timestamptz,                                    -- it asked us to wait (Retry-After)
  created_at timestamptz NOT NULL,
  CHECK (is_enabled = (disabled_because IS NULL))
);

-- queued: goes out when next_at has come. sending: a worker has it; if next_at passes, that worker is gone, and another
-- sends it again. delivered, given_up: over.
CREATE TABLE webhook_events (
  id uuid PRIMARY KEY,                                         -- webhook-id, the same at each attempt
  app_id uuid NOT NULL REFERENCES app_webhooks ON DELETE CASCADE,
  type text NOT NULL,
  body text NOT NULL CHECK (length(body) <= 4000),             -- as it is signed: ids and states, no number
  created_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'delivered', 'given_up')),
  attempts int NOT NULL DEFAULT 0,
  next_at timestamptz,
  settled_at timestamptz,
  last_status int,
  last_reason text,
  CHECK ((next_at IS NULL) = (state IN ('delivered', 'given_up'))),
  CHECK ((settled_at IS NULL) = (next_at IS NOT NULL))
);
-- What is due of one app; all that is settled stands behind it, without a time.
CREATE INDEX webhook_events_due ON webhook_events (app_id, next_at);
CREATE INDEX webhook_events_sending ON webhook_events (app_id) WHERE state = 'sending';
CREATE INDEX webhook_events_settled ON webhook_events (settled_at) WHERE settled_at IS NOT NULL;

GRANT SELECT (app_id, is_enabled) ON app_webhooks TO dingline_api, dingline_ingress;
GRANT SELECT (id), INSERT (id, app_id, type, body, created_at, next_at) ON webhook_events TO dingline_api, dingline_ingress;
GRANT SELECT, UPDATE (is_enabled, disabled_because, failing_since, paused_until) ON app_webhooks TO dingline_worker;
GRANT SELECT, INSERT (id, app_id, type, body, created_at, next_at), UPDATE (state, attempts, next_at, settled_at, last_status, last_reason), DELETE ON webhook_events TO dingline_worker;
