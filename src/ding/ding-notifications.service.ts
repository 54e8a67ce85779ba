import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { CallsRepository } from '../calls/calls.repository.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import { isWorthSaying, type Wait } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import type { Language } from '../texts/catalogue.js';
import { DingsRepository, type NotificationView } from './dings.repository.js';
import { DING_LASTS_MS, NOTIFICATION_LASTS_MS, waitBeforeSmsMs } from './urgency.js';

type NotificationNews = Pick<NotificationView, 'callId' | 'participantId' | 'channel' | 'because'>;

/** Whom an SMS of a Ding goes to. */
export interface SmsTo {
  callId: string;
  participantId: string;
  accountId: string;
  language: Language;
  numberRef: NumberRef;
}

/**
 * The steps of a Ding that are no calls: an SMS to a recipient, or a word in their app. Each change
 * is published to those who may know of it.
 */
@Injectable()
export class DingNotifications {
  constructor(
    private readonly calls: CallsRepository,
    private readonly dings: DingsRepository,
    private readonly handoffs: HandoffsRepository,
    private readonly events: LiveEventsRepository,
  ) {}

  /** Gives the Ding; undefined if the notification was accepted, or ended, before. */
  async accept(trx: Transaction, id: string, now: Date): Promise<string | undefined> {
    const notification = await this.lock(trx, id);
    if (notification === undefined || !(await this.dings.acceptNotification(trx, id, now)))
      return undefined;
    await this.publish(trx, notification, 'accepted', null, now);
    return notification.callId;
  }

  /** Finds a notification, with its call locked. */
  async lock(trx: Transaction, id: string): Promise<NotificationView | undefined> {
    const found = await this.dings.findNotification(trx, id);
    if (found !== undefined) await this.calls.lockCall(trx, found.callId);
    return found && this.dings.findNotification(trx, id);
  }

  /** Starts an SMS to a recipient; its call is locked. */
  async startSms(trx: Transaction, to: SmsTo, because: string | null, now: Date): Promise<void> {
    const { callId, participantId } = to;
    const id = randomUUID();
    const notification = { callId, participantId, channel: 'sms', because } as const;
    const expiresAt = new Date(now.getTime() + NOTIFICATION_LASTS_MS);
    await this.dings.insertNotification(trx, { ...notification, id, expiresAt }, now);
    await this.handoffs.insertAndWake(
      trx,
      {
        id: randomUUID(),
        purpose: 'ding',
        channel: 'sms',
        kind: 'deliver',
        subjectId: id,
        accountId: to.accountId,
        numberRef: to.numberRef,
        targetId: null,
        language: to.language,
        notBefore: new Date(now.getTime() + waitBeforeSmsMs(because)),
        notAfter: new Date(now.getTime() + DING_LASTS_MS),
      },
      now,
    );
    await this.publish(trx, notification, 'queued', null, now);
  }

  /** Says to those who may know that an SMS waits; for what PostgreSQL adds to the event. */
  async publishWait(trx: Transaction, id: string, wait: Wait, now: Date): Promise<void> {
    const notification = isWorthSaying(wait, now) ? await this.lock(trx, id) : undefined;
    if (notification?.state === 'queued')
      await this.publish(trx, notification, 'queued', null, now);
  }

  /** Ends a notification; its call is locked, and the caller looks whether that was the last step. */
  async close(trx: Transaction, id: string, reason: string, now: Date): Promise<void> {
    const notification = await this.dings.findNotification(trx, id);
    if (notification === undefined || !(await this.dings.endNotification(trx, id, reason, now)))
      return;
    await this.publish(trx, notification, 'ended', reason, now);
  }

  private async publish(
    trx: Transaction,
    notification: NotificationNews,
    state: NotificationView['state'],
    reason: string | null,
    now: Date,
  ): Promise<void> {
    const { callId, participantId, channel, because } = notification;
    const event = {
      kind: 'ding.notification',
      callId,
      participantId,
      channel,
      state,
      because,
      reason,
    } as const;
    await this.events.publish(trx, event, now);
  }
}
