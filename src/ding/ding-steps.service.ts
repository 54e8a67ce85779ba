import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { LegState } from '../calls/call.js';
import { CallLegs } from '../calls/call-legs.service.js';
import { CallsRepository, type LegView } from '../calls/calls.repository.js';
import { APP, type ConfirmedBy, TRAITS } from '../handoff/channels.js';
import type { WaitingHandoff } from '../handoff/enqueuer.service.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import type { Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import type { Language } from '../texts/catalogue.js';
import { DingsRepository, type NotificationView } from './dings.repository.js';
import { DING_LASTS_MS, isFollowedBySms, NOTIFICATION_LASTS_MS } from './urgency.js';

type NotificationNews = Pick<NotificationView, 'callId' | 'participantId' | 'channel' | 'because'>;

/** Whom an SMS of a Ding goes to. */
interface SmsTo {
  callId: string;
  participantId: string;
  accountId: string;
  language: Language;
  numberRef: NumberRef;
}

/**
 * What a Ding's steps do to one another, in every role: a call that ends starts an SMS, a confirmation ends what remains,
 * the last step ends the Ding. All of it under the lock of the call's row, so that two ends at once are one after the
 * other, and each change is told to those who may know.
 */
@Injectable()
export class DingSteps {
  constructor(
    private readonly calls: CallsRepository,
    private readonly dings: DingsRepository,
    private readonly handoffs: HandoffsRepository,
    private readonly legs: CallLegs,
    private readonly events: LiveEventsRepository,
  ) {}

  /** Moves a leg forward. */
  advanceLeg(
    trx: Transaction,
    legId: string,
    state: Exclude<LegState, 'ended'>,
    now: Date,
  ): Promise<void> {
    return this.legs.advance(trx, legId, state, now);
  }

  /** Ends a leg. Without a confirmation an SMS follows at once. */
  async endLeg(trx: Transaction, legId: string, reason: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.legs.end(trx, leg, reason, now))) return;
    await this.followUp(trx, leg, leg.isMachine ? 'machine' : reason, now);
    await this.endIfOver(trx, leg.callId, now);
  }

  /** Nobody knows whether the call went out; it is not placed again, so another way starts at once. */
  async noteUnknown(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.legs.noteUnknown(trx, legId, now);
    if (leg !== undefined) await this.followUp(trx, leg, 'unknown', now);
  }

  async acceptNotification(trx: Transaction, id: string, now: Date): Promise<void> {
    const notification = await this.lockNotification(trx, id);
    if (notification === undefined || !(await this.dings.acceptNotification(trx, id, now))) return;
    await this.publishNotification(trx, notification, 'accepted', null, now);
  }

  async endNotification(trx: Transaction, id: string, reason: string, now: Date): Promise<void> {
    const notification = await this.lockNotification(trx, id);
    if (notification === undefined) return;
    await this.closeNotification(trx, id, reason, now);
    await this.endIfOver(trx, notification.callId, now);
  }

  /** Locks its call. */
  async lockNotification(trx: Transaction, id: string): Promise<NotificationView | undefined> {
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
        notBefore: now,
        notAfter: new Date(now.getTime() + DING_LASTS_MS),
      },
      now,
    );
    await this.publishNotification(trx, notification, 'queued', null, now);
  }

  /**
   * Has the sender's number sealed for the recipients' apps by itself, where no call or SMS brings it to the worker.
   * Nothing goes out by the channel that is named.
   */
  async presentInApps(
    trx: Transaction,
    sender: { callId: string; accountId: string; numberRef: NumberRef },
    now: Date,
  ): Promise<WaitingHandoff> {
    const id = randomUUID();
    await this.handoffs.insert(
      trx,
      {
        id,
        purpose: 'ding',
        channel: 'sms',
        kind: 'present',
        subjectId: sender.callId,
        accountId: sender.accountId,
        numberRef: sender.numberRef,
        targetId: null,
        language: 'en',
        notBefore: now,
        notAfter: new Date(now.getTime() + DING_LASTS_MS),
      },
      now,
    );
    return { id, channel: 'sms', purpose: 'ding' };
  }

  /**
   * A recipient confirms; false if they had. Whatever else was to reach them ends: what rings is hung up. A call that
   * speaks is not cut off in the middle of a sentence: the next thing it says is that all is confirmed.
   */
  async confirm(
    trx: Transaction,
    callId: string,
    participantId: string,
    by: ConfirmedBy,
    now: Date,
  ): Promise<boolean> {
    await this.calls.lockCall(trx, callId);
    if (!(await this.dings.confirm(trx, participantId, by, now))) return false;
    const audience = await this.calls.audience(trx, callId, participantId);
    await this.events.publish(
      trx,
      { kind: 'ding.confirmed', callId, participantId, by },
      audience,
      now,
    );
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) {
      await this.closeNotification(trx, id, 'confirmed', now);
    }
    if (by !== TRAITS.voice.confirmedBy) {
      const open = await this.calls.openLegs(trx, { callId, participantId });
      await this.legs.hangUp(
        trx,
        open.filter((leg) => leg.state !== 'answered'),
        'confirmed',
        now,
      );
    }
    await this.endIfOver(trx, callId, now);
    return true;
  }

  /** The recipient wants no more calls for it, and no SMS either. */
  async stop(trx: Transaction, callId: string, participantId: string, now: Date): Promise<void> {
    await this.calls.lockCall(trx, callId);
    if (!(await this.dings.stop(trx, participantId, now))) return;
    const audience = await this.calls.audience(trx, callId, participantId);
    await this.events.publish(trx, { kind: 'ding.stopped', callId, participantId }, audience, now);
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) {
      await this.endNotification(trx, id, 'stopped', now);
    }
  }

  /**
   * The number by which a recipient was reached is theirs no more; the call is locked. Whoever has that phone now isn't
   * rung any more, and the SMS's link confirms nothing. If the recipient has proved another number instead, what would
   * have followed the call goes there.
   */
  async numberGone(
    trx: Transaction,
    callId: string,
    participantId: string,
    now: Date,
  ): Promise<void> {
    await this.dings.dropLinks(trx, participantId);
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) {
      if ((await this.dings.findNotification(trx, id))?.channel !== APP)
        await this.closeNotification(trx, id, 'number_moved', now);
    }
    const legs = await this.calls.openLegs(trx, { callId, participantId });
    await this.legs.hangUp(trx, legs, 'number_moved', now);
    for (const { id } of legs) {
      const leg = await this.calls.findLeg(trx, id);
      if (leg?.state === 'ended') await this.followUp(trx, leg, 'number_moved', now);
    }
    await this.endIfOver(trx, callId, now);
  }

  /** Ends the whole Ding, whatever of it remains; its call is locked. */
  async end(
    trx: Transaction,
    callId: string,
    reason: 'recalled' | 'finished',
    now: Date,
  ): Promise<void> {
    const legReason = reason === 'recalled' ? 'recalled' : 'call_ended';
    for (const id of await this.dings.openNotifications(trx, { callId })) {
      await this.closeNotification(trx, id, legReason, now);
    }
    await this.legs.hangUp(trx, await this.calls.openLegs(trx, { callId }), legReason, now);
    await this.endCall(trx, callId, reason, now);
  }

  private async followUp(
    trx: Transaction,
    leg: LegView,
    because: string,
    now: Date,
  ): Promise<void> {
    if (!leg.isCallLive || now >= leg.endsAt || !isFollowedBySms(because)) return;
    const to = await this.dings.recipient(trx, leg.participantId);
    if (
      to === undefined ||
      to.numberRef === null ||
      to.confirmedAt !== null ||
      to.stoppedAt !== null ||
      to.hasSms
    )
      return;
    await this.startSms(trx, { ...to, numberRef: to.numberRef }, because, now);
  }

  private async endIfOver(trx: Transaction, callId: string, now: Date): Promise<void> {
    if (!(await this.calls.hasOpenSteps(trx, callId)))
      await this.endCall(trx, callId, 'finished', now);
  }

  private async endCall(
    trx: Transaction,
    callId: string,
    reason: 'recalled' | 'finished',
    now: Date,
  ): Promise<void> {
    if (!(await this.calls.endCall(trx, callId, reason, now))) return;
    const audience = await this.calls.audience(trx, callId);
    await this.events.publish(trx, { kind: 'ding.ended', callId, reason }, audience, now);
  }

  /** Its call is locked, and whoever calls looks whether that was the last step. */
  private async closeNotification(
    trx: Transaction,
    id: string,
    reason: string,
    now: Date,
  ): Promise<void> {
    const notification = await this.dings.findNotification(trx, id);
    if (notification === undefined || !(await this.dings.endNotification(trx, id, reason, now)))
      return;
    await this.publishNotification(trx, notification, 'ended', reason, now);
  }

  private async publishNotification(
    trx: Transaction,
    notification: NotificationNews,
    state: NotificationView['state'],
    reason: string | null,
    now: Date,
  ): Promise<void> {
    const { callId, participantId, channel, because } = notification;
    const audience = await this.calls.audience(trx, callId, participantId);
    const event = {
      kind: 'ding.notification',
      callId,
      participantId,
      channel,
      state,
      because,
      reason,
    } as const;
    await this.events.publish(trx, event, audience, now);
  }
}
