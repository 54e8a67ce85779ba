-- A live event says what its call's rows say at that moment, and goes to those whom it concerns: both are the database's
-- to know, whichever login writes it.
-- ends older builds

CREATE FUNCTION take_event_facts() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  e jsonb := NEW.event;
  kind text := e ->> 'kind';
  part uuid := e ->> 'participantId';
  is_so boolean := false;
  c calls;
BEGIN
  SELECT * INTO c FROM calls WHERE id = NEW.call_id;
  IF (e ->> 'callId')::uuid = c.id AND split_part(kind, '.', 1) = c.purpose THEN
    CASE kind
      WHEN 'ding.created', 'conference.created' THEN is_so := true;
      WHEN 'ding.ended', 'conference.ended' THEN
        is_so := c.ended_at IS NOT NULL AND c.end_reason = e ->> 'reason';
      WHEN 'ding.leg', 'conference.leg' THEN
        is_so := EXISTS (
          SELECT FROM legs l
          WHERE l.call_id = c.id AND l.participant_id = part AND l.state = e ->> 'state'
            AND l.reason IS NOT DISTINCT FROM e ->> 'reason');
      WHEN 'ding.caller_id', 'conference.caller_id' THEN
        -- The call may have ended since the number was sealed: then there is nothing to say.
        IF NOT EXISTS (
          SELECT FROM presentations s
          WHERE s.call_id = c.id AND (c.purpose = 'ding' OR s.participant_id = part)) THEN RETURN NULL; END IF;
        is_so := true;
      WHEN 'ding.notification' THEN
        is_so := EXISTS (
          SELECT FROM notifications n
          WHERE n.call_id = c.id AND n.participant_id = part AND n.channel = e ->> 'channel'
            AND n.state = e ->> 'state' AND n.because IS NOT DISTINCT FROM e ->> 'because'
            AND n.reason IS NOT DISTINCT FROM e ->> 'reason');
      WHEN 'ding.confirmed', 'ding.doubted', 'ding.stopped' THEN
        is_so := EXISTS (
          SELECT FROM ding_recipients r
          WHERE r.call_id = c.id AND r.participant_id = part AND CASE kind
            WHEN 'ding.confirmed' THEN r.confirmed_by = e ->> 'by'
            WHEN 'ding.doubted' THEN r.doubted_at IS NOT NULL
            ELSE r.stopped_at IS NOT NULL
          END);
      WHEN 'conference.invited', 'conference.removed' THEN
        is_so := EXISTS (
          SELECT FROM participants p
          WHERE p.call_id = c.id AND p.id = part
            AND (p.removed_at IS NULL) = (kind = 'conference.invited'));
      WHEN 'conference.joined', 'conference.left', 'conference.muted', 'conference.unmuted' THEN
        is_so := EXISTS (
          SELECT FROM legs l
          JOIN participants p ON p.id = l.participant_id
          WHERE l.call_id = c.id AND l.participant_id = part AND CASE kind
            WHEN 'conference.joined' THEN l.joined_at IS NOT NULL AND l.left_at IS NULL
            WHEN 'conference.left' THEN l.left_at IS NOT NULL
            WHEN 'conference.unmuted' THEN NOT l.is_muted
            -- Where each has closed it, its person is named.
            ELSE l.is_muted AND replace(p.muted_by, 'each', 'self') IS NOT DISTINCT FROM e ->> 'by'
          END);
      ELSE is_so := false;
    END CASE;
  END IF;
  IF is_so IS NOT TRUE THEN
    RAISE EXCEPTION 'nobody is told what is not so' USING ERRCODE = 'insufficient_privilege';
  END IF;
  NEW.event := e; -- as it was read here: of a key that stands there twice, once
  -- All who weren't removed before; of what is about a Ding's recipient, they and the sender.
  NEW.audience := ARRAY(
    SELECT p.account_id
    FROM participants p
    WHERE p.call_id = c.id AND (p.removed_at IS NULL OR kind = 'conference.removed' AND p.id = part)
      AND (c.purpose <> 'ding' OR part IS NULL OR p.role = 'initiator' OR p.id = part));
  RETURN NEW;
END $$;
GRANT CREATE ON SCHEMA public TO dingline_keeper;
ALTER FUNCTION take_event_facts() OWNER TO dingline_keeper;
REVOKE CREATE ON SCHEMA public FROM dingline_keeper;
REVOKE ALL ON FUNCTION take_event_facts() FROM PUBLIC;
-- No role says to whom: what says it is the owner's, as a test's.
REVOKE INSERT (audience) ON call_events FROM dingline_api, dingline_ingress, dingline_worker;
CREATE TRIGGER call_events_facts BEFORE INSERT ON call_events FOR EACH ROW WHEN (NEW.audience IS NULL)
  EXECUTE FUNCTION take_event_facts();
