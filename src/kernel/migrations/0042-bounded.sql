-- What a login writes has its bounds: times are finite and about now, what a secret has shown lasts a moment, and whose
-- microphone is closed is opened by whoever closed it.
-- ends older builds

-- Times ---------------------------------------------------------------------------------------------------------------

-- Where a login writes a time it is finite: an infinite one is shown by nothing, and sorts before or after all else.
-- Rows from before stay.
DO $$
DECLARE
  c record;
BEGIN
  FOR c IN
    SELECT a.attrelid::regclass AS owner, a.attname AS name
    FROM pg_attribute a
    JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace
    WHERE a.atttypid = 'timestamptz'::regtype AND a.attnum > 0 AND NOT a.attisdropped AND EXISTS (
      SELECT FROM unnest('{dingline_api,dingline_ingress,dingline_worker}'::text[]) login
      WHERE has_column_privilege(login, a.attrelid, a.attnum, 'INSERT')
        OR has_column_privilege(login, a.attrelid, a.attnum, 'UPDATE'))
  LOOP
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (isfinite(%I)) NOT VALID',
      c.owner, c.name || '_is_finite', c.name);
  END LOOP;
END $$;

-- A role's clock may be a little off. What happened to a call is never further from now than that, whoever says it.
CREATE FUNCTION near_now(at timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT SET search_path = public, pg_temp AS $$
  SELECT greatest(least(at, db_now() + interval '1 minute'), db_now() - interval '1 minute')
$$;
CREATE FUNCTION legs_keep_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.begun_at IS NULL THEN NEW.begun_at := near_now(NEW.begun_at); END IF;
  IF OLD.answered_at IS NULL THEN NEW.answered_at := near_now(NEW.answered_at); END IF;
  IF OLD.joined_at IS NULL THEN NEW.joined_at := near_now(NEW.joined_at); END IF;
  IF OLD.left_at IS NULL THEN NEW.left_at := near_now(NEW.left_at); END IF;
  IF OLD.ended_at IS NULL THEN NEW.ended_at := near_now(NEW.ended_at); END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER legs_keep_time BEFORE UPDATE ON legs FOR EACH ROW
  WHEN (current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION legs_keep_time();
CREATE FUNCTION calls_keep_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.ended_at := near_now(NEW.ended_at);
  RETURN NEW;
END $$;
CREATE TRIGGER calls_keep_time BEFORE UPDATE OF ended_at ON calls FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND current_user IN ('dingline_api', 'dingline_ingress', 'dingline_worker'))
  EXECUTE FUNCTION calls_keep_time();
CREATE FUNCTION verifications_keep_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.finished_at := near_now(NEW.finished_at);
  RETURN NEW;
END $$;
CREATE TRIGGER verifications_keep_time BEFORE UPDATE OF finished_at ON verifications FOR EACH ROW
  WHEN (OLD.finished_at IS NULL AND current_user = 'dingline_ingress')
  EXECUTE FUNCTION verifications_keep_time();
REVOKE ALL ON FUNCTION near_now FROM PUBLIC;
GRANT EXECUTE ON FUNCTION near_now TO dingline_api, dingline_ingress, dingline_worker;

-- What no carrier tells ------------------------------------------------------------------------------------------------

DROP TRIGGER legs_told ON legs;
CREATE TRIGGER legs_told BEFORE UPDATE ON legs FOR EACH ROW
  WHEN (current_user = 'dingline_ingress'
    AND ((NEW.begun_at, NEW.answered_at, NEW.joined_at)
        IS DISTINCT FROM (OLD.begun_at, OLD.answered_at, OLD.joined_at)
      OR NEW.state <> OLD.state AND NEW.state <> 'ended')
    AND NOT is_out(NEW.id))
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER calls_told BEFORE UPDATE OF end_reason ON calls FOR EACH ROW
  WHEN (current_user = 'dingline_ingress' AND OLD.ended_at IS NULL AND NEW.end_reason = 'recalled')
  EXECUTE FUNCTION refuse_untold();
CREATE TRIGGER conferences_told BEFORE UPDATE OF carrier_ref ON conferences FOR EACH ROW
  WHEN (NEW.carrier_ref IS DISTINCT FROM coalesce(OLD.carrier_ref, NEW.carrier_ref))
  EXECUTE FUNCTION refuse_backward();

-- Whoever asks ---------------------------------------------------------------------------------------------------------

-- A session that was shown is believed for half a minute, in a transaction that sees what is so now: one that is kept
-- open, or goes by an old snapshot, outlives no session, no consent and no membership.
CREATE OR REPLACE FUNCTION identity_code(account uuid) RETURNS bytea LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
  SELECT sha256(k.key || sha256(k.key || convert_to(
    concat_ws(' ', pg_current_xact_id(), pg_backend_pid(), pg_postmaster_start_time(), transaction_timestamp(), account),
    'UTF8')))
  FROM identity_key k
$$;
CREATE OR REPLACE FUNCTION identified_account() RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  claim text := coalesce(current_setting('dingline.identity', true), '');
  account uuid;
BEGIN
  IF claim !~ '^[0-9a-f-]{36} [0-9a-f]{64}$'
    OR clock_timestamp() > transaction_timestamp() + interval '30 seconds'
    OR current_setting('transaction_isolation') <> 'read committed'
  THEN
    RETURN NULL;
  END IF;
  account := left(claim, 36)::uuid;
  -- Digests of both are compared: how long it takes says nothing about the code.
  IF sha256(decode(right(claim, 64), 'hex')) <> sha256(identity_code(account)) THEN RETURN NULL; END IF;
  RETURN account;
END $$;

-- Microphones ----------------------------------------------------------------------------------------------------------

-- What a person has closed they open themselves, and the initiator what the initiator has closed.
CREATE FUNCTION refuse_others_mute() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  caller uuid := identified_account();
  was text := coalesce(OLD.muted_by, 'none');
  becomes text := coalesce(NEW.muted_by, 'none');
BEGIN
  IF (was IN ('self', 'each')) <> (becomes IN ('self', 'each')) AND caller IS DISTINCT FROM NEW.account_id
    OR (was IN ('initiator', 'each')) <> (becomes IN ('initiator', 'each'))
      AND is_initiator(NEW.call_id, caller) IS NOT true
  THEN
    RAISE EXCEPTION 'a microphone is opened by whoever has closed it' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER participants_mute_own BEFORE UPDATE OF muted_by ON participants FOR EACH ROW
  WHEN (NEW.muted_by IS DISTINCT FROM OLD.muted_by AND current_user = 'dingline_api')
  EXECUTE FUNCTION refuse_others_mute();

-- As in 0037, but a microphone is opened only while nobody has closed it, asked once more at the claim.
CREATE OR REPLACE FUNCTION belongs_together(
  purpose text, kind text, channel text, subject uuid, person uuid, number uuid, target uuid
) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
  SELECT CASE
    WHEN kind IN ('hang_up', 'mute', 'unmute') THEN number IS NULL
      AND EXISTS (
        SELECT FROM handoffs h
        WHERE h.id = target AND h.kind = 'deliver' AND h.subject_id = subject AND h.account_id = person
          AND h.purpose = belongs_together.purpose)
      AND NOT (kind = 'unmute' AND EXISTS (
        SELECT FROM legs l JOIN participants p ON p.id = l.participant_id
        WHERE l.id = subject AND p.muted_by IS NOT NULL))
    WHEN purpose = 'verification' THEN kind = 'deliver' AND EXISTS (
      SELECT FROM verifications v
      LEFT JOIN verify_services s ON s.id = v.service_id
      WHERE v.id = subject AND v.number_ref = number AND coalesce(v.account_id, s.app_id) = person)
    WHEN NOT EXISTS (SELECT FROM account_numbers n WHERE n.account_id = person AND n.number_ref = number) THEN false
    WHEN kind = 'present' THEN may_be_shown(purpose, subject, person)
    ELSE EXISTS (
      SELECT FROM find_step(belongs_together.channel, subject) s
      JOIN calls c ON c.id = s.call_id AND c.purpose = belongs_together.purpose
      JOIN participants p ON p.id = s.participant_id AND p.call_id = s.call_id AND p.account_id = person)
  END
$$;

-- What the worker has follow is delivered by a step that waits, too.
DROP POLICY falls_back ON handoffs;
CREATE POLICY falls_back ON handoffs FOR INSERT TO dingline_worker WITH CHECK (
  state = 'queued' AND NOT is_asked_for
  AND belongs_together(purpose, kind, channel, subject_id, account_id, number_ref, target_id)
  AND (kind <> 'deliver' OR purpose = 'verification'
    OR EXISTS (SELECT FROM find_step(handoffs.channel, subject_id) s WHERE s.state = 'queued')));
