-- A service's own host, which stands in the last line of its SMS in place of ours, so that phones offer the code on the
-- pages of whoever runs the app. Like templates it is the operator's alone: no role may write it.
ALTER TABLE verify_services
  ADD COLUMN code_host text CHECK (length(code_host) <= 253 AND code_host ~ '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$');
