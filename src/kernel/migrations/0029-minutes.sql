-- Calls cost by the minute: so many of a leg's were counted by the caps, the first of them when it was claimed.
ALTER TABLE legs ADD COLUMN minutes_paid int NOT NULL DEFAULT 1 CHECK (minutes_paid > 0);
