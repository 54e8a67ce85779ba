import { type RawBuilder, sql } from 'kysely';
import type { ToPresent } from '../handoff/outcomes.service.js';
import type { Executor, Transaction } from '../kernel/database.js';
import type { CallPurpose } from './call.js';

// Whose number a call's people may be shown, and what was sealed for that (D5c). What is sealed is
// plaintext/'s to open.

/**
 * The number that is to be sealed for the others of a call: a Ding's initiator's, by the Ding; in a
 * conference a leg's own person's, by the leg. Undefined if they have none any more, or it is sealed
 * already.
 */
export function findNumberToShow(
  db: Executor,
  purpose: CallPurpose,
  subjectId: string,
): Promise<ToPresent | undefined> {
  return findUnsealed(
    db,
    purpose === 'ding'
      ? sql`p.call_id = ${subjectId} AND p.role = 'initiator'`
      : sql`p.id = (SELECT participant_id FROM legs WHERE id = ${subjectId})`,
  );
}

async function findUnsealed(
  db: Executor,
  isMeant: RawBuilder<unknown>,
): Promise<ToPresent | undefined> {
  const { rows } = await sql<ToPresent>`
    SELECT
      c.id AS "callId",
      p.id AS "participantId",
      p.account_id AS "accountId",
      n.number_ref AS "numberRef",
      c.ends_at AS "expiresAt"
    FROM participants p
    JOIN calls c ON c.id = p.call_id
    JOIN account_numbers n ON n.account_id = p.account_id
    WHERE ${isMeant}
      AND c.ended_at IS NULL
      AND NOT EXISTS (
        SELECT
        FROM presentations x
        WHERE x.call_id = c.id AND x.participant_id = p.id
      )
  `.execute(db);
  return rows[0];
}

/** What could be shown of a participant; the call is locked. */
export async function erasePresentation(
  trx: Transaction,
  callId: string,
  participantId: string,
): Promise<void> {
  await sql`
    DELETE FROM presentations
    WHERE call_id = ${callId} AND participant_id = ${participantId}
  `.execute(trx);
}

/** Erases what a whole call could show; it is locked, and ends. */
export async function erasePresentationsInCall(trx: Transaction, callId: string): Promise<void> {
  await sql`DELETE FROM presentations WHERE call_id = ${callId}`.execute(trx);
}

/** What was sealed for a call at the moment it ended, or outlived it. */
export async function eraseStalePresentations(trx: Transaction, now: Date): Promise<void> {
  await sql`
    DELETE FROM presentations p
    USING calls c
    WHERE c.id = p.call_id AND (c.ended_at IS NOT NULL OR p.expires_at <= ${now})
  `.execute(trx);
}
