import type { HeldConnection } from '../kernel/database.js';
import { LEASE_LOCK_CLASS } from './handoffs.repository.js';

/** Draws a number that no worker has had, and locks it for as long as `connection` lives. */
export async function takeLease(connection: HeldConnection): Promise<number> {
  const [row] = await connection.query<{ number: number }>(
    `SELECT nextval('worker_leases')::int AS number`,
  );
  if (row === undefined) throw new Error('no lease number');
  await connection.query('SELECT pg_advisory_lock($1, $2)', [LEASE_LOCK_CLASS, row.number]);
  return row.number;
}
