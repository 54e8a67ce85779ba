import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { TeamsService } from '../accounts/teams.service.js';
import type { ParticipantRole } from '../calls/call.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { HandoffQueue } from '../handoff/handoff.queue.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import { ASKED_FOR_RULES, RING_RULES, ringAt, ringKey } from '../handoff/ring-limit.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Executor, type Transaction } from '../kernel/database.js';
import { Idempotency } from '../kernel/idempotency.js';
import type { NumberRef } from '../kernel/ids.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { readHits } from '../kernel/limits.repository.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import type { Language } from '../texts/catalogue.js';
import { ConferenceSteps } from './conference-steps.service.js';
import { type ConferenceRow, ConferencesRepository, type MemberRow } from './conferences.repository.js';
import { type Action, mayDo, type Member, MOST_IN_CONFERENCE } from './roster.js';

export interface NewConference {
  accountIds: string[];
  endsWithInitiator: boolean;
  maxMinutes: number;
}

export type ConferenceView = ConferenceRow & { members: MemberRow[] };

interface Waiting {
  id: string;
  delayMs: number;
}

type Reachable = { accountId: string; language: Language; number: { numberRef: NumberRef; numberIndex: Buffer } };

/** Who hasn't been rung by then isn't any more; they may ask to be called. */
const INVITATION_MS = 5 * 60_000;

/** Carriers end a call after 4 h (Twilio, "Call resource", TimeLimit); of a longer conference one asks to be called again. */
const LONGEST_LEG_SECONDS = 14_400;

/** A conference from its people's side. */
@Injectable()
export class ConferenceService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsRepository,
    private readonly teams: TeamsService,
    private readonly calls: CallsRepository,
    private readonly conferences: ConferencesRepository,
    private readonly steps: ConferenceSteps,
    private readonly handoffs: HandoffsRepository,
    private readonly queue: HandoffQueue,
    private readonly events: LiveEventsRepository,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Calls the initiator and all others. All or none: a refusal says who stands in the way.
   * @throws Problem NUMBER_NOT_VERIFIED, NOT_FOUND, NO_CONSENT, RECIPIENT_UNREACHABLE, RING_LIMIT
   */
  async create(initiatorId: string, wanted: NewConference, idempotencyKey: string | undefined): Promise<ConferenceView> {
    const now = this.clock.now();
    let waiting: Waiting[] = [];
    const { id, isReplay } = await this.database.transaction((trx) =>
      this.idempotency.once(trx, { accountId: initiatorId, key: idempotencyKey, route: 'POST /v1/conferences', body: wanted, at: now }, async () => {
        await this.accounts.holdNumbers(trx, [initiatorId, ...wanted.accountIds]);
        const initiator = (await this.accounts.reachable(trx, [initiatorId], now))[0];
        const own = initiator?.number;
        if (own === undefined || initiator === undefined) throw new Problem('NUMBER_NOT_VERIFIED'); // D5a
        const others = await this.invitable(trx, initiatorId, wanted.accountIds, now);
        const callId = randomUUID();
        const endsAt = new Date(now.getTime() + wanted.maxMinutes * 60_000);
        const role = (accountId: string): ParticipantRole => (accountId === initiatorId ? 'initiator' : 'invitee');
        const participants = [{ ...initiator, number: own }, ...others].map((one) => ({ ...one, id: randomUUID(), role: role(one.accountId) }));
        await this.calls.insertCall(trx, { id: callId, purpose: 'conference', endsAt }, now);
        await this.calls.insertParticipants(trx, callId, participants);
        await this.conferences.insert(trx, { callId, endsWithInitiator: wanted.endsWithInitiator });
        await this.events.publish(trx, { kind: 'conference.created', callId }, participants.map((one) => one.accountId), now);
        for (const one of participants) waiting.push(await this.dial(trx, { callId, endsAt, participantId: one.id, person: one, isAskedFor: one.role === 'initiator' }, now));
        return callId;
      }),
    );
    if (isReplay) waiting = [];
    await this.point(waiting);
    return this.get(initiatorId, id);
  }

  async get(viewerId: string, id: string): Promise<ConferenceView> {
    const [conference] = await this.view(viewerId, { id });
    if (conference === undefined) throw new Problem('NOT_FOUND');
    return conference;
  }

  list(viewerId: string): Promise<ConferenceView[]> {
    return this.view(viewerId, { newest: 50 });
  }

  /** Who is in it already is left as they are; who was removed comes back. @throws as `create`, and CONFERENCE_FULL */
  async add(actorId: string, id: string, accountIds: string[]): Promise<ConferenceView> {
    const waiting: Waiting[] = [];
    await this.change(actorId, id, 'add', undefined, async (trx, conference, now) => {
      const there = await this.calls.participants(trx, id);
      const wanted = accountIds.filter((accountId) => !there.some((one) => one.accountId === accountId && !one.isRemoved));
      if (there.filter((one) => !one.isRemoved).length + wanted.length > MOST_IN_CONFERENCE) throw new Problem('CONFERENCE_FULL');
      for (const person of await this.invitable(trx, actorId, wanted, now)) {
        const participantId = await this.conferences.addParticipant(trx, { id: randomUUID(), callId: id, accountId: person.accountId });
        await this.events.publish(trx, { kind: 'conference.invited', callId: id, participantId }, await this.calls.audience(trx, id), now);
        waiting.push(await this.dial(trx, { callId: id, endsAt: conference.endsAt, participantId, person, isAskedFor: false }, now));
      }
    }, accountIds);
    await this.point(waiting);
    return this.get(actorId, id);
  }

  /** From this moment on it is as if the conference never was, for them; their leg is hung up. */
  async remove(actorId: string, id: string, participantId: string): Promise<ConferenceView> {
    await this.change(actorId, id, 'remove', participantId, async (trx, _, now) => {
      const audience = await this.calls.audience(trx, id); // with the one who goes
      await this.conferences.remove(trx, id, participantId, now);
      await this.events.publish(trx, { kind: 'conference.removed', callId: id, participantId }, audience, now);
      await this.steps.hangUp(trx, id, participantId, 'removed', now);
    });
    return this.get(actorId, id);
  }

  /** Takes hold at the carrier a moment later, and for legs to come at once. */
  async setMuted(actorId: string, id: string, participantId: string, isMuted: boolean): Promise<ConferenceView> {
    await this.change(actorId, id, isMuted ? 'mute' : 'unmute', participantId, async (trx, { actor }, now) => {
      await this.conferences.setMuted(trx, participantId, isMuted ? (actor.participantId === participantId ? 'self' : 'initiator') : null);
      await this.steps.setMuted(trx, id, participantId, isMuted, now);
    });
    return this.get(actorId, id);
  }

  /** One's own leg; the others go on. */
  async hangUp(actorId: string, id: string): Promise<ConferenceView> {
    await this.change(actorId, id, 'hang_up', undefined, (trx, { actor }, now) => this.steps.hangUp(trx, id, actor.participantId, 'hung_up', now));
    return this.get(actorId, id);
  }

  /** Joins late, or again. With a leg that is still open nothing happens. @throws Problem RING_LIMIT */
  async callMe(actorId: string, id: string): Promise<ConferenceView> {
    const waiting: Waiting[] = [];
    await this.change(actorId, id, 'call_me', undefined, async (trx, { actor, endsAt }, now) => {
      if ((await this.calls.openLegs(trx, { callId: id, participantId: actor.participantId })).length > 0) return;
      const [person] = await this.accounts.reachable(trx, [actorId], now);
      if (person?.number === undefined) throw new Problem('NUMBER_NOT_VERIFIED');
      waiting.push(await this.dial(trx, { callId: id, endsAt, participantId: actor.participantId, person: { ...person, number: person.number }, isAskedFor: true }, now));
    }, [actorId]);
    await this.point(waiting);
    return this.get(actorId, id);
  }

  /** For all. Twice is once. */
  async end(actorId: string, id: string): Promise<ConferenceView> {
    await this.change(actorId, id, 'end', undefined, (trx, _, now) => this.steps.end(trx, id, 'ended', now)).catch((error: unknown) => {
      if (!(error instanceof Problem) || error.code !== 'CONFERENCE_ENDED') throw error;
    });
    return this.get(actorId, id);
  }

  /** One change at a time, each by the rule. `dialled`: who may be called by it. @throws Problem NOT_FOUND, NOT_YOURS, CONFERENCE_ENDED */
  private async change(
    actorId: string, id: string, action: Action, targetId: string | undefined, work: (trx: Transaction, conference: { actor: Member; endsAt: Date }, now: Date) => Promise<void>, dialled: readonly string[] = [],
  ): Promise<void> {
    await this.database.transaction(async (trx) => {
      if (dialled.length > 0) await this.accounts.holdNumbers(trx, dialled);
      const call = await this.calls.lockCall(trx, id);
      if (call?.purpose !== 'conference') throw new Problem('NOT_FOUND');
      const now = this.clock.now();
      const members = await this.conferences.members(trx, [id]);
      const actor = members.find((one) => one.accountId === actorId);
      const verdict = mayDo(action, { endedAt: call.endedAt, endsAt: call.endsAt, actor }, now, members.find((one) => one.participantId === targetId));
      if (actor === undefined || verdict === 'hidden') throw new Problem('NOT_FOUND');
      if (verdict === 'refused') throw new Problem('NOT_YOURS');
      if (verdict === 'ended') throw new Problem('CONFERENCE_ENDED');
      await work(trx, { actor, endsAt: call.endsAt }, now);
    });
  }

  private async invitable(db: Executor, initiatorId: string, accountIds: string[], now: Date): Promise<Reachable[]> {
    await this.teams.requireMayRing(db, initiatorId, accountIds);
    const people = await this.accounts.reachable(db, accountIds, now);
    const unreachable = people.filter((one) => one.number === undefined);
    if (unreachable.length > 0) throw new Problem('RECIPIENT_UNREACHABLE', { accountIds: unreachable.map((one) => one.accountId) });
    return people.flatMap((one) => (one.number === undefined ? [] : [{ ...one, number: one.number }]));
  }

  private async dial(trx: Transaction, to: { callId: string; endsAt: Date; participantId: string; person: Reachable; isAskedFor: boolean }, now: Date): Promise<Waiting> {
    const { person, isAskedFor } = to;
    const { at, isInTime } = ringAt(await readHits(trx, [ringKey(person.number.numberIndex)]), isAskedFor ? ASKED_FOR_RULES : RING_RULES, INVITATION_MS, now);
    if (!isInTime) throw new Problem('RING_LIMIT', { accountIds: [person.accountId], retryAt: new Date(at.getTime() - INVITATION_MS + 1_000) });
    const [legId, handoffId] = [randomUUID(), randomUUID()];
    await this.calls.insertLeg(trx, { id: legId, callId: to.callId, participantId: to.participantId }, now);
    await this.handoffs.insert(trx, {
      id: handoffId, purpose: 'conference', channel: 'voice', kind: 'deliver', subjectId: legId, accountId: person.accountId, numberRef: person.number.numberRef, targetId: null,
      language: person.language, notBefore: at, notAfter: new Date(Math.min(to.endsAt.getTime(), now.getTime() + INVITATION_MS)), isAskedFor,
      // The carrier ends the call itself when the conference must be over, whatever becomes of us.
      callSeconds: Math.min(LONGEST_LEG_SECONDS, Math.max(60, Math.ceil((to.endsAt.getTime() - now.getTime()) / 1000))),
    }, now);
    return { id: handoffId, delayMs: at.getTime() - now.getTime() };
  }

  /** The rows are committed; if the queue is away the sweeper does this later. */
  private async point(waiting: Waiting[]): Promise<void> {
    await Promise.all(waiting.map(({ id, delayMs }) =>
      this.queue.add({ id, channel: 'voice', purpose: 'conference' }, delayMs).catch(() => this.logger.warn('queue_away', { handoffId: id, message: 'the hand-off waits for the sweeper' })),
    ));
  }

  private async view(viewerId: string, ids: { id: string } | { newest: number }): Promise<ConferenceView[]> {
    const conferences = await this.conferences.find(this.database.sql, viewerId, ids);
    if (conferences.length === 0) return [];
    const members = await this.conferences.members(this.database.sql, conferences.map((one) => one.id));
    return conferences.map((one) => ({ ...one, members: members.filter((member) => member.callId === one.id) }));
  }
}
