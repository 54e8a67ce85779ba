-- What a person is told of their own account is made by functions: no login puts words before anybody. The worker alone
-- writes what it shows, by itself.
-- ends older builds

REVOKE INSERT ON notices FROM dingline_ingress, dingline_worker;
REVOKE INSERT (id, account_id, kind, at) ON notices FROM dingline_ingress;
REVOKE UPDATE (told_at) ON account_numbers FROM dingline_ingress, dingline_worker;
GRANT INSERT (id, account_id, kind, at, call_id, purpose, shown_to) ON notices TO dingline_worker;

ALTER TABLE notices ENABLE ROW LEVEL SECURITY;
CREATE POLICY notices_read ON notices FOR SELECT USING (true);
CREATE POLICY notices_erased ON notices FOR DELETE USING (true);
CREATE POLICY notices_made ON notices FOR INSERT TO dingline_keeper WITH CHECK (true);
CREATE POLICY notices_of_shown ON notices FOR INSERT TO dingline_worker
  WITH CHECK (kind IN ('number_shown', 'number_not_shown'));

-- number_changed: another number took the place of a proved one. Whoever has somebody's session could do that in
-- silence.
ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check CHECK (kind IN (
  'number_moved', 'number_changed', 'number_to_prove_again', 'password_changed', 'password_reset', 'removed_from_team',
  'number_shown', 'number_not_shown'));
