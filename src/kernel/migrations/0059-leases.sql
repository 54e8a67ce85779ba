-- A worker's lease is a row, too, which the worker renews. A machine that loses its power, or a process that stands
-- still, keeps its connections for as long as a proxy before PostgreSQL answers for them, and with them its lock.
CREATE TABLE leases (
  number int PRIMARY KEY CHECK (number > 0),
  renewed_at timestamptz NOT NULL
);
GRANT SELECT, INSERT (number), UPDATE (number), DELETE ON leases TO dingline_worker;

-- Whatever is written: it is renewed now, by PostgreSQL's own clock, and keeps its number.
CREATE FUNCTION stamp_lease() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN NEW.number := OLD.number; END IF;
  NEW.renewed_at := clock_timestamp();
  RETURN NEW;
END $$;
-- One that may be held stays.
CREATE TRIGGER leases_stay BEFORE DELETE ON leases FOR EACH ROW
  WHEN (current_user = 'dingline_worker' AND OLD.renewed_at > clock_timestamp() - interval '1 hour')
  EXECUTE FUNCTION keep_row();
CREATE TRIGGER leases_are_stamped BEFORE INSERT OR UPDATE ON leases FOR EACH ROW EXECUTE FUNCTION stamp_lease();
