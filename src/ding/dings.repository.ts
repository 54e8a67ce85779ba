import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { CallEndReason, LegState } from '../calls/call.js';
import type { Delivery, HandoffState } from '../handoff/handoff.js';
import type { Executor, Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { Language } from '../texts/catalogue.js';

export type DingChannel = 'app' | 'sms' | 'voice';
export type ConfirmedBy = 'app' | 'link' | 'voice';

/** A Ding as one of its people may see it: no number anywhere. */
export interface DingRow {
  id: string;
  text: string;
  channel: DingChannel;
  createdAt: Date;
  endsAt: Date;
  endedAt: Date | null;
  endReason: CallEndReason | null;
  viewerRole: 'initiator' | 'recipient';
  senderParticipantId: string;
  senderName: string;
}

export interface LegRow {
  state: LegState;
  reason: string | null;
  begunAt: Date | null;
  answeredAt: Date | null;
  endedAt: Date | null;
  isMachine: boolean;
  /** While it waits here: when the phone may ring. */
  ringsAt: Date | null;
}

export interface NotificationRow {
  channel: 'app' | 'sms';
  state: 'queued' | 'accepted' | 'ended';
  because: string | null;
  reason: string | null;
  /** As the carrier tells of an SMS. */
  delivery: Exclude<Delivery, 'ringing' | 'answered' | 'ended'>;
  createdAt: Date;
  begunAt: Date | null;
  endedAt: Date | null;
}

export interface RecipientRow {
  callId: string;
  participantId: string;
  accountId: string;
  name: string;
  confirmedAt: Date | null;
  confirmedBy: ConfirmedBy | null;
  stoppedAt: Date | null;
  /** The newest call to them. */
  leg: LegRow | null;
  notifications: NotificationRow[];
}

/** What the next step to a recipient depends on. */
export interface Recipient {
  callId: string;
  participantId: string;
  accountId: string;
  initiatorId: string;
  language: Language;
  confirmedAt: Date | null;
  stoppedAt: Date | null;
  hasSms: boolean;
  numberRef: NumberRef | null;
}

/** A notification, and how it stands with its Ding. */
export interface NotificationView {
  id: string;
  callId: string;
  participantId: string;
  channel: 'app' | 'sms';
  state: 'queued' | 'accepted' | 'ended';
  because: string | null;
  reason: string | null;
  isCallLive: boolean;
}

@Injectable()
export class DingsRepository {
  async insert(trx: Transaction, ding: { callId: string; text: string; channel: DingChannel; recipients: readonly { participantId: string; language: Language }[] }): Promise<void> {
    await sql`
      WITH ding AS (INSERT INTO dings (call_id, text, channel) VALUES (${ding.callId}, ${ding.text}, ${ding.channel}))
      INSERT INTO ding_recipients (participant_id, call_id, language)
      SELECT participant_id, ${ding.callId}, language
      FROM unnest(${ding.recipients.map((one) => one.participantId)}::uuid[], ${ding.recipients.map((one) => one.language)}::text[]) AS one (participant_id, language)
    `.execute(trx);
  }

  async insertNotification(trx: Transaction, row: { id: string; callId: string; participantId: string; channel: 'app' | 'sms'; because: string | null; expiresAt: Date }, now: Date): Promise<void> {
    const isThere = row.channel === 'app'; // the app has it as soon as it is written
    await sql`
      INSERT INTO notifications (id, call_id, participant_id, channel, state, because, created_at, expires_at, begun_at)
      VALUES (${row.id}, ${row.callId}, ${row.participantId}, ${row.channel}, ${isThere ? 'accepted' : 'queued'}, ${row.because}, ${now}, ${row.expiresAt}, ${isThere ? now : null})
    `.execute(trx);
  }

  /** The Dings in which this account takes part: one of them, or the newest. */
  async find(db: Executor, viewerId: string, ids: { id: string } | { newest: number }): Promise<DingRow[]> {
    const { rows } = await sql<DingRow>`
      SELECT c.id, d.text, d.channel, c.created_at AS "createdAt", c.ends_at AS "endsAt", c.ended_at AS "endedAt", c.end_reason AS "endReason",
             me.role AS "viewerRole", sender.id AS "senderParticipantId", a.name AS "senderName"
      FROM participants me
      JOIN calls c ON c.id = me.call_id AND c.purpose = 'ding'
      JOIN dings d ON d.call_id = c.id
      JOIN participants sender ON sender.call_id = c.id AND sender.role = 'initiator'
      JOIN accounts a ON a.id = sender.account_id
      WHERE me.account_id = ${viewerId} ${'id' in ids ? sql`AND c.id = ${ids.id}` : sql`ORDER BY c.created_at DESC LIMIT ${ids.newest}`}
    `.execute(db);
    return rows;
  }

  /** For the initiator all recipients, for a recipient only themself. */
  async recipientsOf(db: Executor, dingIds: string[], viewerId: string): Promise<RecipientRow[]> {
    const { rows } = await sql<Omit<RecipientRow, 'leg' | 'notifications'> & {
      state: LegState | null; reason: string | null; begunAt: Date | null; answeredAt: Date | null; endedAt: Date | null; isMachine: boolean; notBefore: Date | null; handoffState: HandoffState | null;
    }>`
      SELECT r.call_id AS "callId", r.participant_id AS "participantId", p.account_id AS "accountId", a.name,
             r.confirmed_at AS "confirmedAt", r.confirmed_by AS "confirmedBy", r.stopped_at AS "stoppedAt",
             l.state, l.reason, l.begun_at AS "begunAt", l.answered_at AS "answeredAt", l.ended_at AS "endedAt", l.is_machine AS "isMachine",
             l.not_before AS "notBefore", l.handoff_state AS "handoffState"
      FROM ding_recipients r
      JOIN participants p ON p.id = r.participant_id
      JOIN participants me ON me.call_id = r.call_id AND me.account_id = ${viewerId}
      JOIN accounts a ON a.id = p.account_id
      LEFT JOIN LATERAL (
        SELECT l.*, h.not_before, h.state AS handoff_state FROM legs l LEFT JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
        WHERE l.participant_id = r.participant_id ORDER BY l.state = 'ended', l.created_at DESC LIMIT 1
      ) l ON true
      WHERE r.call_id = ANY (${dingIds}::uuid[]) AND (me.role = 'initiator' OR me.id = p.id)
      ORDER BY r.call_id, a.name, r.participant_id
    `.execute(db);
    const notifications = await this.notificationsOf(db, rows.map((row) => row.participantId));
    return rows.map(({ state, reason, begunAt, answeredAt, endedAt, isMachine, notBefore, handoffState, ...row }) => ({
      ...row,
      leg: state === null ? null : { state, reason, begunAt, answeredAt, endedAt, isMachine, ringsAt: handoffState === 'queued' && state === 'queued' ? notBefore : null },
      notifications: notifications.filter((one) => one.participantId === row.participantId),
    }));
  }

  private async notificationsOf(db: Executor, participantIds: string[]): Promise<(NotificationRow & { participantId: string })[]> {
    const { rows } = await sql<NotificationRow & { participantId: string }>`
      SELECT n.participant_id AS "participantId", n.channel, n.state, n.because, n.reason, coalesce(h.delivery, 'none') AS delivery,
             n.created_at AS "createdAt", n.begun_at AS "begunAt", n.ended_at AS "endedAt"
      FROM notifications n LEFT JOIN handoffs h ON h.subject_id = n.id AND h.kind = 'deliver'
      WHERE n.participant_id = ANY (${participantIds}::uuid[]) ORDER BY n.created_at
    `.execute(db);
    return rows;
  }

  /** What a phone or an SMS to this participant is to say. */
  async content(db: Executor, participantId: string): Promise<{ language: Language; senderName: string; text: string } | undefined> {
    const { rows } = await sql<{ language: Language; senderName: string; text: string }>`
      SELECT r.language, a.name AS "senderName", d.text
      FROM ding_recipients r
      JOIN dings d ON d.call_id = r.call_id
      JOIN participants s ON s.call_id = r.call_id AND s.role = 'initiator'
      JOIN accounts a ON a.id = s.account_id
      WHERE r.participant_id = ${participantId}
    `.execute(db);
    return rows[0];
  }

  async recipient(db: Executor, participantId: string): Promise<Recipient | undefined> {
    const { rows } = await sql<Recipient>`
      SELECT r.call_id AS "callId", r.participant_id AS "participantId", p.account_id AS "accountId", s.account_id AS "initiatorId", r.language, r.confirmed_at AS "confirmedAt", r.stopped_at AS "stoppedAt",
             EXISTS (SELECT FROM notifications n WHERE n.participant_id = r.participant_id AND n.channel = 'sms') AS "hasSms", num.number_ref AS "numberRef"
      FROM ding_recipients r JOIN participants p ON p.id = r.participant_id JOIN participants s ON s.call_id = r.call_id AND s.role = 'initiator'
      LEFT JOIN account_numbers num ON num.account_id = p.account_id AND num.must_prove_since IS NULL
      WHERE r.participant_id = ${participantId}
    `.execute(db);
    return rows[0];
  }

  /** The first confirmation counts; a later one is false and changes nothing. */
  async confirm(trx: Transaction, participantId: string, by: ConfirmedBy, now: Date): Promise<boolean> {
    const { rows } = await sql`
      UPDATE ding_recipients SET confirmed_at = ${now}, confirmed_by = ${by} WHERE participant_id = ${participantId} AND confirmed_at IS NULL RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  async stop(trx: Transaction, participantId: string, now: Date): Promise<boolean> {
    const { rows } = await sql`UPDATE ding_recipients SET stopped_at = ${now} WHERE participant_id = ${participantId} AND stopped_at IS NULL RETURNING 1`.execute(trx);
    return rows.length > 0;
  }

  async findNotification(db: Executor, id: string): Promise<NotificationView | undefined> {
    const { rows } = await sql<NotificationView>`
      SELECT n.id, n.call_id AS "callId", n.participant_id AS "participantId", n.channel, n.state, n.because, n.reason, c.ended_at IS NULL AS "isCallLive"
      FROM notifications n JOIN calls c ON c.id = n.call_id WHERE n.id = ${id}
    `.execute(db);
    return rows[0];
  }

  /** queued -> accepted: it has begun. */
  async acceptNotification(trx: Transaction, id: string, now: Date): Promise<boolean> {
    const { rows } = await sql`UPDATE notifications SET state = 'accepted', begun_at = ${now} WHERE id = ${id} AND state = 'queued' RETURNING id`.execute(trx);
    return rows.length > 0;
  }

  async endNotification(trx: Transaction, id: string, reason: string, now: Date): Promise<boolean> {
    const { rows } = await sql`UPDATE notifications SET state = 'ended', reason = ${reason}, ended_at = ${now} WHERE id = ${id} AND state <> 'ended' RETURNING id`.execute(trx);
    return rows.length > 0;
  }

  /** Those of one participant, or of the whole Ding, that remain. */
  async openNotifications(trx: Transaction, of: { callId: string; participantId?: string }): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM notifications WHERE call_id = ${of.callId} AND state <> 'ended' ${of.participantId === undefined ? sql`` : sql`AND participant_id = ${of.participantId}`}
    `.execute(trx);
    return rows.map((row) => row.id);
  }

  async findExpiredNotifications(db: Executor, now: Date): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`SELECT id FROM notifications WHERE state <> 'ended' AND expires_at <= ${now} LIMIT 200`.execute(db);
    return rows.map((row) => row.id);
  }

  // The link in an SMS ------------------------------------------------------------------------------------------------

  async setLink(trx: Transaction, notificationId: string, hash: Buffer): Promise<void> {
    await sql`UPDATE notifications SET link_hash = ${hash} WHERE id = ${notificationId}`.execute(trx);
  }

  /** While the link holds: an hour from its SMS. */
  async findByLink(db: Executor, hash: Buffer, now: Date): Promise<(NotificationView & { usedAt: Date | null; confirmedAt: Date | null }) | undefined> {
    const { rows } = await sql<NotificationView & { usedAt: Date | null; confirmedAt: Date | null }>`
      SELECT n.id, n.call_id AS "callId", n.participant_id AS "participantId", n.channel, n.state, n.because, n.reason, c.ended_at IS NULL AS "isCallLive",
             n.link_used_at AS "usedAt", r.confirmed_at AS "confirmedAt"
      FROM notifications n JOIN calls c ON c.id = n.call_id JOIN ding_recipients r ON r.participant_id = n.participant_id 
      WHERE n.link_hash = ${hash} AND n.expires_at > ${now}
    `.execute(db);
    return rows[0];
  }

  /** Nobody confirms any more by an SMS to this participant. */
  async dropLinks(trx: Transaction, participantId: string): Promise<void> {
    await sql`UPDATE notifications SET link_hash = NULL WHERE participant_id = ${participantId} AND link_hash IS NOT NULL`.execute(trx);
  }

  async useLink(trx: Transaction, notificationId: string, now: Date): Promise<void> {
    await sql`UPDATE notifications SET link_used_at = ${now} WHERE id = ${notificationId} AND link_used_at IS NULL`.execute(trx);
  }
}
