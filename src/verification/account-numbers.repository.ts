import { sql } from 'kysely';
import type { Executor } from '../kernel/database.js';

/** Has this account asked for a code to this number lately? The keys are those that the number has had. */
export async function hasAskedFor(
  db: Executor,
  accountId: string,
  numberKeys: readonly Buffer[],
): Promise<boolean> {
  const { rows } = await sql`
    SELECT
    FROM verifications
    WHERE starter_id = ${accountId} AND limiter_index = ANY (${numberKeys}::bytea[])
    LIMIT 1
  `.execute(db);
  return rows.length > 0;
}
