-- Which of these are digests of the app's secrets? PostgreSQL is given a secret's SHA-256, and keeps the SHA-256 of
-- that: a statement that is logged holds nothing that a client could sign in with, and a row nothing that could be
-- given here.
CREATE FUNCTION app_secrets_among(app uuid, digests bytea[]) RETURNS bytea[] LANGUAGE sql STABLE SECURITY DEFINER
SET search_path FROM CURRENT AS $$
  SELECT ARRAY(
    SELECT digest FROM unnest(digests) digest JOIN app_secrets s ON s.secret_hash = sha256(digest) AND s.app_id = app)
$$;

-- Shows an app in a transaction, as identify_by_session does a person: no account has an app's id.
CREATE FUNCTION identify_by_app_secret(app uuid, digest bytea) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
  PERFORM FROM app_secrets s JOIN apps a ON a.id = s.app_id AND a.disabled_at IS NULL
  WHERE s.app_id = app AND s.secret_hash = sha256(digest);
  IF NOT FOUND THEN RETURN false; END IF;
  PERFORM set_identity(app);
  RETURN true;
END $$;

GRANT EXECUTE ON FUNCTION app_secrets_among, identify_by_app_secret TO dingline_api;
