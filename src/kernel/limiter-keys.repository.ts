import { sql } from 'kysely';
import type { Executor } from './database.js';

/**
 * Deletes the keys from before `days`, which follow one another; writes those that nobody has made;
 * gives what holds.
 */
export async function keepLimiterKeys(
  db: Executor,
  days: readonly [string, ...string[]],
  wrapped: readonly Buffer[],
): Promise<{ day: string; wrapped: Buffer }[]> {
  await sql`DELETE FROM limiter_keys WHERE day < ${days[0]}::date`.execute(db);
  await sql`
    INSERT INTO limiter_keys (day, wrapped)
    SELECT *
    FROM unnest(${[...days]}::date[], ${[...wrapped]}::bytea[])
    ON CONFLICT DO NOTHING
  `.execute(db);
  const { rows } = await sql<{ day: string; wrapped: Buffer }>`
    SELECT day::text, wrapped
    FROM limiter_keys
    WHERE day >= ${days[0]}::date
  `.execute(db);
  return rows;
}
