-- What `ingress` says is what a carrier can have told it: of a call or message that is out, each once, and forward only.
-- What a phone's key says of a Ding it says by the call's capability. A number must be proved again by a rule that
-- stands here.
-- ends older builds

CREATE FUNCTION refuse_untold() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

-- Has this leg or notification, or a code of this verification, been taken up to be given to the carrier?
CREATE FUNCTION is_out(subject uuid) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h WHERE h.subject_id = subject AND h.kind = 'deliver' AND h.capability_hash IS NOT NULL)
$$;

-- Has a message with a code of this verification not arrived?
CREATE FUNCTION has_undelivered(verification uuid) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h
    WHERE h.subject_id = verification AND h.kind = 'deliver' AND h.delivery IN ('undelivered', 'failed'))
$$;
REVOKE ALL ON FUNCTION is_out, has_undelivered FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_out, has_undelivered TO dingline_ingress, dingline_worker, dingline_api, dingline_keeper;

-- Hand-offs ----------------------------------------------------------------------------------------------------------

-- How far a delivery has come; src/handoff/handoff.ts ranks them alike, and a test holds the two together.
CREATE FUNCTION delivery_rank(delivery text) RETURNS int LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
  SELECT CASE delivery
    WHEN 'none' THEN 0
    WHEN 'queued' THEN 1
    WHEN 'sent' THEN 2
    WHEN 'ringing' THEN 2
    WHEN 'answered' THEN 3
    ELSE 4
  END
$$;
CREATE TRIGGER handoffs_deliver_forward BEFORE UPDATE OF delivery ON handoffs FOR EACH ROW
  WHEN (NEW.delivery <> OLD.delivery AND delivery_rank(NEW.delivery) <= delivery_rank(OLD.delivery))
  EXECUTE FUNCTION refuse_backward();
-- `ingress` hears that one was accepted, and takes back the codes of a verification that is over.
CREATE TRIGGER handoffs_told BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND (
    NEW.state <> OLD.state AND NOT CASE NEW.state
      WHEN 'accepted' THEN OLD.state IN ('sending', 'unknown')
      WHEN 'canceled' THEN OLD.state = 'queued' AND OLD.purpose = 'verification'
      ELSE false
    END
    OR NEW.delivery <> OLD.delivery AND OLD.capability_hash IS NULL
    OR NEW.carrier IS DISTINCT FROM coalesce(OLD.carrier, NEW.carrier)
    OR NEW.carrier_ref IS DISTINCT FROM coalesce(OLD.carrier_ref, NEW.carrier_ref)
    OR NEW.settled_at IS DISTINCT FROM OLD.settled_at AND NEW.state = OLD.state))
  EXECUTE FUNCTION refuse_untold();

-- Legs and notifications ---------------------------------------------------------------------------------------------

DROP TRIGGER legs_move_forward ON legs;
CREATE TRIGGER legs_move_forward BEFORE UPDATE ON legs FOR EACH ROW
  WHEN (array_position('{queued,ringing,answered,ended}', NEW.state)
      < array_position('{queued,ringing,answered,ended}', OLD.state)
    OR NEW.begun_at IS DISTINCT FROM coalesce(OLD.begun_at, NEW.begun_at)
    OR NEW.answered_at IS DISTINCT FROM coalesce(OLD.answered_at, NEW.answered_at)
    OR NEW.joined_at IS DISTINCT FROM coalesce(OLD.joined_at, NEW.joined_at)
    OR NEW.left_at IS DISTINCT FROM coalesce(OLD.left_at, NEW.left_at)
    OR NEW.ended_at IS DISTINCT FROM coalesce(OLD.ended_at, NEW.ended_at)
    OR OLD.state = 'ended' AND NEW.reason IS DISTINCT FROM OLD.reason
    OR OLD.is_machine AND NOT NEW.is_machine
    OR NEW.mute_sequence < OLD.mute_sequence
    OR NEW.is_muted <> OLD.is_muted AND NEW.mute_sequence = OLD.mute_sequence)
  EXECUTE FUNCTION refuse_backward();
CREATE TRIGGER legs_told BEFORE UPDATE ON legs FOR EACH ROW
  WHEN (current_user = 'dingline_ingress'
    AND (NEW.begun_at, NEW.answered_at, NEW.joined_at) IS DISTINCT FROM (OLD.begun_at, OLD.answered_at, OLD.joined_at)
    AND NOT is_out(NEW.id))
  EXECUTE FUNCTION refuse_untold();

DROP TRIGGER notifications_move_forward ON notifications;
CREATE TRIGGER notifications_move_forward BEFORE UPDATE ON notifications FOR EACH ROW
  WHEN (OLD.state = 'ended' AND NEW.state <> 'ended' OR OLD.state = 'accepted' AND NEW.state = 'queued'
    OR NEW.begun_at IS DISTINCT FROM coalesce(OLD.begun_at, NEW.begun_at)
    OR NEW.ended_at IS DISTINCT FROM coalesce(OLD.ended_at, NEW.ended_at)
    OR OLD.state = 'ended' AND NEW.reason IS DISTINCT FROM OLD.reason
    OR current_user IN ('dingline_api', 'dingline_ingress')
      AND NEW.link_hash IS DISTINCT FROM OLD.link_hash AND NEW.link_hash IS NOT NULL)
  EXECUTE FUNCTION refuse_backward();
CREATE TRIGGER notifications_told BEFORE UPDATE ON notifications FOR EACH ROW
  WHEN (current_user = 'dingline_ingress'
    AND (NEW.begun_at IS DISTINCT FROM OLD.begun_at OR NEW.state = 'accepted' AND OLD.state <> 'accepted')
    AND NOT is_out(NEW.id))
  EXECUTE FUNCTION refuse_untold();

-- Verifications ------------------------------------------------------------------------------------------------------

-- A channel that does not reach the number is dropped, and none comes back. What has finished keeps its time.
CREATE TRIGGER verifications_move_forward BEFORE UPDATE ON verifications FOR EACH ROW
  WHEN (NOT NEW.channels <@ OLD.channels
    OR NEW.finished_at IS DISTINCT FROM coalesce(OLD.finished_at, NEW.finished_at)
    OR NEW.index_before IS DISTINCT FROM OLD.index_before AND NEW.index_before IS NOT NULL
    OR NEW.index_after IS DISTINCT FROM OLD.index_after AND NEW.index_after IS NOT NULL)
  EXECUTE FUNCTION refuse_backward();
-- That a message did not arrive is all that `ingress` hears of one; then a call may follow, where its starter wanted
-- that, or it is over.
CREATE TRIGGER verifications_told BEFORE UPDATE ON verifications FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND (
    NEW.state NOT IN (OLD.state, 'undeliverable')
    OR NEW.voice_at IS NOT NULL AND NOT (OLD.is_auto AND 'voice' = ANY (OLD.channels))
    OR (NEW.state <> OLD.state OR NEW.channels <> OLD.channels
        OR NEW.voice_at IS DISTINCT FROM OLD.voice_at AND NEW.voice_at IS NOT NULL
        OR NEW.first_sms_at IS DISTINCT FROM OLD.first_sms_at)
      AND NOT has_undelivered(NEW.id)
    OR NEW.first_sms_at IS DISTINCT FROM OLD.first_sms_at AND NEW.first_sms_at IS NOT NULL
    OR NEW.finished_at IS NOT NULL AND NEW.state = 'pending'))
  EXECUTE FUNCTION refuse_untold();

-- Dings --------------------------------------------------------------------------------------------------------------

-- A key on a phone confirms or stops by a function that wants the call's capability (src/ding/ding.sql).
REVOKE UPDATE ON ding_recipients FROM dingline_ingress, dingline_worker;
REVOKE UPDATE (confirmed_at, confirmed_by, stopped_at, doubted_at) ON ding_recipients
  FROM dingline_ingress, dingline_worker;
GRANT UPDATE (doubted_at) ON ding_recipients TO dingline_ingress;
GRANT UPDATE (confirmed_at, confirmed_by, stopped_at) ON ding_recipients TO dingline_keeper;
REVOKE UPDATE (muted_by) ON participants FROM dingline_ingress;

-- Numbers ------------------------------------------------------------------------------------------------------------

-- Which hand-offs in a row the carrier has said this of: each counts once, in whatever order its news comes.
ALTER TABLE account_numbers ADD COLUMN unreachable_for uuid[] NOT NULL DEFAULT '{}';
UPDATE account_numbers
SET unreachable_for = ARRAY(
  SELECT CASE WHEN n = 1 THEN coalesce(unreachable_by, gen_random_uuid()) ELSE gen_random_uuid() END
  FROM generate_series(1, least(unreachable_count, 100)) n)
WHERE unreachable_count > 0;
ALTER TABLE account_numbers DROP COLUMN unreachable_count, DROP COLUMN unreachable_by;
REVOKE SELECT (must_prove_since, told_at), UPDATE (must_prove_since) ON account_numbers FROM dingline_ingress;
REVOKE UPDATE (must_prove_since) ON account_numbers FROM dingline_worker;
GRANT SELECT (must_prove_since) ON account_numbers TO dingline_ingress;
GRANT SELECT (state, account_id, number_ref) ON handoffs TO dingline_keeper;
