-- What the carrier's request shows: the capability in our address, of which a login is given the SHA-256 and the row
-- keeps the SHA-256 of that. Words of a call are given for it and for nothing else.

-- Shows it for this transaction, in which what a carrier has said of that call or SMS may then be written; null for one
-- that nobody was given, or whose time is over. A worker that took it up says what became of it, however late.
CREATE FUNCTION show_capability(capability_digest bytea) RETURNS uuid LANGUAGE plpgsql STRICT SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  shown uuid;
BEGIN
  SELECT h.id INTO shown
  FROM handoffs h
  WHERE h.capability_hash = sha256(capability_digest)
    AND (h.capability_expires_at > db_now() OR session_user = 'dingline_worker');
  IF FOUND THEN PERFORM set_called(shown); END IF;
  RETURN shown;
END $$;

-- What the call or SMS is about whose capability was shown; null where none was.
CREATE FUNCTION called_subject(wanted_purpose text) RETURNS uuid LANGUAGE sql STABLE AS $$
  SELECT h.subject_id FROM handoffs h WHERE h.id = called_handoff() AND h.purpose = wanted_purpose
$$;

GRANT EXECUTE ON FUNCTION show_capability TO dingline_ingress, dingline_worker;
