-- Queues the webhooks of starts and checks, in the statement that does them: many at once, like them.

-- `answers` are what start_verifications or compare_codes answered to `requests`, one for each, and they are
-- given back. A request of an app has `app_id` and `event_id`; a start's has its `id` and `channel`.
CREATE FUNCTION queue_webhooks(requests json, answers jsonb) RETURNS jsonb LANGUAGE plpgsql
SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO webhook_events (id, app_id, type, verification_id, channel, created_at, next_at)
  SELECT q.event_id, w.app_id, a.event_type, coalesce((answer ->> 'id')::uuid, q.id), q.channel, q.at, q.at
  FROM ROWS FROM (json_to_recordset(requests) AS (id uuid, app_id uuid, event_id uuid, channel text, at timestamptz))
    WITH ORDINALITY AS q (id, app_id, event_id, channel, at, place)
  CROSS JOIN LATERAL (SELECT answers -> (q.place - 1)::int AS answer) AS answered
  CROSS JOIN LATERAL (SELECT CASE
    WHEN (answer ->> 'isNew')::boolean THEN 'verification.started'
    WHEN (answer ->> 'isCorrect')::boolean AND answer ->> 'state' = 'approved' THEN 'verification.approved'
    WHEN NOT (answer ->> 'isCorrect')::boolean AND answer ->> 'state' = 'max_attempts' THEN 'verification.failed'
  END AS event_type) AS a
  JOIN app_webhooks w ON w.app_id = q.app_id AND w.is_enabled
  WHERE q.event_id IS NOT NULL AND a.event_type IS NOT NULL
  ON CONFLICT DO NOTHING;
  RETURN answers;
END $$;
