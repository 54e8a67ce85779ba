import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { NOTIFICATION_VIEW, type NotificationView } from './dings.repository.js';

// The links in the SMS of Dings, by their hashes: each confirms for one recipient, for an hour.

export async function setLink(
  trx: Transaction,
  notificationId: string,
  hash: Buffer,
): Promise<void> {
  await sql`
    UPDATE notifications
    SET link_hash = ${hash}
    WHERE id = ${notificationId}
  `.execute(trx);
}

/** What a link leads to. A confirmation that is in doubt can be made good, though the Ding has ended. */
export interface LinkView extends NotificationView {
  isConfirmed: boolean;
  isOpen: boolean;
  isRecalled: boolean;
  sentAt: Date;
}

/** Finds a link while it holds: an hour from its SMS. */
export async function findByLink(
  db: Executor,
  hash: Buffer,
  now: Date,
): Promise<LinkView | undefined> {
  const { rows } = await sql<LinkView>`
    SELECT
      ${NOTIFICATION_VIEW},
      n.link_used_at IS NOT NULL
        OR r.confirmed_at IS NOT NULL AND r.doubted_at IS NULL AS "isConfirmed",
      c.ended_at IS NULL
        OR r.doubted_at IS NOT NULL AND c.end_reason <> 'recalled' AS "isOpen",
      c.end_reason IS NOT DISTINCT FROM 'recalled' AS "isRecalled",
      c.created_at AS "sentAt"
    FROM notifications n
    JOIN calls c ON c.id = n.call_id
    JOIN ding_recipients r ON r.participant_id = n.participant_id
    WHERE n.link_hash = ${hash} AND n.expires_at > ${now}
  `.execute(db);
  return rows[0];
}

/** The teams by which a Ding reaches this participant: the sender's, in which they agreed to it. */
export async function listTeams(db: Executor, participantId: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT t.name
    FROM participants p
    JOIN participants s ON s.call_id = p.call_id AND s.role = 'initiator'
    JOIN team_members mine ON mine.account_id = p.account_id
    JOIN team_members theirs
      ON theirs.account_id = s.account_id AND theirs.team_id = mine.team_id
    JOIN teams t ON t.id = mine.team_id
    WHERE p.id = ${participantId} AND (
      SELECT e.action = 'granted'
      FROM consent_events e
      WHERE e.account_id = p.account_id AND e.team_id = t.id AND e.purpose = 'ring'
      ORDER BY e.id DESC
      LIMIT 1
    )
    ORDER BY mine.joined_at, t.id
  `.execute(db);
  return rows.map(({ name }) => name);
}

/** Nobody confirms any more by an SMS to this participant. */
export async function dropLinks(trx: Transaction, participantId: string): Promise<void> {
  await sql`
    UPDATE notifications
    SET link_hash = NULL
    WHERE participant_id = ${participantId} AND link_hash IS NOT NULL
  `.execute(trx);
}

export async function useLink(trx: Transaction, notificationId: string, now: Date): Promise<void> {
  await sql`
    UPDATE notifications
    SET link_used_at = ${now}
    WHERE id = ${notificationId} AND link_used_at IS NULL
  `.execute(trx);
}
