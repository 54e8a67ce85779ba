-- What goes to a carrier takes turns, across all workers: src/handoff/turns.sql says how.

-- A line for each channel: all workers share one account and one sender at the carrier.
CREATE TABLE lines (
  channel text PRIMARY KEY CHECK (channel IN ('sms', 'voice')),
  free_at timestamptz NOT NULL CONSTRAINT free_at_is_finite CHECK (isfinite(free_at)),
  turn float8 NOT NULL DEFAULT 0,
  was_code boolean NOT NULL DEFAULT false
);
INSERT INTO lines (channel, free_at) VALUES ('sms', 'epoch'), ('voice', 'epoch');
GRANT SELECT, UPDATE (free_at, turn, was_code) ON lines TO dingline_worker;

-- Where it stands in line; NULL: in none.
ALTER TABLE handoffs ADD COLUMN turn float8;
GRANT SELECT (turn), UPDATE (turn) ON handoffs TO dingline_worker;
CREATE INDEX handoffs_in_line ON handoffs (channel) WHERE state = 'queued' AND turn IS NOT NULL;
