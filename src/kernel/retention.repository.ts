import { sql } from 'kysely';
import type { Transaction } from './database.js';
import type { RetentionSettings } from './retention.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No hand-off of a call outlives it by so much: what then has no verification or call was left by an erased account. */
const LEFT_OVER_DAYS = 2;

/**
 * One batch: a single statement, with $1 the time before which a row goes and $2 how many rows at most. A `walk` looks at
 * the next $2 rows after ($3, $4) whether anything refers to them, since most are kept for good: it answers
 * { seen, at, id }. All answer { erased }.
 */
export interface Eraser {
  readonly name: string;
  readonly beforeMs: (settings: RetentionSettings) => number;
  readonly batch: number;
  readonly isWalk?: true;
  readonly sql: string;
}

const BATCH = 1_000;

/** Set for each batch: a thousand rows are found one by one, by index. Left to itself PostgreSQL would now and then rather read a whole table. */
export const PLANNING = `set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`;

const simple = (table: string, id: string, at: string): string =>
  `WITH over AS (SELECT ${id} FROM ${table} WHERE ${at} <= $1 ORDER BY ${at} LIMIT $2),
   gone AS (DELETE FROM ${table} WHERE (${id}) IN (SELECT ${id} FROM over) RETURNING 1) SELECT count(*)::int AS erased FROM gone`;

/**
 * Hand-offs have no foreign key to what they are for. By the time that it is erased no callback of theirs is taken any more.
 * `more` goes in the same batch: parts of the WITH list that may read `over` (its `columns`) and `mine`, the hand-offs' ids.
 */
const withHandoffs = (
  table: string,
  at: string,
  subjects: string,
  columns = 'id',
  more = '',
): string =>
  `WITH over AS (
     SELECT ${columns} FROM ${table} o WHERE ${at} <= $1
       AND NOT EXISTS (SELECT FROM (${subjects.replaceAll('OVER', 'SELECT o.id')}) s JOIN handoffs h ON h.subject_id = s.id WHERE h.state IN ('queued', 'sending'))
     ORDER BY ${at} LIMIT $2 FOR UPDATE SKIP LOCKED),
   mine AS (SELECT h.id FROM (${subjects.replaceAll('OVER', 'SELECT id FROM over')}) s JOIN handoffs h ON h.subject_id = s.id),
   hung AS (DELETE FROM handoffs WHERE id IN (SELECT id FROM mine UNION SELECT h.id FROM handoffs h WHERE h.target_id IN (SELECT id FROM mine))), ${more}
   gone AS (DELETE FROM ${table} WHERE id IN (SELECT id FROM over) RETURNING 1) SELECT count(*)::int AS erased FROM gone`;

/**
 * A verification's number goes with it, if nothing else has it: the walk over all numbers, at 20,000 a minute, takes
 * nearly nine hours for ten million.
 */
const THEIR_NUMBERS = `
   loose AS (
     SELECT n.id FROM numbers n WHERE n.id IN (SELECT number_ref FROM over)
       AND NOT EXISTS (SELECT FROM account_numbers r WHERE r.number_ref = n.id)
       AND NOT EXISTS (SELECT FROM verifications r WHERE r.number_ref = n.id AND r.id NOT IN (SELECT id FROM over))
       AND NOT EXISTS (SELECT FROM handoffs r WHERE r.number_ref = n.id AND r.id NOT IN (SELECT id FROM mine))
     FOR UPDATE SKIP LOCKED),
   let_go AS (DELETE FROM numbers WHERE id IN (SELECT id FROM loose)),`;

/** `lock` for rows that a request may be about to refer to. */
const walk = (table: string, at: string, isKept: string, lock = ''): string =>
  `WITH part AS (SELECT id, ${at} FROM ${table} WHERE ${at} <= $1 AND (${at}, id) > ($3::timestamptz, $4::uuid) ORDER BY ${at}, id LIMIT $2),
   over AS (SELECT t.id FROM ${table} t JOIN part USING (id) WHERE NOT (${isKept}) ${lock}),
   gone AS (DELETE FROM ${table} WHERE id IN (SELECT id FROM over) RETURNING 1)
   SELECT (SELECT count(*) FROM gone)::int AS erased, (SELECT count(*) FROM part)::int AS seen, last.${at} AS at, last.id
   FROM (SELECT 1) one LEFT JOIN LATERAL (SELECT id, ${at} FROM part ORDER BY ${at} DESC, id DESC LIMIT 1) last ON true`;

const SEALED_UNDER = `encode(substring(s.sealed FROM 2 FOR 16), 'hex')::uuid = t.id`;

export const ERASERS: readonly Eraser[] = [
  {
    name: 'verifications',
    beforeMs: (settings) => settings.retentionVerificationsDays * DAY_MS,
    batch: BATCH,
    sql: withHandoffs('verifications', 'finished_at', 'OVER', 'id, number_ref', THEIR_NUMBERS),
  },
  // A call takes its participants, legs and events along: up to some hundred rows.
  {
    name: 'calls',
    beforeMs: (settings) => settings.retentionCallsDays * DAY_MS,
    batch: 100,
    sql: withHandoffs(
      'calls',
      'ended_at',
      'OVER UNION ALL SELECT l.id FROM legs l WHERE l.call_id IN (OVER) UNION ALL SELECT n.id FROM notifications n WHERE n.call_id IN (OVER)',
    ),
  },
  {
    name: 'call_events',
    beforeMs: () => DAY_MS,
    batch: BATCH,
    sql: `WITH over AS (SELECT e.id FROM call_events e JOIN calls c ON c.id = e.call_id WHERE e.at <= $1 AND c.ended_at <= $1 ORDER BY e.at LIMIT $2),
          gone AS (DELETE FROM call_events WHERE id IN (SELECT id FROM over) RETURNING 1) SELECT count(*)::int AS erased FROM gone`,
  },
  {
    name: 'handoffs',
    beforeMs: (settings) =>
      (Math.max(settings.retentionCallsDays, settings.retentionVerificationsDays) +
        LEFT_OVER_DAYS) *
      DAY_MS,
    batch: BATCH,
    sql: `WITH over AS (
            SELECT id FROM handoffs h WHERE settled_at <= $1 AND state NOT IN ('queued', 'sending')
              AND NOT EXISTS (SELECT FROM verifications v WHERE v.id = h.subject_id) AND NOT EXISTS (SELECT FROM calls c WHERE c.id = h.subject_id)
              AND NOT EXISTS (SELECT FROM legs l WHERE l.id = h.subject_id) AND NOT EXISTS (SELECT FROM notifications n WHERE n.id = h.subject_id)
            ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED),
          gone AS (DELETE FROM handoffs WHERE id IN (SELECT id FROM over UNION SELECT h.id FROM handoffs h WHERE h.target_id IN (SELECT id FROM over)) RETURNING 1)
          SELECT count(*)::int AS erased FROM gone`,
  },
  {
    name: 'sessions',
    beforeMs: () => 0,
    batch: BATCH,
    sql: simple('sessions', 'id', 'expires_at'),
  },
  {
    name: 'idempotency_keys',
    beforeMs: () => DAY_MS,
    batch: BATCH,
    sql: simple('idempotency_keys', 'account_id, key_hash', 'created_at'),
  },
  {
    name: 'notices',
    beforeMs: (settings) => settings.retentionNoticesDays * DAY_MS,
    batch: BATCH,
    sql: simple('notices', 'id', 'at'),
  },
  {
    name: 'number_proofs',
    beforeMs: () => 400 * DAY_MS,
    batch: BATCH,
    sql: simple('number_proofs', 'proof', 'proved_at'),
  },
  {
    name: 'number_guesses',
    beforeMs: () => 30 * DAY_MS,
    batch: BATCH,
    sql: simple('number_guesses', 'number_index', 'last_at'),
  },
  {
    name: 'webhook_events',
    beforeMs: (settings) => settings.retentionWebhooksDays * DAY_MS,
    batch: BATCH,
    sql: simple('webhook_events', 'id', 'settled_at'),
  },
  {
    name: 'spendings',
    beforeMs: () => 35 * DAY_MS,
    batch: BATCH,
    sql: simple('spendings', 'day, subject', 'day'),
  },
  {
    name: 'pumping_blocks',
    beforeMs: () => 30 * DAY_MS,
    batch: BATCH,
    sql: simple('pumping_blocks', 'id', 'since'),
  },
  // A number is stored in the transaction that refers to it; the hour is for clocks that differ.
  {
    name: 'numbers',
    beforeMs: () => HOUR_MS,
    batch: BATCH,
    isWalk: true,
    sql: walk(
      'numbers',
      'created_at',
      ['account_numbers', 'verifications', 'handoffs']
        .map((table) => `EXISTS (SELECT FROM ${table} r WHERE r.number_ref = t.id)`)
        .join(' OR '),
      'FOR UPDATE OF t SKIP LOCKED',
    ),
  },
  // Longer than a process may keep one ready without having used it (vault/epoch.ts).
  {
    name: 'epochs',
    beforeMs: () => 2 * DAY_MS,
    batch: BATCH,
    isWalk: true,
    sql: walk(
      'epochs',
      'opened_at',
      ['numbers', 'codes']
        .map((table) => `EXISTS (SELECT FROM ${table} s WHERE ${SEALED_UNDER})`)
        .join(' OR '),
    ),
  },
];

/** "keep" in ASCII: one worker erases at a time; the others have nothing to do. */
const LOCK = 0x6b656570;

/** Until the transaction ends nobody else erases; false if somebody does. Plans as PLANNING says meanwhile. */
export async function beginErasing(trx: Transaction): Promise<boolean> {
  const { rows } = await sql<{ isMine: boolean }>`
    SELECT pg_try_advisory_xact_lock(${LOCK}) AS "isMine", ${sql.raw(PLANNING)}
  `.execute(trx);
  return rows[0]?.isMine === true;
}
