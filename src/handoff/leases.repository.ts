import type { HeldConnection } from '../kernel/database.js';

/**
 * "lease" in ASCII, cut to 31 bits: the class of the advisory locks that are the workers' leases.
 */
export const LEASE_LOCK_CLASS = 0x6c656173;

/**
 * Draws a number that no worker has had, and locks it for as long as `connection` lives. Whoever can
 * connect can take such a lock, too: one that is taken is passed over, and of those that are held
 * only a worker's count (OverdueHandoffsRepository).
 */
export async function takeLease(connection: HeldConnection): Promise<number> {
  for (;;) {
    const [row] = await connection.query<{ number: number }>(
      `SELECT nextval('worker_leases')::int AS number`,
    );
    if (row === undefined) throw new Error('no lease number');
    const [lock] = await connection.query<{ isMine: boolean }>(
      'SELECT pg_try_advisory_lock($1, $2) AS "isMine"',
      [LEASE_LOCK_CLASS, row.number],
    );
    if (lock?.isMine === true) return row.number;
  }
}
