-- What an app is told is made by the worker, from what the database itself found true when the event was stored: which
-- verification, and what had become of it. No role hands over a body, nor says what is in it.
-- ends older builds

ALTER TABLE webhook_events
  ADD COLUMN verification_id uuid,
  ADD COLUMN handoff_id uuid,             -- whose delivery it is; an event that was stored before has its own id here
  ADD COLUMN channel text,
  ADD COLUMN delivery text,
  ADD COLUMN outcome text,                -- how it failed
  ADD COLUMN happened_at timestamptz;

-- What waits goes out with the same bytes as before: a body had nothing but these.
UPDATE webhook_events e SET
  verification_id = (b.body -> 'data' ->> 'verificationId')::uuid,
  handoff_id = CASE e.type WHEN 'verification.delivery' THEN e.id END,
  channel = b.body -> 'data' ->> 'channel',
  delivery = b.body -> 'data' ->> 'delivery',
  outcome = b.body -> 'data' ->> 'state',
  happened_at = (b.body ->> 'timestamp')::timestamptz
FROM (SELECT id, body::json AS body FROM webhook_events) b
WHERE b.id = e.id;

ALTER TABLE webhook_events
  DROP COLUMN body,
  ALTER COLUMN verification_id SET NOT NULL,
  ALTER COLUMN happened_at SET NOT NULL;
-- An app is told of each once, whoever asks for more.
CREATE UNIQUE INDEX webhook_events_once
  ON webhook_events (verification_id, type, coalesce(handoff_id, verification_id), coalesce(delivery, ''));

-- Takes what is told from the verification's row, or its hand-off's, and refuses what isn't so.
CREATE FUNCTION take_webhook_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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
        SELECT d.channel, d.delivery INTO h
        FROM handoffs d
        WHERE d.id = NEW.handoff_id AND d.subject_id = NEW.verification_id AND d.kind = 'deliver';
        NEW.channel := h.channel;
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
GRANT CREATE ON SCHEMA public TO dingline_keeper;
ALTER FUNCTION take_webhook_facts() OWNER TO dingline_keeper;
REVOKE CREATE ON SCHEMA public FROM dingline_keeper;
REVOKE ALL ON FUNCTION take_webhook_facts() FROM PUBLIC;
GRANT SELECT (id, state, created_at, finished_at, channels, service_id) ON verifications TO dingline_keeper;
GRANT SELECT (id, app_id) ON verify_services TO dingline_keeper;
GRANT SELECT (id, subject_id, kind, channel, delivery, created_at) ON handoffs TO dingline_keeper;
CREATE TRIGGER webhook_events_facts BEFORE INSERT ON webhook_events FOR EACH ROW EXECUTE FUNCTION take_webhook_facts();

-- What the carrier says, `ingress` alone passes on.
ALTER TABLE webhook_events ENABLE ROW LEVEL SECURITY;
CREATE POLICY is_read ON webhook_events FOR SELECT USING (true);
CREATE POLICY tells ON webhook_events FOR INSERT TO dingline_api, dingline_worker
  WITH CHECK (type <> 'verification.delivery');
CREATE POLICY tells_deliveries ON webhook_events FOR INSERT TO dingline_ingress WITH CHECK (true);
CREATE POLICY sends ON webhook_events FOR UPDATE TO dingline_worker USING (true);
CREATE POLICY erases ON webhook_events FOR DELETE TO dingline_worker USING (true);

REVOKE ALL ON webhook_events FROM dingline_api, dingline_ingress, dingline_worker;
GRANT SELECT (id), INSERT (id, app_id, type, verification_id, handoff_id, channel, delivery, created_at, next_at)
  ON webhook_events TO dingline_api, dingline_ingress;
GRANT SELECT, INSERT (id, app_id, type, verification_id, handoff_id, channel, delivery, created_at, next_at),
  UPDATE (state, attempts, next_at, settled_at, last_status, last_reason), DELETE ON webhook_events TO dingline_worker;
