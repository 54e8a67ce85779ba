-- How many digits a code has: what has another number of them is no guess at it. Unknown of those made before.
ALTER TABLE codes ADD COLUMN digits int CHECK (digits BETWEEN 4 AND 10);
