import pg from 'pg';
import type { World } from './world.js';

/** Holds rows that others want, so that what waits for them is no matter of luck. */
export class HeldRows {
  private constructor(
    private readonly world: World,
    private readonly holder: pg.Client,
  ) {}

  static async open(world: World): Promise<HeldRows> {
    const holder = new pg.Client({ connectionString: world.database.ownerUrl });
    await holder.connect();
    return new HeldRows(world, holder);
  }

  close(): Promise<void> {
    return this.holder.end();
  }

  /** While this statement's locks are held, whoever wants them waits. */
  async during(statement: string, values: unknown[], work: () => Promise<void>): Promise<void> {
    await this.holder.query('BEGIN');
    try {
      await this.holder.query(statement, values);
      await work();
    } finally {
      await this.holder.query('ROLLBACK');
    }
  }

  /** Before the work is done. */
  async letGo(): Promise<void> {
    await this.holder.query('ROLLBACK');
    await this.holder.query('BEGIN');
  }

  /** How many connections of `api` wait for a lock. */
  async countWaiting(): Promise<number> {
    const waiting = await this.world.rows(`
      SELECT FROM pg_stat_activity
      WHERE usename = 'dingline_api' AND wait_event_type = 'Lock' AND datname = current_database()
    `);
    return waiting.length;
  }
}
