-- Which languages there are is the catalogue's to say (src/texts/catalogue.ts), and the API lets no other in.
ALTER TABLE accounts DROP CONSTRAINT accounts_language_check;
ALTER TABLE accounts ADD CONSTRAINT accounts_language_check CHECK (language ~ '^[a-z]{2}$');
