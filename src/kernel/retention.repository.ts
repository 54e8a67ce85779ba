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
import type { Erased } from './retention-periods.js';
import { takeSweep } from './sweeps.repository.js';

/**
 * One batch: a single statement, with $1 the time before which a row goes and $2 how many rows at
 * most. A `walk` looks at the next $2 rows after ($3, $4) whether anything refers to them, since
 * most are kept for good: it answers { seen, at, id }. All answer { erased }.
 */
export interface Eraser {
  readonly name: Erased;
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
    batch: BATCH,
    sql: eraseWithHandoffs('verifications', 'finished_at', 'OVER', 'id, number_ref', THEIR_NUMBERS),
  },
  // A call takes its participants, legs and events along: up to some hundred rows.
  {
    name: 'calls',
    batch: 100,
    sql: eraseWithHandoffs('calls', 'ended_at', CALL_SUBJECTS),
  },
  {
    name: 'call_events',
    batch: BATCH,
    sql: ERASE_CALL_EVENTS,
  },
  {
    name: 'team_events',
    batch: BATCH,
    sql: eraseByTime('team_events', 'id', 'at'),
  },
  {
    name: 'handoffs',
    batch: BATCH,
    sql: ERASE_LEFT_OVER_HANDOFFS,
  },
  // An account takes along what is kept of it, the calls that it began included: up to some thousand
  // rows.
  {
    name: 'accounts',
    batch: 10,
    sql: 'SELECT erase_closed($1, $2) AS erased',
  },
  {
    name: 'operator_looks',
    batch: BATCH,
    sql: eraseByTime('operator_looks', 'id', 'asked_at'),
  },
  {
    name: 'sessions',
    batch: BATCH,
    sql: eraseByTime('sessions', 'id', 'expires_at'),
  },
  {
    name: 'account_devices',
    batch: BATCH,
    sql: eraseByTime('account_devices', 'account_id, token_hash', 'used_at'),
  },
  {
    name: 'idempotency_keys',
    batch: BATCH,
    sql: eraseByTime('idempotency_keys', 'account_id, key_hash', 'created_at'),
  },
  {
    name: 'notices',
    batch: BATCH,
    sql: eraseByTime('notices', 'id', 'at'),
  },
  {
    name: 'presentation_openings',
    batch: BATCH,
    sql: eraseByTime('presentation_openings', 'handoff_id', 'at'),
  },
  {
    name: 'number_proofs',
    batch: BATCH,
    sql: eraseByTime('number_proofs', 'proof', 'proved_at'),
  },
  {
    name: 'number_guesses',
    batch: BATCH,
    sql: eraseByTime('number_guesses', 'number_index', 'last_at'),
  },
  {
    name: 'webhook_events',
    batch: BATCH,
    sql: eraseByTime('webhook_events', 'id', 'settled_at'),
  },
  {
    name: 'spendings',
    batch: BATCH,
    sql: eraseByTime('spendings', 'day, subject', 'day'),
  },
  {
    name: 'pumping_blocks',
    batch: BATCH,
    sql: eraseByTime('pumping_blocks', 'id', 'since'),
  },
  {
    name: 'numbers',
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
  {
    name: 'epochs',
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

/**
 * Until the transaction ends nobody else erases, and PostgreSQL plans as PLANNING says. It returns
 * false if somebody else erases now.
 */
export async function beginErasing(trx: Transaction): Promise<boolean> {
  if (!(await takeSweep(trx, 'erasing'))) return false;
  await sql`SELECT ${sql.raw(PLANNING)}`.execute(trx);
  return true;
}
