-- A database that is put back to a copy, or whose standby has taken over, knows less than what has gone out. A worker
-- keeps outside of it how often it had renewed its lease, and on which server: it finds out before it takes anything up.

-- Which server this is, and which of its histories: PostgreSQL begins a new timeline with each standby that takes over
-- and with each recovery to a point in time.
CREATE FUNCTION database_timeline() RETURNS text LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8)
$$;
CREATE FUNCTION database_place() RETURNS text LANGUAGE sql SET search_path = public, pg_temp AS $$
  SELECT system_identifier || '/' || database_timeline() FROM pg_control_system()
$$;
REVOKE ALL ON FUNCTION database_timeline(), database_place() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION database_timeline(), database_place() TO dingline_worker;

ALTER TABLE leases
  ADD COLUMN renewals int NOT NULL DEFAULT 0,
  ADD COLUMN place text NOT NULL DEFAULT '' CHECK (length(place) <= 40);

-- As in 0059; and how often it was renewed, and where, says the database itself.
CREATE OR REPLACE FUNCTION stamp_lease() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  NEW.renewals := 0;
  IF TG_OP = 'UPDATE' THEN
    NEW.number := OLD.number;
    NEW.renewals := OLD.renewals + 1;
  END IF;
  NEW.renewed_at := clock_timestamp();
  NEW.place := database_place();
  RETURN NEW;
END $$;

-- What an operator says of a database that was put back where nothing outside remembers it (npm run recover): nothing
-- that was to go out until then goes out by itself. The last one counts.
CREATE TABLE recoveries (
  until timestamptz PRIMARY KEY CHECK (isfinite(until)),
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp() CHECK (isfinite(asked_at))
);
GRANT SELECT ON recoveries TO dingline_worker;
