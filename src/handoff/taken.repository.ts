import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { capabilityDigest } from './handoff.js';

/** What a worker knows of a hand-off that it took up: nobody else knows that capability. */
export interface TakenUp {
  id: string;
  capability: string;
}

/**
 * Is it still in the hands of whoever has this capability? Asked right before the carrier is: the
 * worker may have been stopped for minutes, and its hand-off called over.
 */
export async function isTakenUp(db: Executor, { id, capability }: TakenUp): Promise<boolean> {
  const { rows } = await sql`
    SELECT
    FROM handoffs
    WHERE id = ${id}
      AND state = 'sending'
      AND capability_hash = sha256(${capabilityDigest(capability)}::bytea)
  `.execute(db);
  return rows.length > 0;
}

/**
 * As `isTakenUp`, and it stays so until the transaction ends. It waits for whoever else has the row:
 * of a claim whose COMMIT was never answered nobody can say whether it stood before its transaction
 * has ended.
 */
export async function lockTakenUp(trx: Transaction, taken: TakenUp): Promise<boolean> {
  await sql`SELECT FROM handoffs WHERE id = ${taken.id} FOR NO KEY UPDATE`.execute(trx);
  return isTakenUp(trx, taken);
}
