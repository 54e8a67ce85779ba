import type { Database, HeldConnection } from '../kernel/database.js';
import { takeLease } from './leases.repository.js';

/**
 * A worker's lease: a number, and a session lock on it that PostgreSQL itself gives back the moment
 * the worker's connection is gone, killed process or cut cable alike. No heartbeat, no clock: a row
 * left in `sending` under a number that nobody holds was left by a dead worker.
 *
 * It needs a session of its own, so a pooler in transaction mode can't stand between worker and
 * database. Why not a heartbeat: docs/decisions/worker-leases.md.
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
      const number = await takeLease(connection);
      this.held = { number, connection };
      return number;
    } catch (error) {
      await connection.end();
      throw error;
    }
  }
}
