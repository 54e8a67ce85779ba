import type { Database, HeldConnection } from '../kernel/database.js';
import { LEASE_SECONDS, type LeaseRow, renewLease, takeLease } from './leases.repository.js';

const RENEW_MS = 5_000;

/** A lease that wasn't renewed for so long is claimed under no more: it may be over when the claim is. */
const STALE_MS = (LEASE_SECONDS * 1000 * 3) / 4;

/** What stands before a lease: whether the database is the one that it was. */
export interface LeaseCheck {
  /** Before anything is taken up. @throws where that can't be said now */
  check(connection: HeldConnection): Promise<void>;
  /** What the database knows by now. */
  note(lease: { lease: number; renewals: number; place: string }): Promise<void>;
}

interface Held {
  number: number;
  connection: HeldConnection;
  /** Before it was renewed last, by `uptime`. */
  renewedAt: number;
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
  /** From the first lease on: one that is lost is taken anew at once, with what is checked before. */
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly highWater: LeaseCheck,
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
    clearInterval(this.timer);
    await this.taking?.catch(() => {});
    await this.drop();
  }

  private forget(): Held | undefined {
    const { held } = this;
    this.held = undefined;
    return held;
  }

  private async take(): Promise<number> {
    this.timer ??= setInterval(() => void this.keep(), RENEW_MS).unref();
    const connection = await this.database.hold(() => {
      this.forget();
    });
    try {
      await this.highWater.check(connection);
      const renewedAt = this.uptime();
      const row = await takeLease(connection);
      await this.note(row);
      this.held = { number: row.number, connection, renewedAt };
      return row.number;
    } catch (error) {
      await connection.end();
      throw error;
    }
  }

  /**
   * What can't be renewed is let go by `number`, once it is stale. One that the database doesn't know
   * any more is let go at once.
   */
  private async keep(): Promise<void> {
    const { held } = this;
    const at = this.uptime();
    try {
      if (held === undefined) {
        await this.number();
        return;
      }
      const row = await renewLease(held.connection, held.number);
      if (row === undefined) {
        if (this.held === held) await this.drop();
        return;
      }
      held.renewedAt = at;
      await this.note(row);
    } catch {
      // The database is away, which its pool tells once; the next turn tries again.
    }
  }

  private note({ number, renewals, place }: LeaseRow): Promise<void> {
    return this.highWater.note({ lease: number, renewals, place });
  }
}
