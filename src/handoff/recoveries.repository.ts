import { sql } from 'kysely';
import type { Executor, HeldConnection, Transaction } from '../kernel/database.js';
import type { Known } from './high-water.js';
import { IS_KNOWN } from './handoffs.repository.js';

/** What this database says of itself, of a lease, and of what an operator asks for. */
export interface DatabaseState extends Known {
  askedUntil: Date | undefined;
}

export async function readState(
  connection: HeldConnection,
  lease: number | undefined,
): Promise<DatabaseState> {
  const [row] = await connection.query<{
    place: string;
    renewals: number | null;
    askedUntil: Date | null;
  }>(
    `
      SELECT
        database_place() AS place,
        (SELECT renewals FROM leases WHERE number = $1) AS renewals,
        (SELECT max(until) FROM recoveries) AS "askedUntil"
    `,
    [lease ?? null],
  );
  if (row === undefined) throw new Error('a SELECT without a table has one row');
  return {
    place: row.place,
    renewals: row.renewals ?? undefined,
    askedUntil: row.askedUntil ?? undefined,
  };
}

/** What reaches a phone, and may have gone out before the database went back. */
export interface Doubtful {
  id: string;
  notAfter: Date;
  callSeconds: number;
}

export async function findDoubtful(db: Executor, until: Date, now: Date): Promise<Doubtful[]> {
  const { rows } = await sql<Doubtful>`
    SELECT id, not_after AS "notAfter", call_seconds AS "callSeconds"
    FROM handoffs
    WHERE state = 'queued'
      AND kind = 'deliver'
      AND created_at <= ${until}
      AND not_before <= ${until}
      AND not_after > ${now}
      AND ${IS_KNOWN}
    LIMIT 500
  `.execute(db);
  return rows;
}

/**
 * Takes one up under a lease that nobody holds, as a worker that died with it in hand would have: the
 * sweeper says that it is unknown. False where somebody was quicker.
 */
export async function takeForNobody(
  trx: Transaction,
  { id, lease }: { id: string; lease: number },
  capability: { digest: Buffer; expiresAt: Date; salt: Buffer },
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE handoffs
    SET
      state = 'sending',
      worker = ${lease},
      attempts = attempts + 1,
      capability_hash = sha256(${capability.digest}::bytea),
      capability_expires_at = ${capability.expiresAt},
      capability_salt = ${capability.salt}
    WHERE id = ${id} AND state = 'queued'
    RETURNING id
  `.execute(trx);
  return rows.length > 0;
}
