-- Tries at the carrier that come to the same, one after the other: src/handoff/carrier-runs.ts.

CREATE TABLE carrier_runs (
  channel text NOT NULL CHECK (channel IN ('sms', 'voice')),
  kind text NOT NULL CHECK (kind IN ('not_taken', 'refused', 'not_delivered')),
  outcome text NOT NULL CHECK (outcome IN ('accepted', 'rejected', 'misconfigured', 'unavailable', 'unknown')),
  carrier_code integer,
  count integer NOT NULL CHECK (count > 0),
  since timestamptz NOT NULL CHECK (isfinite(since)),
  last_at timestamptz NOT NULL CHECK (isfinite(last_at)),
  stage smallint NOT NULL CHECK (stage BETWEEN 0 AND 2), -- how loudly it was logged
  PRIMARY KEY (channel, kind)
);
GRANT SELECT, INSERT, UPDATE (outcome, carrier_code, count, since, last_at, stage), DELETE ON carrier_runs
  TO dingline_worker;

-- The newest tries by a channel: all workers ask for them every two seconds.
CREATE INDEX handoffs_tried ON handoffs (channel, tried_at) WHERE tried_at IS NOT NULL;
