-- A webhook can be tried, by an event that is of no verification: the owner's login alone stores one. Each try of an
-- event is kept with it, so that an operator sees what an app's server answered, and when.
ALTER TABLE webhook_events
  ALTER COLUMN verification_id DROP NOT NULL,
  ADD COLUMN tries jsonb NOT NULL DEFAULT '[]',    -- of each: at, and status or reason; no word of the answer's
  ADD CONSTRAINT webhook_events_of_test CHECK ((type = 'test') = (verification_id IS NULL));

-- The facts of all others are a verification's.
DROP TRIGGER webhook_events_facts ON webhook_events;
CREATE TRIGGER webhook_events_facts BEFORE INSERT ON webhook_events
  FOR EACH ROW WHEN (NEW.type <> 'test') EXECUTE FUNCTION take_webhook_facts();
ALTER POLICY tells ON webhook_events WITH CHECK (type NOT IN ('verification.delivery', 'test'));
ALTER POLICY tells_deliveries ON webhook_events WITH CHECK (type <> 'test');
GRANT UPDATE (tries) ON webhook_events TO dingline_worker;
