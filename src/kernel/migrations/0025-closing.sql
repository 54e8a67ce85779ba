-- A person closes their account: at once nobody signs in to it and nothing of theirs is reached; the rest goes when the
-- last call that they were in has ended.
-- ends older builds

ALTER TABLE accounts ADD COLUMN closed_at timestamptz;
CREATE INDEX accounts_closed ON accounts (closed_at) WHERE closed_at IS NOT NULL;

CREATE POLICY closes ON accounts FOR UPDATE TO dingline_keeper USING (true);
CREATE POLICY erases ON accounts FOR DELETE TO dingline_keeper USING (closed_at IS NOT NULL);
GRANT UPDATE (closed_at), DELETE ON accounts TO dingline_keeper;
GRANT DELETE ON account_passwords, account_numbers, notices, ledger_readable TO dingline_keeper;
GRANT SELECT (account_id) ON account_numbers, notices TO dingline_keeper;
GRANT SELECT (subject_id) ON ledger_readable TO dingline_keeper;
GRANT SELECT (id, ended_at) ON calls TO dingline_keeper;
