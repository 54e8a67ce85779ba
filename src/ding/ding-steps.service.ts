import { Injectable } from '@nestjs/common';
import type { LegState } from '../calls/call.js';
import { CallLegs } from '../calls/call-legs.service.js';
import { CallerIds } from '../calls/caller-ids.service.js';
import { CallsRepository, type LegView } from '../calls/calls.repository.js';
import { APP, type ConfirmedBy, TRAITS } from '../handoff/channels.js';
import { isWorthSaying, type Wait } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import { dropLinks } from './ding-links.repository.js';
import { DingNotifications, type SmsTo } from './ding-notifications.service.js';
import {
  type ConfirmedElsewhere,
  DingsRepository,
  type NotificationView,
} from './dings.repository.js';
import { isFollowedBySms, RINGS_WITHIN_MS } from './urgency.js';

/** A recipient's part in a Ding. */
type Part = Pick<NotificationView, 'callId' | 'participantId'>;

/**
 * Says what a Ding's steps do to one another, in every role: a call that ends starts an SMS, a
 * confirmation ends what remains, the last step ends the Ding. All of it happens under the lock of
 * the call's row, so that two ends at once are one after the other, and each change is published to
 * those who may know of it.
 */
@Injectable()
export class DingSteps {
  constructor(
    private readonly calls: CallsRepository,
    private readonly dings: DingsRepository,
    private readonly notifications: DingNotifications,
    private readonly legs: CallLegs,
    private readonly callerIds: CallerIds,
    private readonly events: LiveEventsRepository,
  ) {}

  /** Moves a leg forward. Once it rings, its recipient may see who it is. */
  async advanceLeg(
    trx: Transaction,
    legId: string,
    state: Exclude<LegState, 'ended'>,
    now: Date,
  ): Promise<void> {
    const leg = await this.legs.advance(trx, legId, state, now);
    if (leg !== undefined) await this.callerIds.present(trx, 'ding', leg.callId, now);
  }

  /** Ends a leg. Without a confirmation an SMS follows at once. */
  async endLeg(trx: Transaction, legId: string, reason: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.legs.end(trx, leg, reason, now))) return;
    await this.followUp(trx, leg, leg.isMachine ? 'machine' : reason, now);
    await this.endIfOver(trx, leg.callId, now);
  }

  /**
   * Nobody knows whether the call went out; it is not placed again, so another way starts.
   */
  async noteUnknown(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.legs.noteUnknown(trx, legId, now);
    if (leg !== undefined) await this.followUp(trx, leg, 'unknown', now);
  }

  /**
   * A call can't ring before then, and those who may know are told. If that is too long for something
   * urgent, an SMS goes out beside it; the phone rings when it may. How long no call can be made,
   * nobody knows: then it goes at once.
   */
  async followWaiting(trx: Transaction, legId: string, wait: Wait, now: Date): Promise<void> {
    const isAway = wait.because === 'calls_away';
    const isLate = isAway || wait.until.getTime() - now.getTime() > RINGS_WITHIN_MS;
    if (!isLate && !isWorthSaying(wait, now)) return;
    if (isAway) await this.legs.noteCallsAway(trx, legId, now);
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg?.state !== 'queued') return;
    if (!isAway) await this.legs.publishWait(trx, leg, now);
    if (isLate) await this.followUp(trx, leg, wait.because, now);
  }

  /** The carrier has a call that had waited. */
  async noteTaken(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg !== undefined) await this.legs.publishWait(trx, leg, now);
  }

  /** Sends an SMS beside a call that has waited too long by now. */
  async followLate(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg?.state === 'queued') await this.followUp(trx, leg, 'late', now);
  }

  /**
   * The carrier heard a machine on this leg. No key counts from then on; one that has confirmed
   * before is in doubt, and an SMS follows, whether or not the Ding has ended meanwhile.
   */
  async noteMachine(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    await this.calls.noteMachine(trx, legId);
    if (leg === undefined || !(await this.dings.doubt(trx, leg.participantId, now))) return;
    const { callId, participantId } = leg;
    await this.events.publish(trx, { kind: 'ding.doubted', callId, participantId }, now);
    const to = await this.dings.recipient(trx, participantId);
    if (to === undefined || to.numberRef === null || to.stoppedAt !== null || to.hasSms) return;
    await this.notifications.startSms(trx, { ...to, numberRef: to.numberRef }, 'machine', now);
  }

  /** Finds a notification, with its call locked. */
  lockNotification(trx: Transaction, id: string): Promise<NotificationView | undefined> {
    return this.notifications.lock(trx, id);
  }

  startSms(trx: Transaction, to: SmsTo, because: string | null, now: Date): Promise<void> {
    return this.notifications.startSms(trx, to, because, now);
  }

  publishWait(trx: Transaction, id: string, wait: Wait, now: Date): Promise<void> {
    return this.notifications.publishWait(trx, id, wait, now);
  }

  /** What a recipient has got in their app, or by an SMS, lets them see who it is. */
  presentSender(trx: Transaction, callId: string, now: Date): Promise<void> {
    return this.callerIds.present(trx, 'ding', callId, now);
  }

  /** Says to those in it that the sender's number can be asked for. */
  async publishCallerId(trx: Transaction, callId: string, now: Date): Promise<void> {
    await this.events.publish(trx, { kind: 'ding.caller_id', callId }, now);
  }

  async acceptNotification(trx: Transaction, id: string, now: Date): Promise<void> {
    const callId = await this.notifications.accept(trx, id, now);
    if (callId !== undefined) await this.presentSender(trx, callId, now);
  }

  async endNotification(trx: Transaction, id: string, reason: string, now: Date): Promise<void> {
    const notification = await this.notifications.lock(trx, id);
    if (notification === undefined) return;
    await this.notifications.close(trx, id, reason, now);
    await this.endIfOver(trx, notification.callId, now);
  }

  /** A recipient confirms, in the app or by a link; false if they had. What rings is hung up. */
  async confirm(
    trx: Transaction,
    callId: string,
    participantId: string,
    confirmedBy: ConfirmedElsewhere,
    now: Date,
  ): Promise<boolean> {
    await this.calls.lockCall(trx, callId);
    if (!(await this.dings.confirm(trx, participantId, confirmedBy, now))) return false;
    await this.noteConfirmed(trx, { callId, participantId }, confirmedBy, now);
    return true;
  }

  /**
   * A recipient confirms by a key, on the call whose capability was shown. A call that speaks is not cut off in
   * the middle of a sentence: the next thing it says is that all is confirmed.
   */
  async confirmOnPhone(
    trx: Transaction,
    { callId, participantId }: Part,
    now: Date,
  ): Promise<void> {
    await this.calls.lockCall(trx, callId);
    if (!(await this.dings.confirmOnPhone(trx, now))) return;
    await this.noteConfirmed(trx, { callId, participantId }, TRAITS.voice.confirmedBy, now);
  }

  /** Whatever else was to reach them ends. */
  private async noteConfirmed(
    trx: Transaction,
    { callId, participantId }: Part,
    confirmedBy: ConfirmedBy,
    now: Date,
  ): Promise<void> {
    await this.events.publish(
      trx,
      { kind: 'ding.confirmed', callId, participantId, by: confirmedBy },
      now,
    );
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) {
      await this.notifications.close(trx, id, 'confirmed', now);
    }
    if (confirmedBy !== TRAITS.voice.confirmedBy) {
      await this.legs.stopRinging(trx, { callId, participantId }, 'confirmed', now);
    }
    await this.endIfOver(trx, callId, now);
  }

  /** By a key, too: the recipient wants no more calls for it, and no SMS either. */
  async stopOnPhone(trx: Transaction, { callId, participantId }: Part, now: Date): Promise<void> {
    await this.calls.lockCall(trx, callId);
    if (!(await this.dings.stopOnPhone(trx, now))) return;
    await this.events.publish(trx, { kind: 'ding.stopped', callId, participantId }, now);
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) {
      await this.endNotification(trx, id, 'stopped', now);
    }
  }

  /**
   * The number by which a recipient was reached is theirs no more; the call is locked. Whoever has
   * that phone now isn't rung any more, and the SMS's link confirms nothing. If the recipient has
   * proved another number instead, what would have followed the call goes there.
   */
  async numberGone(
    trx: Transaction,
    callId: string,
    participantId: string,
    now: Date,
  ): Promise<void> {
    await dropLinks(trx, participantId);
    for (const id of await this.dings.openNotifications(trx, { callId, participantId })) {
      if ((await this.dings.findNotification(trx, id))?.channel !== APP)
        await this.notifications.close(trx, id, 'number_moved', now);
    }
    const legs = await this.calls.openLegs(trx, { callId, participantId });
    await this.legs.hangUp(trx, legs, 'number_moved', now);
    for (const { id } of legs) {
      const leg = await this.calls.findLeg(trx, id);
      if (leg?.state === 'ended') await this.followUp(trx, leg, 'number_moved', now);
    }
    await this.endIfOver(trx, callId, now);
  }

  /**
   * A recipient may be reached no more: they have withdrawn their consent, or share no team with the
   * sender. What waits is not sent, what rings is hung up; the call is locked.
   */
  async consentGone(trx: Transaction, part: Part, now: Date): Promise<void> {
    for (const id of await this.dings.openNotifications(trx, part)) {
      if ((await this.dings.findNotification(trx, id))?.state === 'queued')
        await this.notifications.close(trx, id, 'no_consent', now);
    }
    await this.legs.stopRinging(trx, part, 'no_consent', now);
    await this.endIfOver(trx, part.callId, now);
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
      await this.notifications.close(trx, id, legReason, now);
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
    await this.notifications.startSms(trx, { ...to, numberRef: to.numberRef }, because, now);
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
    await this.events.publish(trx, { kind: 'ding.ended', callId, reason }, now);
  }
}
