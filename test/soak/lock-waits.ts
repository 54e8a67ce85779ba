import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from './site.js';

/** PostgreSQL ends a statement after 10 s. */
const WORTH_SAYING_S = 4;
const LOOK_EVERY_MS = 2_000;

interface Wait {
  pid: number;
  waited: number;
  wants: string;
  by: string;
  holder: number;
  holderBy: string;
  holderState: string;
  holderSince: number;
  holderWaits: string | null;
  holderLast: string;
}

const WAITS = `
  SELECT a.pid, a.application_name AS by, left(regexp_replace(a.query, '\\s+', ' ', 'g'), 110) AS wants,
    extract(epoch FROM clock_timestamp() - a.query_start)::int AS waited,
    b.pid AS holder, b.application_name AS "holderBy", b.state AS "holderState",
    b.wait_event AS "holderWaits", extract(epoch FROM clock_timestamp() - b.state_change)::int AS "holderSince",
    left(regexp_replace(b.query, '\\s+', ' ', 'g'), 110) AS "holderLast"
  FROM pg_stat_activity a
  CROSS JOIN LATERAL unnest(pg_blocking_pids(a.pid)) AS held(pid)
  JOIN pg_stat_activity b ON b.pid = held.pid
  WHERE a.wait_event_type = 'Lock' AND a.query_start < clock_timestamp() - interval '${String(WORTH_SAYING_S)} s'
`;

/** Who has waited long for somebody else's lock, and what that one did meanwhile. */
export class LockWaits {
  readonly found: string[] = [];
  private isOver = false;
  private readonly watching: Promise<void>;

  constructor(private readonly site: Site) {
    this.watching = this.watch();
  }

  async close(): Promise<void> {
    this.isOver = true;
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (!this.isOver) {
      const waits = await this.site.rows<Wait>(WAITS).catch((): Wait[] => []);
      for (const one of waits) this.found.push(`${new Date().toISOString()} ${describe(one)}`);
      await sleep(LOOK_EVERY_MS);
    }
  }
}

const describe = (one: Wait): string =>
  `${one.by} ${String(one.pid)} waits ${String(one.waited)} s for ${one.holderBy} ${String(one.holder)} ` +
  `(${one.holderState} since ${String(one.holderSince)} s, ${one.holderWaits ?? 'at work'}): ` +
  `wants ${one.wants} | it did ${one.holderLast}`;
