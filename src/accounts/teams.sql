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

-- Does the caller own this team?
CREATE FUNCTION owns_team(team uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT EXISTS (
    SELECT FROM team_members m
    WHERE m.team_id = team AND m.account_id = identified_account() AND m.role = 'owner')
$$;

-- Ends a person's consents in a team: each newest grant is followed by its withdrawal.
CREATE FUNCTION withdraw_consents(team uuid, member uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  INSERT INTO consent_events (account_id, team_id, purpose, action, version, text_sha256, language, at)
  SELECT newest.account_id, newest.team_id, newest.purpose, 'withdrawn', newest.version, newest.text_sha256,
    newest.language, db_now()
  FROM (
    SELECT DISTINCT ON (e.purpose) e.*
    FROM consent_events e
    WHERE e.account_id = member AND e.team_id = team
    ORDER BY e.purpose, e.id DESC) newest
  WHERE newest.action = 'granted'
$$;

-- Until when an invite code that is made now opens its team, and how often: as the owner wishes, but no more than is
-- allowed.
CREATE FUNCTION invite_life(wanted_uses int, wanted_lasts interval) RETURNS TABLE (ends_at timestamptz, uses int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
  SELECT db_now() + least(wanted_lasts, b.lasts), least(wanted_uses, b.most)
  FROM secret_bounds b
  WHERE b.name = 'invite'
$$;

-- Makes a team that the caller owns.
CREATE FUNCTION make_team(team uuid, team_name text, invite_digest bytea)
RETURNS TABLE (ends_at timestamptz, uses int) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  SELECT l.ends_at, l.uses INTO STRICT ends_at, uses FROM invite_life(NULL, NULL) l;
  INSERT INTO teams (id, name, invite_hash, invite_ends_at, invite_uses, created_at)
  VALUES (team, team_name, sha256(invite_digest), ends_at, uses, db_now());
  INSERT INTO team_members (team_id, account_id, role, joined_at)
  VALUES (team, identified_account(), 'owner', db_now());
  RETURN NEXT;
END $$;

-- Lets the caller in by an invite code; no row: no team has this code, or it has ended. Who is in already uses none up.
CREATE FUNCTION join_team(invite_digest bytea) RETURNS TABLE (team uuid, team_name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  SELECT t.id, t.name INTO team, team_name
  FROM teams t
  WHERE t.invite_hash = sha256(invite_digest) AND t.invite_ends_at > db_now() AND t.invite_uses > 0
  FOR UPDATE;
  IF NOT FOUND THEN RETURN; END IF;
  INSERT INTO team_members (team_id, account_id, role, joined_at)
  VALUES (team, identified_account(), 'member', db_now())
  ON CONFLICT DO NOTHING;
  IF FOUND THEN UPDATE teams t SET invite_uses = t.invite_uses - 1 WHERE t.id = team; END IF;
  RETURN NEXT;
END $$;

-- Another code takes the place of the one in force; no row for a member who isn't the owner. The team is locked.
CREATE FUNCTION replace_invite(team uuid, invite_digest bytea, wanted_uses int, wanted_lasts interval)
RETURNS TABLE (ends_at timestamptz, uses int) LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT owns_team(team) THEN RETURN; END IF;
  SELECT l.ends_at, l.uses INTO STRICT ends_at, uses FROM invite_life(wanted_uses, wanted_lasts) l;
  UPDATE teams t SET invite_hash = sha256(invite_digest), invite_ends_at = ends_at, invite_uses = uses
  WHERE t.id = team;
  RETURN NEXT;
END $$;

-- The caller, who owns the team, removes a member who doesn't: the consent to be rung by it ends, and so does the code
-- by which they could come back. False: there is nobody to remove. The team is locked.
CREATE FUNCTION remove_member(team uuid, member uuid) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  IF NOT owns_team(team) OR NOT EXISTS (
    SELECT FROM team_members m WHERE m.team_id = team AND m.account_id = member AND m.role = 'member') THEN
    RETURN false;
  END IF;
  PERFORM take_out(team, member);
  UPDATE teams t SET invite_uses = 0 WHERE t.id = team;
  INSERT INTO notices (id, account_id, kind, at) VALUES (gen_random_uuid(), member, 'removed_from_team', db_now());
  RETURN true;
END $$;

-- A member is taken out, and their consents end. Whoever has been in it longest owns a team that has lost its owner;
-- one that nobody is in keeps its row, since consents that were given in it are a record, but no code opens it. The
-- team is locked.
CREATE FUNCTION take_out(team uuid, member uuid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM team_members m WHERE m.team_id = team AND m.account_id = member;
  IF NOT FOUND THEN RETURN; END IF;
  PERFORM withdraw_consents(team, member);
  UPDATE team_members m SET role = 'owner'
  WHERE m.team_id = team AND m.account_id = (
    SELECT o.account_id
    FROM team_members o
    WHERE o.team_id = team
    ORDER BY o.role = 'owner' DESC, o.joined_at, o.account_id
    LIMIT 1);
  IF NOT FOUND THEN
    UPDATE teams t SET invite_uses = 0 WHERE t.id = team;
  END IF;
END $$;

-- The caller leaves. The team is locked.
CREATE FUNCTION leave_team(team uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT take_out(team, identified_account())
$$;

GRANT EXECUTE ON FUNCTION lock_team, make_team, join_team, replace_invite, leave_team, remove_member TO dingline_api;
