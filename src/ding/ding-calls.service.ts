import { Injectable } from '@nestjs/common';
import { CallInstructions } from '../calls/call-instructions.service.js';
import { type CallMoment, type CallScript, HANG_UP } from '../calls/call-script.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { findNumberToShow } from '../calls/shown-numbers.repository.js';
import { getTraits } from '../handoff/channels.js';
import type { CarrierEvent, Handoff } from '../handoff/handoff.js';
import {
  type OutcomeListener,
  Outcomes,
  type Settled,
  type ToPresent,
  type Wait,
} from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import { dingSms } from '../texts/ding-sms.js';
import { DingLinks } from './ding-links.service.js';
import { dingScript } from './ding-script.js';
import { DingSteps } from './ding-steps.service.js';
import { DingsRepository } from './dings.repository.js';

/**
 * A Ding from the carrier's side: what becomes of its legs and SMS, what its calls say, what keys
 * mean. Runs in `worker` and in `ingress`; it never sees a number.
 */
@Injectable()
export class DingCalls implements OutcomeListener {
  constructor(
    private readonly calls: CallsRepository,
    private readonly dings: DingsRepository,
    private readonly steps: DingSteps,
    private readonly links: DingLinks,
    outcomes: Outcomes,
    instructions: CallInstructions,
  ) {
    outcomes.on('ding', this);
    instructions.on('ding', (trx, legId, moment, now) => this.instruct(trx, legId, moment, now));
  }

  async isWanted(trx: Transaction, handoff: Handoff, now: Date): Promise<boolean> {
    if (handoff.kind === 'present') {
      const call = await this.calls.lockCall(trx, handoff.subjectId);
      return call !== undefined && call.endedAt === undefined && now < call.endsAt;
    }
    const step = isCall(handoff)
      ? await this.calls.lockCallOfLeg(trx, handoff.subjectId)
      : await this.steps.lockNotification(trx, handoff.subjectId);
    if (step === undefined || step.state === 'ended') return false;
    const to = await this.dings.recipient(trx, step.participantId);
    if (to === undefined || to.stoppedAt !== null) return false;
    // What follows a doubt goes out after the Ding's end, too.
    if (!isCall(handoff) && to.doubtedAt !== null) return true;
    return step.isCallLive && to.confirmedAt === null;
  }

  /** The initiator's number, for the recipients whom the Ding has reached for. */
  toPresent(trx: Transaction, handoff: Handoff): Promise<ToPresent | undefined> {
    return findNumberToShow(trx, 'ding', handoff.subjectId);
  }

  async presented(trx: Transaction, handoff: Handoff, now: Date): Promise<void> {
    await this.steps.publishCallerId(trx, handoff.subjectId, now);
  }

  /** A link for each SMS; one that is sent again after an outage has a new one. */
  async smsText(trx: Transaction, handoff: Handoff): Promise<string | undefined> {
    const notification = await this.dings.findNotification(trx, handoff.subjectId);
    if (notification === undefined) return undefined;
    const words = await this.dings.words(trx, notification.participantId);
    return words && dingSms({ ...words, link: await this.links.write(trx, notification) });
  }

  async settled(trx: Transaction, handoff: Handoff, settled: Settled, now: Date): Promise<void> {
    if (isCall(handoff)) {
      if (settled.state === 'unknown') await this.steps.noteUnknown(trx, handoff.subjectId, now);
      else if (settled.state === 'accepted') {
        if (settled.hasWaited === true) await this.steps.noteTaken(trx, handoff.subjectId, now);
      } else await this.steps.endLeg(trx, handoff.subjectId, settled.reason, now);
      return;
    }
    if (settled.state === 'accepted')
      await this.steps.acceptNotification(trx, handoff.subjectId, now);
    // An SMS that may have left may be read and confirmed: it remains until its time is over.
    else if (settled.state !== 'unknown')
      await this.steps.endNotification(trx, handoff.subjectId, settled.reason, now);
  }

  async waits(trx: Transaction, handoff: Handoff, wait: Wait, now: Date): Promise<void> {
    const { subjectId } = handoff;
    if (isCall(handoff)) await this.steps.followWaiting(trx, subjectId, wait, now);
    else await this.steps.publishWait(trx, subjectId, wait, now);
  }

  async carrierEvent(
    trx: Transaction,
    handoff: Handoff,
    event: CarrierEvent,
    now: Date,
  ): Promise<void> {
    if (event.kind === 'machine') return this.steps.noteMachine(trx, handoff.subjectId, now);
    if (
      event.kind === 'message' &&
      (event.delivery === 'undelivered' || event.delivery === 'failed')
    )
      await this.steps.endNotification(trx, handoff.subjectId, event.reason ?? 'undelivered', now);
    if (event.kind !== 'call') return;
    if (event.state === 'ended')
      await this.steps.endLeg(trx, handoff.subjectId, event.reason ?? 'hung_up', now);
    else await this.steps.advanceLeg(trx, handoff.subjectId, event.state, now);
  }

  private async instruct(
    trx: Transaction,
    legId: string,
    moment: CallMoment,
    now: Date,
  ): Promise<CallScript> {
    // The callback that says so may be late or lost; that the phone speaks with us proves it.
    await this.steps.advanceLeg(trx, legId, 'answered', now);
    const leg = await this.calls.findLeg(trx, legId);
    const words = await this.dings.wordsOnPhone(trx);
    const to = leg && (await this.dings.recipient(trx, leg.participantId));
    if (leg === undefined || words === undefined || to === undefined) return HANG_UP;
    const { script, effect } = dingScript(
      {
        ...words,
        hasEnded: !leg.isCallLive,
        isRecalled: leg.isRecalled,
        isMachine: leg.isMachine,
        isConfirmed: to.confirmedAt !== null,
      },
      moment,
    );
    if (effect === 'confirm') await this.steps.confirmOnPhone(trx, leg, now);
    if (effect === 'stop') await this.steps.stopOnPhone(trx, leg, now);
    return script;
  }
}

/** A call's hand-off is about a leg, a text's about a notification. */
const isCall = ({ channel }: Handoff): boolean => getTraits(channel).form === 'call';
