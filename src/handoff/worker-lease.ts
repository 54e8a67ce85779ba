import type { Database, HeldConnection } from '../kernel/database.js';
import { LEASE_LOCK_CLASS } from './handoffs.repository.js';

/**
 * A worker's lease: a number, and a session lock on it that PostgreSQL itself gives back the moment the worker's
 * connection is gone, killed process or cut cable alike. No heartbeat, no clock: a row left in `sending` under a number
 * that nobody holds was left by a dead worker.
 *
 * It needs a session of its own, so a pooler in transaction mode can't stand between worker and database. Why not a
 * heartbeat: docs/decisions/worker-leases.md.
 */
export class WorkerLease {
  private held: { number: number; connection: HeldConnection } | undefined;
  private taking: Promise<number> | undefined;
  private isClosed = false;

  constructor(private readonly database: Database) {}

  /** The number to claim under; taken anew if it was lost. @throws when the database is away */
  async number(): Promise<number> {
    if (this.held !== undefined) return this.held.number;
    if (this.isClosed) throw new Error('the lease is closed');
    this.taking ??= this.take().finally(() => {
      this.taking = undefined;
    });
    return this.taking;
  }

  /** Lets the number go, so that rows still under it are seen as abandoned. */
  async drop(): Promise<void> {
    const held = this.held;
    this.held = undefined;
    await held?.connection.end();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.taking?.catch(() => {});
    await this.drop();
  }

  private async take(): Promise<number> {
    const connection = await this.database.hold(() => {
      this.held = undefined;
    });
    try {
      const [row] = await connection.query<{ number: number }>(`SELECT nextval('worker_leases')::int AS number`);
      if (row === undefined) throw new Error('no lease number');
      await connection.query('SELECT pg_advisory_lock($1, $2)', [LEASE_LOCK_CLASS, row.number]);
      this.held = { number: row.number, connection };
      return row.number;
    } catch (error) {
      await connection.end();
      throw error;
    }
  }
}
