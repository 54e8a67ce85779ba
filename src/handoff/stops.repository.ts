import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Channel } from './channels.js';
import type { Purpose } from './handoff.js';

/** What an operator holds back for now. */
export interface Stop {
  purpose: Purpose;
  channel: Channel;
  reason: string;
  since: Date;
}

/**
 * True of a row of `handoffs` that a stop holds back. A stop is asked where a hand-off is claimed,
 * so it holds in all processes from the moment that it is committed, and nothing has to be told;
 * what was claimed before goes out. What ends a call, or mutes in one, is never held.
 */
export const IS_HELD = sql.raw(`(
  handoffs.kind = 'deliver'
  AND EXISTS (
    SELECT
    FROM stops s
    WHERE s.purpose = handoffs.purpose AND s.channel = handoffs.channel
  )
)`);

export async function listStops(db: Executor): Promise<Stop[]> {
  return (
    await sql<Stop>`
      SELECT purpose, channel, reason, since
      FROM stops
      ORDER BY purpose, channel
    `.execute(db)
  ).rows;
}

/** Sets it; one that was set keeps its beginning and gets the new reason. */
export async function setStop(db: Executor, stop: Stop): Promise<void> {
  await sql`
    INSERT INTO stops (purpose, channel, reason, since)
    VALUES (${stop.purpose}, ${stop.channel}, ${stop.reason}, ${stop.since})
    ON CONFLICT (purpose, channel) DO UPDATE SET reason = excluded.reason
  `.execute(db);
}

/** More than these at once are left to the sweep, which takes 500 a second. */
const WOKEN_AT_ONCE = 1_000;

/**
 * Lifts it, and wakes what waited; false if it wasn't set. What is too late by now expires, as
 * always.
 */
export async function liftStop(
  trx: Transaction,
  purpose: Purpose,
  channel: Channel,
): Promise<boolean> {
  const { rows } = await sql`
      DELETE FROM stops
      WHERE purpose = ${purpose} AND channel = ${channel}
      RETURNING purpose
    `.execute(trx);
  if (rows.length === 0) return false;
  await sql`
    SELECT pg_notify('dingline_handoffs', concat_ws(' ', id, channel, purpose))
    FROM (
      SELECT id, channel, purpose
      FROM handoffs
      WHERE state = 'queued' AND purpose = ${purpose} AND channel = ${channel}
      ORDER BY not_before
      LIMIT ${WOKEN_AT_ONCE}
    ) held
  `.execute(trx);
  return true;
}

/** How many hand-offs wait, and how many are claimed, by purpose and channel. */
export async function countWaiting(
  db: Executor,
): Promise<{ purpose: Purpose; channel: Channel; queued: number; sending: number }[]> {
  const { rows } = await sql<{
    purpose: Purpose;
    channel: Channel;
    queued: number;
    sending: number;
  }>`
    SELECT
      purpose,
      channel,
      (count(*) FILTER (WHERE state = 'queued'))::int AS queued,
      (count(*) FILTER (WHERE state = 'sending'))::int AS sending
    FROM handoffs
    WHERE state IN ('queued', 'sending') AND kind = 'deliver'
    GROUP BY purpose, channel
  `.execute(db);
  return rows;
}
