import type { Database, HeldConnection } from '../kernel/database.js';
import { LEASE_SECONDS, renewLease, takeLease } from './leases.repository.js';

const RENEW_MS = 5_000;

/** A lease that wasn't renewed for so long is claimed under no more: it may be over when the claim is. */
const STALE_MS = (LEASE_SECONDS * 1000 * 3) / 4;

interface Held {
  number: number;
  connection: HeldConnection;
  /** Before it was renewed last, by `uptime`. */
  renewedAt: number;
  timer: NodeJS.Timeout;
}

/**
 * A worker's lease: a number, a session lock on it that PostgreSQL itself gives back the moment the
 * worker's connection is gone, killed process or cut cable alike, and a row that is renewed, for a
 * machine whose connections outlive it. A row left in `sending` under a number that nobody holds was
 * left by a dead worker.
 *
 * It needs a session of its own, so a pooler in transaction mode can't stand between worker and
 * database. Why both: docs/decisions/worker-leases.md.
 */
export class WorkerLease {
  private held: Held | undefined;
  private taking: Promise<number> | undefined;
  private isClosed = false;

  constructor(
    private readonly database: Database,
    /** Milliseconds of the process's own clock, which nobody sets. */
    private readonly uptime: () => number = () => performance.now(),
  ) {}

  /** The number to claim under; taken anew if it was lost. @throws when the database is away */
  async number(): Promise<number> {
    // A process that stood still wakes with a lease that others may have seen end.
    if (this.held !== undefined && this.uptime() - this.held.renewedAt > STALE_MS)
      await this.drop();
    if (this.held !== undefined) return this.held.number;
    if (this.isClosed) throw new Error('the lease is closed');
    this.taking ??= this.take().finally(() => {
      this.taking = undefined;
    });
    return this.taking;
  }

  /** Lets the number go, so that rows still under it are seen as abandoned. */
  async drop(): Promise<void> {
    await this.forget()?.connection.end();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.taking?.catch(() => {});
    await this.drop();
  }

  private forget(): Held | undefined {
    const { held } = this;
    this.held = undefined;
    clearInterval(held?.timer);
    return held;
  }

  private async take(): Promise<number> {
    const connection = await this.database.hold(() => {
      this.forget();
    });
    try {
      const renewedAt = this.uptime();
      const number = await takeLease(connection);
      const timer = setInterval(() => void this.renew(), RENEW_MS).unref();
      this.held = { number, connection, renewedAt, timer };
      return number;
    } catch (error) {
      await connection.end();
      throw error;
    }
  }

  /** What can't be renewed is let go by `number`, once it is stale. */
  private async renew(): Promise<void> {
    const { held } = this;
    if (held === undefined) return;
    const at = this.uptime();
    const isRenewed = await renewLease(held.connection, held.number).catch(() => false);
    if (isRenewed) held.renewedAt = at;
  }
}
