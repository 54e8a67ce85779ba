-- Queues the webhooks of starts and checks, in the statement that does them: many at once, like them.

-- `answers` are what start_verifications or check_verifications said of `requests`, one for each, and are given back.
-- A request of an app with a webhook has `app_id`, `event_id` and `events`, by its type the body of each that may
-- come true.
CREATE FUNCTION queue_webhooks(requests json, answers jsonb) RETURNS jsonb LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO webhook_events (id, app_id, type, body, created_at, next_at)
  SELECT q.event_id, w.app_id, a.comes_true, q.events ->> a.comes_true, q.at, q.at
  FROM ROWS FROM (json_to_recordset(requests) AS (app_id uuid, event_id uuid, events json, at timestamptz))
    WITH ORDINALITY AS q (app_id, event_id, events, at, place)
  CROSS JOIN LATERAL (SELECT answers -> (q.place - 1)::int AS said) AS answer
  CROSS JOIN LATERAL (SELECT CASE
    WHEN (said ->> 'isNew')::boolean THEN 'verification.started'
    WHEN (said ->> 'isCorrect')::boolean AND said ->> 'state' = 'approved' THEN 'verification.approved'
    WHEN NOT (said ->> 'isCorrect')::boolean AND said ->> 'state' = 'max_attempts' THEN 'verification.failed'
  END AS comes_true) AS a
  JOIN app_webhooks w ON w.app_id = q.app_id AND w.is_enabled
  WHERE q.event_id IS NOT NULL AND a.comes_true IS NOT NULL;
  RETURN answers;
END $$;
