import { sql } from 'kysely';
import type { Transaction } from '../kernel/database.js';

/**
 * By the owner's login: each worker lets its lease go, takes nothing up, and holds back what was to go
 * out until then, before it goes on. The number of hand-offs that wait.
 */
export async function askToRecover(trx: Transaction, until: Date): Promise<number> {
  await sql`DELETE FROM recoveries`.execute(trx);
  await sql`INSERT INTO recoveries (until) VALUES (${until})`.execute(trx);
  await sql`DELETE FROM leases`.execute(trx);
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count
    FROM handoffs
    WHERE state = 'queued' AND kind = 'deliver' AND created_at <= ${until} AND not_before <= ${until}
  `.execute(trx);
  return rows[0]?.count ?? 0;
}
