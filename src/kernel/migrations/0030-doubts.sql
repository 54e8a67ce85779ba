-- A confirmation by a key is in doubt where the carrier heard a machine afterwards. An SMS follows, also when the Ding
-- has ended by then; whoever confirms by its link or in the app ends the doubt.

ALTER TABLE ding_recipients ADD COLUMN doubted_at timestamptz;
GRANT UPDATE (doubted_at) ON ding_recipients TO dingline_api, dingline_ingress;

CREATE OR REPLACE FUNCTION may_follow(participant uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM ding_recipients r
    JOIN calls c ON c.id = r.call_id
    WHERE r.participant_id = participant AND r.stopped_at IS NULL AND CASE
      WHEN r.doubted_at IS NOT NULL THEN c.end_reason IS DISTINCT FROM 'recalled'
      ELSE r.confirmed_at IS NULL AND c.ended_at IS NULL AND EXISTS (
        SELECT FROM legs l
        WHERE l.participant_id = r.participant_id AND (l.state = 'ended' OR l.reason = 'unknown'))
    END)
$$;

-- A confirmation and a stop are said once; a doubt is about a key, once, and another confirmation alone ends it.
DROP TRIGGER ding_recipients_move_forward ON ding_recipients;
CREATE TRIGGER ding_recipients_move_forward BEFORE UPDATE ON ding_recipients FOR EACH ROW
  WHEN (NEW.stopped_at IS DISTINCT FROM coalesce(OLD.stopped_at, NEW.stopped_at)
    OR CASE
      WHEN OLD.doubted_at IS NOT NULL AND NEW.doubted_at IS NULL
        THEN NEW.confirmed_at < OLD.confirmed_at OR NEW.confirmed_at IS NULL OR NEW.confirmed_by = 'voice'
      ELSE NEW.doubted_at IS DISTINCT FROM coalesce(OLD.doubted_at, NEW.doubted_at)
        OR NEW.doubted_at IS NOT NULL AND NEW.confirmed_by IS DISTINCT FROM 'voice'
        OR OLD.confirmed_at IS NOT NULL
          AND (NEW.confirmed_at, NEW.confirmed_by) IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by)
    END)
  EXECUTE FUNCTION refuse_backward();
