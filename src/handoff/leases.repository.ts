import { randomInt } from 'node:crypto';
import { sql } from 'kysely';
import type { HeldConnection } from '../kernel/database.js';
import { REMEMBERED_SECONDS } from './high-water.js';

/**
 * "lease" in ASCII, cut to 31 bits: the class of the advisory locks that are the workers' leases.
 */
export const LEASE_LOCK_CLASS = 0x6c656173;

/** How long a lease lasts that isn't renewed, by PostgreSQL's clock. */
export const LEASE_SECONDS = 20;

/** A lease as its row has it, once it is written. */
export interface LeaseRow {
  number: number;
  renewals: number;
  /** PostgreSQL's system identifier and timeline. */
  place: string;
}

/**
 * Draws a random number, so that a copy of the database that is put back doesn't give one again, and
 * locks it for as long as `connection` lives. Whoever can connect can take such a lock, too: one that
 * is taken is passed over, and of those that are held only a worker's count.
 */
export async function takeLease(connection: HeldConnection): Promise<LeaseRow> {
  for (;;) {
    const number = randomInt(1, 2 ** 31);
    const [lock] = await connection.query<{ isMine: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS "isMine"',
      [LEASE_LOCK_CLASS, number],
    );
    if (lock?.isMine !== true) continue;
    const [row] = await connection.query<LeaseRow>(
      'INSERT INTO leases (number) VALUES ($1) ON CONFLICT DO NOTHING RETURNING number, renewals, place',
      [number],
    );
    if (row === undefined) continue;
    await connection.query(FORGET, [REMEMBERED_SECONDS]);
    return row;
  }
}

/** Leases that nobody renews, once nothing on its way is under them and no mark may name them. */
const FORGET = `
  DELETE FROM leases l
  WHERE renewed_at < clock_timestamp() - make_interval(secs => $1)
    AND NOT EXISTS (SELECT FROM handoffs WHERE state = 'sending' AND worker = l.number)
`;

/** Undefined where its row is gone. */
export async function renewLease(
  connection: HeldConnection,
  number: number,
): Promise<LeaseRow | undefined> {
  const [row] = await connection.query<LeaseRow>(
    'UPDATE leases SET number = number WHERE number = $1 RETURNING number, renewals, place',
    [number],
  );
  return row;
}

/**
 * May something be claimed under it? While this database has its row, renewed in time and on this
 * server, in this history: a connection to a database that was put back knows another.
 */
export const mayClaim = (lease: number) => sql`EXISTS (
  SELECT
  FROM leases
  WHERE number = ${lease}
    AND renewed_at > clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})
    AND right(place, 8) = database_timeline()
)`;

/**
 * Does `worker`, a column, hold its lease? While its lock is held by a worker, and its row, which a
 * build before this one has none of, was renewed in time.
 */
export const isLeased = (worker: string) => sql`(
  EXISTS (
    SELECT
    FROM pg_locks l
    JOIN pg_stat_activity holder ON holder.pid = l.pid AND holder.usename = session_user
    WHERE l.locktype = 'advisory'
      AND l.classid = ${LEASE_LOCK_CLASS}
      AND l.objid = ${sql.ref(worker)}
      AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  )
  AND NOT EXISTS (
    SELECT
    FROM leases
    WHERE number = ${sql.ref(worker)}
      AND renewed_at < clock_timestamp() - make_interval(secs => ${LEASE_SECONDS})
  )
)`;
