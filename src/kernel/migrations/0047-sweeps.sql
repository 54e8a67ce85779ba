-- What one worker does at a time it does while it holds a row that no other role can lock. Advisory locks, by which it
-- was done before, anybody may take who can connect.
CREATE TABLE sweeps (name text PRIMARY KEY);
INSERT INTO sweeps VALUES ('carrier'), ('erasing'), ('pumping');
GRANT SELECT, UPDATE (name) ON sweeps TO dingline_worker; -- a row lock asks for it
