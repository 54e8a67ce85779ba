-- Dings to many by app, SMS and phone; conferences; codes by voice; live events; an operator's stops.

-- Hand-offs ----------------------------------------------------------------------------------------------------------

ALTER TABLE handoffs DROP CONSTRAINT handoffs_kind_check;
ALTER TABLE handoffs ADD CONSTRAINT handoffs_kind_check CHECK (kind IN ('deliver', 'present', 'hang_up', 'mute', 'unmute'));
ALTER TABLE handoffs
  ADD COLUMN call_seconds int NOT NULL DEFAULT 600,            -- how long a call may last once it is answered
  ADD COLUMN is_asked_for boolean NOT NULL DEFAULT false;      -- its own account asked for this call just now
CREATE INDEX handoffs_carrier_ref ON handoffs (carrier_ref) WHERE carrier_ref IS NOT NULL;

-- How far a call with a code has come; once the code is spoken it counts as delivered, as an SMS does.
ALTER TABLE handoffs DROP CONSTRAINT handoffs_delivery_check;
ALTER TABLE handoffs ADD CONSTRAINT handoffs_delivery_check
  CHECK (delivery IN ('none', 'queued', 'sent', 'delivered', 'undelivered', 'failed', 'ringing', 'answered', 'ended'));

-- A code that a call is to speak: sealed under a key that is derived from the capability in the call's own URL, of which
-- the hand-off holds the hash only. Gone with the call, and with the code itself when its verification finishes.
CREATE TABLE spoken_codes (
  handoff_id uuid PRIMARY KEY REFERENCES handoffs ON DELETE CASCADE,
  verification_id uuid NOT NULL REFERENCES codes ON DELETE CASCADE,
  sealed bytea NOT NULL
);
CREATE INDEX spoken_codes_verification ON spoken_codes (verification_id);

-- What an operator holds back for now. What waits is held until it is let go again, or too late.
CREATE TABLE stops (
  purpose text NOT NULL CHECK (purpose IN ('verification', 'ding', 'conference')),
  channel text NOT NULL CHECK (channel IN ('sms', 'voice')),
  reason text NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (purpose, channel)
);

-- Calls --------------------------------------------------------------------------------------------------------------

ALTER TABLE calls DROP CONSTRAINT calls_end_reason_check;
ALTER TABLE calls ADD CONSTRAINT calls_end_reason_check CHECK (end_reason IN ('finished', 'recalled', 'ended', 'time_limit'));

ALTER TABLE participants DROP CONSTRAINT participants_role_check;
ALTER TABLE participants ADD CONSTRAINT participants_role_check CHECK (role IN ('initiator', 'recipient', 'invitee'));
ALTER TABLE participants
  ADD COLUMN removed_at timestamptz,
  ADD COLUMN muted_by text CHECK (muted_by IN ('self', 'initiator'));

-- A leg enters a room once and leaves it once: whatever order the carrier's news comes in, it only moves forward.
ALTER TABLE legs
  ADD COLUMN joined_at timestamptz,
  ADD COLUMN left_at timestamptz,
  ADD COLUMN is_muted boolean NOT NULL DEFAULT false,
  ADD COLUMN mute_sequence int NOT NULL DEFAULT -1;            -- of the carrier's news that says so; older news is ignored
CREATE INDEX legs_participant ON legs (participant_id);
CREATE INDEX legs_open ON legs (created_at) WHERE state <> 'ended'; -- few, among all that are kept

CREATE TABLE conferences (
  call_id uuid PRIMARY KEY REFERENCES calls ON DELETE CASCADE,
  ends_with_initiator boolean NOT NULL,
  carrier_ref text                                             -- the room at the carrier, once somebody is in it
);

ALTER TABLE dings ADD COLUMN channel text NOT NULL DEFAULT 'voice' CHECK (channel IN ('app', 'sms', 'voice'));
ALTER TABLE ding_recipients ADD COLUMN confirmed_by text CHECK (confirmed_by IN ('app', 'link', 'voice'));

-- A Ding's other ways to a recipient. One remains until its recipient has confirmed, it can't arrive, or its time is over.
CREATE TABLE notifications (
  id uuid PRIMARY KEY,
  call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
  participant_id uuid NOT NULL REFERENCES participants ON DELETE CASCADE,
  channel text NOT NULL CHECK (channel IN ('app', 'sms')),
  state text NOT NULL CHECK (state IN ('queued', 'accepted', 'ended')),
  because text,                                                -- how the call ended that it follows
  reason text,                                                 -- why it ended
  link_hash bytea UNIQUE,                                      -- SHA-256 of the secret in the SMS's link
  link_used_at timestamptz,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  begun_at timestamptz,                                        -- when it was accepted
  ended_at timestamptz
);
CREATE INDEX notifications_call ON notifications (call_id);
CREATE INDEX notifications_participant ON notifications (participant_id);
CREATE INDEX notifications_open ON notifications (expires_at) WHERE state <> 'ended';

-- Whose number was sealed stops being theirs when it moves or they prove another: then it is not shown any more.
ALTER TABLE presentations ADD COLUMN number_ref uuid;

-- Live events --------------------------------------------------------------------------------------------------------

-- What happened to a call, for those who may know: participant ids and states, no number, no text. Transactions commit in
-- another order than they take ids; a reader goes by snapshots (src/realtime/position.ts), for which xid is here.
CREATE TABLE call_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  call_id uuid NOT NULL REFERENCES calls ON DELETE CASCADE,
  audience uuid[] NOT NULL,                                    -- the accounts that might know it when it happened
  event text NOT NULL,                                         -- JSON, as a browser receives it
  at timestamptz NOT NULL
);
CREATE INDEX call_events_order ON call_events (xid, id);
CREATE INDEX call_events_call ON call_events (call_id);

CREATE FUNCTION tell_of_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('dingline_events', '');
  RETURN NULL;
END $$;
CREATE TRIGGER call_events_told AFTER INSERT ON call_events FOR EACH STATEMENT EXECUTE FUNCTION tell_of_events();

-- Whoever holds a stream open for a session hears that it is over.
CREATE FUNCTION tell_of_session_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('dingline_sessions', OLD.id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER sessions_end_told AFTER DELETE ON sessions FOR EACH ROW EXECUTE FUNCTION tell_of_session_end();

-- Grants -------------------------------------------------------------------------------------------------------------
GRANT SELECT, INSERT, UPDATE ON notifications, conferences TO dingline_api;
GRANT SELECT, INSERT ON call_events TO dingline_api;
GRANT SELECT ON stops TO dingline_api, dingline_ingress, dingline_worker;
GRANT SELECT (call_seconds, is_asked_for) ON handoffs TO dingline_api;

-- `ingress` starts the next way when a call ends without an answer: it names whose number, and can't read it.
GRANT INSERT ON handoffs TO dingline_ingress;
GRANT SELECT (call_seconds) ON handoffs TO dingline_ingress;
GRANT SELECT (account_id, number_ref) ON account_numbers TO dingline_ingress;
GRANT SELECT, DELETE ON spoken_codes TO dingline_ingress;
GRANT SELECT (id, call_id, participant_id, channel, state, because, reason, created_at, expires_at, begun_at, ended_at), INSERT, UPDATE (state, reason, begun_at, ended_at) ON notifications TO dingline_ingress;
GRANT SELECT, UPDATE ON conferences TO dingline_ingress;
GRANT UPDATE (muted_by) ON participants TO dingline_ingress;
GRANT INSERT ON call_events TO dingline_ingress;
GRANT SELECT (id) ON call_events TO dingline_ingress;

GRANT SELECT, INSERT, UPDATE ON notifications TO dingline_worker;
GRANT SELECT, INSERT, UPDATE (verification_id, sealed), DELETE ON spoken_codes TO dingline_worker;
GRANT SELECT ON conferences, dings TO dingline_worker;
-- No consent, no hand-off: asked again when it is claimed.
GRANT SELECT (team_id, account_id) ON team_members TO dingline_worker;
GRANT SELECT (id, account_id, team_id, purpose, action, version, language) ON consent_events TO dingline_worker;
GRANT SELECT, INSERT ON call_events TO dingline_worker;
