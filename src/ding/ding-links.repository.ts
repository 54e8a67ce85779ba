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

/** Finds a link while it holds: an hour from its SMS. */
export async function findByLink(
  db: Executor,
  hash: Buffer,
  now: Date,
): Promise<(NotificationView & { usedAt: Date | null; confirmedAt: Date | null }) | undefined> {
  const { rows } = await sql<NotificationView & { usedAt: Date | null; confirmedAt: Date | null }>`
    SELECT
      ${NOTIFICATION_VIEW},
      n.link_used_at AS "usedAt",
      r.confirmed_at AS "confirmedAt"
    FROM notifications n
    JOIN calls c ON c.id = n.call_id
    JOIN ding_recipients r ON r.participant_id = n.participant_id
    WHERE n.link_hash = ${hash} AND n.expires_at > ${now}
  `.execute(db);
  return rows[0];
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
