-- Where a person and the initiator have each closed a microphone, both are remembered: it opens when each has taken that
-- back.
-- ends older builds
ALTER TABLE participants
  DROP CONSTRAINT participants_muted_by_check,
  ADD CONSTRAINT participants_muted_by_check CHECK (muted_by IN ('self', 'initiator', 'each'));
