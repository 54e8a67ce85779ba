-- The bounds of texts and bytes (0055) are kept by one constraint of each table. PostgreSQL reads every CHECK anew in
-- each statement that writes a row, whatever it writes.

DO $$
DECLARE
  c record;
BEGIN
  FOR c IN
    SELECT k.conrelid::regclass AS owner, string_agg(format('DROP CONSTRAINT %I', k.conname), ', ') AS drops,
      -- A list of words, or an exact length, is a bound of its own. Bytes are twice as long in hex, and two more.
      string_agg(
        format(CASE a.atttypid WHEN 'bytea'::regtype THEN 'octet_length(%I) * 2 + 2' ELSE 'octet_length(%I::text)' END,
          a.attname), ', ' ORDER BY a.attnum)
        FILTER (WHERE NOT EXISTS (
          SELECT FROM pg_constraint o
          WHERE o.conrelid = k.conrelid AND o.contype = 'c' AND o.convalidated AND o.conkey = ARRAY[a.attnum]
            AND pg_get_constraintdef(o.oid) ~ (
              '^CHECK \(\((' || a.attname || ' = ANY \(ARRAY\[[^()]*\]\)'
              || '|octet_length\(' || a.attname || '\) = [0-9]{1,4})\)\)$'))) AS lengths
    FROM pg_constraint k
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND k.conkey = ARRAY[a.attnum]
    WHERE k.contype = 'c' AND NOT k.convalidated AND k.conname = left(a.attname || '_is_bounded', 63)
    GROUP BY k.conrelid
  LOOP
    EXECUTE format('ALTER TABLE %s %s', c.owner, c.drops)
      || coalesce(', ADD CONSTRAINT texts_are_bounded CHECK (greatest(' || c.lengths || ') <= 16384) NOT VALID', '');
  END LOOP;
END $$;
