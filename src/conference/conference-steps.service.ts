import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { LegState } from '../calls/call.js';
import { CallsRepository, type LegView } from '../calls/calls.repository.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import type { Transaction } from '../kernel/database.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import { ConferencesRepository } from './conferences.repository.js';

/** What ends or changes a call in a room is worth trying for so long. */
const CONTROL_MS = 15 * 60_000;

export type ConferenceEnd = 'finished' | 'ended' | 'time_limit';

/**
 * What happens to a conference's legs, in every role, under the lock of the call's row and told to those who may know.
 * Nothing of a room is in memory: it stands at the carrier and in the rows, so any process may come and go.
 */
@Injectable()
export class ConferenceSteps {
  constructor(
    private readonly calls: CallsRepository,
    private readonly conferences: ConferencesRepository,
    private readonly handoffs: HandoffsRepository,
    private readonly events: LiveEventsRepository,
  ) {}

  async advanceLeg(trx: Transaction, legId: string, state: Exclude<LegState, 'ended'>, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg !== undefined && (await this.calls.advanceLeg(trx, legId, state, undefined, now))) await this.tellLeg(trx, leg, state, null, now);
  }

  async noteUnknown(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg !== undefined && (await this.calls.noteUnknown(trx, legId))) await this.tellLeg(trx, leg, 'queued', 'unknown', now);
  }

  /** Ends a leg; the room may end with its initiator, and ends with its last leg. */
  async endLeg(trx: Transaction, legId: string, reason: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined) return;
    const wasInRoom = await this.calls.isLegInRoom(trx, legId);
    if (!(await this.calls.advanceLeg(trx, legId, 'ended', reason, now))) return;
    await this.tellLeg(trx, leg, 'ended', reason, now);
    await this.afterLeaving(trx, leg, wasInRoom, now);
  }

  /** The carrier has let it into the room. Who must not be there (any more) is hung up instead of shown. */
  async joined(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.calls.joinRoom(trx, legId, now))) return;
    if (!leg.isCallLive || now >= leg.endsAt || leg.isRemoved) return this.hangUpLegs(trx, [legId], leg.isRemoved ? 'removed' : 'call_ended', now);
    await this.events.publish(trx, { kind: 'conference.joined', callId: leg.callId, participantId: leg.participantId }, await this.calls.audience(trx, leg.callId), now);
  }

  async left(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined) return;
    const wasInRoom = await this.calls.isLegInRoom(trx, legId);
    if (await this.calls.leaveRoom(trx, legId, now)) await this.afterLeaving(trx, leg, wasInRoom, now);
  }

  /** As the carrier tells it, which is what is heard. */
  async muted(trx: Transaction, legId: string, isMuted: boolean, sequence: number, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.calls.noteMuted(trx, legId, isMuted, sequence))) return;
    const { callId, participantId } = leg;
    const member = await this.conferences.member(trx, participantId);
    await this.events.publish(trx, isMuted ? { kind: 'conference.muted', callId, participantId, by: member?.mutedBy ?? null } : { kind: 'conference.unmuted', callId, participantId }, await this.calls.audience(trx, callId), now);
  }

  /** Ends the conference for all; its call is locked. */
  async end(trx: Transaction, callId: string, reason: ConferenceEnd, now: Date): Promise<void> {
    if (!(await this.calls.endCall(trx, callId, reason, now))) return;
    await this.events.publish(trx, { kind: 'conference.ended', callId, reason }, await this.calls.audience(trx, callId), now);
    await this.hangUpLegs(trx, (await this.calls.openLegs(trx, { callId })).map((leg) => leg.id), 'call_ended', now);
  }

  /** Hangs one participant's legs up; the call is locked. */
  async hangUp(trx: Transaction, callId: string, participantId: string, reason: string, now: Date): Promise<void> {
    await this.hangUpLegs(trx, (await this.calls.openLegs(trx, { callId, participantId })).map((leg) => leg.id), reason, now);
    if (!(await this.calls.hasOpenSteps(trx, callId))) await this.end(trx, callId, 'finished', now);
  }

  /** Has the carrier open or close the microphone of a participant's legs; the call is locked. */
  async setMuted(trx: Transaction, callId: string, participantId: string, isMuted: boolean, now: Date): Promise<void> {
    const legs = await this.calls.openLegs(trx, { callId, participantId });
    await this.control(trx, legs.map((leg) => leg.id), isMuted ? 'mute' : 'unmute', now);
  }

  /**
   * What has not gone out stays here; what may be ringing or talking is hung up. The call's lock is held, and a worker
   * asks under the same lock before it dials: so a leg is in one of the two groups, for good.
   */
  private async hangUpLegs(trx: Transaction, legIds: string[], reason: string, now: Date): Promise<void> {
    for (const legId of await this.handoffs.stillQueued(trx, legIds)) {
      const leg = await this.calls.findLeg(trx, legId);
      if (leg !== undefined && (await this.calls.advanceLeg(trx, legId, 'ended', reason, now))) await this.tellLeg(trx, leg, 'ended', reason, now);
    }
    await this.control(trx, legIds, 'hang_up', now);
  }

  private async control(trx: Transaction, legIds: string[], kind: 'hang_up' | 'mute' | 'unmute', now: Date): Promise<void> {
    for (const out of await this.handoffs.deliveriesOut(trx, legIds)) {
      await this.handoffs.insertAndWake(trx, {
        id: randomUUID(), purpose: 'conference', channel: 'voice', kind, subjectId: out.subjectId, accountId: out.accountId,
        numberRef: null, targetId: out.id, language: out.language, notBefore: now, notAfter: new Date(now.getTime() + CONTROL_MS),
      }, now);
    }
  }

  private async afterLeaving(trx: Transaction, leg: LegView, wasInRoom: boolean, now: Date): Promise<void> {
    const { callId, participantId } = leg;
    if (wasInRoom && !leg.isRemoved) await this.events.publish(trx, { kind: 'conference.left', callId, participantId }, await this.calls.audience(trx, callId), now);
    if (wasInRoom && leg.role === 'initiator' && (await this.conferences.endsWithInitiator(trx, callId))) return this.end(trx, callId, 'ended', now);
    if (!(await this.calls.hasOpenSteps(trx, callId))) await this.end(trx, callId, 'finished', now);
  }


  private async tellLeg(trx: Transaction, leg: LegView, state: LegState, reason: string | null, now: Date): Promise<void> {
    const { callId, participantId } = leg;
    await this.events.publish(trx, { kind: 'conference.leg', callId, participantId, state, reason }, await this.calls.audience(trx, callId), now);
  }
}
