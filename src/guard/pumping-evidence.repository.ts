import { sql } from 'kysely';
import { byChannel, type Channel, CHANNELS } from '../handoff/channels.js';
import type { Executor } from '../kernel/database.js';
import {
  BAD_PREFIXES,
  BURST_MS,
  type Evidence,
  type Kind,
  LEAST_OF_PREFIX,
  LEVEL_MS,
  MATURE_MS,
  SLOW_MS,
  WINDOW_MS,
} from './pumping.js';

export interface Suspect extends Evidence {
  kind: Kind;
  prefixKey: Buffer | null;
  country: string | null;
  /** The hour's sends are counted by the channel that they went by. */
  sentBy: Record<Channel, number>;
  isBlocked: boolean;
}

interface Row extends Record<`by_${Channel}`, number> {
  kind: Kind;
  prefix_key: Buffer | null;
  country: string | null;
  sends: number;
  approvals: number;
  numbers: number;
  burst_sends: number;
  burst_approvals: number;
  burst_numbers: number;
  sends_before: number;
  level: number;
  is_blocked: boolean;
}

/**
 * A column for each channel. Their names are this build's own, so they may stand in the statement's
 * text.
 */
const forEach = (column: (channel: Channel) => string) => sql.raw(CHANNELS.map(column).join(', '));
const COUNT_EACH = forEach(
  (channel) => `(count(*) FILTER (WHERE h.channel = '${channel}'))::int AS by_${channel}`,
);
const EACH = forEach((channel) => `s.by_${channel}`);
const SUM_EACH = forEach(
  (channel) =>
    `coalesce(sum(by_${channel}) FILTER (WHERE is_mature OR is_burst), 0)::int AS by_${channel}`,
);

/** Is block `b` one of what `c` counts? */
const isBlockedTarget = sql`b.kind = c.kind
  AND CASE c.kind WHEN 'prefix' THEN b.prefix_key = c.prefix_key ELSE b.country = c.country END`;

/**
 * The last hour by prefix and by country. A send counts once it has left: what an outage or a stop
 * holds back says nothing of people. Evidence that a block was made of is used up by it, and what
 * an operator lifted is forgiven.
 */
export async function lookAtLastHour(trx: Executor, now: Date): Promise<Suspect[]> {
  const ago = (ms: number): Date => new Date(now.getTime() - ms);
  const { rows } = await sql<Row>`
    WITH blocks AS (
      SELECT *
      FROM pumping_blocks
      WHERE since > ${ago(LEVEL_MS)} OR ended_at IS NULL
    ),
    sent AS (
      SELECT
        v.id,
        v.prefix_key,
        v.country,
        v.limiter_index,
        v.created_at,
        v.state = 'approved' AS is_approved,
        v.state <> 'pending' AS is_finished,
        count(*)::int AS sends,
        ${COUNT_EACH}
      FROM verifications v
      JOIN handoffs h
        ON h.subject_id = v.id AND h.kind = 'deliver' AND h.state IN ('accepted', 'unknown')
      WHERE v.created_at > ${ago(WINDOW_MS)}
        AND v.created_at <= ${now}
        AND NOT v.is_test
        AND v.prefix_key IS NOT NULL
      GROUP BY v.id
    ),
    ended AS (
      SELECT kind, prefix_key, country, max(coalesce(lifted_at, until)) AS at
      FROM blocks
      WHERE ended_at IS NOT NULL
      GROUP BY kind, prefix_key, country
    ),
    bad AS (
      SELECT country, prefix_key, max(since) AS since
      FROM blocks
      WHERE kind = 'prefix' AND lifted_at IS NULL AND since > ${ago(WINDOW_MS)}
      GROUP BY country, prefix_key
    ),
    many AS (
      SELECT country
      FROM bad
      WHERE country IS NOT NULL
      GROUP BY country
      HAVING count(*) >= ${BAD_PREFIXES}
    ),
    known AS (
      SELECT
        'prefix' AS kind,
        s.prefix_key,
        s.country,
        s.limiter_index,
        s.created_at,
        s.is_approved,
        s.is_finished,
        s.sends,
        ${EACH}
      FROM sent s
      LEFT JOIN ended e ON e.kind = 'prefix' AND e.prefix_key = s.prefix_key
      WHERE e.at IS NULL OR s.created_at >= e.at
      UNION ALL
      SELECT
        'country',
        NULL,
        s.country,
        s.limiter_index,
        s.created_at,
        s.is_approved,
        s.is_finished,
        s.sends,
        ${EACH}
      FROM sent s
      LEFT JOIN ended e ON e.kind = 'country' AND e.country = s.country
      LEFT JOIN bad b ON b.prefix_key = s.prefix_key
      WHERE s.country IS NOT NULL
        AND (e.at IS NULL OR s.created_at >= e.at)
        AND (
          b.since IS NULL
          OR b.since < s.created_at
          OR s.country IN (SELECT country FROM many)
        )
    ),
    judged AS (
      SELECT
        *,
        is_finished OR created_at <= ${ago(MATURE_MS)} AS is_mature,
        created_at > ${ago(BURST_MS)}
          AND (is_finished OR created_at <= ${ago(SLOW_MS)}) AS is_burst
      FROM known
    ),
    counted AS (
      SELECT
        kind,
        prefix_key,
        max(country) AS country,
        coalesce(sum(sends) FILTER (WHERE is_mature), 0)::int AS sends,
        (count(*) FILTER (WHERE is_mature AND is_approved))::int AS approvals,
        (count(DISTINCT limiter_index) FILTER (WHERE is_mature))::int AS numbers,
        ${SUM_EACH},
        coalesce(sum(sends) FILTER (WHERE is_burst), 0)::int AS burst_sends,
        (count(*) FILTER (WHERE is_burst AND is_approved))::int AS burst_approvals,
        (count(DISTINCT limiter_index) FILTER (WHERE is_burst))::int AS burst_numbers,
        coalesce(sum(sends) FILTER (WHERE created_at <= ${ago(BURST_MS)}), 0)::int AS sends_before
      FROM judged
      GROUP BY kind, prefix_key, CASE kind WHEN 'country' THEN country END
      HAVING kind = 'country' OR sum(sends) >= ${LEAST_OF_PREFIX}
    )
    SELECT
      c.*,
      (
        SELECT count(*)::int
        FROM blocks b
        WHERE ${isBlockedTarget} AND b.lifted_at IS NULL AND b.since > ${ago(LEVEL_MS)}
      ) AS level,
      EXISTS (
        SELECT
        FROM blocks b
        WHERE ${isBlockedTarget} AND b.ended_at IS NULL
      ) AS is_blocked
    FROM counted c
    ORDER BY c.kind DESC, c.country, c.prefix_key
  `.execute(trx);
  return rows.map((row) => ({
    kind: row.kind,
    prefixKey: row.prefix_key,
    country: row.country,
    sentBy: byChannel((channel) => row[`by_${channel}`]),
    isBlocked: row.is_blocked,
    level: row.level,
    sendsBefore: row.sends_before,
    hour: { sends: row.sends, approvals: row.approvals, numbers: row.numbers },
    burst: { sends: row.burst_sends, approvals: row.burst_approvals, numbers: row.burst_numbers },
  }));
}
