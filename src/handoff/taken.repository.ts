import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { capabilityDigest } from './handoff.js';

/** What a worker knows of a hand-off that it took up: nobody else knows that capability. */
export interface TakenUp {
  id: string;
  capability: string;
}

/**
 * How long it has been in the hands of whoever has this capability, by PostgreSQL's clock; undefined
 * if it isn't any more.
 */
export async function findTakenMs(
  db: Executor,
  { id, capability }: TakenUp,
): Promise<number | undefined> {
  const { rows } = await sql<{ ms: number }>`
    SELECT extract(epoch FROM clock_timestamp() - claimed_at)::float8 * 1000 AS ms
    FROM handoffs
    WHERE id = ${id}
      AND state = 'sending'
      AND capability_hash = sha256(${capabilityDigest(capability)}::bytea)
  `.execute(db);
  return rows[0]?.ms;
}

/**
 * Is it in those hands, and stays so until the transaction ends? It waits for whoever else has the
 * row: of a claim whose COMMIT was never answered nobody can say whether it stood before its
 * transaction has ended.
 */
export async function lockTakenUp(trx: Transaction, taken: TakenUp): Promise<boolean> {
  await sql`SELECT FROM handoffs WHERE id = ${taken.id} FOR NO KEY UPDATE`.execute(trx);
  return (await findTakenMs(trx, taken)) !== undefined;
}
