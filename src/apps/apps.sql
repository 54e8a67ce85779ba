-- Which of these are digests of the app's secrets? PostgreSQL is given a secret's SHA-256, and keeps the SHA-256 of
-- that: a statement that is logged holds nothing that a client could sign in with, and a row nothing that could be
-- given here.
CREATE FUNCTION app_secrets_among(app uuid, digests bytea[]) RETURNS bytea[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT ARRAY(
    SELECT digest FROM unnest(digests) digest JOIN app_secrets s ON s.secret_hash = sha256(digest) AND s.app_id = app)
$$;

GRANT EXECUTE ON FUNCTION app_secrets_among TO dingline_api;
