-- What row rules ask is asked of the service's own tables, whoever asks: a login's temporary tables of the same names
-- would answer else. And what a login writes of a row is what its role writes.

DO $$
DECLARE
  rule regprocedure;
BEGIN
  FOR rule IN
    SELECT p.oid::regprocedure FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.proconfig IS NULL
      AND p.proname <> 'db_now'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_temp', rule);
  END LOOP;
END $$;

-- The newest consent is the one with the highest number, which nobody chooses.
REVOKE INSERT ON consent_events FROM dingline_api;
GRANT INSERT (account_id, team_id, purpose, action, version, text_sha256, language, at)
  ON consent_events TO dingline_api;
REVOKE INSERT ON call_events FROM dingline_api, dingline_ingress, dingline_worker;
GRANT INSERT (call_id, audience, event, at) ON call_events TO dingline_api, dingline_ingress, dingline_worker;

-- What follows by itself was asked for by nobody, and begins queued.
DROP POLICY falls_back ON handoffs;
CREATE POLICY falls_back ON handoffs FOR INSERT TO dingline_worker WITH CHECK (
  state = 'queued' AND NOT is_asked_for
  AND belongs_together(purpose, kind, subject_id, account_id, number_ref, target_id));
DROP POLICY follows ON notifications;
CREATE POLICY follows ON notifications FOR INSERT TO dingline_worker WITH CHECK (
  channel <> 'app' AND state = 'queued' AND EXISTS (
    SELECT FROM ding_recipients r
    WHERE r.participant_id = notifications.participant_id AND r.call_id = notifications.call_id));

REVOKE UPDATE ON calls, legs, ding_recipients, notifications, handoffs FROM dingline_worker;
GRANT UPDATE (ended_at, end_reason) ON calls TO dingline_worker;
GRANT UPDATE (state, reason, is_machine, begun_at, answered_at, ended_at, joined_at, left_at, is_muted, mute_sequence,
  minutes_paid) ON legs TO dingline_worker;
GRANT UPDATE (confirmed_at, confirmed_by, stopped_at, doubted_at) ON ding_recipients TO dingline_worker;
GRANT UPDATE (state, reason, begun_at, ended_at, link_hash) ON notifications TO dingline_worker;
GRANT UPDATE (state, reason, worker, attempts, capability_hash, capability_expires_at, not_before, carrier, carrier_ref,
  delivery, settled_at) ON handoffs TO dingline_worker;
