-- A worker asks the carrier what became of a call or SMS of which nothing is heard, and writes what it is told by the
-- hand-off's own capability, which it can make again: from its own key and a salt in the row.

ALTER TABLE handoffs ADD COLUMN capability_salt bytea CHECK (octet_length(capability_salt) = 16);
GRANT SELECT (capability_salt), UPDATE (capability_salt) ON handoffs TO dingline_worker;
DROP TRIGGER handoffs_keep_address ON handoffs;
CREATE TRIGGER handoffs_keep_address BEFORE UPDATE ON handoffs FOR EACH ROW
  WHEN (current_user = 'dingline_worker'
    AND (NEW.capability_hash, NEW.capability_expires_at, NEW.capability_salt)
      IS DISTINCT FROM (OLD.capability_hash, OLD.capability_expires_at, OLD.capability_salt)
    AND NOT (OLD.state = 'queued' AND NEW.state = 'sending'))
  EXECUTE FUNCTION refuse_backward();

-- Codes and SMS of which more is to be heard. A Ding's and a conference's calls are found by their legs.
CREATE INDEX handoffs_silent ON handoffs (settled_at)
  WHERE kind = 'deliver' AND state IN ('accepted', 'unknown')
    AND delivery IN ('none', 'queued', 'sent', 'ringing', 'answered')
    AND (channel <> 'voice' OR purpose = 'verification');

-- When the carrier was asked last, and how often. A table of its own: the rows of hand-offs are written often enough.
CREATE TABLE asks (
  handoff_id uuid PRIMARY KEY REFERENCES handoffs ON DELETE CASCADE,
  asked_at timestamptz NOT NULL CHECK (isfinite(asked_at)),
  times int NOT NULL DEFAULT 1
);
GRANT SELECT, INSERT, UPDATE (asked_at, times) ON asks TO dingline_worker;
-- It is about now, and no earlier than it was; each time counts as one.
CREATE FUNCTION count_ask() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.asked_at := near_now(NEW.asked_at);
  NEW.times := 1;
  IF TG_OP = 'UPDATE' THEN
    NEW.asked_at := greatest(NEW.asked_at, OLD.asked_at);
    NEW.times := OLD.times + 1;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER asks_are_counted BEFORE INSERT OR UPDATE ON asks FOR EACH ROW
  WHEN (current_user = 'dingline_worker')
  EXECUTE FUNCTION count_ask();

-- When the people in its room were compared with the carrier's last.
ALTER TABLE conferences ADD COLUMN compared_at timestamptz CHECK (isfinite(compared_at));
GRANT UPDATE (compared_at) ON conferences TO dingline_worker;
CREATE FUNCTION conferences_keep_time() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.compared_at := greatest(near_now(NEW.compared_at), OLD.compared_at);
  RETURN NEW;
END $$;
CREATE TRIGGER conferences_keep_time BEFORE UPDATE OF compared_at ON conferences FOR EACH ROW
  WHEN (current_user = 'dingline_worker')
  EXECUTE FUNCTION conferences_keep_time();

-- What the carrier answers is taken in once, as a callback is, and of that hand-off alone; by the worker, of what is
-- out, which is never queued again: else whoever claims it next would hear nothing that was noted before.
GRANT SELECT, INSERT ON callbacks TO dingline_worker;
DROP TRIGGER callbacks_told ON callbacks;
CREATE TRIGGER callbacks_told BEFORE INSERT ON callbacks FOR EACH ROW
  WHEN (current_user IN ('dingline_ingress', 'dingline_worker') AND (
    NEW.handoff_id IS DISTINCT FROM called_handoff()
    OR current_user = 'dingline_worker' AND NOT is_handed_off(NEW.handoff_id, '{accepted,unknown}')))
  EXECUTE FUNCTION refuse_untold();
CREATE POLICY tells_asked ON webhook_events FOR INSERT TO dingline_worker
  WITH CHECK (type = 'verification.delivery' AND handoff_id = called_handoff());

-- As in 0055, of what is delivered: a hang-up is of that leg, too, and anybody with the worker's login may claim one.
CREATE OR REPLACE FUNCTION is_called(subject uuid) RETURNS boolean LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM handoffs h
    WHERE h.id = called_handoff() AND h.subject_id = subject AND h.kind = 'deliver' AND h.capability_hash IS NOT NULL)
$$;
-- A hand-off begins with nothing said of it, whoever writes it.
REVOKE INSERT ON handoffs FROM dingline_worker;
GRANT INSERT (id, purpose, channel, kind, subject_id, account_id, number_ref, target_id, language, state, not_before,
  not_after, created_at, call_seconds, is_asked_for) ON handoffs TO dingline_worker;

-- As in 0055; by its capability the worker says that a call has ended, and nothing else of what a phone does.
CREATE OR REPLACE FUNCTION check_leg() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  ends boolean := NEW.state = 'ended' AND OLD.state <> 'ended';
  may boolean;
BEGIN
  -- Whoever claims a hand-off, ends a call or takes one back holds the call: what is asked here stays so.
  PERFORM FROM calls c WHERE c.id = NEW.call_id FOR NO KEY UPDATE;
  may := current_setting('transaction_isolation') = 'read committed' AND CASE current_user
    WHEN 'dingline_ingress' THEN is_called(NEW.id)
      OR is_told_of(NEW.call_id) AND CASE
        WHEN ends THEN NOT is_live(NEW.call_id) AND NOT may_be_on(NEW.id)
        ELSE is_out(NEW.id) AND (NEW.state, NEW.reason, NEW.begun_at, NEW.answered_at, NEW.is_machine)
          IS NOT DISTINCT FROM (OLD.state, OLD.reason, OLD.begun_at, OLD.answered_at, OLD.is_machine)
      END
    WHEN 'dingline_api' THEN ends AND NOT may_be_on(NEW.id)
    ELSE (NEW.begun_at, NEW.answered_at, NEW.joined_at, NEW.is_machine)
        IS NOT DISTINCT FROM (OLD.begun_at, OLD.answered_at, OLD.joined_at, OLD.is_machine)
      AND CASE
        WHEN ends THEN is_called(NEW.id) OR NOT may_be_on(NEW.id) OR is_lost(NEW.id)
        ELSE (NEW.state, NEW.left_at) IS NOT DISTINCT FROM (OLD.state, OLD.left_at)
      END
  END;
  IF may IS NOT true THEN
    RAISE EXCEPTION '% say nothing that no carrier has told', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
