import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { TeamsService } from '../accounts/teams.service.js';
import type { ParticipantRole } from '../calls/call.js';
import type { StartedCall } from '../calls/call-changes.service.js';
import { CallLegs, type Reachable } from '../calls/call-legs.service.js';
import { sumConferenceMinutes } from '../calls/call-minutes.repository.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { insertParticipants } from '../calls/participants.repository.js';
import { SenderLimits } from '../calls/sender-limits.js';
import type { WaitingHandoff } from '../handoff/handoff.queue.js';
import type { Executor, Transaction } from '../kernel/database.js';
import { Problem } from '../kernel/problem.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import { ConferencesRepository } from './conferences.repository.js';

export interface NewConference {
  accountIds: string[];
  endsWithInitiator: boolean;
  maxMinutes: number;
}

/** Who is called into a conference, and for how long it lasts. */
interface Invited {
  callId: string;
  endsAt: Date;
  participantId: string;
  person: Reachable;
  /** By the person whose phone it is, just now. */
  isAskedFor: boolean;
}

/** Who hasn't been rung by then isn't any more; they may ask to be called. */
const INVITATION_MS = 5 * 60_000;

/**
 * Carriers end a call after 4 h (Twilio, "Call resource", TimeLimit); of a longer conference one
 * asks to be called again.
 */
const LONGEST_LEG_SECONDS = 14_400;
const SHORTEST_LEG_SECONDS = 60;

/** Who may be called into a conference, and the calls to them. */
@Injectable()
export class ConferenceInvitations {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly teams: TeamsService,
    private readonly calls: CallsRepository,
    private readonly conferences: ConferencesRepository,
    private readonly legs: CallLegs,
    private readonly events: LiveEventsRepository,
    private readonly limits: SenderLimits,
  ) {}

  /**
   * Calls the initiator and all others. All or none: a refusal says who stands in the way.
   * @throws Problem NUMBER_NOT_VERIFIED, NOT_FOUND, NO_CONSENT, RECIPIENT_UNREACHABLE, RING_LIMIT,
   *   CONFERENCE_LIMIT, SENDER_LIMIT
   */
  async start(
    trx: Transaction,
    initiatorId: string,
    wanted: NewConference,
    now: Date,
  ): Promise<StartedCall> {
    await this.holdNumbers(trx, [initiatorId, ...wanted.accountIds]);
    const initiator = await this.requireOwnNumber(trx, initiatorId, now); // D5a
    const others = await this.requireInvitable(trx, initiatorId, wanted.accountIds, now);
    await this.requireRoom(trx, initiatorId, now);
    const callId = randomUUID();
    const endsAt = new Date(now.getTime() + wanted.maxMinutes * 60_000);
    const chooseRole = (accountId: string): ParticipantRole =>
      accountId === initiatorId ? 'initiator' : 'invitee';
    const participants = [initiator, ...others].map((one) => ({
      ...one,
      id: randomUUID(),
      role: chooseRole(one.accountId),
    }));

    await this.calls.insertCall(trx, { id: callId, purpose: 'conference', endsAt }, now);
    await insertParticipants(trx, callId, participants);
    await this.conferences.insert(trx, { callId, endsWithInitiator: wanted.endsWithInitiator });
    await this.events.publish(trx, { kind: 'conference.created', callId }, now);
    const waiting: WaitingHandoff[] = [];
    for (const person of participants) {
      const isAskedFor = person.role === 'initiator';
      waiting.push(
        await this.dial(trx, { callId, endsAt, participantId: person.id, person, isAskedFor }, now),
      );
    }
    return { callId, waiting };
  }

  /** One at a time for each initiator: two at once would both find room for one more. */
  private async requireRoom(trx: Transaction, initiatorId: string, now: Date): Promise<void> {
    const { conferencesAtOnce, conferenceMinutesADay } = this.limits;
    if ((await this.conferences.lockAndCountLive(trx, initiatorId)) >= conferencesAtOnce)
      throw new Problem('CONFERENCE_LIMIT');
    const { minutes, fewerAt } = await sumConferenceMinutes(trx, initiatorId, now);
    if (minutes >= conferenceMinutesADay) throw new Problem('SENDER_LIMIT', { retryAt: fewerAt });
  }

  /**
   * Before the conference's row is locked, so that none of these numbers moves to somebody else
   * meanwhile.
   */
  holdNumbers(trx: Transaction, accountIds: readonly string[]): Promise<void> {
    return this.accounts.holdNumbers(trx, accountIds);
  }

  /** @throws Problem NUMBER_NOT_VERIFIED */
  async requireOwnNumber(db: Executor, accountId: string, now: Date): Promise<Reachable> {
    const [person] = await this.accounts.findReachable(db, [accountId], now);
    if (person?.number === undefined) throw new Problem('NUMBER_NOT_VERIFIED');
    return { ...person, number: person.number };
  }

  /** @throws Problem NOT_FOUND, NO_CONSENT, RECIPIENT_UNREACHABLE */
  async requireInvitable(
    db: Executor,
    initiatorId: string,
    accountIds: string[],
    now: Date,
  ): Promise<Reachable[]> {
    await this.teams.requireMayRing(db, initiatorId, accountIds, 'conference');
    const people = await this.accounts.findReachable(db, accountIds, now);
    const unreachable = people.filter((one) => one.number === undefined);
    if (unreachable.length > 0) {
      throw new Problem('RECIPIENT_UNREACHABLE', {
        accountIds: unreachable.map((one) => one.accountId),
      });
    }
    return people.flatMap((one) =>
      one.number === undefined ? [] : [{ ...one, number: one.number }],
    );
  }

  /** @throws Problem RING_LIMIT */
  async dial(trx: Transaction, invited: Invited, now: Date): Promise<WaitingHandoff> {
    const { callId, endsAt, participantId, person, isAskedFor } = invited;
    const leftMs = endsAt.getTime() - now.getTime();
    const dialled = await this.legs.dial(
      trx,
      {
        purpose: 'conference',
        callId,
        participantId,
        person,
        isAskedFor,
        lastsMs: INVITATION_MS,
        notAfter: new Date(now.getTime() + Math.min(leftMs, INVITATION_MS)),
        // The carrier ends the call itself when the conference must be over, whatever becomes of
        // us.
        callSeconds: Math.min(
          LONGEST_LEG_SECONDS,
          Math.max(SHORTEST_LEG_SECONDS, Math.ceil(leftMs / 1000)),
        ),
      },
      now,
    );
    if (dialled.isInTime) return dialled.waiting;
    const retryAt = new Date(dialled.mayRingAt.getTime() - INVITATION_MS + 1_000);
    throw new Problem('RING_LIMIT', { accountIds: [person.accountId], retryAt });
  }
}
