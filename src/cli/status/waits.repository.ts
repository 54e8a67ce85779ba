import { sql } from 'kysely';
import { LOGINS } from '../../embedded/databases.js';
import { LEASE_LOCK_CLASS } from '../../handoff/leases.repository.js';
import type { Channel } from '../../handoff/channels.js';
import type { Purpose } from '../../handoff/handoff.js';
import { IS_HELD } from '../../handoff/stops.repository.js';
import type { Executor } from '../../kernel/database.js';

/** More rows than these aren't counted: it answers within two seconds, however much waits. */
export const COUNTED_AT_MOST = 10_000;

/**
 * Why a hand-off waits. stop: an operator holds it back. retry: the carrier took nothing, and is
 * asked again at its time. turn: it is in line, since the carrier takes so much in a second. limit:
 * it is put off, from its start or as it was to go out, since its number was reached as often as one
 * may be. due: it should go out now.
 */
export type Why = 'stop' | 'retry' | 'turn' | 'limit' | 'due';

export interface Waiting {
  purpose: Purpose;
  channel: Channel;
  why: Why;
  count: number;
  /** Since when the first is due; of others, when the first may go out. */
  first: string;
}

/** What waits for the carrier, by why, of the rows that were to go out first. */
export async function listWaiting(db: Executor, now: Date): Promise<Waiting[]> {
  const { rows } = await sql<Omit<Waiting, 'first'> & { first: Date }>`
    WITH queued AS MATERIALIZED (
      SELECT purpose, channel, not_before,
        CASE
          WHEN ${IS_HELD} THEN 'stop'
          WHEN not_before <= ${now} THEN 'due'
          WHEN turn IS NOT NULL THEN 'turn'
          WHEN outcome = 'unavailable' THEN 'retry'
          ELSE 'limit'
        END AS why
      FROM handoffs
      WHERE state = 'queued' AND kind = 'deliver'
      ORDER BY not_before
      LIMIT ${COUNTED_AT_MOST}
    )
    SELECT purpose, channel, why, count(*)::int AS count, min(not_before) AS first
    FROM queued
    GROUP BY purpose, channel, why
    ORDER BY purpose, channel, why
  `.execute(db);
  return rows.map((row) => ({ ...row, first: row.first.toISOString() }));
}

/**
 * Workers by their leases, and who is connected, by the roles' logins: whoever can connect can take
 * such a lock, and call itself as it likes.
 */
export async function countProcesses(
  db: Executor,
): Promise<{ workers: number; connections: Record<string, number> }> {
  const { rows } = await sql<{ workers: number; connections: Record<string, number> | null }>`
    SELECT
      (
        SELECT count(DISTINCT objid)::int
        FROM pg_locks l
        JOIN pg_stat_activity holder ON holder.pid = l.pid AND holder.usename = ${LOGINS.worker}
        WHERE l.locktype = 'advisory' AND l.classid = ${LEASE_LOCK_CLASS} AND l.granted
          AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      ) AS workers,
      (
        SELECT json_object_agg(role, connections)
        FROM (
          SELECT replace(usename, 'dingline_', '') AS role, count(*) AS connections
          FROM pg_stat_activity
          WHERE datname = current_database() AND usename = ANY (${Object.values(LOGINS)}::text[])
          GROUP BY role) each
      ) AS connections
  `.execute(db);
  const { workers = 0, connections = null } = rows[0] ?? {};
  return { workers, connections: { api: 0, ingress: 0, worker: 0, ...connections } };
}

export interface Spending {
  /** all, or its kind and id: `country:DE`, `app:…`. */
  subject: string;
  spent: number;
  /** An app's own. */
  cap: number | null;
}

/** What this UTC day has cost: all of it, and what has cost most. */
export async function listSpendings(db: Executor, now: Date): Promise<Spending[]> {
  const { rows } = await sql<Spending>`
    SELECT s.subject, s.spent::float8 AS spent, a.spend_cap::float8 AS cap
    FROM spendings s
    LEFT JOIN apps a ON s.subject = 'app:' || a.id
    WHERE s.day = ${now.toISOString().slice(0, 10)}::date
    ORDER BY s.subject <> 'all', s.spent DESC, s.subject
    LIMIT 200
  `.execute(db);
  return rows;
}

/** How many of the newest hand-offs a cap on spending has ended, within an hour. */
export async function countCapped(db: Executor, now: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    SELECT (count(*) FILTER (WHERE reason = 'spend_cap'))::int AS count
    FROM (
      SELECT reason
      FROM handoffs
      WHERE settled_at > ${new Date(now.getTime() - 3_600_000)}
      ORDER BY settled_at DESC
      LIMIT ${COUNTED_AT_MOST}
    ) newest
  `.execute(db);
  return rows[0]?.count ?? 0;
}

export interface Webhook {
  appId: string;
  /** off: it was turned off, since it failed for long. paused: its server asked us to wait. */
  state: 'off' | 'paused' | 'failing';
  /** Off since nobody knows when; paused until; failing since. */
  at: string | null;
}

export async function listTroubledWebhooks(db: Executor, now: Date): Promise<Webhook[]> {
  const { rows } = await sql<Omit<Webhook, 'at'> & { at: Date | null }>`
    SELECT app_id AS "appId",
      CASE WHEN NOT is_enabled THEN 'off' WHEN paused_until > ${now} THEN 'paused' ELSE 'failing' END
        AS state,
      CASE WHEN NOT is_enabled THEN NULL WHEN paused_until > ${now} THEN paused_until
        ELSE failing_since END AS at
    FROM app_webhooks
    WHERE NOT is_enabled AND disabled_because <> 'operator'
      OR is_enabled AND (paused_until > ${now} OR failing_since IS NOT NULL)
    ORDER BY app_id
    LIMIT 100
  `.execute(db);
  return rows.map((row) => ({ ...row, at: row.at?.toISOString() ?? null }));
}
