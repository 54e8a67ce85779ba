-- What changes in a team, for the live events of its people. Triggers alone write it, so no login says what isn't so;
-- who may know is decided when it is read, by who is in the team then (src/realtime/live-events.repository.ts).

CREATE TABLE team_events (
  -- In one order with the calls' events: a reader goes through both by one id.
  id bigint PRIMARY KEY DEFAULT nextval('call_events_id_seq'),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  -- No foreign key: it would lock the teams of whoever proves a number, which nobody who does that locks otherwise.
  team_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('changed', 'code', 'left')),
  account_id uuid REFERENCES accounts ON DELETE CASCADE CHECK ((account_id IS NOT NULL) = (kind = 'left')), -- who left
  code_ends_at timestamptz CHECK (code_ends_at IS NULL OR kind = 'code'), -- null: no code opens the team
  at timestamptz NOT NULL DEFAULT db_now()
);
CREATE INDEX team_events_order ON team_events (xid, id);
CREATE INDEX team_events_at ON team_events (at);
CREATE INDEX team_events_account ON team_events (account_id) WHERE account_id IS NOT NULL;
CREATE TRIGGER team_events_told AFTER INSERT ON team_events FOR EACH STATEMENT EXECUTE FUNCTION tell_of_events();
CREATE TRIGGER team_events_kept BEFORE DELETE ON team_events FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND (OLD.at <= kept_since('team_events')) IS NOT true)
  EXECUTE FUNCTION keep_row();
GRANT SELECT ON team_events TO dingline_api;
GRANT SELECT (id, at), DELETE ON team_events TO dingline_worker;
GRANT SELECT (xid, team_id, kind), INSERT ON team_events TO dingline_keeper;
GRANT USAGE ON SEQUENCE call_events_id_seq TO dingline_keeper;

-- That these teams aren't as they were: once for each transaction, however much it changes.
CREATE FUNCTION note_changed_teams(teams uuid[]) RETURNS void LANGUAGE sql SET search_path = public, pg_temp AS $$
  INSERT INTO team_events (team_id, kind)
  SELECT t.id, 'changed'
  FROM unnest(teams) t (id)
  WHERE NOT EXISTS (
    SELECT FROM team_events e WHERE e.xid = pg_current_xact_id() AND e.team_id = t.id AND e.kind = 'changed')
$$;

-- A member comes, goes or owns it now; a consent is given or withdrawn.
CREATE FUNCTION note_team() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  team uuid := coalesce(NEW.team_id, OLD.team_id);
BEGIN
  PERFORM note_changed_teams(ARRAY[team]);
  IF TG_OP = 'DELETE' THEN
    -- An account that is erased takes its memberships along.
    INSERT INTO team_events (team_id, kind, account_id)
    SELECT team, 'left', a.id FROM accounts a WHERE a.id = OLD.account_id;
  END IF;
  RETURN NULL;
END $$;

-- Another code opens it, or none any more.
CREATE FUNCTION note_team_code() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO team_events (team_id, kind, code_ends_at)
  VALUES (NEW.id, 'code', CASE WHEN NEW.invite_uses > 0 THEN NEW.invite_ends_at END);
  RETURN NULL;
END $$;

-- A member has another name, or a number that reaches them, or none any more.
CREATE FUNCTION note_teams_of() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
  member uuid;
BEGIN
  IF TG_TABLE_NAME = 'accounts' THEN
    member := NEW.id;
  ELSE
    member := coalesce(NEW.account_id, OLD.account_id);
  END IF;
  PERFORM note_changed_teams(ARRAY(SELECT m.team_id FROM team_members m WHERE m.account_id = member));
  RETURN NULL;
END $$;

GRANT CREATE ON SCHEMA public TO dingline_keeper;
ALTER FUNCTION note_changed_teams(uuid[]) OWNER TO dingline_keeper;
ALTER FUNCTION note_team() OWNER TO dingline_keeper;
ALTER FUNCTION note_team_code() OWNER TO dingline_keeper;
ALTER FUNCTION note_teams_of() OWNER TO dingline_keeper;
REVOKE CREATE ON SCHEMA public FROM dingline_keeper;
REVOKE ALL ON FUNCTION note_changed_teams, note_team, note_team_code, note_teams_of FROM PUBLIC;

CREATE TRIGGER team_members_noted AFTER INSERT OR UPDATE OR DELETE ON team_members FOR EACH ROW
  EXECUTE FUNCTION note_team();
CREATE TRIGGER consent_events_noted AFTER INSERT ON consent_events FOR EACH ROW EXECUTE FUNCTION note_team();
CREATE TRIGGER teams_code_noted AFTER UPDATE ON teams FOR EACH ROW
  WHEN (OLD.invite_hash <> NEW.invite_hash OR OLD.invite_uses > 0 AND NEW.invite_uses = 0)
  EXECUTE FUNCTION note_team_code();
CREATE TRIGGER accounts_noted AFTER UPDATE ON accounts FOR EACH ROW
  WHEN (OLD.name <> NEW.name OR OLD.blocked_at IS DISTINCT FROM NEW.blocked_at)
  EXECUTE FUNCTION note_teams_of();
CREATE TRIGGER account_numbers_noted AFTER INSERT OR DELETE ON account_numbers FOR EACH ROW
  EXECUTE FUNCTION note_teams_of();
CREATE TRIGGER account_numbers_change_noted AFTER UPDATE ON account_numbers FOR EACH ROW
  WHEN (OLD.must_prove_since IS DISTINCT FROM NEW.must_prove_since OR OLD.verified_at <> NEW.verified_at)
  EXECUTE FUNCTION note_teams_of();
