import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Handoff, HandoffKind, HandoffState } from './handoff.js';
import { COLUMNS, type HandoffRow, toHandoff } from './handoff-rows.repository.js';

/** So long after a hang-up was accepted its call has ended, and the carrier said so; else it is asked for again. */
export const ENDS_WITHIN_MS = 60_000;

/**
 * Calls that may be ringing or talking now, as far as the hand-off knows, for a control of this
 * kind: what is being hung up, or was lately, needs no other hang-up. Asked under the call's lock, under which a
 * hang-up is written.
 */
export async function listCallsOut(
  trx: Transaction,
  legIds: readonly string[],
  kind: HandoffKind,
  now: Date,
): Promise<Handoff[]> {
  const { rows } = await sql<HandoffRow>`
    SELECT ${COLUMNS}
    FROM handoffs o
    WHERE subject_id = ANY (${legIds}::uuid[])
      AND kind = 'deliver'
      AND state IN ('sending', 'accepted', 'unknown')
      AND (${kind}::text <> 'hang_up' OR NOT EXISTS (
        SELECT
        FROM handoffs h
        WHERE h.target_id = o.id
          AND h.kind = 'hang_up'
          AND (h.state IN ('queued', 'sending')
            OR h.state = 'accepted' AND h.settled_at > ${new Date(now.getTime() - ENDS_WITHIN_MS)})
      ))
  `.execute(trx);
  return rows.map(toHandoff);
}

/** Finds the state of the call that a hang-up is to end, and the carrier's id for it. */
export async function findTarget(
  db: Executor,
  targetId: string,
): Promise<{ state: HandoffState; carrierRef: string | null } | undefined> {
  const { rows } = await sql<{ state: HandoffState; carrierRef: string | null }>`
    SELECT state, carrier_ref AS "carrierRef"
    FROM handoffs
    WHERE id = ${targetId}
  `.execute(db);
  return rows[0];
}
