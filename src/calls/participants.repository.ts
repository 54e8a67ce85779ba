import { type RawBuilder, sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { PAGE } from '../kernel/page.js';
import type { CallPurpose, Participant, ParticipantRole } from './call.js';

// Who takes part in which calls, and who may know of them.

export async function insertParticipants(
  trx: Transaction,
  callId: string,
  participants: readonly { id: string; accountId: string; role: ParticipantRole }[],
): Promise<void> {
  const column = (name: 'id' | 'accountId' | 'role') => participants.map((one) => one[name]);
  await sql`
    INSERT INTO participants (id, call_id, account_id, role)
    SELECT id, ${callId}, account_id, role
    FROM unnest(
      ${column('id')}::uuid[],
      ${column('accountId')}::uuid[],
      ${column('role')}::text[]
    ) AS one (id, account_id, role)
  `.execute(trx);
}

export async function listParticipants(db: Executor, callId: string): Promise<Participant[]> {
  const { rows } = await sql<Participant>`
    SELECT
      p.id,
      p.account_id AS "accountId",
      p.role,
      p.removed_at IS NOT NULL AS "isRemoved",
      EXISTS (SELECT FROM legs l WHERE l.participant_id = p.id AND l.begun_at IS NOT NULL)
        OR EXISTS (
          SELECT
          FROM notifications n
          WHERE n.participant_id = p.id AND n.begun_at IS NOT NULL
        ) AS "hasBegun",
      EXISTS (
        SELECT
        FROM legs l
        WHERE l.participant_id = p.id
          AND l.joined_at IS NOT NULL
          AND l.left_at IS NULL
          AND l.state <> 'ended'
      ) AS "isInRoom"
    FROM participants p
    WHERE p.call_id = ${callId}
    ORDER BY p.id
  `.execute(db);
  return rows;
}

/**
 * Where these accounts take part in live calls, in the order in which the calls are to be locked.
 */
export async function listLiveParts(
  db: Executor,
  purpose: CallPurpose,
  accountIds: readonly string[],
): Promise<{ callId: string; participantId: string; role: ParticipantRole }[]> {
  const { rows } = await sql<{ callId: string; participantId: string; role: ParticipantRole }>`
    SELECT p.call_id AS "callId", p.id AS "participantId", p.role
    FROM participants p
    JOIN calls c ON c.id = p.call_id
    WHERE p.account_id = ANY (${accountIds}::uuid[])
      AND c.purpose = ${purpose}
      AND c.ended_at IS NULL
    ORDER BY p.call_id, p.id
  `.execute(db);
  return rows;
}

/**
 * Who takes part in live calls of this account's, or with it, without a consent that holds in a team
 * of theirs and the initiator's; in the order in which the calls are to be locked.
 */
export async function listUnwillingParts(
  db: Executor,
  purpose: CallPurpose,
  accountId: string,
): Promise<{ callId: string; participantId: string }[]> {
  const { rows } = await sql<{ callId: string; participantId: string }>`
    SELECT p.call_id AS "callId", p.id AS "participantId"
    FROM calls c
    JOIN participants p ON p.call_id = c.id
    WHERE c.purpose = ${purpose}
      AND c.ended_at IS NULL
      AND c.id IN (
        SELECT id FROM calls WHERE initiator_id = ${accountId}
        UNION ALL
        SELECT call_id FROM participants WHERE account_id = ${accountId}
      )
      AND ${accountId} IN (c.initiator_id, p.account_id)
      AND p.account_id <> c.initiator_id
      AND NOT may_ring(c.initiator_id, p.account_id, c.purpose)
    ORDER BY p.call_id, p.id
  `.execute(db);
  return rows;
}

/**
 * The end of a query for a page of the calls `c` of somebody: the newest, or those before one of
 * their own. Before what isn't theirs there is nothing, as before what never was.
 */
export const pageOfCalls = (
  viewerId: string,
  before: string | undefined,
): RawBuilder<unknown> => sql`
  ${
    before === undefined
      ? sql``
      : sql`AND (c.created_at, c.id) < (
          SELECT last.created_at, last.id
          FROM participants own
          JOIN calls last ON last.id = own.call_id
          WHERE own.account_id = ${viewerId} AND own.call_id = ${before}
        )`
  }
  ORDER BY c.created_at DESC, c.id DESC
  LIMIT ${PAGE}
`;
