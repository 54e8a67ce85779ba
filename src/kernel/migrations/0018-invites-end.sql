-- An invite code ends, by time and by uses; a team's owner removes a member, whose consent ends with it.
-- ends older builds

ALTER TABLE teams
  ADD COLUMN invite_ends_at timestamptz NOT NULL DEFAULT db_now() + interval '7 days',
  ADD COLUMN invite_uses int NOT NULL DEFAULT 100 CHECK (invite_uses >= 0); -- that are left
ALTER TABLE teams ALTER COLUMN invite_ends_at DROP DEFAULT, ALTER COLUMN invite_uses DROP DEFAULT;

ALTER TABLE notices DROP CONSTRAINT notices_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check
  CHECK (kind IN ('number_moved', 'number_to_prove_again', 'password_changed', 'removed_from_team'));

CREATE POLICY withdraws ON consent_events FOR INSERT TO dingline_keeper WITH CHECK (action = 'withdrawn');
GRANT SELECT, INSERT ON consent_events TO dingline_keeper;
GRANT UPDATE (invite_ends_at, invite_uses) ON teams TO dingline_keeper;
