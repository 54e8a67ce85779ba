-- What is recorded of openings and looks. No login writes the ledger otherwise.

-- Records that a worker opens the number of a hand-off that it has claimed, and gives the entry; null if it has not.
-- `given_to` is the carrier (`carrier:…`) for what is delivered, or `nobody`: opened for it and not handed over. What
-- is to be shown goes to the participants of its call.
CREATE FUNCTION record_opening(handoff uuid, given_to text) RETURNS jsonb LANGUAGE sql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT write_ledger(jsonb_build_object(
    'subjectId', h.account_id, 'numberRef', h.number_ref, 'purpose', h.purpose, 'fields', '["number"]'::jsonb,
    'handoffId', h.id) || CASE h.kind
      WHEN 'deliver' THEN jsonb_build_object('basis', 'D5b', 'recipient', given_to)
      ELSE jsonb_build_object('basis', 'D5c', 'recipient', 'participants:' || CASE h.purpose
        WHEN 'ding' THEN h.subject_id
        ELSE (SELECT l.call_id FROM legs l WHERE l.id = h.subject_id)
      END)
    END)
  FROM handoffs h
  WHERE h.id = handoff AND h.state = 'sending' AND h.number_ref IS NOT NULL AND CASE h.kind
    WHEN 'deliver' THEN given_to ~ '^carrier:[a-z]{1,40}$' OR given_to = 'nobody'
    WHEN 'present' THEN given_to IS NULL
    ELSE false
  END
$$;
GRANT EXECUTE ON FUNCTION record_opening TO dingline_worker;

-- Records that the carrier is asked for what it was given for a hand-off's number: the number is opened for that, and
-- stands in the question. Once for each time that the hand-off was asked for, six times at the most; null otherwise.
CREATE FUNCTION record_asking(handoff uuid, given_to text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  entry jsonb;
BEGIN
  SELECT jsonb_build_object(
    'subjectId', h.account_id, 'numberRef', h.number_ref, 'purpose', h.purpose, 'fields', '["number"]'::jsonb,
    'handoffId', h.id, 'basis', 'D5b', 'recipient', given_to, 'isQuestion', true)
  INTO entry
  FROM handoffs h
  WHERE h.id = handoff AND h.kind = 'deliver' AND h.state = 'unknown' AND h.carrier_ref IS NULL
    AND h.number_ref IS NOT NULL AND is_off_the_wire(h.unknown_at)
    AND given_to ~ '^carrier:[a-z]{1,40}$';
  IF entry IS NULL THEN RETURN NULL; END IF;
  UPDATE asks a SET listed = a.listed + 1 WHERE a.handoff_id = handoff AND a.listed < least(a.times, 6);
  IF NOT FOUND THEN RETURN NULL; END IF;
  RETURN write_ledger(entry);
END $$;
GRANT EXECUTE ON FUNCTION record_asking TO dingline_worker;

-- Records that whoever asks is shown a participant's number, and gives the look; null if the rule doesn't show it to
-- them (`shownTo` in src/calls/call.ts), or there is none to be shown, or not any more. The call is locked.
CREATE FUNCTION record_look(wanted_call uuid, shown uuid) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  viewer uuid := identified_account();
  call calls;
  subject uuid;
  number uuid;
  count int;
BEGIN
  SELECT c.* INTO call FROM calls c WHERE c.id = wanted_call AND c.ended_at IS NULL AND c.ends_at > db_now();
  SELECT them.account_id, s.number_ref INTO subject, number
  FROM participants me
  JOIN participants them ON them.id = shown AND them.call_id = me.call_id AND them.id <> me.id
  JOIN presentations s ON s.call_id = me.call_id AND s.participant_id = them.id AND s.expires_at > db_now()
  JOIN account_numbers n ON n.account_id = them.account_id AND n.number_ref = s.number_ref
  WHERE me.call_id = call.id AND me.account_id = viewer AND me.removed_at IS NULL AND CASE call.purpose
    WHEN 'ding' THEN me.role = 'recipient' AND them.role = 'initiator' AND (
      EXISTS (SELECT FROM legs l WHERE l.participant_id = me.id AND l.begun_at IS NOT NULL)
      OR EXISTS (SELECT FROM notifications o WHERE o.participant_id = me.id AND o.begun_at IS NOT NULL))
    WHEN 'conference' THEN them.removed_at IS NULL AND (
      SELECT count(DISTINCT l.participant_id) = 2
      FROM legs l
      WHERE l.participant_id IN (me.id, them.id) AND l.joined_at IS NOT NULL AND l.left_at IS NULL
        AND l.state <> 'ended')
  END;
  IF subject IS NULL THEN RETURN NULL; END IF;
  INSERT INTO caller_id_looks AS l (call_id, viewer_id, subject_id, number_ref)
  VALUES (call.id, viewer, subject, number)
  ON CONFLICT (call_id, viewer_id, subject_id, number_ref) DO UPDATE SET looks = l.looks + 1
  RETURNING l.looks INTO count;
  IF count = 1 THEN RETURN write_look(call, viewer, subject, number, NULL); END IF;
  RETURN jsonb_build_object(
    'subjectId', subject, 'recipient', 'account:' || viewer, 'basis', 'D5c', 'purpose', call.purpose,
    'fields', '["number"]'::jsonb, 'numberRef', number, 'callId', call.id);
END $$;
GRANT EXECUTE ON FUNCTION record_look TO dingline_api;
