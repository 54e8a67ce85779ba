import { sql } from 'kysely';
import type { Channel } from '../handoff/channels.js';
import type { Purpose } from '../handoff/handoff.js';
import type { Executor } from '../kernel/database.js';

/** More than these aren't looked at: a scrape costs the same however much waits. */
const MOST = 10_000;

/** What waits for the carrier, and where the day's spending and the blocks stand. */
export interface Standing {
  waiting: { purpose: Purpose; channel: Channel; count: number; oldestSeconds: number }[];
  /** An amount; null on a day that has cost nothing. */
  spent: string | null;
  blockedPrefixes: number;
  blockedCountries: number;
}

/** One statement, by indexes, of a bounded number of rows: it is asked at each scrape. */
export async function readStanding(db: Executor, now: Date): Promise<Standing> {
  const day = now.toISOString().slice(0, 10);
  const { rows } = await sql<Standing>`
    WITH due AS MATERIALIZED (
      SELECT purpose, channel, not_before
      FROM handoffs
      WHERE state = 'queued' AND kind = 'deliver' AND not_before <= ${now}
      ORDER BY not_before
      LIMIT ${MOST}
    ),
    waiting AS (
      SELECT
        purpose,
        channel,
        count(*)::int AS count,
        extract(epoch FROM ${now}::timestamptz - min(not_before))::float8 AS "oldestSeconds"
      FROM due
      GROUP BY purpose, channel
    ),
    blocks AS (
      SELECT kind
      FROM pumping_blocks
      WHERE ended_at IS NULL
      LIMIT ${MOST}
    )
    SELECT
      (SELECT coalesce(json_agg(w), '[]') FROM waiting w) AS waiting,
      (SELECT spent FROM spendings WHERE day = ${day}::date AND subject = 'all') AS spent,
      (SELECT count(*)::int FROM blocks WHERE kind = 'prefix') AS "blockedPrefixes",
      (SELECT count(*)::int FROM blocks WHERE kind = 'country') AS "blockedCountries"
  `.execute(db);
  return rows[0] as Standing;
}
