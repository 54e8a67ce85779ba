import { sql } from 'kysely';
import type { Executor } from '../kernel/database.js';

/** A prefix that an operator refuses; it is no number. */
export interface DeniedPrefix {
  prefix: string;
  reason: string;
  since: Date;
}

export async function listDeniedPrefixes(db: Executor): Promise<DeniedPrefix[]> {
  const { rows } = await sql<DeniedPrefix>`
    SELECT prefix, reason, since
    FROM denied_prefixes
    ORDER BY prefix
  `.execute(db);
  return rows;
}

/** Denies it; one that was denied keeps its beginning and gets the new reason. */
export async function denyPrefix(
  db: Executor,
  { prefix, reason, since }: DeniedPrefix,
): Promise<void> {
  await sql`
    INSERT INTO denied_prefixes (prefix, reason, since)
    VALUES (${prefix}, ${reason}, ${since})
    ON CONFLICT (prefix) DO UPDATE SET reason = excluded.reason
  `.execute(db);
}

/** False if it was not denied. */
export async function allowPrefix(db: Executor, prefix: string): Promise<boolean> {
  const { rows } = await sql`
      DELETE FROM denied_prefixes
      WHERE prefix = ${prefix}
      RETURNING prefix
    `.execute(db);
  return rows.length > 0;
}
