-- The worker erases what is over, as old as `npm run migrate` wrote that it must be, and nothing before; it makes no row
-- older than it is. When a proof ends is not its word either.
-- ends older builds

GRANT SELECT (name, lasts) ON secret_bounds TO dingline_worker;

-- What was over by then may be erased: the table's own bound, of which src/kernel/retention-periods.ts has the list.
CREATE FUNCTION kept_since(what text) RETURNS timestamptz LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT db_now() - b.lasts FROM secret_bounds b WHERE b.name = 'kept_' || what
$$;
-- What is not that old yet is passed by, as if the statement had not found it.
CREATE FUNCTION keep_row() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RETURN NULL;
END $$;

-- By a time alone ----------------------------------------------------------------------------------------------------------

CREATE TRIGGER sessions_kept BEFORE DELETE ON sessions FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.expires_at <= kept_since('sessions')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER account_devices_kept BEFORE DELETE ON account_devices FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.used_at <= kept_since('account_devices')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER idempotency_keys_kept BEFORE DELETE ON idempotency_keys FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.created_at <= kept_since('idempotency_keys')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER operator_looks_kept BEFORE DELETE ON operator_looks FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.asked_at <= kept_since('operator_looks')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER presentation_openings_kept BEFORE DELETE ON presentation_openings FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.at <= kept_since('presentation_openings')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER number_proofs_kept BEFORE DELETE ON number_proofs FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.proved_at <= kept_since('number_proofs')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER number_guesses_kept BEFORE DELETE ON number_guesses FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.last_at <= kept_since('number_guesses')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER spendings_kept BEFORE DELETE ON spendings FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.day <= kept_since('spendings')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER pumping_blocks_kept BEFORE DELETE ON pumping_blocks FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.since <= kept_since('pumping_blocks')) IS NOT true)
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER numbers_kept BEFORE DELETE ON numbers FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.created_at <= kept_since('numbers')) IS NOT true)
  EXECUTE FUNCTION keep_row();
ALTER POLICY notices_erased ON notices TO dingline_worker USING (at <= kept_since('notices'));
CREATE POLICY notices_end ON notices FOR DELETE TO dingline_keeper USING (true);
ALTER POLICY erases ON webhook_events USING (settled_at <= kept_since('webhook_events'));

-- By what it is for --------------------------------------------------------------------------------------------------------

-- Without its epoch no number opens.
CREATE FUNCTION is_sealed_under(epoch uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM numbers s WHERE encode(substring(s.sealed FROM 2 FOR 16), 'hex')::uuid = epoch)
    OR EXISTS (SELECT FROM codes s WHERE encode(substring(s.sealed FROM 2 FOR 16), 'hex')::uuid = epoch)
$$;
CREATE TRIGGER epochs_kept BEFORE DELETE ON epochs FOR EACH ROW
  WHEN (current_user = 'dingline_worker'
    AND ((OLD.opened_at <= kept_since('epochs')) IS NOT true OR is_sealed_under(OLD.id)))
  EXECUTE FUNCTION keep_row();

CREATE FUNCTION is_waiting_for_code(verification uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM verifications v
    -- The worker's clock may be a little ahead.
    WHERE v.id = verification AND v.state = 'pending' AND v.expires_at > db_now() + interval '1 minute')
$$;
CREATE TRIGGER codes_kept BEFORE DELETE ON codes FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND is_waiting_for_code(OLD.verification_id))
  EXECUTE FUNCTION keep_row();
CREATE FUNCTION may_be_out(handoff uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h WHERE h.id = handoff AND h.state IN ('queued', 'sending', 'accepted', 'unknown'))
$$;
CREATE TRIGGER spoken_codes_kept BEFORE DELETE ON spoken_codes FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND may_speak(OLD.handoff_id) AND may_be_out(OLD.handoff_id))
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER presentations_kept BEFORE DELETE ON presentations FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND is_live(OLD.call_id) AND OLD.expires_at > db_now() + interval '1 minute')
  EXECUTE FUNCTION keep_row();

CREATE TRIGGER verifications_kept BEFORE DELETE ON verifications FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.finished_at <= kept_since('verifications')) IS NOT true)
  EXECUTE FUNCTION keep_row();
ALTER POLICY erases ON calls USING (ended_at <= kept_since('calls'));
CREATE FUNCTION has_ended_by(call uuid, by timestamptz) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM calls c WHERE c.id = call AND c.ended_at <= by)
$$;
CREATE TRIGGER call_events_kept BEFORE DELETE ON call_events FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND NOT (
    (OLD.at <= kept_since('call_events')) IS true AND has_ended_by(OLD.call_id, kept_since('call_events'))))
  EXECUTE FUNCTION keep_row();
-- A hand-off goes with its verification or call. One that these have left behind goes by its own time, and a hang-up by
-- that of the call that it was to end.
CREATE FUNCTION may_erase_handoff(subject uuid, target uuid, settled_at timestamptz) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN EXISTS (SELECT FROM verifications v WHERE v.id = subject)
      THEN (SELECT v.finished_at <= kept_since('verifications') FROM verifications v WHERE v.id = subject)
    ELSE coalesce(
      (
        SELECT coalesce(c.ended_at <= kept_since('calls'), false)
        FROM (
          SELECT l.call_id FROM legs l WHERE l.id = subject
          UNION ALL
          SELECT n.call_id FROM notifications n WHERE n.id = subject
          UNION ALL
          SELECT subject
        ) its
        JOIN calls c ON c.id = its.call_id
        LIMIT 1
      ),
      coalesce((SELECT t.settled_at FROM handoffs t WHERE t.id = target), may_erase_handoff.settled_at)
        <= kept_since('handoffs'))
  END
$$;
ALTER POLICY erases ON handoffs USING (may_erase_handoff(subject_id, target_id, settled_at));

-- Whoever erases anything of these tables must be able to ask.
REVOKE ALL ON FUNCTION kept_since, is_sealed_under, is_waiting_for_code, may_be_out, has_ended_by, may_erase_handoff
  FROM PUBLIC;
GRANT EXECUTE
  ON FUNCTION kept_since, is_sealed_under, is_waiting_for_code, may_be_out, has_ended_by, may_erase_handoff
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

-- Times that count -----------------------------------------------------------------------------------------------------------

-- As in 0042 for `ingress`. What has expired by itself keeps the time at which it did.
DROP TRIGGER verifications_keep_time ON verifications;
CREATE OR REPLACE FUNCTION verifications_keep_time() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT (NEW.state = 'expired' AND NEW.finished_at = OLD.expires_at AND OLD.expires_at <= db_now()) THEN
    NEW.finished_at := near_now(NEW.finished_at);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER verifications_keep_time BEFORE UPDATE OF finished_at ON verifications FOR EACH ROW
  WHEN (OLD.finished_at IS NULL AND current_user IN ('dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION verifications_keep_time();
CREATE FUNCTION webhook_events_keep_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.settled_at := near_now(NEW.settled_at);
  RETURN NEW;
END $$;
CREATE TRIGGER webhook_events_keep_time BEFORE UPDATE OF settled_at ON webhook_events FOR EACH ROW
  WHEN (NEW.settled_at IS DISTINCT FROM OLD.settled_at AND current_user = 'dingline_worker')
  EXECUTE FUNCTION webhook_events_keep_time();
