import { sql } from 'kysely';
import type { Transaction } from './database.js';
import {
  CALL_SUBJECTS,
  ERASE_CALL_EVENTS,
  ERASE_LEFT_OVER_HANDOFFS,
  eraseByTime,
  eraseWithHandoffs,
  SEALED_UNDER,
  THEIR_NUMBERS,
  walk,
} from './retention-statements.repository.js';
import type { RetentionSettings } from './retention.js';
import { SECRET_BOUNDS } from './secret-bounds.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/**
 * No hand-off of a call outlives it by so much: what then has no verification or call was left by
 * an erased account.
 */
const LEFT_OVER_DAYS = 2;

/**
 * One batch: a single statement, with $1 the time before which a row goes and $2 how many rows at
 * most. A `walk` looks at the next $2 rows after ($3, $4) whether anything refers to them, since
 * most are kept for good: it answers { seen, at, id }. All answer { erased }.
 */
export interface Eraser {
  readonly name: string;
  readonly beforeMs: (settings: RetentionSettings) => number;
  readonly batch: number;
  readonly isWalk?: true;
  readonly sql: string;
}

const BATCH = 1_000;

/**
 * Set for each batch: a thousand rows are found one by one, by index. Left to itself PostgreSQL
 * would now and then rather read a whole table.
 */
export const PLANNING = `
  set_config('enable_seqscan', 'off', true),
  set_config('enable_hashjoin', 'off', true),
  set_config('enable_mergejoin', 'off', true)`;

export const ERASERS: readonly Eraser[] = [
  {
    name: 'verifications',
    beforeMs: (settings) => settings.retentionVerificationsDays * DAY_MS,
    batch: BATCH,
    sql: eraseWithHandoffs('verifications', 'finished_at', 'OVER', 'id, number_ref', THEIR_NUMBERS),
  },
  // A call takes its participants, legs and events along: up to some hundred rows.
  {
    name: 'calls',
    beforeMs: (settings) => settings.retentionCallsDays * DAY_MS,
    batch: 100,
    sql: eraseWithHandoffs('calls', 'ended_at', CALL_SUBJECTS),
  },
  {
    name: 'call_events',
    beforeMs: () => DAY_MS,
    batch: BATCH,
    sql: ERASE_CALL_EVENTS,
  },
  {
    name: 'handoffs',
    beforeMs: (settings) =>
      (Math.max(settings.retentionCallsDays, settings.retentionVerificationsDays) +
        LEFT_OVER_DAYS) *
      DAY_MS,
    batch: BATCH,
    sql: ERASE_LEFT_OVER_HANDOFFS,
  },
  // An account takes along what is kept of it, the calls that it began included: up to some thousand
  // rows.
  {
    name: 'accounts',
    beforeMs: () => HOUR_MS,
    batch: 10,
    sql: 'SELECT erase_closed($1, $2) AS erased',
  },
  {
    name: 'sessions',
    beforeMs: () => 0,
    batch: BATCH,
    sql: eraseByTime('sessions', 'id', 'expires_at'),
  },
  {
    name: 'account_devices',
    beforeMs: () => SECRET_BOUNDS.device.lastsMs,
    batch: BATCH,
    sql: eraseByTime('account_devices', 'account_id, token_hash', 'used_at'),
  },
  {
    name: 'idempotency_keys',
    beforeMs: () => DAY_MS,
    batch: BATCH,
    sql: eraseByTime('idempotency_keys', 'account_id, key_hash', 'created_at'),
  },
  {
    name: 'notices',
    beforeMs: (settings) => settings.retentionNoticesDays * DAY_MS,
    batch: BATCH,
    sql: eraseByTime('notices', 'id', 'at'),
  },
  {
    name: 'presentation_openings',
    beforeMs: () => HOUR_MS,
    batch: BATCH,
    sql: eraseByTime('presentation_openings', 'handoff_id', 'at'),
  },
  {
    name: 'number_proofs',
    beforeMs: () => 400 * DAY_MS,
    batch: BATCH,
    sql: eraseByTime('number_proofs', 'proof', 'proved_at'),
  },
  {
    name: 'number_guesses',
    beforeMs: () => 30 * DAY_MS,
    batch: BATCH,
    sql: eraseByTime('number_guesses', 'number_index', 'last_at'),
  },
  {
    name: 'webhook_events',
    beforeMs: (settings) => settings.retentionWebhooksDays * DAY_MS,
    batch: BATCH,
    sql: eraseByTime('webhook_events', 'id', 'settled_at'),
  },
  {
    name: 'spendings',
    beforeMs: () => 35 * DAY_MS,
    batch: BATCH,
    sql: eraseByTime('spendings', 'day, subject', 'day'),
  },
  {
    name: 'pumping_blocks',
    beforeMs: () => 30 * DAY_MS,
    batch: BATCH,
    sql: eraseByTime('pumping_blocks', 'id', 'since'),
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
      ['account_numbers', 'verifications', 'handoffs', 'test_numbers']
        .map((table) => `EXISTS (SELECT FROM ${table} r WHERE r.number_ref = t.id)`)
        .join(' OR '),
      'FOR UPDATE OF t SKIP LOCKED',
    ),
  },
  // Two days are longer than a process may keep one ready unused (vault/epoch.ts).
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

/**
 * Until the transaction ends nobody else erases, and PostgreSQL plans as PLANNING says. It returns
 * false if somebody else erases now.
 */
export async function beginErasing(trx: Transaction): Promise<boolean> {
  const { rows } = await sql<{ isMine: boolean }>`
    SELECT pg_try_advisory_xact_lock(${LOCK}) AS "isMine", ${sql.raw(PLANNING)}
  `.execute(trx);
  return rows[0]?.isMine === true;
}
