import { sql } from 'kysely';
import type { Sql } from './database.js';

/** At most `max` hits in any window of `windowMs`. Several rules hold together. */
export interface Rule {
  max: number;
  windowMs: number;
}

/** When the next hit would keep every rule: `now` or later. Pure. `hits` in any order. */
export function nextAllowedAt(hits: readonly Date[], rules: readonly Rule[], now: Date): Date {
  const times = hits.map((hit) => hit.getTime()).sort((a, b) => b - a);
  let at = now.getTime();
  for (const { max, windowMs } of rules) {
    // The hit that must leave the window first is the max-th youngest.
    const oldest = times[max - 1];
    if (oldest !== undefined) at = Math.max(at, oldest + windowMs);
  }
  return new Date(at);
}

export type Taken = { ok: true } | { ok: false; retryAt: Date };

/**
 * Takes one hit for `keys[0]` if every rule allows it: a sliding log in one row and one statement, so that hits of
 * several processes at once are counted exactly. The other keys are what the same subject was counted under before
 * the limiter's key turned over; their hits count too. Fails closed: without the database there is no answer.
 *
 * A log of at most `max` times beats fixed windows (which let twice the limit through at an edge) and costs the same
 * statement.
 */
export async function takeHit(trx: Sql, keys: readonly [Buffer, ...Buffer[]], rules: readonly Rule[], now: Date): Promise<Taken> {
  const [key, ...before] = keys;
  const longestMs = Math.max(...rules.map((rule) => rule.windowMs));
  const keep = Math.max(...rules.map((rule) => rule.max));
  const maxes = sql`${rules.map((rule) => rule.max)}::int[]`;
  const windows = sql`${rules.map((rule) => rule.windowMs / 1000)}::float8[]`;
  const earlier = sql`(SELECT coalesce(array_agg(hit), '{}') FROM limits l, unnest(l.hits) AS hit WHERE l.key = ANY (${before}::bytea[]))`;
  const taken = await sql`
    INSERT INTO limits (key, hits, expires_at)
    SELECT ${key}::bytea, ARRAY[${now}::timestamptz], ${new Date(now.getTime() + longestMs)}::timestamptz
    WHERE within_limits(${earlier}, ${maxes}, ${windows}, ${now}::timestamptz)
    ON CONFLICT (key) DO UPDATE
      SET hits = (limits.hits || excluded.hits)[greatest(1, cardinality(limits.hits) + 2 - ${keep}::int):],
          expires_at = excluded.expires_at
      WHERE within_limits(limits.hits || ${earlier}, ${maxes}, ${windows}, ${now}::timestamptz)
    RETURNING 1
  `.execute(trx);
  if (taken.rows.length > 0) return { ok: true };
  return { ok: false, retryAt: nextAllowedAt(await readHits(trx, keys), rules, now) };
}

/** Gives back a hit for what then did not happen. */
export async function giveBackHit(trx: Sql, key: Buffer, at: Date): Promise<void> {
  await sql`UPDATE limits SET hits = array_remove(hits, ${at}::timestamptz) WHERE key = ${key}`.execute(trx);
}

/** The hits that are counted for these keys. */
export async function readHits(trx: Sql, keys: readonly Buffer[]): Promise<Date[]> {
  const { rows } = await sql<{ hit: Date }>`SELECT hit FROM limits, unnest(hits) AS hit WHERE key = ANY (${keys}::bytea[])`.execute(trx);
  return rows.map((row) => row.hit);
}

/** Erases what counts for no window any more: whose hits they were is nobody's business then. */
export async function forgetHits(trx: Sql, now: Date): Promise<void> {
  await sql`DELETE FROM limits WHERE key IN (SELECT key FROM limits WHERE expires_at <= ${now} LIMIT 500 FOR UPDATE SKIP LOCKED)`.execute(trx);
}
