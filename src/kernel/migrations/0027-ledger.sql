-- Only the keeper's functions write the ledger, at the database's own time, of what the rows say: an opening of a
-- hand-off that a worker has claimed, a look of whoever has shown their session and may look. Further looks in the same
-- call are counted, and one entry says how many when the call ends.
-- ends older builds

REVOKE INSERT ON ledger_entries, ledger_readable FROM dingline_api, dingline_worker;
GRANT INSERT ON ledger_entries, ledger_readable TO dingline_keeper;

-- Whose number was looked at by whom, in a live call.
CREATE TABLE caller_id_looks (
  call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
  viewer_id uuid NOT NULL,
  subject_id uuid NOT NULL,
  number_ref uuid NOT NULL,
  looks int NOT NULL DEFAULT 1,
  PRIMARY KEY (call_id, viewer_id, subject_id, number_ref)
);
GRANT SELECT, INSERT, UPDATE (looks), DELETE ON caller_id_looks TO dingline_keeper;
GRANT SELECT ON calls, participants, legs, notifications TO dingline_keeper;
GRANT SELECT (call_id, participant_id, number_ref, expires_at) ON presentations TO dingline_keeper;
GRANT SELECT (account_id, number_ref) ON account_numbers TO dingline_keeper;
GRANT SELECT (id, state, kind, purpose, subject_id, account_id, number_ref) ON handoffs TO dingline_keeper;

-- Writes an entry, and gives it: as canonical JSON (src/ledger/ledger.ts), committed to with 32 bytes of salt.
CREATE FUNCTION write_ledger(entry jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  entry_id uuid := gen_random_uuid();
  now timestamptz := date_trunc('milliseconds', db_now());
  salt bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
  whole jsonb := entry || jsonb_build_object(
    'id', entry_id, 'at', to_char(now AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
  body text := (
    SELECT '{' || string_agg(to_json(key)::text || ':' || value::text, ',' ORDER BY key COLLATE "C") || '}'
    FROM jsonb_each(whole));
BEGIN
  INSERT INTO ledger_entries (id, commitment, at) VALUES (entry_id, sha256(salt || convert_to(body, 'UTF8')), now);
  INSERT INTO ledger_readable (entry_id, subject_id, salt, body)
  VALUES (entry_id, (entry ->> 'subjectId')::uuid, salt, body);
  RETURN whole;
END $$;

CREATE FUNCTION write_look(call calls, viewer uuid, subject uuid, number uuid, looks int) RETURNS jsonb
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT write_ledger(jsonb_strip_nulls(jsonb_build_object(
    'subjectId', subject, 'recipient', 'account:' || viewer, 'basis', 'D5c', 'purpose', call.purpose,
    'fields', '["number"]'::jsonb, 'numberRef', number, 'callId', call.id, 'looks', looks)))
$$;

-- A call ends: who looked more than once has an entry that says how often. Whoever ends it.
CREATE FUNCTION count_looks() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM write_look(NEW, l.viewer_id, l.subject_id, l.number_ref, l.looks)
  FROM caller_id_looks l
  WHERE l.call_id = NEW.id AND l.looks > 1;
  DELETE FROM caller_id_looks l WHERE l.call_id = NEW.id;
  RETURN NULL;
END $$;

GRANT CREATE ON SCHEMA public TO dingline_keeper;
ALTER FUNCTION write_ledger(jsonb) OWNER TO dingline_keeper;
ALTER FUNCTION write_look(calls, uuid, uuid, uuid, int) OWNER TO dingline_keeper;
ALTER FUNCTION count_looks() OWNER TO dingline_keeper;
REVOKE CREATE ON SCHEMA public FROM dingline_keeper;
REVOKE ALL ON FUNCTION write_ledger, write_look, count_looks FROM PUBLIC;
CREATE TRIGGER calls_count_looks AFTER UPDATE OF ended_at ON calls FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION count_looks();

