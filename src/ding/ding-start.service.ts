import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LONGEST_CALL_MS } from '../calls/call.js';
import type { StartedCall } from '../calls/call-changes.service.js';
import { CallLegs, type Reachable } from '../calls/call-legs.service.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { insertParticipants } from '../calls/participants.repository.js';
import { APP, unknownChannel, type Way } from '../handoff/channels.js';
import type { WaitingHandoff } from '../handoff/handoff.queue.js';
import type { Transaction } from '../kernel/database.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import { DingRecipients, type NewDing, type Recipient } from './ding-recipients.service.js';
import { DingSteps } from './ding-steps.service.js';
import { DingsRepository } from './dings.repository.js';
import { DING_LASTS_MS, NOTIFICATION_LASTS_MS } from './urgency.js';

/** Decides a new Ding: who is in it, and by which way it reaches for each of them first. */
@Injectable()
export class DingStart {
  constructor(
    private readonly recipients: DingRecipients,
    private readonly calls: CallsRepository,
    private readonly dings: DingsRepository,
    private readonly steps: DingSteps,
    private readonly legs: CallLegs,
    private readonly events: LiveEventsRepository,
  ) {}

  /**
   * Starts a Ding to all of its recipients or to none: a refusal says which of them stand in the
   * way.
   * @throws as `DingRecipients.require`
   */
  async start(trx: Transaction, senderId: string, ding: NewDing, now: Date): Promise<StartedCall> {
    const recipients = await this.recipients.require(trx, senderId, ding, now);
    const callId = await this.insert(trx, senderId, ding, recipients, now);
    const waiting: WaitingHandoff[] = [];
    for (const recipient of recipients) {
      waiting.push(...(await this.reachFor(trx, callId, recipient, ding.channel, now)));
    }
    if (ding.channel === APP) await this.steps.presentSender(trx, callId, now);
    return { callId, waiting };
  }

  private async insert(
    trx: Transaction,
    senderId: string,
    ding: NewDing,
    recipients: readonly Recipient[],
    now: Date,
  ): Promise<string> {
    const callId = randomUUID();
    const endsAt = new Date(now.getTime() + LONGEST_CALL_MS);
    await this.calls.insertCall(trx, { id: callId, purpose: 'ding', endsAt }, now);
    await insertParticipants(trx, callId, [
      { id: randomUUID(), accountId: senderId, role: 'initiator' },
      ...recipients.map((one) => ({
        id: one.participantId,
        accountId: one.accountId,
        role: 'recipient' as const,
      })),
    ]);
    await this.dings.insert(trx, { callId, text: ding.text, channel: ding.channel, recipients });
    await this.events.publish(trx, { kind: 'ding.created', callId }, now);
    return callId;
  }

  /** Starts the first way to one recipient; gives what of it waits for the queue. */
  private async reachFor(
    trx: Transaction,
    callId: string,
    recipient: Recipient,
    channel: Way,
    now: Date,
  ): Promise<WaitingHandoff[]> {
    const { participantId, accountId, language, number } = recipient;
    if (number === undefined || channel === APP) {
      await this.notifyInApp(trx, { callId, participantId }, now);
      return [];
    }
    const person = { accountId, language, number };
    switch (channel) {
      case 'sms':
        await this.steps.startSms(
          trx,
          { callId, participantId, accountId, language, numberRef: number.numberRef },
          null,
          now,
        );
        return [];
      case 'voice':
        return this.ring(trx, { callId, participantId, person }, now);
      default:
        return unknownChannel(channel);
    }
  }

  private async ring(
    trx: Transaction,
    to: { callId: string; participantId: string; person: Reachable },
    now: Date,
  ): Promise<WaitingHandoff[]> {
    const dialled = await this.legs.dial(
      trx,
      { ...to, purpose: 'ding', lastsMs: DING_LASTS_MS },
      now,
    );
    if (dialled.isInTime) {
      const { legId, mayRingAt: until } = dialled;
      const wait = { because: 'ring_limit', until } as const;
      await this.steps.followWaiting(trx, legId, wait, now);
      return [dialled.waiting];
    }
    await this.steps.endLeg(trx, dialled.legId, 'ring_limit', now); // so the SMS goes out now
    return [];
  }

  private async notifyInApp(
    trx: Transaction,
    to: { callId: string; participantId: string },
    now: Date,
  ): Promise<void> {
    const expiresAt = new Date(now.getTime() + NOTIFICATION_LASTS_MS);
    const row = { ...to, id: randomUUID(), channel: APP, because: null, expiresAt } as const;
    await this.dings.insertNotification(trx, row, now);
    const event = {
      kind: 'ding.notification',
      ...to,
      channel: APP,
      state: 'accepted',
      because: null,
      reason: null,
    } as const;
    await this.events.publish(trx, event, now);
  }
}
