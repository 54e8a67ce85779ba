-- What a call needs to know of its conference, if it shows its capability.
CREATE FUNCTION conference_on_phone(capability_digest bytea)
RETURNS TABLE (language text, initiator_name text, ends_with_initiator boolean, muted_by text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT a.language, owner.name, f.ends_with_initiator, p.muted_by
  FROM legs l
  JOIN participants p ON p.id = l.participant_id
  JOIN accounts a ON a.id = p.account_id
  JOIN conferences f ON f.call_id = l.call_id
  JOIN participants i ON i.call_id = l.call_id AND i.role = 'initiator'
  JOIN accounts owner ON owner.id = i.account_id
  WHERE l.id = called_subject(capability_digest, 'conference')
$$;

GRANT EXECUTE ON FUNCTION conference_on_phone TO dingline_ingress;
