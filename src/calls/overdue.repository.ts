import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { ENDS_WITHIN_MS } from '../handoff/calls-out.repository.js';
import { type CallPurpose, LEG_LOST_AFTER_MS } from './call.js';

// What the sweeps end, since nobody else has.

/** Legs that no callback has ended by the time that even the longest call would have. */
export async function findLostLegs(
  db: Executor,
  purpose: CallPurpose,
  now: Date,
): Promise<string[]> {
  const settledBefore = new Date(now.getTime() - LEG_LOST_AFTER_MS);
  const { rows } = await sql<{ id: string }>`
    SELECT l.id
    FROM legs l
    JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
    WHERE l.state <> 'ended'
      AND h.purpose = ${purpose}
      AND h.state IN ('accepted', 'unknown')
      AND h.settled_at < ${settledBefore}::timestamptz - make_interval(secs => h.call_seconds)
    LIMIT 200
  `.execute(db);
  return rows.map((row) => row.id);
}

/**
 * Legs on which a phone may be, though their call is over or their person removed from it, and which
 * nobody has asked to hang up lately.
 */
export async function findLegsLeftBehind(db: Executor, now: Date): Promise<string[]> {
  const askedSince = new Date(now.getTime() - ENDS_WITHIN_MS);
  const { rows } = await sql<{ id: string }>`
    SELECT l.id
    FROM legs l
    JOIN calls c ON c.id = l.call_id
    JOIN participants p ON p.id = l.participant_id
    JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
    WHERE l.state <> 'ended'
      AND (c.ended_at IS NOT NULL OR p.removed_at IS NOT NULL)
      AND h.state IN ('sending', 'accepted', 'unknown')
      AND NOT EXISTS (
        SELECT
        FROM handoffs up
        WHERE up.target_id = h.id
          AND up.kind = 'hang_up'
          AND up.created_at > ${askedSince}
      )
    LIMIT 200
  `.execute(db);
  return rows.map((row) => row.id);
}

/** Calls past their hard end. */
export async function takeOverdueCalls(
  trx: Transaction,
  purpose: CallPurpose,
  now: Date,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id
    FROM calls
    WHERE purpose = ${purpose} AND ended_at IS NULL AND ends_at <= ${now}
    LIMIT 200
    FOR NO KEY UPDATE SKIP LOCKED
  `.execute(trx);
  return rows.map((row) => row.id);
}
