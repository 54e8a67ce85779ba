-- A link's token is bound to its SMS by a key that no login has: who writes the hash of a token that they made up, or
-- copies another link's, has written a link that confirms nothing.
-- ends older builds

ALTER TABLE notifications
  -- HMAC of the row's id and the link's token, under a key of CODE_PEPPER
  ADD COLUMN link_mac bytea CHECK (octet_length(link_mac) = 32),
  ADD COLUMN old_link_hash bytea;        -- of an SMS that went out before links were bound: nobody writes it any more
UPDATE notifications SET old_link_hash = link_hash, link_hash = NULL WHERE link_hash IS NOT NULL;
CREATE INDEX notifications_old_link ON notifications (old_link_hash) WHERE old_link_hash IS NOT NULL;

REVOKE INSERT ON notifications FROM dingline_worker;
GRANT INSERT (id, call_id, participant_id, channel, state, because, created_at, expires_at, begun_at),
  UPDATE (link_mac) ON notifications TO dingline_worker;
GRANT UPDATE (old_link_hash) ON notifications TO dingline_api;
CREATE TRIGGER notifications_old_links BEFORE UPDATE OF old_link_hash ON notifications FOR EACH ROW
  WHEN (NEW.old_link_hash IS NOT NULL AND NEW.old_link_hash IS DISTINCT FROM OLD.old_link_hash)
  EXECUTE FUNCTION refuse_backward();
