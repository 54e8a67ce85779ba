-- A proof of a number that has grown old, or that the carrier contradicts, must be given again.

ALTER TABLE account_numbers
  ADD COLUMN unreachable_count int NOT NULL DEFAULT 0,         -- hand-offs in a row of which the carrier said: no such number
  ADD COLUMN unreachable_by uuid,                              -- the last of them: its news may come twice
  ADD COLUMN must_prove_since timestamptz,                     -- they were too many; proving it again clears it
  ADD COLUMN told_at timestamptz;                              -- when its person was told to prove it again
CREATE INDEX account_numbers_untold ON account_numbers (verified_at) WHERE told_at IS NULL;

ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check CHECK (kind IN ('number_moved', 'number_to_prove_again'));

-- Both hear from the carrier. Which number a hand-off went to is an id, which `ingress` sees in account_numbers already:
-- late news of a number that its person has no more must not count for the one that they have now.
GRANT SELECT (unreachable_count, unreachable_by, must_prove_since, told_at), UPDATE (unreachable_count, unreachable_by, must_prove_since, told_at) ON account_numbers TO dingline_ingress;
GRANT SELECT (number_ref) ON handoffs TO dingline_ingress;
GRANT INSERT ON notices TO dingline_ingress;
GRANT UPDATE (unreachable_count, unreachable_by, must_prove_since, told_at) ON account_numbers TO dingline_worker;
GRANT INSERT ON notices TO dingline_worker;
