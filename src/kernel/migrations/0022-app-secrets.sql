-- An app's secret is shown to PostgreSQL, too: it keeps a digest that no login may read, as of a session's token.
-- ends older builds

UPDATE app_secrets SET secret_hash = sha256(secret_hash);
REVOKE SELECT ON app_secrets FROM dingline_api;
GRANT SELECT ON app_secrets TO dingline_keeper;
