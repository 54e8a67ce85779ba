import { sql } from 'kysely';
import type { Transaction } from './database.js';

/** What one worker does at a time: the names that migration 0047 wrote. */
export type Sweep = 'carrier' | 'erasing' | 'pumping';

/** Until the transaction ends no other worker does it; false if another does now. */
export async function takeSweep(trx: Transaction, name: Sweep): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM sweeps WHERE name = ${name} FOR UPDATE SKIP LOCKED
  `.execute(trx);
  return rows.length === 1;
}
