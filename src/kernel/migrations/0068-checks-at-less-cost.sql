-- What the tables refuse they refuse as before, at less cost. PostgreSQL reads every CHECK and the condition of every
-- trigger of a table anew, from the text of its nodes, in each statement that writes a row: on `handoffs` and
-- `verifications` that took as long as all the rest of an insert. A function is read once by each session, and a list
-- of words is shorter as one constant.

-- Lists of words ------------------------------------------------------------------------------------------------------

DO $$
DECLARE
  c record;
BEGIN
  FOR c IN
    SELECT k.conrelid::regclass AS owner, k.conname AS name, m[1] AS word,
      replace(replace(m[2], '''::text', ''), '''', '') AS words
    FROM pg_constraint k, regexp_match(
      pg_get_constraintdef(k.oid), '^CHECK \(\((\w+) = ANY \(ARRAY\[([^()]*)\]\)\)\)$') m
    WHERE k.contype = 'c' AND k.convalidated AND m[2] !~ '[^\w'':, ]'
      AND k.conrelid IN (
        'handoffs'::regclass, 'verifications'::regclass, 'legs'::regclass, 'notifications'::regclass,
        'calls'::regclass)
  LOOP
    EXECUTE format(
      'ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %2$I CHECK (%I = ANY (%L::text[]))',
      c.owner, c.name, c.word, '{' || replace(c.words, ' ', '') || '}');
  END LOOP;
END $$;

-- Times and lengths ---------------------------------------------------------------------------------------------------

-- Each is asked of its whole row; what has no value is no error. Bytes are at most as long as their hex was allowed.
CREATE FUNCTION is_bounded(this handoffs) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN isfinite(this.not_before) AND isfinite(this.not_after) AND isfinite(this.created_at)
    AND isfinite(this.settled_at) AND isfinite(this.tried_at) AND isfinite(this.claimed_at)
    AND isfinite(this.capability_expires_at) AND isfinite(this.unknown_at)
    AND octet_length(this.language) <= 16384 AND octet_length(this.reason) <= 16384
    AND octet_length(this.carrier) <= 16384 AND octet_length(this.carrier_ref) <= 16384
    AND octet_length(this.capability_hash) <= 8191 AND octet_length(this.capability_salt) = 16;
END $$;
CREATE FUNCTION is_bounded(this verifications) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN isfinite(this.finished_at) AND isfinite(this.voice_at) AND isfinite(this.first_sms_at)
    AND isfinite(this.last_sms_at) AND isfinite(this.last_call_at)
    AND octet_length(this.limiter_index) <= 8191 AND octet_length(this.index_before) <= 8191
    AND octet_length(this.index_after) <= 8191 AND octet_length(this.prefix_key) <= 8191
    AND octet_length(this.language) <= 16384 AND octet_length(this.country) <= 16384
    AND pg_column_size(this.channels) <= 32768 AND pg_column_size(this.proofs) <= 32768
    AND pg_column_size(this.wrong_keys) <= 32768
    AND num_nonnulls(this.account_id, this.service_id) = 1;
END $$;
CREATE FUNCTION is_bounded(this legs) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN isfinite(this.created_at) AND isfinite(this.begun_at) AND isfinite(this.answered_at)
    AND isfinite(this.ended_at) AND isfinite(this.joined_at) AND isfinite(this.left_at)
    AND octet_length(this.reason) <= 16384 AND this.minutes_paid > 0;
END $$;
CREATE FUNCTION is_bounded(this notifications) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
SET search_path = public, pg_temp AS $$
BEGIN
  RETURN isfinite(this.created_at) AND isfinite(this.expires_at) AND isfinite(this.begun_at)
    AND isfinite(this.ended_at) AND isfinite(this.link_used_at)
    AND octet_length(this.because) <= 16384 AND octet_length(this.reason) <= 16384
    AND octet_length(this.link_hash) <= 8191 AND octet_length(this.old_link_hash) <= 8191
    AND octet_length(this.link_mac) = 32;
END $$;
REVOKE ALL ON FUNCTION
  is_bounded(handoffs), is_bounded(verifications), is_bounded(legs), is_bounded(notifications) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
  is_bounded(handoffs), is_bounded(verifications), is_bounded(legs), is_bounded(notifications)
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

DO $$
DECLARE
  t record;
BEGIN
  FOR t IN
    SELECT k.conrelid::regclass AS name, string_agg(format('DROP CONSTRAINT %I', k.conname), ', ') AS drops
    FROM pg_constraint k
    WHERE k.contype = 'c'
      AND k.conrelid IN (
        'handoffs'::regclass, 'verifications'::regclass, 'legs'::regclass, 'notifications'::regclass)
      AND (k.conname LIKE '%\_is\_finite' OR k.conname IN (
        'texts_are_bounded', 'is_bounded', 'handoffs_capability_salt_check', 'handoffs_tried_at_check',
        'verifications_one_starter', 'legs_minutes_paid_check', 'notifications_link_mac_check'))
    GROUP BY k.conrelid
  LOOP
    EXECUTE format(
      'ALTER TABLE %s %s, ADD CONSTRAINT row_is_bounded CHECK (is_bounded(%1$s.*)) NOT VALID', t.name, t.drops);
  END LOOP;
END $$;

-- These are written many at a time, and have few: what they ask is said in fewer words. Bytes were written out in hex
-- to be measured.
ALTER TABLE limits DROP CONSTRAINT texts_are_bounded,
  ADD CONSTRAINT texts_are_bounded CHECK (octet_length(key) <= 8191) NOT VALID;
ALTER TABLE numbers DROP CONSTRAINT texts_are_bounded, DROP CONSTRAINT is_bounded,
  ADD CONSTRAINT texts_are_bounded CHECK (octet_length(number_index) <= 8191 AND octet_length(sealed) <= 8191)
  NOT VALID;
ALTER TABLE codes DROP CONSTRAINT is_bounded,
  ADD CONSTRAINT is_bounded CHECK (octet_length(sealed) <= 8191) NOT VALID;
ALTER TABLE code_guesses DROP CONSTRAINT is_bounded,
  ADD CONSTRAINT is_bounded CHECK (
    octet_length(submitted_hash) <= 8191 AND octet_length(wrong_key) <= 8191 AND octet_length(prover_hash) <= 8191)
  NOT VALID;
ALTER TABLE number_guesses DROP CONSTRAINT is_bounded,
  ADD CONSTRAINT is_bounded CHECK (octet_length(number_index) <= 8191 AND cardinality(hits) <= 10000) NOT VALID;

-- Verifications -------------------------------------------------------------------------------------------------------

-- What is asked of a change of a verification, in the order of the triggers that asked it: verifications_finish_once
-- (0014), verifications_keep_time (0042), verifications_move_forward (0031), verifications_told and
-- verifications_told_of (0053).
CREATE FUNCTION check_verification() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  is_ingress boolean := current_user = 'dingline_ingress';
BEGIN
  IF NEW.state <> OLD.state AND (OLD.state <> 'pending'
    OR NEW.state = 'approved' AND current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  THEN
    RAISE EXCEPTION '% only move forward', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- When it finished is about now, unless it expired by itself.
  IF OLD.finished_at IS NULL AND NEW.finished_at IS NOT NULL
    AND current_user IN ('dingline_ingress', 'dingline_worker')
    AND (NEW.state = 'expired' AND NEW.finished_at = OLD.expires_at AND OLD.expires_at <= db_now()) IS NOT TRUE
  THEN
    NEW.finished_at := near_now(NEW.finished_at);
  END IF;
  IF NOT NEW.channels <@ OLD.channels
    OR NEW.finished_at IS DISTINCT FROM coalesce(OLD.finished_at, NEW.finished_at)
    OR NEW.index_before IS DISTINCT FROM OLD.index_before AND NEW.index_before IS NOT NULL
    OR NEW.index_after IS DISTINCT FROM OLD.index_after AND NEW.index_after IS NOT NULL
  THEN
    RAISE EXCEPTION '% only move forward', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NOT is_ingress THEN RETURN NEW; END IF;
  IF NEW.state <> OLD.state AND NEW.state <> 'undeliverable'
    OR NEW.voice_at IS NOT NULL AND NOT (OLD.is_auto AND 'voice' = ANY (OLD.channels))
    OR NEW.first_sms_at IS DISTINCT FROM OLD.first_sms_at AND NEW.first_sms_at IS NOT NULL
    OR NEW.finished_at IS NOT NULL AND NEW.state = 'pending'
  THEN
    RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF NEW.state <> OLD.state OR NEW.channels <> OLD.channels
    OR NEW.voice_at IS DISTINCT FROM OLD.voice_at AND NEW.voice_at IS NOT NULL
    OR NEW.first_sms_at IS DISTINCT FROM OLD.first_sms_at
  THEN
    IF NOT has_undelivered(NEW.id) THEN
      RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  IF NOT is_told_of(NEW.id) THEN
    RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER verifications_finish_once ON verifications;
DROP TRIGGER verifications_keep_time ON verifications;
DROP TRIGGER verifications_move_forward ON verifications;
DROP TRIGGER verifications_told ON verifications;
DROP TRIGGER verifications_told_of ON verifications;
DROP FUNCTION verifications_keep_time();
CREATE TRIGGER verifications_checked BEFORE UPDATE ON verifications FOR EACH ROW
  EXECUTE FUNCTION check_verification();
