-- A number is sealed to be shown once the rule lets it be shown (D5c), and only to a key that `api` has signed.
-- ends older builds

-- Ed25519 of `api`, over the day and the public key: the key that checks it is the worker's setting, so that whoever
-- exchanges a row here has nothing sealed to it. None: it was made before, and `api` signs it when it starts.
ALTER TABLE presentation_keys ADD COLUMN signature bytea CHECK (octet_length(signature) = 64);
GRANT UPDATE (signature) ON presentation_keys TO dingline_api;
GRANT SELECT (signature) ON presentation_keys TO dingline_worker;

-- Does the rule let this person's number be shown to the others? A Ding's sender's from when it has reached for a
-- recipient (a leg has rung, a notification was accepted); of a conference's people, from when their leg has joined the
-- room. `subject` is the Ding, or the leg.
CREATE FUNCTION may_be_shown(purpose text, subject uuid, person uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE purpose
    WHEN 'ding' THEN EXISTS (
      SELECT FROM calls c
      WHERE c.id = subject AND c.purpose = 'ding' AND c.initiator_id = person AND c.ended_at IS NULL
        AND (EXISTS (SELECT FROM legs l WHERE l.call_id = c.id AND l.begun_at IS NOT NULL)
          OR EXISTS (SELECT FROM notifications n WHERE n.call_id = c.id AND n.begun_at IS NOT NULL)))
    WHEN 'conference' THEN EXISTS (
      SELECT FROM legs l
      JOIN calls c ON c.id = l.call_id AND c.purpose = 'conference' AND c.ended_at IS NULL
      JOIN participants p ON p.id = l.participant_id AND p.account_id = person AND p.removed_at IS NULL
      WHERE l.id = subject AND l.joined_at IS NOT NULL AND l.left_at IS NULL AND l.state <> 'ended')
    ELSE false
  END
$$;
REVOKE ALL ON FUNCTION may_be_shown FROM PUBLIC;
GRANT EXECUTE ON FUNCTION may_be_shown TO dingline_api, dingline_ingress, dingline_worker, dingline_keeper;

-- As in 0015, but for `present`.
CREATE OR REPLACE FUNCTION belongs_together(
  purpose text, kind text, subject uuid, person uuid, number uuid, target uuid
) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE
    WHEN kind IN ('hang_up', 'mute', 'unmute') THEN number IS NULL AND EXISTS (
      SELECT FROM handoffs h
      WHERE h.id = target AND h.kind = 'deliver' AND h.subject_id = subject AND h.account_id = person
        AND h.purpose = belongs_together.purpose)
    WHEN purpose = 'verification' THEN kind = 'deliver' AND EXISTS (
      SELECT FROM verifications v
      LEFT JOIN verify_services s ON s.id = v.service_id
      WHERE v.id = subject AND v.number_ref = number AND coalesce(v.account_id, s.app_id) = person)
    WHEN NOT EXISTS (SELECT FROM account_numbers n WHERE n.account_id = person AND n.number_ref = number) THEN false
    WHEN kind = 'present' THEN may_be_shown(purpose, subject, person)
    ELSE EXISTS (
      SELECT FROM legs l
      JOIN calls c ON c.id = l.call_id AND c.purpose = belongs_together.purpose
      JOIN participants p ON p.id = l.participant_id AND p.call_id = l.call_id AND p.account_id = person
      WHERE l.id = subject
      UNION ALL
      SELECT FROM notifications n
      JOIN calls c ON c.id = n.call_id AND c.purpose = belongs_together.purpose
      JOIN participants p ON p.id = n.participant_id AND p.call_id = n.call_id AND p.account_id = person
      WHERE n.id = subject)
  END
$$;

-- As in 0015, but for `present`: `api` asks for it in the name of a Ding's sender, who has shown their session, and
-- `ingress`, for what isn't sealed yet, when it says that a phone rings or has joined.
CREATE OR REPLACE FUNCTION may_hand_off(kind text, subject uuid, caller uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT CASE kind
    WHEN 'hang_up' THEN true
    WHEN 'present' THEN is_initiator(subject, caller) OR current_user = 'dingline_ingress' AND NOT EXISTS (
      SELECT FROM presentations s
      WHERE s.call_id = subject OR s.participant_id = (SELECT l.participant_id FROM legs l WHERE l.id = subject))
    ELSE EXISTS (
      SELECT FROM legs l WHERE l.id = subject AND may_reach(l.call_id, l.participant_id, caller)
      UNION ALL
      SELECT FROM notifications n WHERE n.id = subject AND may_reach(n.call_id, n.participant_id, caller))
  END
$$;

-- Nobody asks for it twice at a time.
CREATE UNIQUE INDEX handoffs_one_present ON handoffs (subject_id, number_ref)
  WHERE kind = 'present' AND state IN ('queued', 'sending');

-- What was sealed at ringing is sealed again when its person joins.
DELETE FROM presentations p
USING calls c
WHERE c.id = p.call_id AND c.purpose = 'conference' AND NOT EXISTS (
  SELECT FROM legs l WHERE l.participant_id = p.participant_id AND l.joined_at IS NOT NULL);

-- `ingress` asks whether a number is sealed, or about to be.
GRANT SELECT (participant_id) ON presentations TO dingline_ingress;
GRANT SELECT (number_ref) ON handoffs TO dingline_ingress;
