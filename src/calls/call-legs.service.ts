import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { BUDGETS, budgetKey, reachAt } from '../handoff/budgets.js';
import { listCallsOut } from '../handoff/calls-out.repository.js';
import type { WaitingHandoff } from '../handoff/handoff.queue.js';
import type { HandoffKind } from '../handoff/handoff.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import type { Transaction } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';
import { readHits } from '../kernel/limits.repository.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import type { Language } from '../texts/catalogue.js';
import type { CallPurpose, LegState } from './call.js';
import { CallsRepository, type LegView, type OpenLeg } from './calls.repository.js';

/** Whom a call may ring, and by which number. */
export interface Reachable {
  accountId: string;
  language: Language;
  number: { numberRef: NumberRef; numberIndex: Buffer };
}

export interface Dial {
  purpose: CallPurpose;
  callId: string;
  participantId: string;
  person: Reachable;
  /** How long it is worth ringing: who may not be rung within it isn't. */
  lastsMs: number;
  /** When it may last be handed off; left out: at the end of `lastsMs`. */
  notAfter?: Date;
  /** By the person whose phone it is, just now. */
  isAskedFor?: boolean;
  callSeconds?: number;
}

/** Either the leg waits for its job, or it may not ring in time: then only its row is there. */
export type Dialled =
  | { legId: string; isInTime: true; mayRingAt: Date; waiting: WaitingHandoff }
  | { legId: string; isInTime: false; mayRingAt: Date };

/** What ends a call that rings or talks, or changes it in its room, is worth trying for so long. */
const CONTROL_MS = 15 * 60_000;

/**
 * The legs of every call, whatever it is for: dialled, moved on as the carrier tells, hung up. Each
 * change is published to those who may know of it. All of it happens under the lock of the call's
 * row.
 */
@Injectable()
export class CallLegs {
  constructor(
    private readonly calls: CallsRepository,
    private readonly handoffs: HandoffsRepository,
    private readonly events: LiveEventsRepository,
  ) {}

  /** Writes a leg, and hands it off unless its phone has been called too often to ring in time. */
  async dial(trx: Transaction, dial: Dial, now: Date): Promise<Dialled> {
    const { purpose, callId, participantId, person, lastsMs, isAskedFor = false } = dial;
    const { numberRef, numberIndex } = person.number;
    const legId = randomUUID();
    await this.calls.insertLeg(trx, { id: legId, callId, participantId }, now);

    const rules = BUDGETS.voice[purpose]?.[isAskedFor ? 'askedFor' : 'usual'] ?? [];
    const calledAt = await readHits(trx, [budgetKey(numberIndex, 'voice', purpose)]);
    const { at, isInTime } = reachAt(calledAt, rules, lastsMs, now);
    if (!isInTime) return { legId, isInTime, mayRingAt: at };

    const id = randomUUID();
    await this.handoffs.insert(
      trx,
      {
        id,
        purpose,
        channel: 'voice',
        kind: 'deliver',
        subjectId: legId,
        accountId: person.accountId,
        numberRef,
        targetId: null,
        language: person.language,
        notBefore: at,
        notAfter: dial.notAfter ?? new Date(now.getTime() + lastsMs),
        isAskedFor,
        ...(dial.callSeconds === undefined ? {} : { callSeconds: dial.callSeconds }),
      },
      now,
    );
    const delayMs = at.getTime() - now.getTime();
    return { legId, isInTime, mayRingAt: at, waiting: { id, channel: 'voice', purpose, delayMs } };
  }

  /** Moves a leg forward; undefined if it is there or further already. */
  async advance(
    trx: Transaction,
    legId: string,
    state: Exclude<LegState, 'ended'>,
    now: Date,
  ): Promise<LegView | undefined> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.calls.advanceLeg(trx, legId, state, now)))
      return undefined;
    await this.publish(trx, leg, state, null, now);
    return leg;
  }

  /** Ends a leg; false if it had ended. Its call is locked. */
  async end(trx: Transaction, leg: OpenLeg, reason: string, now: Date): Promise<boolean> {
    if (!(await this.calls.endLeg(trx, leg.id, reason, now))) return false;
    await this.publish(trx, leg, 'ended', reason, now);
    return true;
  }

  /** Notes that nobody knows whether a leg went out; undefined if it is known by now. */
  noteUnknown(trx: Transaction, legId: string, now: Date): Promise<LegView | undefined> {
    return this.noteReason(trx, legId, 'unknown', now);
  }

  /** Notes that a leg waits since no call can be made; undefined if that is known, or it is out. */
  noteCallsAway(trx: Transaction, legId: string, now: Date): Promise<LegView | undefined> {
    return this.noteReason(trx, legId, 'calls_away', now);
  }

  private async noteReason(
    trx: Transaction,
    legId: string,
    reason: 'unknown' | 'calls_away',
    now: Date,
  ): Promise<LegView | undefined> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || !(await this.calls.noteReason(trx, legId, reason))) return undefined;
    await this.publish(trx, leg, 'queued', reason, now);
    return leg;
  }

  /**
   * Says to those who may know that it waits, or that the wait is over: what it waits for, and until
   * when, PostgreSQL adds to the event. Its call is locked.
   */
  async publishWait(trx: Transaction, leg: LegView, now: Date): Promise<void> {
    if (leg.state === 'queued') await this.publish(trx, leg, 'queued', leg.reason, now);
  }

  /**
   * What has not gone out stays here; what may be ringing or talking is hung up. The call's lock is
   * held, and a worker asks under the same lock before it dials: so a leg is in one of the two
   * groups, for good.
   */
  async hangUp(
    trx: Transaction,
    legs: readonly OpenLeg[],
    reason: string,
    now: Date,
  ): Promise<void> {
    const queued = new Set(
      await this.handoffs.stillQueued(
        trx,
        legs.map((leg) => leg.id),
      ),
    );
    for (const leg of legs) {
      if (queued.has(leg.id)) await this.end(trx, leg, reason, now);
    }
    await this.control(trx, legs, 'hang_up', now);
  }

  /**
   * Hangs up what waits or rings of one participant. A call that was answered is their own to end;
   * the call is locked.
   */
  async stopRinging(
    trx: Transaction,
    part: { callId: string; participantId: string },
    reason: string,
    now: Date,
  ): Promise<void> {
    const open = await this.calls.openLegs(trx, part);
    const unanswered = open.filter((leg) => leg.state !== 'answered');
    await this.hangUp(trx, unanswered, reason, now);
  }

  /** Has the carrier open or close the microphones of these legs; their call is locked. */
  async setMuted(
    trx: Transaction,
    legs: readonly OpenLeg[],
    isMuted: boolean,
    now: Date,
  ): Promise<void> {
    await this.control(trx, legs, isMuted ? 'mute' : 'unmute', now);
  }

  private async control(
    trx: Transaction,
    legs: readonly OpenLeg[],
    kind: Exclude<HandoffKind, 'deliver' | 'present'>,
    now: Date,
  ): Promise<void> {
    const legIds = legs.map((leg) => leg.id);
    for (const out of await listCallsOut(trx, legIds, kind, now)) {
      await this.handoffs.insertAndWake(
        trx,
        {
          id: randomUUID(),
          purpose: out.purpose,
          channel: 'voice',
          kind,
          subjectId: out.subjectId,
          accountId: out.accountId,
          numberRef: null,
          targetId: out.id,
          language: out.language,
          notBefore: now,
          notAfter: new Date(now.getTime() + CONTROL_MS),
        },
        now,
      );
    }
  }

  /** A Ding's recipients don't hear of one another; all of a conference may know of each. */
  private async publish(
    trx: Transaction,
    leg: OpenLeg,
    state: LegState,
    reason: string | null,
    now: Date,
  ): Promise<void> {
    const { purpose, callId, participantId } = leg;
    const isDing = purpose === 'ding';
    const kind = isDing ? 'ding.leg' : 'conference.leg';
    await this.events.publish(trx, { kind, callId, participantId, state, reason }, now);
  }
}
