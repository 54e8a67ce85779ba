import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';

/** What a look by number has found, as ids. */
export interface Found {
  accountId: string | null;
  verifications: readonly string[];
  handoffs: readonly string[];
}

// Whose grants: asking, reading and taking back are the owner's alone, answering is the worker's.

export async function insertLook(
  trx: Transaction,
  look: { id: string; sealed: Buffer; reason: string },
): Promise<void> {
  await sql`
    INSERT INTO operator_looks (id, sealed, reason, asked_at)
    VALUES (${look.id}, ${look.sealed}, ${look.reason}, db_now())
  `.execute(trx);
}

/** Gives what was found, once; undefined while no worker has answered. */
export async function takeFound(db: Executor, id: string): Promise<Found | undefined> {
  const { rows } = await sql<{ found: Found }>`
    WITH answered AS (
      SELECT id, found FROM operator_looks WHERE id = ${id} AND found IS NOT NULL FOR UPDATE
    )
    UPDATE operator_looks l SET found = NULL FROM answered a WHERE l.id = a.id
    RETURNING a.found
  `.execute(db);
  return rows[0]?.found;
}

/** Nobody waits for it any more. */
export async function deleteLook(db: Executor, id: string): Promise<void> {
  await sql`DELETE FROM operator_looks WHERE id = ${id}`.execute(db);
}

export async function listOpenLooks(db: Executor): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT id FROM operator_looks WHERE sealed IS NOT NULL ORDER BY asked_at LIMIT 20
  `.execute(db);
  return rows.map(({ id }) => id);
}

export async function answerLook(db: Executor, id: string, index: Buffer): Promise<void> {
  await sql`SELECT answer_look(${id}::uuid, ${index}::bytea)`.execute(db);
}

/** Wipes the numbers of looks that nobody waits for any more. */
export async function forgetLooks(db: Executor, askedBefore: Date): Promise<void> {
  await sql`SELECT forget_looks(${askedBefore}::timestamptz)`.execute(db);
}
