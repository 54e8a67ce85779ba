import { sql } from 'kysely';
import { APP } from '../handoff/channels.js';
import type { Executor } from '../kernel/database.js';

/** Calls of Dings that were decided before and still wait here, without an SMS beside them. */
export async function findLateLegs(db: Executor, decidedBefore: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT l.id
    FROM legs l
    JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver' AND h.state IN ('queued', 'sending')
    JOIN calls c ON c.id = l.call_id AND c.ended_at IS NULL
    JOIN ding_recipients r ON r.participant_id = l.participant_id
    JOIN participants p ON p.id = l.participant_id
    JOIN account_numbers a ON a.account_id = p.account_id AND a.must_prove_since IS NULL
    WHERE l.state = 'queued'
      AND l.created_at <= ${decidedBefore}
      AND r.confirmed_at IS NULL
      AND r.stopped_at IS NULL
      AND NOT EXISTS (
        SELECT
        FROM notifications n
        WHERE n.participant_id = l.participant_id AND n.channel <> ${APP}
      )
    LIMIT 200
  `.execute(db);
  return rows.map((row) => row.id);
}
