-- A conference, in whose room one's number is shown, is a purpose of its own: who agreed to be rung with Dings has not
-- agreed to it. And consent is asked again when a hand-off is claimed, for every purpose.
-- ends older builds

ALTER TABLE consent_events DROP CONSTRAINT consent_events_purpose_check;
ALTER TABLE consent_events ADD CONSTRAINT consent_events_purpose_check CHECK (purpose IN ('ring', 'conference'));

-- Do the two share a team in which the other agreed to what a call is about? Whatever `api` may write, it can't write
-- that.
CREATE FUNCTION may_ring(caller uuid, other uuid, call_purpose text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM team_members mine
    JOIN team_members theirs ON theirs.team_id = mine.team_id AND theirs.account_id = other
    WHERE mine.account_id = caller AND (
      SELECT e.action = 'granted'
      FROM consent_events e
      WHERE e.account_id = other AND e.team_id = theirs.team_id
        AND e.purpose = CASE call_purpose WHEN 'ding' THEN 'ring' ELSE call_purpose END
      ORDER BY e.id DESC
      LIMIT 1))
$$;
REVOKE ALL ON FUNCTION may_ring(uuid, uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION may_ring(uuid, uuid, text)
  TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

DROP POLICY adds_to_own ON participants;
CREATE POLICY adds_to_own ON participants FOR INSERT TO dingline_api WITH CHECK (
  is_initiator(call_id, (SELECT identified_account())) AND CASE role
    WHEN 'initiator' THEN account_id = (SELECT identified_account())
    ELSE may_ring((SELECT identified_account()), account_id, (SELECT c.purpose FROM calls c WHERE c.id = call_id))
  END);

CREATE OR REPLACE FUNCTION participants_come_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT (is_initiator(NEW.call_id, identified_account()) AND may_ring(
    identified_account(), NEW.account_id, (SELECT c.purpose FROM calls c WHERE c.id = NEW.call_id)))
  THEN
    RAISE EXCEPTION 'who was removed is not asked back by another' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
DROP FUNCTION may_ring(uuid, uuid);

-- Nobody says for another that they asked for a call: no consent is asked for one.
CREATE POLICY asks_for_own ON handoffs AS RESTRICTIVE FOR INSERT TO dingline_api, dingline_ingress
  WITH CHECK (NOT is_asked_for OR account_id = (SELECT identified_account()));
