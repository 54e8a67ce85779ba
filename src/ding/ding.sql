-- What a recipient is told of a Ding, in their language.
CREATE FUNCTION ding_words(participant uuid) RETURNS TABLE (language text, sender_name text, said text)
LANGUAGE sql STABLE AS $$
  SELECT r.language, a.name, d.text
  FROM ding_recipients r
  JOIN dings d ON d.call_id = r.call_id
  JOIN participants s ON s.call_id = r.call_id AND s.role = 'initiator'
  JOIN accounts a ON a.id = s.account_id
  WHERE r.participant_id = participant
$$;

-- The same for the call that shows its capability: `ingress` reads no text and no name but these.
CREATE FUNCTION ding_on_phone() RETURNS TABLE (language text, sender_name text, said text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT w.language, w.sender_name, w.said
  FROM legs l, ding_words(l.participant_id) w
  WHERE l.id = called_subject('ding')
$$;

-- A key confirms a Ding, or wants no more calls for it, for the call that shows its capability: false where that was so
-- before.
CREATE FUNCTION confirm_on_phone(at timestamptz) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE ding_recipients r SET confirmed_at = at, confirmed_by = 'voice'
  FROM legs l
  WHERE l.id = called_subject('ding') AND r.participant_id = l.participant_id
    AND r.confirmed_at IS NULL;
  RETURN FOUND;
END $$;
CREATE FUNCTION stop_on_phone(at timestamptz) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE ding_recipients r SET stopped_at = at
  FROM legs l
  WHERE l.id = called_subject('ding') AND r.participant_id = l.participant_id
    AND r.stopped_at IS NULL;
  RETURN FOUND;
END $$;

GRANT EXECUTE ON FUNCTION ding_on_phone, confirm_on_phone, stop_on_phone TO dingline_ingress;
