-- What the carrier's request shows: the capability in our address, of which a login is given the SHA-256 and the row
-- keeps the SHA-256 of that. Words of a call are given for it and for nothing else.

-- What a call or SMS that is out is about; null for a capability that nobody was given, or whose time is over.
CREATE FUNCTION called_subject(capability_digest bytea, wanted_purpose text) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT h.subject_id
  FROM handoffs h
  WHERE h.capability_hash = sha256(capability_digest) AND h.capability_expires_at > db_now()
    AND h.purpose = wanted_purpose
$$;
