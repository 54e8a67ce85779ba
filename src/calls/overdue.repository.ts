import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
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
