import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { NOTIFICATION_VIEW, type NotificationView } from './dings.repository.js';

// The links in the SMS of Dings, by their hashes: each confirms for one recipient, for an hour.

export async function setLink(
  trx: Transaction,
  notificationId: string,
  { hash, mac }: { hash: Buffer; mac: Buffer },
): Promise<void> {
  await sql`
    UPDATE notifications
    SET link_hash = ${hash}, link_mac = ${mac}
    WHERE id = ${notificationId}
  `.execute(trx);
}

/** What a link leads to. A confirmation that is in doubt can be made good, though the Ding has ended. */
export interface LinkView extends NotificationView {
  isConfirmed: boolean;
  isOpen: boolean;
  isRecalled: boolean;
  sentAt: Date;
  senderId: string;
  recipientId: string;
  /** What binds the link to this SMS; see LinkKey. */
  mac: Buffer | null;
  /** It went out before links were bound: by its hash alone, which nobody writes any more. */
  isUnbound: boolean;
}

/** Finds what a link says that it is, while it holds: an hour from its SMS. */
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
      c.created_at AS "sentAt",
      c.initiator_id AS "senderId",
      p.account_id AS "recipientId",
      n.link_mac AS mac,
      n.old_link_hash IS NOT DISTINCT FROM ${hash} AS "isUnbound"
    FROM notifications n
    JOIN calls c ON c.id = n.call_id
    JOIN participants p ON p.id = n.participant_id
    JOIN ding_recipients r ON r.participant_id = n.participant_id
    WHERE (n.link_hash = ${hash} OR n.old_link_hash = ${hash}) AND n.expires_at > ${now}
  `.execute(db);
  return rows[0];
}

/** Nobody confirms any more by an SMS to this participant. */
export async function dropLinks(trx: Transaction, participantId: string): Promise<void> {
  await sql`
    UPDATE notifications
    SET link_hash = NULL, old_link_hash = NULL
    WHERE participant_id = ${participantId}
      AND (link_hash IS NOT NULL OR old_link_hash IS NOT NULL)
  `.execute(trx);
}

export async function useLink(trx: Transaction, notificationId: string, now: Date): Promise<void> {
  await sql`
    UPDATE notifications
    SET link_used_at = ${now}
    WHERE id = ${notificationId} AND link_used_at IS NULL
  `.execute(trx);
}
