import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { LegState } from '../calls/call.js';
import { CallLegs } from '../calls/call-legs.service.js';
import { CallerIds } from '../calls/caller-ids.service.js';
import { CallsRepository, type LegView } from '../calls/calls.repository.js';
import { erasePresentation } from '../calls/shown-numbers.repository.js';
import type { Transaction } from '../kernel/database.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import { ConferencesRepository } from './conferences.repository.js';
import { showMutedBy } from './roster.js';

export type ConferenceEnd = 'finished' | 'ended' | 'time_limit';

/** A microphone as the carrier has it, and the order of its news. */
interface MuteNews {
  isMuted: boolean;
  sequence: number;
}

/**
 * What happens to a conference's legs, in every role, under the lock of the call's row and told to
 * those who may know. Nothing of a room is in memory: it stands at the carrier and in the rows, so
 * any process may come and go.
 */
@Injectable()
export class ConferenceSteps {
  constructor(
    private readonly calls: CallsRepository,
    private readonly conferences: ConferencesRepository,
    private readonly legs: CallLegs,
    private readonly callerIds: CallerIds,
    private readonly events: LiveEventsRepository,
  ) {}

  async advanceLeg(
    trx: Transaction,
    legId: string,
    state: Exclude<LegState, 'ended'>,
    now: Date,
  ): Promise<void> {
    await this.legs.advance(trx, legId, state, now);
  }

  /** No call can be made for now: those in it are told why nothing rings. */
  async noteCallsAway(trx: Transaction, legId: string, now: Date): Promise<void> {
    await this.legs.noteCallsAway(trx, legId, now);
  }

  async noteUnknown(trx: Transaction, legId: string, now: Date): Promise<void> {
    await this.legs.noteUnknown(trx, legId, now);
  }

  /** A call can't ring before then, or waits no more: those who may know are told. */
  async publishWait(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg !== undefined) await this.legs.publishWait(trx, leg, now);
  }

  async noteMachine(trx: Transaction, legId: string): Promise<void> {
    await this.calls.lockCallOfLeg(trx, legId);
    await this.calls.noteMachine(trx, legId);
  }

  /** Ends a leg; the room may end with its initiator, and ends with its last leg. */
  async endLeg(trx: Transaction, legId: string, reason: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined) return;
    const wasInRoom = await this.calls.isLegInRoom(trx, legId);
    if (await this.legs.end(trx, leg, reason, now))
      await this.afterLeaving(trx, leg, wasInRoom, now);
  }

  /**
   * The carrier has let it into the room: from now on its person's number may be shown there, and is
   * sealed for that. Who must not be there (any more) is hung up instead.
   */
  async joined(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.calls.joinRoom(trx, legId, now))) return;
    if (leg.isRemoved) return this.legs.hangUp(trx, [leg], 'removed', now);
    if (!leg.isCallLive || now >= leg.endsAt)
      return this.legs.hangUp(trx, [leg], 'call_ended', now);
    const { callId, participantId } = leg;
    await this.events.publish(trx, { kind: 'conference.joined', callId, participantId }, now);
    await this.callerIds.present(trx, 'conference', legId, now);
  }

  /** Says to those in it that the number of a leg's person can be asked for. */
  async publishCallerId(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.findLeg(trx, legId);
    if (leg === undefined || leg.isRemoved) return;
    const { callId, participantId } = leg;
    await this.events.publish(trx, { kind: 'conference.caller_id', callId, participantId }, now);
  }

  async left(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined) return;
    const wasInRoom = await this.calls.isLegInRoom(trx, legId);
    if (await this.calls.leaveRoom(trx, legId, now))
      await this.afterLeaving(trx, leg, wasInRoom, now);
  }

  /** As the carrier tells it, which is what is heard. */
  async muted(
    trx: Transaction,
    legId: string,
    { isMuted, sequence }: MuteNews,
    now: Date,
  ): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    const news = { legId, isMuted, sequence };
    if (leg === undefined || !(await this.conferences.noteMutedOnPhone(trx, news))) return;
    const { callId, participantId } = leg;
    if (!isMuted)
      return this.events.publish(trx, { kind: 'conference.unmuted', callId, participantId }, now);
    const member = await this.conferences.member(trx, participantId);
    const by = showMutedBy(member?.mutedBy ?? null);
    await this.events.publish(trx, { kind: 'conference.muted', callId, participantId, by }, now);
  }

  /** Takes somebody in, anew or again; gives their participant's id. The call is locked. */
  async invite(trx: Transaction, callId: string, accountId: string, now: Date): Promise<string> {
    const participantId = await this.conferences.addParticipant(trx, {
      id: randomUUID(),
      callId,
      accountId,
    });
    await this.events.publish(trx, { kind: 'conference.invited', callId, participantId }, now);
    return participantId;
  }

  /** From this moment on it is as if the conference never was, for them; the call is locked. */
  async remove(trx: Transaction, callId: string, participantId: string, now: Date): Promise<void> {
    await this.conferences.remove(trx, participantId, now);
    await erasePresentation(trx, callId, participantId);
    await this.events.publish(trx, { kind: 'conference.removed', callId, participantId }, now);
    await this.hangUp(trx, callId, participantId, 'removed', now);
  }

  /** Ends the conference for all; its call is locked. */
  async end(trx: Transaction, callId: string, reason: ConferenceEnd, now: Date): Promise<void> {
    if (!(await this.calls.endCall(trx, callId, reason, now))) return;
    await this.events.publish(trx, { kind: 'conference.ended', callId, reason }, now);
    await this.legs.hangUp(trx, await this.calls.openLegs(trx, { callId }), 'call_ended', now);
  }

  /** Hangs one participant's legs up; the call is locked. */
  async hangUp(
    trx: Transaction,
    callId: string,
    participantId: string,
    reason: string,
    now: Date,
  ): Promise<void> {
    await this.legs.hangUp(
      trx,
      await this.calls.openLegs(trx, { callId, participantId }),
      reason,
      now,
    );
    if (!(await this.calls.hasOpenSteps(trx, callId))) await this.end(trx, callId, 'finished', now);
  }

  /** Hangs up what waits or rings of one participant; the call is locked. */
  async stopRinging(
    trx: Transaction,
    part: { callId: string; participantId: string },
    reason: string,
    now: Date,
  ): Promise<void> {
    await this.legs.stopRinging(trx, part, reason, now);
    const { callId } = part;
    if (!(await this.calls.hasOpenSteps(trx, callId))) await this.end(trx, callId, 'finished', now);
  }

  /** Has the carrier open or close the microphone of a participant's legs; the call is locked. */
  async setMuted(
    trx: Transaction,
    callId: string,
    participantId: string,
    isMuted: boolean,
    now: Date,
  ): Promise<void> {
    await this.legs.setMuted(
      trx,
      await this.calls.openLegs(trx, { callId, participantId }),
      isMuted,
      now,
    );
  }

  private async afterLeaving(
    trx: Transaction,
    leg: LegView,
    wasInRoom: boolean,
    now: Date,
  ): Promise<void> {
    const { callId, participantId } = leg;
    if (wasInRoom && !leg.isRemoved) {
      await this.events.publish(trx, { kind: 'conference.left', callId, participantId }, now);
    }
    if (
      wasInRoom &&
      leg.role === 'initiator' &&
      (await this.conferences.endsWithInitiator(trx, callId))
    ) {
      return this.end(trx, callId, 'ended', now);
    }
    if (!(await this.calls.hasOpenSteps(trx, callId))) await this.end(trx, callId, 'finished', now);
  }

  /** To all who are in it now. */
}
