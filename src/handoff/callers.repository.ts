import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Channel } from './channels.js';

/** In whose name somebody is reached. */
export interface Caller {
  initiatorId: string;
  /** The team in which that person's consent holds; null for a call that they asked for themselves. */
  teamId: string | null;
}

/** Finds who began what a hand-off of a Ding or a conference is about. */
export async function findCaller(
  db: Executor,
  channel: Channel,
  subjectId: string,
  personId: string,
): Promise<Caller | undefined> {
  const { rows } = await sql<Caller>`
    SELECT initiator AS "initiatorId", team AS "teamId"
    FROM find_caller(${channel}, ${subjectId}, ${personId})
  `.execute(db);
  return rows[0];
}

/** What still waits to reach a person by a Ding: when it may, how, and from whom it is. */
export interface WaitingDing {
  accountId: string;
  at: Date;
  channel: Channel;
  initiatorId: string;
}

/**
 * Those who reach for one of these people by a Ding come one after the other until they are committed:
 * two at once would both find room for one more.
 */
export async function lockForDings(trx: Transaction, accountIds: readonly string[]): Promise<void> {
  await sql`
    SELECT pg_advisory_xact_lock(lock)
    FROM (
      SELECT DISTINCT hashtextextended('dings:' || id, 0) AS lock
      FROM unnest(${accountIds}::uuid[]) AS id
      ORDER BY lock
    ) AS in_order
  `.execute(trx);
}

export async function findWaitingDings(
  db: Executor,
  accountIds: readonly string[],
): Promise<WaitingDing[]> {
  const { rows } = await sql<WaitingDing>`
    SELECT p.account_id AS "accountId", h.not_before AS at, h.channel, c.initiator_id AS "initiatorId"
    FROM participants p
    JOIN calls c ON c.id = p.call_id AND c.purpose = 'ding' AND c.ended_at IS NULL
    JOIN LATERAL (
      SELECT l.id FROM legs l WHERE l.participant_id = p.id AND l.state = 'queued'
      UNION ALL
      SELECT n.id FROM notifications n WHERE n.participant_id = p.id AND n.state = 'queued'
    ) step ON true
    JOIN handoffs h ON h.subject_id = step.id AND h.kind = 'deliver' AND h.state = 'queued'
    WHERE p.account_id = ANY (${accountIds}::uuid[])
  `.execute(db);
  return rows;
}
