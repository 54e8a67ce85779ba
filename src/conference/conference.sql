-- What a call needs to know of its conference, if it shows its capability.
CREATE FUNCTION conference_on_phone()
RETURNS TABLE (language text, initiator_name text, ends_with_initiator boolean, muted_by text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT a.language, owner.name, f.ends_with_initiator, p.muted_by
  FROM legs l
  JOIN participants p ON p.id = l.participant_id
  JOIN accounts a ON a.id = p.account_id
  JOIN conferences f ON f.call_id = l.call_id
  JOIN participants i ON i.call_id = l.call_id AND i.role = 'initiator'
  JOIN accounts owner ON owner.id = i.account_id
  WHERE l.id = called_subject('conference')
$$;

-- What the carrier says of a leg in the room, if nothing newer was heard, through the address of any leg of that room:
-- for whoever shows its capability.
CREATE FUNCTION note_muted(leg uuid, muted boolean, sequence int) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE legs l SET is_muted = muted, mute_sequence = sequence
  FROM legs own
  WHERE own.id = called_subject('conference') AND l.call_id = own.call_id
    AND l.id = leg AND l.mute_sequence < sequence;
  RETURN FOUND;
END $$;

GRANT EXECUTE ON FUNCTION conference_on_phone, note_muted TO dingline_ingress;
