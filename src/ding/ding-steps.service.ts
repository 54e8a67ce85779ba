import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { LegState } from '../calls/call.js';
import { CallsRepository, type LegView } from '../calls/calls.repository.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import type { Transaction } from '../kernel/database.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import type { Language } from '../texts/catalogue.js';
import { type ConfirmedBy, DingsRepository, type NotificationView } from './dings.repository.js';
import { DING_LASTS_MS, isFollowedBySms, NOTIFICATION_LASTS_MS } from './urgency.js';

/** A hang-up is worth trying for as long as a Ding's call may last. */
const HANG_UP_MS = 15 * 60_000;

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
    private readonly events: LiveEventsRepository,
  ) {}

  /** Moves a leg forward. */
  async advanceLeg(trx: Transaction, legId: string, state: Exclude<LegState, 'ended'>, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg !== undefined && (await this.calls.advanceLeg(trx, legId, state, undefined, now))) await this.tellLeg(trx, leg, state, null, now);
  }

  /** Ends a leg. Without a confirmation an SMS follows at once. */
  async endLeg(trx: Transaction, legId: string, reason: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.calls.advanceLeg(trx, legId, 'ended', reason, now))) return;
    await this.tellLeg(trx, leg, 'ended', reason, now);
    await this.followUp(trx, leg, leg.isMachine ? 'machine' : reason, now);
    await this.endIfOver(trx, leg.callId, now);
  }

  /** Nobody knows whether the call went out; it is not placed again, so another way starts at once. */
  async noteUnknown(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.calls.noteUnknown(trx, legId))) return;
    await this.tellLeg(trx, leg, 'queued', 'unknown', now);
    await this.followUp(trx, leg, 'unknown', now);
  }

  async acceptNotification(trx: Transaction, id: string, now: Date): Promise<void> {
    const notification = await this.lockNotification(trx, id);
    if (notification !== undefined && (await this.dings.acceptNotification(trx, id, now))) await this.tellNotification(trx, notification, 'accepted', null, now);
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
  async startSms(trx: Transaction, to: { callId: string; participantId: string; accountId: string; language: Language; numberRef: string }, because: string | null, now: Date): Promise<{ id: string; handoffId: string }> {
    const [id, handoffId] = [randomUUID(), randomUUID()];
    await this.dings.insertNotification(trx, { id, callId: to.callId, participantId: to.participantId, channel: 'sms', because, expiresAt: new Date(now.getTime() + NOTIFICATION_LASTS_MS) }, now);
    await this.handoffs.insertAndWake(trx, {
      id: handoffId, purpose: 'ding', channel: 'sms', kind: 'deliver', subjectId: id, accountId: to.accountId, numberRef: to.numberRef as never,
      targetId: null, language: to.language, notBefore: now, notAfter: new Date(now.getTime() + DING_LASTS_MS),
    }, now);
    await this.tellNotification(trx, { callId: to.callId, participantId: to.participantId, channel: 'sms', because }, 'queued', null, now);
    return { id, handoffId };
  }

  /**
   * A recipient confirms; false if they had. Whatever else was to reach them ends: what rings is hung up. A call that
   * speaks is not cut off in the middle of a sentence: the next thing it says is that all is confirmed.
   */
  async confirm(trx: Transaction, callId: string, participantId: string, by: ConfirmedBy, now: Date): Promise<boolean> {
    await this.calls.lockCall(trx, callId);
    if (!(await this.dings.confirm(trx, participantId, by, now))) return false;
    await this.events.publish(trx, { kind: 'ding.confirmed', callId, participantId, by }, await this.calls.audience(trx, callId, participantId), now);
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) await this.closeNotification(trx, id, 'confirmed', now);
    if (by !== 'voice') await this.hangUp(trx, (await this.calls.openLegs(trx, { callId, participantId })).filter((leg) => leg.state !== 'answered'), 'confirmed', now);
    await this.endIfOver(trx, callId, now);
    return true;
  }

  /** The recipient wants no more calls for it, and no SMS either. */
  async stop(trx: Transaction, callId: string, participantId: string, now: Date): Promise<void> {
    await this.calls.lockCall(trx, callId);
    if (!(await this.dings.stop(trx, participantId, now))) return;
    await this.events.publish(trx, { kind: 'ding.stopped', callId, participantId }, await this.calls.audience(trx, callId, participantId), now);
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) await this.endNotification(trx, id, 'stopped', now);
  }

  /**
   * The number by which a recipient was reached is theirs no more; the call is locked. Whoever has that phone now isn't
   * rung any more, and the SMS's link confirms nothing. If the recipient has proved another number instead, what would
   * have followed the call goes there.
   */
  async numberGone(trx: Transaction, callId: string, participantId: string, now: Date): Promise<void> {
    await this.dings.dropLinks(trx, participantId);
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) {
      if ((await this.dings.findNotification(trx, id))?.channel === 'sms') await this.closeNotification(trx, id, 'number_moved', now);
    }
    const legs = await this.calls.openLegs(trx, { callId, participantId });
    await this.hangUp(trx, legs, 'number_moved', now);
    for (const { id } of legs) {
      const leg = await this.calls.findLeg(trx, id);
      if (leg?.state === 'ended') await this.followUp(trx, leg, 'number_moved', now);
    }
    await this.endIfOver(trx, callId, now);
  }

  /** Ends the whole Ding, whatever of it remains; its call is locked. */
  async end(trx: Transaction, callId: string, reason: 'recalled' | 'finished', now: Date): Promise<void> {
    const legReason = reason === 'recalled' ? 'recalled' : 'call_ended';
    for (const id of await this.dings.openNotifications(trx, { callId })) await this.closeNotification(trx, id, legReason, now);
    await this.hangUp(trx, await this.calls.openLegs(trx, { callId }), legReason, now);
    await this.endCall(trx, callId, reason, now);
  }

  /**
   * What has not gone out stays here; what may be ringing or talking is hung up. The call's lock is held, and a worker
   * asks under the same lock before it dials: so a leg is in one of the two groups, for good.
   */
  private async hangUp(trx: Transaction, legs: readonly { id: string; callId: string; participantId: string }[], reason: string, now: Date): Promise<void> {
    const ids = legs.map((leg) => leg.id);
    const stayed = new Set(await this.handoffs.stillQueued(trx, ids));
    for (const leg of legs.filter((one) => stayed.has(one.id))) if (await this.calls.advanceLeg(trx, leg.id, 'ended', reason, now)) await this.tellLeg(trx, leg, 'ended', reason, now);
    for (const out of await this.handoffs.deliveriesOut(trx, ids)) {
      await this.handoffs.insertAndWake(trx, {
        id: randomUUID(), purpose: 'ding', channel: 'voice', kind: 'hang_up', subjectId: out.subjectId, accountId: out.accountId,
        numberRef: null, targetId: out.id, language: out.language, notBefore: now, notAfter: new Date(now.getTime() + HANG_UP_MS),
      }, now);
    }
  }

  private async followUp(trx: Transaction, leg: LegView, because: string, now: Date): Promise<void> {
    if (!leg.isCallLive || now >= leg.endsAt || !isFollowedBySms(because)) return;
    const to = await this.dings.recipient(trx, leg.participantId);
    if (to === undefined || to.numberRef === null || to.confirmedAt !== null || to.stoppedAt !== null || to.hasSms) return;
    await this.startSms(trx, { ...to, numberRef: to.numberRef }, because, now);
  }

  private async endIfOver(trx: Transaction, callId: string, now: Date): Promise<void> {
    if (!(await this.calls.hasOpenSteps(trx, callId))) await this.endCall(trx, callId, 'finished', now);
  }

  private async endCall(trx: Transaction, callId: string, reason: 'recalled' | 'finished', now: Date): Promise<void> {
    if (await this.calls.endCall(trx, callId, reason, now)) await this.events.publish(trx, { kind: 'ding.ended', callId, reason }, await this.calls.audience(trx, callId), now);
  }

  /** Its call is locked, and whoever calls looks whether that was the last step. */
  private async closeNotification(trx: Transaction, id: string, reason: string, now: Date): Promise<void> {
    const notification = await this.dings.findNotification(trx, id);
    if (notification !== undefined && (await this.dings.endNotification(trx, id, reason, now))) await this.tellNotification(trx, notification, 'ended', reason, now);
  }

  private async tellLeg(trx: Transaction, leg: { callId: string; participantId: string }, state: LegState, reason: string | null, now: Date): Promise<void> {
    const { callId, participantId } = leg;
    await this.events.publish(trx, { kind: 'ding.leg', callId, participantId, state, reason }, await this.calls.audience(trx, callId, participantId), now);
  }

  private async tellNotification(
    trx: Transaction, notification: { callId: string; participantId: string; channel: 'app' | 'sms'; because: string | null }, state: 'queued' | 'accepted' | 'ended', reason: string | null, now: Date,
  ): Promise<void> {
    const { callId, participantId, channel, because } = notification;
    await this.events.publish(trx, { kind: 'ding.notification', callId, participantId, channel, state, because, reason }, await this.calls.audience(trx, callId, participantId), now);
  }
}
