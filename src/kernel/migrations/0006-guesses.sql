-- Wrong codes, counted by number over all its verifications: neither a resend nor a new start brings new guesses.

CREATE TABLE number_guesses (
  number_index bytea PRIMARY KEY,        -- the permanent index, as the worker wrote it onto the number
  hits timestamptz[] NOT NULL,           -- those that still count for a day
  in_a_row int NOT NULL,                 -- since the number was last proved
  last_at timestamptz NOT NULL
);
CREATE INDEX number_guesses_last ON number_guesses (last_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON number_guesses TO dingline_api;
GRANT SELECT (number_index, last_at), DELETE ON number_guesses TO dingline_worker;

-- When a starter last had a code sent to a number, whatever became of it: each start asks. Without it one start read the
-- whole table (31,000 rows each, at 140 starts a second; with it 260).
CREATE INDEX verifications_starter ON verifications (account_id, limiter_index);
