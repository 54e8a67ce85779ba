import { sql } from 'kysely';
import type { Executor, Transaction } from './database.js';
import { limitRules, nextAllowedAt, type Rule } from './rate-limit.js';

export type Taken = { ok: true } | { ok: false; retryAt: Date };

/**
 * Takes one hit for `keys[0]` if every rule allows it: a sliding log in one row and one statement,
 * so that hits of several processes at once are counted exactly. The other keys are what the same
 * subject was counted under before the limiter's key turned over; their hits count too. Fails
 * closed: without the database there is no answer.
 *
 * A log of at most `max` times beats fixed windows (which let twice the limit through at an edge)
 * and costs the same statement.
 */
export async function takeHit(
  db: Executor,
  keys: readonly [Buffer, ...Buffer[]],
  rules: readonly Rule[],
  now: Date,
): Promise<Taken> {
  const { maxes, windows } = limitRules(rules);
  const { rows } = await sql<{ isTaken: boolean }>`
    SELECT take_hit(
      ${[...keys]}::bytea[],
      ROW(${maxes}::int[], ${windows}::float8[])::limit_rules,
      ${now}::timestamptz
    ) AS "isTaken"
  `.execute(db);
  if (rows[0]?.isTaken === true) return { ok: true };
  return { ok: false, retryAt: nextAllowedAt(await readHits(db, keys), rules, now) };
}

/** Gives back a hit for what then did not happen. */
export async function giveBackHit(trx: Transaction, key: Buffer, at: Date): Promise<void> {
  await sql`
    UPDATE limits SET hits = without_hit(hits, ${at}::timestamptz)
    WHERE key = ${key}
  `.execute(trx);
}

/** The hits that are counted for these keys. */
export async function readHits(db: Executor, keys: readonly Buffer[]): Promise<Date[]> {
  return (await readHitsOfEach(db, keys)).flat();
}

/** The hits of each of these keys by itself, in their order. */
export async function readHitsOfEach(db: Executor, keys: readonly Buffer[]): Promise<Date[][]> {
  const { rows } = await sql<{ hits: Date[] }>`
    SELECT coalesce(l.hits, '{}') AS hits
    FROM unnest(${keys}::bytea[]) WITH ORDINALITY AS one (key, n)
    LEFT JOIN limits l USING (key)
    ORDER BY n
  `.execute(db);
  return rows.map((row) => row.hits);
}

/** Erases what counts for no window any more: whose hits they were is nobody's business then. */
export async function forgetHits(db: Executor, now: Date): Promise<void> {
  await sql`
    DELETE FROM limits
    WHERE key IN (
      SELECT key
      FROM limits
      WHERE expires_at <= ${now}
      LIMIT 500
      FOR UPDATE SKIP LOCKED
    )
  `.execute(db);
}
