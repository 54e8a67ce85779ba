-- Why a message or call came to nothing is kept: the carrier's own code, for whoever runs this, and the reason, which the
-- app is told with the delivery.
ALTER TABLE handoffs ADD COLUMN carrier_code integer;
GRANT SELECT (carrier_code), UPDATE (carrier_code) ON handoffs TO dingline_ingress, dingline_worker;
ALTER TABLE webhook_events ADD COLUMN reason text;

-- As before, and the reason with it.
CREATE OR REPLACE FUNCTION take_webhook_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  v record;
  h record;
  calls_go text[] := '{ringing,answered,ended}';
  is_true boolean := false;
BEGIN
  SELECT w.state, w.created_at, w.finished_at, w.channels INTO v
  FROM verifications w
  JOIN verify_services s ON s.id = w.service_id AND s.app_id = NEW.app_id
  WHERE w.id = NEW.verification_id;
  IF FOUND THEN
    CASE NEW.type
      WHEN 'verification.started' THEN
        -- A test number has no hand-off.
        NEW.channel := coalesce(
          (SELECT first.channel FROM handoffs first
            WHERE first.subject_id = NEW.verification_id AND first.kind = 'deliver'
            ORDER BY first.created_at LIMIT 1),
          NEW.channel);
        NEW.happened_at := v.created_at;
        is_true := NEW.channel = ANY (v.channels);
      WHEN 'verification.approved' THEN
        NEW.happened_at := v.finished_at;
        is_true := v.state = 'approved';
      WHEN 'verification.failed' THEN
        NEW.outcome := v.state;
        NEW.happened_at := v.finished_at;
        is_true := v.state NOT IN ('pending', 'approved');
      WHEN 'verification.delivery' THEN
        SELECT d.channel, d.delivery, d.reason INTO h
        FROM handoffs d
        WHERE d.id = NEW.handoff_id AND d.subject_id = NEW.verification_id AND d.kind = 'deliver';
        NEW.channel := h.channel;
        NEW.reason := CASE WHEN NEW.delivery IN ('undelivered', 'failed', 'ended') THEN h.reason END;
        NEW.happened_at := db_now();
        -- A call that has gone further has been there; one that has brought its code ends, too.
        is_true := CASE h.channel
          WHEN 'sms' THEN NEW.delivery = h.delivery
          WHEN 'voice' THEN array_position(calls_go, NEW.delivery)
            <= array_position(calls_go, replace(h.delivery, 'delivered', 'ended'))
        END;
      ELSE is_true := false;
    END CASE;
  END IF;
  IF is_true IS NOT TRUE THEN
    RAISE EXCEPTION 'no app is told what is not so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  NEW.handoff_id := CASE NEW.type WHEN 'verification.delivery' THEN NEW.handoff_id END;
  NEW.delivery := CASE NEW.type WHEN 'verification.delivery' THEN NEW.delivery END;
  RETURN NEW;
END $$;
GRANT SELECT (reason) ON handoffs TO dingline_keeper;
