import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { APP, type ConfirmedBy, type NotifiedBy, TRAITS, type Way } from '../handoff/channels.js';
import type { Executor, Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import type { Language } from '../texts/catalogue.js';

/** What the next step to a recipient depends on. */
export interface Recipient {
  callId: string;
  participantId: string;
  accountId: string;
  initiatorId: string;
  language: Language;
  confirmedAt: Date | null;
  /** The carrier heard a machine after the key that confirmed: it may have been nobody's. */
  doubtedAt: Date | null;
  stoppedAt: Date | null;
  hasSms: boolean;
  numberRef: NumberRef | null;
}

/** By what a recipient says that they have it, other than a key on the phone. */
export type ConfirmedElsewhere = Exclude<ConfirmedBy, typeof TRAITS.voice.confirmedBy>;

/** What a recipient is told, in their language. */
export interface DingWords {
  language: Language;
  senderName: string;
  text: string;
}

/** A notification, and how it stands with its Ding. */
export interface NotificationView {
  id: string;
  callId: string;
  participantId: string;
  channel: NotifiedBy;
  state: 'queued' | 'accepted' | 'ended';
  because: string | null;
  reason: string | null;
  isCallLive: boolean;
}

/** The columns of a `NotificationView`, of a notification `n` and its call `c`. */
export const NOTIFICATION_VIEW = sql.raw(`
  n.id,
  n.call_id AS "callId",
  n.participant_id AS "participantId",
  n.channel,
  n.state,
  n.because,
  n.reason,
  c.ended_at IS NULL AS "isCallLive"
`);

@Injectable()
export class DingsRepository {
  async insert(
    trx: Transaction,
    ding: {
      callId: string;
      text: string;
      channel: Way;
      recipients: readonly { participantId: string; language: Language }[];
    },
  ): Promise<void> {
    await sql`
      WITH ding AS (
        INSERT INTO dings (call_id, text, channel)
        VALUES (${ding.callId}, ${ding.text}, ${ding.channel})
      )
      INSERT INTO ding_recipients (participant_id, call_id, language)
      SELECT participant_id, ${ding.callId}, language
      FROM unnest(
        ${ding.recipients.map((one) => one.participantId)}::uuid[],
        ${ding.recipients.map((one) => one.language)}::text[]
      ) AS one (participant_id, language)
    `.execute(trx);
  }

  async insertNotification(
    trx: Transaction,
    row: {
      id: string;
      callId: string;
      participantId: string;
      channel: NotifiedBy;
      because: string | null;
      expiresAt: Date;
    },
    now: Date,
  ): Promise<void> {
    const isThere = row.channel === APP; // the app has it as soon as it is written
    await sql`
      INSERT INTO notifications (
        id,
        call_id,
        participant_id,
        channel,
        state,
        because,
        created_at,
        expires_at,
        begun_at
      )
      VALUES (
        ${row.id},
        ${row.callId},
        ${row.participantId},
        ${row.channel},
        ${isThere ? 'accepted' : 'queued'},
        ${row.because},
        ${now},
        ${row.expiresAt},
        ${isThere ? now : null}
      )
    `.execute(trx);
  }

  /** What an SMS to this participant, or the page behind its link, is to say. */
  async words(db: Executor, participantId: string): Promise<DingWords | undefined> {
    const { rows } = await sql<DingWords>`
      SELECT language, sender_name AS "senderName", said AS text FROM ding_words(${participantId})
    `.execute(db);
    return rows[0];
  }

  /** What a call is to say, by the capability that was shown. */
  async wordsOnPhone(db: Executor): Promise<DingWords | undefined> {
    const { rows } = await sql<DingWords>`
      SELECT language, sender_name AS "senderName", said AS text
      FROM ding_on_phone()
    `.execute(db);
    return rows[0];
  }

  async recipient(db: Executor, participantId: string): Promise<Recipient | undefined> {
    const { rows } = await sql<Recipient>`
      SELECT
        r.call_id AS "callId",
        r.participant_id AS "participantId",
        p.account_id AS "accountId",
        s.account_id AS "initiatorId",
        r.language,
        r.confirmed_at AS "confirmedAt",
        r.doubted_at AS "doubtedAt",
        r.stopped_at AS "stoppedAt",
        EXISTS (
          SELECT
          FROM notifications n
          WHERE n.participant_id = r.participant_id AND n.channel <> ${APP}
        ) AS "hasSms",
        num.number_ref AS "numberRef"
      FROM ding_recipients r
      JOIN participants p ON p.id = r.participant_id
      JOIN participants s ON s.call_id = r.call_id AND s.role = 'initiator'
      LEFT JOIN account_numbers num ON num.account_id = p.account_id
        AND num.must_prove_since IS NULL
      WHERE r.participant_id = ${participantId}
    `.execute(db);
    return rows[0];
  }

  /** The first confirmation counts, unless it is in doubt; a later one is false and changes nothing. */
  async confirm(
    trx: Transaction,
    participantId: string,
    confirmedBy: ConfirmedElsewhere,
    now: Date,
  ): Promise<boolean> {
    const { rows } = await sql`
      UPDATE ding_recipients
      SET confirmed_at = ${now}, confirmed_by = ${confirmedBy}, doubted_at = NULL
      WHERE participant_id = ${participantId}
        AND (confirmed_at IS NULL OR doubted_at IS NOT NULL)
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  /** False where no key has confirmed, or long ago, or it is in doubt already. */
  async doubt(trx: Transaction, participantId: string, now: Date): Promise<boolean> {
    const { rows } = await sql`
      UPDATE ding_recipients
      SET doubted_at = ${now}
      WHERE participant_id = ${participantId}
        AND confirmed_by = ${TRAITS.voice.confirmedBy}
        AND doubted_at IS NULL
        AND may_doubt(confirmed_at)
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  /** A key confirms, on the call whose capability was shown; false where it had been confirmed. */
  async confirmOnPhone(trx: Transaction, now: Date): Promise<boolean> {
    const { rows } = await sql<{ is: boolean }>`
      SELECT confirm_on_phone(${now}) AS "is"
    `.execute(trx);
    return rows[0]?.is === true;
  }

  async stopOnPhone(trx: Transaction, now: Date): Promise<boolean> {
    const { rows } = await sql<{ is: boolean }>`
      SELECT stop_on_phone(${now}) AS "is"
    `.execute(trx);
    return rows[0]?.is === true;
  }

  async findNotification(db: Executor, id: string): Promise<NotificationView | undefined> {
    const { rows } = await sql<NotificationView>`
      SELECT ${NOTIFICATION_VIEW}
      FROM notifications n
      JOIN calls c ON c.id = n.call_id
      WHERE n.id = ${id}
    `.execute(db);
    return rows[0];
  }

  /** queued -> accepted: it has begun. */
  async acceptNotification(trx: Transaction, id: string, now: Date): Promise<boolean> {
    const { rows } = await sql`
      UPDATE notifications
      SET state = 'accepted', begun_at = ${now}
      WHERE id = ${id} AND state = 'queued'
      RETURNING id
    `.execute(trx);
    return rows.length > 0;
  }

  async endNotification(trx: Transaction, id: string, reason: string, now: Date): Promise<boolean> {
    const { rows } = await sql`
      UPDATE notifications
      SET state = 'ended', reason = ${reason}, ended_at = ${now}
      WHERE id = ${id} AND state <> 'ended'
      RETURNING id
    `.execute(trx);
    return rows.length > 0;
  }

  /** Those of one participant, or of the whole Ding, that remain. */
  async openNotifications(
    trx: Transaction,
    scope: { callId: string; participantId?: string },
  ): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      SELECT id
      FROM notifications
      WHERE call_id = ${scope.callId}
        AND state <> 'ended'
        ${scope.participantId === undefined ? sql`` : sql`AND participant_id = ${scope.participantId}`}
    `.execute(trx);
    return rows.map((row) => row.id);
  }

  async findExpiredNotifications(db: Executor, now: Date): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      SELECT id
      FROM notifications
      WHERE state <> 'ended' AND expires_at <= ${now}
      LIMIT 200
    `.execute(db);
    return rows.map((row) => row.id);
  }
}
