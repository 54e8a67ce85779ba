-- Verifications by apps, all limits of sends and guesses, and what the guard counts by.

ALTER TABLE verifications ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE verifications
  ADD COLUMN service_id uuid REFERENCES verify_services ON DELETE CASCADE,
  ADD COLUMN starter_id uuid NOT NULL GENERATED ALWAYS AS (coalesce(account_id, service_id)) STORED,
  ADD COLUMN country text,               -- ISO 3166, or none where the number doesn't tell
  ADD COLUMN prefix_key bytea,           -- limiter index of the number less its last four digits, under the key of its day
  ADD CONSTRAINT verifications_one_starter CHECK (num_nonnulls(account_id, service_id) = 1);
ALTER TABLE verifications DROP CONSTRAINT verifications_state_check;
ALTER TABLE verifications ADD CONSTRAINT verifications_state_check
  CHECK (state IN ('pending', 'approved', 'canceled', 'expired', 'max_attempts', 'undeliverable', 'blocked'));
CREATE INDEX verifications_service ON verifications (service_id) WHERE service_id IS NOT NULL;
CREATE INDEX verifications_created ON verifications (created_at);

GRANT SELECT (account_id, service_id, country, prefix_key, created_at, sends, is_test) ON verifications TO dingline_worker;
GRANT SELECT (service_id) ON verifications TO dingline_ingress;
