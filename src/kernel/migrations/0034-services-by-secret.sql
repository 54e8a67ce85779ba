-- A service's name is spoken and read by people, and its codes may be short: it is made and changed by its app alone,
-- which has shown one of its secrets in that transaction.
-- ends older builds

ALTER TABLE verify_services ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON verify_services FOR SELECT USING (true);
CREATE POLICY makes_own ON verify_services FOR INSERT TO dingline_api
  WITH CHECK (app_id = (SELECT identified_account()));
CREATE POLICY changes_own ON verify_services FOR UPDATE TO dingline_api
  USING (app_id = (SELECT identified_account()));
