-- Numbers are opened to be shown so often in an hour, counted where only the worker writes: no other login can lift it.
-- And whoever's number is shown is told to whom and in which call, by the worker alone.
-- ends older builds

CREATE TABLE presentation_openings (
  handoff_id uuid PRIMARY KEY,
  account_id uuid NOT NULL,              -- whose number it is
  at timestamptz NOT NULL
);
CREATE INDEX presentation_openings_account ON presentation_openings (account_id, at);
CREATE INDEX presentation_openings_at ON presentation_openings (at);
GRANT SELECT, INSERT, DELETE ON presentation_openings TO dingline_worker;

-- number_shown: a number was sealed to be shown to these in a call. number_not_shown: it was not, since that came too
-- often; one an hour. No other role than the worker has the columns that these two need.
ALTER TABLE notices
  ADD COLUMN call_id uuid,
  ADD COLUMN purpose text CHECK (purpose IN ('ding', 'conference')),
  ADD COLUMN shown_to uuid[];
ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check CHECK (kind IN (
  'number_moved', 'number_to_prove_again', 'password_changed', 'password_reset', 'removed_from_team',
  'number_shown', 'number_not_shown'));
ALTER TABLE notices ADD CONSTRAINT notices_about_calls CHECK (
  (kind IN ('number_shown', 'number_not_shown')) = (num_nonnulls(call_id, purpose, shown_to) = 3));
CREATE UNIQUE INDEX notices_shown_once ON notices (account_id, call_id) WHERE kind = 'number_shown';
CREATE UNIQUE INDEX notices_not_shown_hourly ON notices (account_id, date_trunc('hour', at AT TIME ZONE 'UTC'))
  WHERE kind = 'number_not_shown';
REVOKE INSERT ON notices FROM dingline_ingress;
GRANT INSERT (id, account_id, kind, at) ON notices TO dingline_ingress;
