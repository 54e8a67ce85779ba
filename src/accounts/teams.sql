-- Teams, for whoever has shown their session in this transaction. For all others there is no such team.

-- Locks a team, so that its members and its code don't change meanwhile, and gives what its member may know of it.
CREATE FUNCTION lock_team(wanted uuid) RETURNS TABLE (team uuid, team_name text, member_role text) LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM teams t WHERE t.id = wanted FOR UPDATE;
  RETURN QUERY
    SELECT t.id, t.name, m.role
    FROM teams t
    JOIN team_members m ON m.team_id = t.id
    WHERE t.id = wanted AND m.account_id = identified_account();
END $$;

-- Makes a team that the caller owns.
CREATE FUNCTION make_team(team uuid, team_name text, invite_digest bytea, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO teams (id, name, invite_hash, created_at) VALUES (team, team_name, sha256(invite_digest), at);
  INSERT INTO team_members (team_id, account_id, role, joined_at) VALUES (team, identified_account(), 'owner', at);
END $$;

-- Lets the caller in by an invite code; no row: no team has this code.
CREATE FUNCTION join_team(invite_digest bytea, at timestamptz) RETURNS TABLE (team uuid, team_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  SELECT t.id, t.name INTO team, team_name FROM teams t WHERE t.invite_hash = sha256(invite_digest) FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  INSERT INTO team_members (team_id, account_id, role, joined_at) VALUES (team, identified_account(), 'member', at)
  ON CONFLICT DO NOTHING;
  RETURN NEXT;
END $$;

-- Another code takes the place of the one in force; false for a member who isn't the owner. The team is locked.
CREATE FUNCTION replace_invite(team uuid, invite_digest bytea) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  UPDATE teams t SET invite_hash = sha256(invite_digest)
  WHERE t.id = team AND EXISTS (
    SELECT FROM team_members m WHERE m.team_id = t.id AND m.account_id = identified_account() AND m.role = 'owner');
  RETURN FOUND;
END $$;

-- The caller leaves. Whoever has been in it longest owns a team that has lost its owner; one that nobody is in keeps
-- its row, since consents that were given in it are a record, but no code opens it. The team is locked.
CREATE FUNCTION leave_team(team uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM team_members m WHERE m.team_id = team AND m.account_id = identified_account();
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE team_members m SET role = 'owner'
  WHERE m.team_id = team AND m.account_id = (
    SELECT o.account_id
    FROM team_members o
    WHERE o.team_id = team
    ORDER BY o.role = 'owner' DESC, o.joined_at, o.account_id
    LIMIT 1);
  IF NOT FOUND THEN
    UPDATE teams t SET invite_hash = sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))
    WHERE t.id = team;
  END IF;
END $$;

GRANT EXECUTE ON FUNCTION lock_team, make_team, join_team, replace_invite, leave_team TO dingline_api;
