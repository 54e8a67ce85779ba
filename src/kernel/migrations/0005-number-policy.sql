-- Number policy: prefixes that an operator denies; verifications of test numbers and of fixed lines.

-- Edited by `npm run deny`, with the owner's login: no role may write it. What many share and no whole number: in clear text.
CREATE TABLE denied_prefixes (
  prefix text PRIMARY KEY CHECK (prefix ~ '^\+[1-9][0-9]{0,9}$'),
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
  since timestamptz NOT NULL
);

ALTER TABLE verifications
  ADD COLUMN is_test boolean NOT NULL DEFAULT false,           -- of a test number: nothing goes out, and nothing is counted
  ADD COLUMN is_voice_only boolean NOT NULL DEFAULT false;     -- of a fixed line: no SMS

GRANT SELECT ON denied_prefixes TO dingline_api;
