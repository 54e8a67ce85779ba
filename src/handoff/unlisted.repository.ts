import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { Handoff } from './handoff.js';
import { COLUMNS, type HandoffRow, toHandoff } from './handoff-rows.repository.js';
import { IS_KNOWN, WAKE_CHANNEL } from './handoffs.repository.js';

/** What may have left, and has no id to ask the carrier by. */
export interface Unlisted {
  handoff: Handoff;
  numberRef: NumberRef;
  /** Its capability is made of it. */
  salt: Buffer;
  /** When its worker took it up, by PostgreSQL's clock. */
  attemptAt: Date;
}

/** It is looked for so often, after twice as long each time: at last after a quarter of an hour. */
const LOOKS = 5;
/** What is older is no news any more, and nothing goes out again by it. */
const LOOKED_FOR_WITHIN_MS = 3_600_000;
/** What became unknown earlier than that was over before this one was taken up. */
const BEFORE_IT_MS = 300_000;

const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms);

/**
 * Hand-offs of unknown fate for which somebody waits, or that somebody wants to hang up: each is one
 * worker's for this time.
 */
export async function takeUnlisted(
  db: Executor,
  afterMs: number,
  now: Date,
  limit: number,
): Promise<Unlisted[]> {
  const { rows } = await sql<HandoffRow & Omit<Unlisted, 'handoff'>>`
    WITH due AS (
      SELECT h.id
      FROM handoffs h
      LEFT JOIN asks a ON a.handoff_id = h.id
      WHERE h.kind = 'deliver'
        AND h.state = 'unknown'
        AND h.carrier_ref IS NULL
        AND h.number_ref IS NOT NULL
        AND h.capability_salt IS NOT NULL
        AND h.claimed_at IS NOT NULL
        AND ${IS_KNOWN}
        AND NOT EXISTS (SELECT FROM handoffs later WHERE later.again_of = h.id)
        AND h.settled_at <= ${before(now, afterMs)}
        AND h.settled_at > ${before(now, LOOKED_FOR_WITHIN_MS)}
        AND coalesce(a.listed, 0) < ${LOOKS}
        AND (a.listed IS NULL OR a.listed = 0
          OR a.asked_at <= ${now}::timestamptz - make_interval(secs => 2 ^ a.listed * ${afterMs / 1000}::float8))
        AND CASE h.purpose
          WHEN 'verification' THEN EXISTS (
            SELECT FROM verifications v WHERE v.id = h.subject_id AND v.state = 'pending')
          ELSE EXISTS (
              SELECT FROM find_step(h.channel, h.subject_id) s WHERE s.state = 'queued')
            OR EXISTS (
              SELECT
              FROM handoffs up
              WHERE up.target_id = h.id AND up.kind = 'hang_up' AND up.state IN ('queued', 'sending'))
        END
      LIMIT ${limit}
      FOR NO KEY UPDATE OF h SKIP LOCKED
    ), mine AS (
      INSERT INTO asks (handoff_id, asked_at)
      SELECT id, ${now} FROM due
      ON CONFLICT (handoff_id) DO UPDATE SET asked_at = excluded.asked_at, times = asks.times + 1
      WHERE asks.asked_at < excluded.asked_at
        AND (asks.listed = 0 OR asks.asked_at <= ${before(now, afterMs)})
      RETURNING handoff_id
    )
    SELECT ${COLUMNS}, number_ref AS "numberRef", capability_salt AS salt, claimed_at AS "attemptAt"
    FROM handoffs
    WHERE id IN (SELECT handoff_id FROM mine)
  `.execute(db);
  return rows.map((row) => {
    const { numberRef, salt, attemptAt } = row;
    return { handoff: toHandoff(row), numberRef, salt, attemptAt };
  });
}

/**
 * What a list must be read with: which of its ids are another hand-off's, and how many others to
 * that number may be in it without an id. Asked after the list was read: what stands in it was
 * claimed before.
 */
export async function findRivals(
  trx: Transaction,
  id: string,
  refs: readonly string[],
): Promise<{ boundRefs: ReadonlySet<string>; rivals: number }> {
  const { rows } = await sql<{ bound: string[]; rivals: number }>`
    SELECT
      ARRAY(
        SELECT o.carrier_ref
        FROM handoffs o
        WHERE o.carrier_ref = ANY (${refs}::text[]) AND o.kind = 'deliver' AND o.id <> h.id
      ) AS bound,
      (
        SELECT count(*)::int
        FROM numbers same
        JOIN handoffs o ON o.number_ref = same.id
        WHERE same.number_index = n.number_index
          AND o.id <> h.id
          AND o.kind = 'deliver'
          AND o.channel = h.channel
          AND o.carrier_ref IS NULL
          AND (o.state = 'sending'
            OR o.state = 'unknown'
              AND o.unknown_at >= h.unknown_at - make_interval(secs => ${BEFORE_IT_MS / 1000}))
      ) AS rivals
    FROM handoffs h
    JOIN numbers n ON n.id = h.number_ref
    WHERE h.id = ${id}
  `.execute(trx);
  return { boundRefs: new Set(rows[0]?.bound), rivals: rows[0]?.rivals ?? 0 };
}

/** Notes, once, that a list had none of it. Whether an earlier one had none is the answer. */
export async function noteMissed(trx: Transaction, id: string, now: Date): Promise<Date> {
  const { rows } = await sql<{ at: Date }>`
    UPDATE asks
    SET missed_at = ${now}
    WHERE handoff_id = ${id}
    RETURNING missed_at AS at
  `.execute(trx);
  return rows[0]?.at ?? now;
}

/** A hand-off is followed by one more, at once: never by two, and none follows that one. */
export async function mayGoAgain(trx: Transaction, id: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT
    FROM handoffs h
    WHERE h.id = ${id}
      AND h.again_of IS NULL
      AND h.state = 'unknown'
      AND h.delivery = 'none'
      AND NOT EXISTS (SELECT FROM handoffs later WHERE later.again_of = h.id)
  `.execute(trx);
  return rows.length > 0;
}

/**
 * Writes it once more, for the same step. False where its number is no longer its person's. A
 * worker is notified.
 */
export async function insertAgain(
  trx: Transaction,
  { first, id }: { first: string; id: string },
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO handoffs (
      id, purpose, channel, kind, subject_id, account_id, number_ref, target_id, language, state, not_before,
      not_after, created_at, call_seconds, is_asked_for, again_of
    )
    SELECT ${id}::uuid, purpose, channel, kind, subject_id, account_id, number_ref, target_id, language, 'queued',
      ${now},
      not_after, ${now}, call_seconds, false, id
    FROM handoffs
    WHERE id = ${first}
      AND not_after > ${now}
      AND belongs_together(purpose, kind, channel, subject_id, account_id, number_ref, target_id)
    RETURNING id
  `.execute(trx);
  return rows.length > 0;
}

export async function wakeFor(trx: Transaction, id: string): Promise<void> {
  await sql`
    SELECT pg_notify(${WAKE_CHANNEL}, concat_ws(' ', id, channel, purpose)) FROM handoffs WHERE id = ${id}
  `.execute(trx);
}

/** Whether what a hand-off takes the place of is still unknown; locked, so that it stays so. */
export async function lockFirst(trx: Transaction, first: string): Promise<boolean> {
  const { rows } = await sql`
    SELECT FROM handoffs WHERE id = ${first} AND state = 'unknown' FOR NO KEY UPDATE
  `.execute(trx);
  return rows.length > 0;
}
