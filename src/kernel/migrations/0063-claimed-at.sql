-- When a hand-off was taken up is written by the database's own clock, as a lease is, and by no login. What has been
-- on its way for longer than any request may take is over, whoever seems to have it in hand
-- (src/handoff/overdue-handoffs.repository.ts).

ALTER TABLE handoffs
  ADD COLUMN claimed_at timestamptz CONSTRAINT claimed_at_is_finite CHECK (isfinite(claimed_at));
UPDATE handoffs SET claimed_at = clock_timestamp() WHERE state = 'sending';

CREATE FUNCTION handoffs_claimed_now() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.claimed_at := clock_timestamp();
  RETURN NEW;
END $$;
CREATE TRIGGER handoffs_claimed_now BEFORE UPDATE OF state ON handoffs FOR EACH ROW
  WHEN (NEW.state = 'sending' AND OLD.state <> 'sending')
  EXECUTE FUNCTION handoffs_claimed_now();
