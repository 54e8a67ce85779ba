import { Injectable } from '@nestjs/common';
import { CallInstructions } from '../calls/call-instructions.service.js';
import { type CallMoment, type CallScript, HANG_UP } from '../calls/call-script.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { findNumberToShow } from '../calls/shown-numbers.repository.js';
import type { CarrierEvent, Handoff, RoomEvent } from '../handoff/handoff.js';
import {
  isWorthSaying,
  type OutcomeListener,
  Outcomes,
  type Settled,
  type ToPresent,
  type Wait,
} from '../handoff/outcomes.service.js';
import type { Executor, Transaction } from '../kernel/database.js';
import { conferenceScript } from './conference-script.js';
import { ConferenceSteps } from './conference-steps.service.js';
import { ConferencesRepository } from './conferences.repository.js';

/**
 * A conference from the carrier's side. Runs in `worker` and in `ingress`; it never sees a number.
 */
@Injectable()
export class ConferenceCalls implements OutcomeListener {
  constructor(
    private readonly calls: CallsRepository,
    private readonly conferences: ConferencesRepository,
    private readonly steps: ConferenceSteps,
    outcomes: Outcomes,
    instructions: CallInstructions,
  ) {
    outcomes.on('conference', this);
    instructions.on('conference', (trx, legId, moment, now) =>
      this.instruct(trx, legId, moment, now),
    );
  }

  async isWanted(trx: Transaction, handoff: Handoff, now: Date): Promise<boolean> {
    const leg = await this.calls.lockCallOfLeg(trx, handoff.subjectId);
    return (
      leg !== undefined &&
      leg.isCallLive &&
      now < leg.endsAt &&
      !leg.isRemoved &&
      leg.state !== 'ended' &&
      (handoff.kind !== 'present' || (await this.calls.isLegInRoom(trx, handoff.subjectId)))
    );
  }

  /** The number of somebody who is in the room, for the others there. */
  toPresent(trx: Transaction, handoff: Handoff): Promise<ToPresent | undefined> {
    return findNumberToShow(trx, 'conference', handoff.subjectId);
  }

  async presented(trx: Transaction, handoff: Handoff, now: Date): Promise<void> {
    await this.steps.publishCallerId(trx, handoff.subjectId, now);
  }

  roomRef(db: Executor, handoff: Handoff): Promise<string | undefined> {
    return this.conferences.findRoomRef(db, handoff.subjectId);
  }

  async settled(trx: Transaction, handoff: Handoff, settled: Settled, now: Date): Promise<void> {
    if (settled.state === 'unknown') await this.steps.noteUnknown(trx, handoff.subjectId, now);
    else if (settled.state !== 'accepted')
      await this.steps.endLeg(trx, handoff.subjectId, settled.reason, now);
    else if (settled.hasWaited === true) await this.steps.publishWait(trx, handoff.subjectId, now);
  }

  async waits(trx: Transaction, handoff: Handoff, wait: Wait, now: Date): Promise<void> {
    if (wait.because === 'calls_away') await this.steps.noteCallsAway(trx, handoff.subjectId, now);
    else if (isWorthSaying(wait, now)) await this.steps.publishWait(trx, handoff.subjectId, now);
  }

  async carrierEvent(
    trx: Transaction,
    handoff: Handoff,
    event: CarrierEvent,
    now: Date,
  ): Promise<void> {
    if (event.kind === 'room') return this.roomEvent(trx, handoff, event, now);
    if (event.kind === 'machine') return this.steps.noteMachine(trx, handoff.subjectId);
    if (event.kind !== 'call') return;
    if (event.state === 'ended')
      await this.steps.endLeg(trx, handoff.subjectId, event.reason ?? 'hung_up', now);
    else await this.steps.advanceLeg(trx, handoff.subjectId, event.state, now);
  }

  /**
   * Told through the address of one leg, of any leg of the same conference: a label of another one
   * says nothing here.
   */
  private async roomEvent(
    trx: Transaction,
    handoff: Handoff,
    event: RoomEvent,
    now: Date,
  ): Promise<void> {
    const ownLeg = await this.calls.lockCallOfLeg(trx, handoff.subjectId);
    if (ownLeg === undefined) return;
    const leg = event.legId === undefined ? undefined : await this.calls.findLeg(trx, event.legId);
    if (leg === undefined || leg.callId !== ownLeg.callId) return;
    if (event.event !== 'left') await this.conferences.noteRoom(trx, leg, event.roomRef);
    if (event.event === 'joined') await this.steps.joined(trx, leg.id, now);
    if (event.event === 'left') await this.steps.left(trx, leg.id, now);
    // Who comes in with a closed microphone has it said by `joined` alone.
    const isMuted = event.event === 'muted' || (event.event === 'joined' && event.isMuted);
    if (isMuted || event.event === 'unmuted') {
      await this.steps.muted(trx, leg.id, { isMuted, sequence: event.sequence }, now);
    }
  }

  private async instruct(
    trx: Transaction,
    legId: string,
    moment: CallMoment,
    now: Date,
  ): Promise<CallScript> {
    await this.steps.advanceLeg(trx, legId, 'answered', now);
    const leg = await this.calls.findLeg(trx, legId);
    const onPhone = await this.conferences.onPhone(trx);
    if (leg === undefined || onPhone === undefined) return HANG_UP;
    const isInitiator = leg.role === 'initiator';
    return conferenceScript(
      {
        language: onPhone.language,
        initiatorName: onPhone.initiatorName,
        isInitiator,
        isMachine: leg.isMachine,
        hasEnded: !leg.isCallLive || now >= leg.endsAt || leg.isRemoved,
        room: leg.callId,
        label: leg.id,
        isMuted: onPhone.mutedBy !== null,
        endsRoom: isInitiator && onPhone.endsWithInitiator,
      },
      moment,
    );
  }
}
