import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Channel } from './channels.js';

/** When to ask again, and where in line it stands meanwhile. */
export interface Turn {
  againAt: Date;
  turn: number;
}

/** One that is later than this may have lost its worker. */
const PATIENCE_SECONDS = 2;

/**
 * Takes a turn for a hand-off that this transaction has claimed; undefined: it has it. The line is
 * locked until the transaction ends: asked last.
 */
export async function takeTurn(
  trx: Transaction,
  id: string,
  stepMs: number,
  now: Date,
): Promise<Turn | undefined> {
  const { rows } = await sql<{ againAt: Date | null; turn: number | null }>`
    SELECT again_at AS "againAt", turn
    FROM take_turn(
      ${id},
      make_interval(secs => ${stepMs / 1000}),
      make_interval(secs => ${PATIENCE_SECONDS}),
      ${now}::timestamptz
    )
  `.execute(trx);
  const [{ againAt, turn } = { againAt: null, turn: null }] = rows;
  return againAt === null || turn === null ? undefined : { againAt, turn };
}

/** It was put back, and keeps its place. */
export async function keepTurn(trx: Transaction, id: string, turn: number): Promise<void> {
  await sql`UPDATE handoffs SET turn = ${turn} WHERE id = ${id} AND state = 'queued'`.execute(trx);
}

/** What goes just now takes so much longer than one turn. */
export async function takeMoreTurns(
  db: Executor,
  channel: Channel,
  moreMs: number,
  now: Date,
): Promise<void> {
  await sql`
    SELECT take_more_turns(${channel}, make_interval(secs => ${moreMs / 1000}), ${now}::timestamptz)
  `.execute(db);
}
