-- An app that says for whom a code is, and not who types it, has wrong codes counted by the former: under these keys of
-- the address, which live as long as the limiter's keys of their days.
ALTER TABLE verifications ADD COLUMN wrong_keys bytea[];
