-- What the guards refuse they refuse as before, at less cost. PostgreSQL reads the condition of each trigger anew in
-- each statement that writes a row, and planned some of their functions anew at each call.

-- Who was shown, and which call ---------------------------------------------------------------------------------------

-- As in 0053 and 0042, but each makes by itself what set_called and set_identity would have written, and compares the
-- two: no pattern has to be matched, which took longer than all the rest, and what was made up is no error.
CREATE OR REPLACE FUNCTION called_handoff() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  claim text := current_setting('dingline.called', true);
  handoff text := left(claim, 36);
  secret bytea;
BEGIN
  IF claim IS NULL OR claim = ''
    OR clock_timestamp() > transaction_timestamp() + interval '30 seconds'
    OR current_setting('transaction_isolation') <> 'read committed'
  THEN
    RETURN NULL;
  END IF;
  SELECT k.key INTO STRICT secret FROM identity_key k;
  -- Digests of both are compared: how long it takes says nothing about the code.
  IF sha256(convert_to(claim, 'UTF8')) IS DISTINCT FROM sha256(convert_to(handoff || ' ' || encode(
    sha256(secret || sha256(secret || convert_to(
      concat_ws(' ', 'called', pg_current_xact_id(), pg_backend_pid(), pg_postmaster_start_time(),
        transaction_timestamp(), handoff), 'UTF8'))), 'hex'), 'UTF8'))
  THEN
    RETURN NULL;
  END IF;
  RETURN handoff;
END $$;
CREATE OR REPLACE FUNCTION identified_account() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  claim text := current_setting('dingline.identity', true);
  account text := left(claim, 36);
  secret bytea;
BEGIN
  IF claim IS NULL OR claim = ''
    OR clock_timestamp() > transaction_timestamp() + interval '30 seconds'
    OR current_setting('transaction_isolation') <> 'read committed'
  THEN
    RETURN NULL;
  END IF;
  SELECT k.key INTO STRICT secret FROM identity_key k;
  -- Digests of both are compared: how long it takes says nothing about the code.
  IF sha256(convert_to(claim, 'UTF8')) IS DISTINCT FROM sha256(convert_to(account || ' ' || encode(
    sha256(secret || sha256(secret || convert_to(
      concat_ws(' ', pg_current_xact_id(), pg_backend_pid(), pg_postmaster_start_time(),
        transaction_timestamp(), account), 'UTF8'))), 'hex'), 'UTF8'))
  THEN
    RETURN NULL;
  END IF;
  RETURN account;
END $$;

-- As in 0053, one question after the other: most is asked of what the call or SMS is for itself, or of its call.
CREATE OR REPLACE FUNCTION is_told_of(thing uuid) RETURNS boolean LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
  called uuid := called_handoff();
  subject uuid;
  its_call uuid;
BEGIN
  IF called IS NULL THEN RETURN false; END IF;
  subject := (SELECT h.subject_id FROM handoffs h WHERE h.id = called);
  IF subject = thing THEN RETURN true; END IF;
  its_call := (SELECT l.call_id FROM legs l WHERE l.id = subject);
  IF its_call IS NULL THEN its_call := (SELECT n.call_id FROM notifications n WHERE n.id = subject); END IF;
  IF its_call = thing THEN RETURN true; END IF;
  IF its_call IS NULL THEN RETURN false; END IF;
  RETURN EXISTS (SELECT FROM legs o WHERE o.id = thing AND o.call_id = its_call)
    OR EXISTS (SELECT FROM notifications o WHERE o.id = thing AND o.call_id = its_call);
END $$;

-- Plans ---------------------------------------------------------------------------------------------------------------

-- Each asks one of several things, by an argument. PostgreSQL thought a plan for that one alone worth making at each
-- call, which took ten times as long as asking. What they ask is found by its id.
DO $$
DECLARE
  f regprocedure;
BEGIN
  FOR f IN
    SELECT p.oid FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace
      AND p.proname IN ('belongs_together', 'may_be_shown', 'may_hand_off', 'may_reach')
  LOOP
    EXECUTE format('ALTER FUNCTION %s SET plan_cache_mode = force_generic_plan', f);
    EXECUTE format('ALTER FUNCTION %s SET enable_seqscan = off', f);
  END LOOP;
END $$;

-- Hand-offs -----------------------------------------------------------------------------------------------------------

-- What is asked of a change of a hand-off, in the order of the triggers that asked it: handoffs_keep_address (0060),
-- handoffs_keep_time (0048), handoffs_move (0055), handoffs_move_forward (0015), handoffs_told and handoffs_told_of_own
-- (0056). handoffs_deliver_forward (0036) stays, and is read where a delivery is written.
CREATE FUNCTION check_handoff() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  is_login boolean := current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker');
BEGIN
  IF current_user = 'dingline_worker'
    AND (NEW.capability_hash, NEW.capability_expires_at, NEW.capability_salt)
      IS DISTINCT FROM (OLD.capability_hash, OLD.capability_expires_at, OLD.capability_salt)
    AND NOT (OLD.state = 'queued' AND NEW.state = 'sending')
  THEN
    RAISE EXCEPTION '% only move forward', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF is_login AND NEW.settled_at IS DISTINCT FROM OLD.settled_at THEN
    NEW.settled_at := near_now(NEW.settled_at);
  END IF;
  IF NEW.state <> OLD.state THEN
    IF is_login AND may_move(current_user::text, OLD, NEW.state) IS NOT true
      OR NEW.state IN ('queued', 'sending')
        AND (OLD.state NOT IN ('queued', 'sending') OR current_user IN ('dingline_api', 'dingline_ingress'))
    THEN
      RAISE EXCEPTION '% only move forward', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- What is put back is as it was: whoever takes it up next writes its carrier and its id, and hears of it.
    IF is_login AND NEW.state = 'queued'
      AND (num_nonnulls(NEW.carrier, NEW.carrier_ref, NEW.reason) > 0 OR NEW.delivery <> 'none')
    THEN
      RAISE EXCEPTION '% only move forward', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF NOT is_login THEN RETURN NEW; END IF;
  IF NEW.carrier IS DISTINCT FROM coalesce(OLD.carrier, NEW.carrier)
    OR NEW.carrier_ref IS DISTINCT FROM coalesce(OLD.carrier_ref, NEW.carrier_ref)
    OR NEW.settled_at IS DISTINCT FROM OLD.settled_at AND NEW.state = OLD.state
  THEN
    RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.kind = 'deliver' AND NEW.carrier_ref IS DISTINCT FROM OLD.carrier_ref THEN
    IF is_anothers_ref(NEW.carrier_ref, NEW.id) THEN
      RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF NEW.state = OLD.state
    OR (NEW.carrier, NEW.carrier_ref, NEW.carrier_code, NEW.delivery)
      IS DISTINCT FROM (OLD.carrier, OLD.carrier_ref, OLD.carrier_code, OLD.delivery)
    OR NEW.reason IS DISTINCT FROM OLD.reason AND NEW.reason IS DISTINCT FROM NEW.state
    OR NEW.not_before <> OLD.not_before AND OLD.kind <> 'present'
  THEN
    IF OLD.capability_hash IS NULL OR OLD.id IS DISTINCT FROM called_handoff() THEN
      RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER handoffs_keep_address ON handoffs;
DROP TRIGGER handoffs_keep_time ON handoffs;
DROP TRIGGER handoffs_move ON handoffs;
DROP TRIGGER handoffs_move_forward ON handoffs;
DROP TRIGGER handoffs_told ON handoffs;
DROP TRIGGER handoffs_told_of_own ON handoffs;
DROP FUNCTION handoffs_keep_time();
CREATE TRIGGER handoffs_checked BEFORE UPDATE ON handoffs FOR EACH ROW EXECUTE FUNCTION check_handoff();
