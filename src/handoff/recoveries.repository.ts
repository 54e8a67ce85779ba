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
