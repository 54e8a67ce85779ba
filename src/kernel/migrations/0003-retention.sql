-- What is kept no longer than it is needed: the worker erases in batches, found by these indexes (src/kernel/retention.ts).

CREATE INDEX verifications_finished ON verifications (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX calls_ended ON calls (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX handoffs_settled ON handoffs (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX numbers_order ON numbers (created_at, id);
CREATE INDEX epochs_order ON epochs (opened_at, id);
CREATE INDEX call_events_at ON call_events (at);
CREATE INDEX notices_at ON notices (at);

-- Whether anything still refers to it; foreign keys ask the same when a row goes.
CREATE INDEX verifications_number ON verifications (number_ref);
CREATE INDEX account_numbers_number ON account_numbers (number_ref);
CREATE INDEX handoffs_number ON handoffs (number_ref) WHERE number_ref IS NOT NULL;
CREATE INDEX handoffs_target ON handoffs (target_id) WHERE target_id IS NOT NULL;
CREATE INDEX presentations_participant ON presentations (participant_id);
CREATE INDEX ding_recipients_call ON ding_recipients (call_id);
CREATE INDEX numbers_epoch ON numbers ((encode(substring(sealed FROM 2 FOR 16), 'hex')::uuid));
CREATE INDEX codes_epoch ON codes ((encode(substring(sealed FROM 2 FOR 16), 'hex')::uuid));

GRANT SELECT (finished_at, number_ref), DELETE ON verifications TO dingline_worker;
GRANT DELETE ON calls, handoffs, numbers, epochs, call_events TO dingline_worker;
GRANT SELECT (id, expires_at), DELETE ON sessions TO dingline_worker;
GRANT SELECT (id, at), DELETE ON notices TO dingline_worker;
GRANT SELECT (account_id, key_hash, created_at), DELETE ON idempotency_keys TO dingline_worker;
