-- What an operator sees of a way, and who was looked up by a number.

-- What the last try came to, also where it will be tried again.
ALTER TABLE handoffs
  ADD COLUMN tried_at timestamptz CHECK (isfinite(tried_at)),
  ADD COLUMN outcome text CHECK (outcome IN ('accepted', 'rejected', 'misconfigured', 'unavailable', 'unknown'));
GRANT UPDATE (tried_at, outcome) ON handoffs TO dingline_ingress, dingline_worker;
GRANT SELECT (tried_at, outcome) ON handoffs TO dingline_ingress;

-- What a callback said; its key is the carrier's own.
ALTER TABLE callbacks ADD COLUMN state text;

-- Equal for equal numbers: without it a look by number reads the whole table.
CREATE INDEX numbers_index ON numbers (number_index) WHERE number_index IS NOT NULL;

-- Asked with the owner's login. The worker alone can open the number and compute its index; it answers with ids, and
-- wipes what was sealed.
CREATE TABLE operator_looks (
  id uuid PRIMARY KEY,
  sealed bytea,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200), -- the person looked up reads it
  asked_at timestamptz NOT NULL,
  answered_at timestamptz,
  found jsonb                            -- ids, until whoever asked has read them
);
CREATE INDEX operator_looks_open ON operator_looks (asked_at) WHERE sealed IS NOT NULL;
CREATE INDEX operator_looks_asked ON operator_looks (asked_at, id);
GRANT SELECT (id, sealed, asked_at), DELETE ON operator_looks TO dingline_worker;
GRANT SELECT, UPDATE (sealed, answered_at, found) ON operator_looks TO dingline_keeper;
GRANT SELECT (id, number_ref, account_id, created_at) ON verifications TO dingline_keeper;
