-- What may have left, and has no id to ask the carrier by, is looked for in the carrier's lists. Where the carrier has
-- none of it, it goes out once more, as another hand-off of the same step: never twice.
-- ends older builds

ALTER TABLE handoffs
  ADD COLUMN again_of uuid,
  ADD COLUMN unknown_at timestamptz CONSTRAINT unknown_at_is_finite CHECK (isfinite(unknown_at));
GRANT SELECT (again_of, unknown_at), INSERT (again_of) ON handoffs TO dingline_worker;
GRANT SELECT (again_of) ON handoffs TO dingline_api, dingline_ingress;
GRANT SELECT (again_of, unknown_at, carrier_ref, delivery) ON handoffs TO dingline_keeper;

-- A step is handed off once, and once more.
DROP INDEX handoffs_one_delivery;
CREATE UNIQUE INDEX handoffs_one_delivery ON handoffs (subject_id)
  WHERE kind = 'deliver' AND purpose <> 'verification' AND again_of IS NULL;
CREATE UNIQUE INDEX handoffs_once_more ON handoffs (again_of) WHERE again_of IS NOT NULL;
CREATE INDEX handoffs_unlisted ON handoffs (settled_at)
  WHERE kind = 'deliver' AND state = 'unknown' AND carrier_ref IS NULL;

-- As in 0063; and when it became unknown, by the clock that no login sets.
CREATE OR REPLACE FUNCTION handoffs_claimed_now() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF NEW.state = 'sending' THEN NEW.claimed_at := clock_timestamp(); END IF;
  IF NEW.state = 'unknown' THEN NEW.unknown_at := db_now(); END IF;
  RETURN NEW;
END $$;
DROP TRIGGER handoffs_claimed_now ON handoffs;
CREATE TRIGGER handoffs_claimed_now BEFORE UPDATE OF state ON handoffs FOR EACH ROW
  WHEN (NEW.state IN ('sending', 'unknown') AND OLD.state <> NEW.state)
  EXECUTE FUNCTION handoffs_claimed_now();

-- How often it was looked for in a list, each time with a ledger entry; and when a list first had none of it.
ALTER TABLE asks
  ADD COLUMN listed int NOT NULL DEFAULT 0,
  ADD COLUMN missed_at timestamptz CONSTRAINT missed_at_is_finite CHECK (isfinite(missed_at));
GRANT UPDATE (missed_at) ON asks TO dingline_worker;
GRANT SELECT (handoff_id, times, listed, missed_at), UPDATE (listed) ON asks TO dingline_keeper;
-- As in 0060; that it was missed is noted once, by the clock that no login sets.
CREATE OR REPLACE FUNCTION count_ask() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.asked_at := near_now(NEW.asked_at);
    NEW.times := 1;
    NEW.listed := 0;
    NEW.missed_at := NULL;
  ELSIF NEW.missed_at IS DISTINCT FROM OLD.missed_at THEN
    NEW := OLD;
    NEW.missed_at := coalesce(OLD.missed_at, db_now());
  ELSE
    NEW.asked_at := greatest(near_now(NEW.asked_at), OLD.asked_at);
    NEW.times := OLD.times + 1;
  END IF;
  RETURN NEW;
END $$;

-- Half a minute after the fate of something became unknown no request of it is on the wire any more.
CREATE FUNCTION is_off_the_wire(since timestamptz) RETURNS boolean LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
  SELECT since <= db_now() - interval '29 seconds'
$$;
REVOKE ALL ON FUNCTION is_off_the_wire FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_off_the_wire TO dingline_worker, dingline_keeper;

-- Only then something goes out once more. A call waits for a second
-- look besides. What a callback has spoken of is there.
CREATE FUNCTION check_again() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
  may boolean;
BEGIN
  PERFORM FROM handoffs h WHERE h.id = NEW.again_of FOR NO KEY UPDATE;
  SELECT h.kind = 'deliver' AND NEW.kind = 'deliver'
    AND (h.purpose, h.channel, h.subject_id, h.account_id, h.number_ref)
      IS NOT DISTINCT FROM (NEW.purpose, NEW.channel, NEW.subject_id, NEW.account_id, NEW.number_ref)
    AND h.state = 'unknown' AND h.again_of IS NULL AND h.carrier_ref IS NULL AND h.delivery = 'none'
    AND is_off_the_wire(h.unknown_at)
    AND (h.channel <> 'voice' OR EXISTS (
      SELECT FROM asks a WHERE a.handoff_id = h.id AND is_off_the_wire(a.missed_at)))
  INTO may
  FROM handoffs h
  WHERE h.id = NEW.again_of;
  IF may IS NOT true THEN
    RAISE EXCEPTION '% only move forward', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER handoffs_again BEFORE INSERT ON handoffs FOR EACH ROW
  WHEN (NEW.again_of IS NOT NULL)
  EXECUTE FUNCTION check_again();
