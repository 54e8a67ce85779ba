-- What an operator's look by number finds, and what the person looked up reads of it.

-- Answers a look whose number has this index: with the ids of what went to it, newest first, and of the account that
-- has proved it. Whoever has an account and is among them finds an entry in their record that says why. The sealed
-- number goes; a look that was answered, or is too old, is left as it is.
CREATE FUNCTION answer_look(wanted uuid, number bytea) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
  why text;
  refs uuid[];
  holder uuid := (SELECT n.account_id FROM account_numbers n WHERE n.number_index = number);
  started uuid[];
  handed uuid[];
BEGIN
  SELECT l.reason INTO why FROM operator_looks l WHERE l.id = wanted AND l.sealed IS NOT NULL FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  refs := ARRAY(SELECT n.id FROM numbers n WHERE n.number_index = number);
  started := ARRAY(
    SELECT v.id FROM verifications v WHERE v.number_ref = ANY (refs) ORDER BY v.created_at DESC LIMIT 10);
  handed := ARRAY(
    SELECT h.id FROM handoffs h
    WHERE h.number_ref = ANY (refs) AND h.purpose <> 'verification' AND h.kind = 'deliver'
    ORDER BY h.created_at DESC LIMIT 20);
  UPDATE operator_looks SET sealed = NULL, answered_at = db_now(),
    found = jsonb_build_object('accountId', holder, 'verifications', started, 'handoffs', handed)
  WHERE id = wanted;
  PERFORM write_ledger(jsonb_build_object(
    'subjectId', a.id, 'recipient', 'operator', 'basis', 'C8', 'purpose', 'look', 'fields', '[]'::jsonb,
    'reason', why))
  FROM accounts a
  WHERE a.id IN (
    SELECT holder
    UNION SELECT v.account_id FROM verifications v WHERE v.id = ANY (started)
    UNION SELECT h.account_id FROM handoffs h WHERE h.id = ANY (handed));
END $$;
GRANT EXECUTE ON FUNCTION answer_look TO dingline_worker;

-- Nobody waits any more for what was asked before this: its number goes unopened.
CREATE FUNCTION forget_looks(asked_before timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  UPDATE operator_looks SET sealed = NULL WHERE sealed IS NOT NULL AND asked_at < asked_before
$$;
GRANT EXECUTE ON FUNCTION forget_looks TO dingline_worker;
