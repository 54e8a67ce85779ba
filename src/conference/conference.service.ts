import { Injectable } from '@nestjs/common';
import type { Me } from '../accounts/sessions.service.js';
import { CallChanges } from '../calls/call-changes.service.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { listParticipants } from '../calls/participants.repository.js';
import type { WaitingHandoff } from '../handoff/handoff.queue.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Transaction } from '../kernel/database.js';
import type { Wanted } from '../kernel/page.js';
import { Problem } from '../kernel/problem.js';
import { ConferenceInvitations, type NewConference } from './conference-invitations.service.js';
import { ConferenceSteps } from './conference-steps.service.js';
import {
  type ConferenceRow,
  ConferencesRepository,
  type MemberRow,
} from './conferences.repository.js';
import { type Action, changeMute, mayDo, type Member, MOST_IN_CONFERENCE } from './roster.js';

export type ConferenceView = ConferenceRow & { members: MemberRow[] };

/** Who wants to change which conference, and how. */
interface Wish {
  me: Me;
  id: string;
  action: Action;
  /** The participant whom it is about. */
  targetId?: string;
  /** Who may be called by it. */
  dialled?: readonly string[];
}

/** A conference whose call is locked and that `actor` may change. */
interface Changeable {
  actor: Member;
  target: Member | undefined;
  endsAt: Date;
}

/** Does it; gives what of it waits for the queue. */
type Change = (
  trx: Transaction,
  conference: Changeable,
  now: Date,
) => Promise<readonly WaitingHandoff[]>;

/** A conference from its people's side. */
@Injectable()
export class ConferenceService {
  constructor(
    private readonly database: Database,
    private readonly calls: CallsRepository,
    private readonly conferences: ConferencesRepository,
    private readonly steps: ConferenceSteps,
    private readonly invitations: ConferenceInvitations,
    private readonly changes: CallChanges,
    private readonly clock: Clock,
  ) {}

  /** Starts a conference, once for each key. @throws as `ConferenceInvitations.start` */
  async create(
    me: Me,
    wanted: NewConference,
    idempotencyKey: string | undefined,
  ): Promise<ConferenceView> {
    const now = this.clock.now();
    const request = {
      accountId: me.accountId,
      key: idempotencyKey,
      route: 'POST /v1/conferences',
      body: wanted,
      at: now,
    };
    const id = await this.changes.startOnce(me, request, (trx) =>
      this.invitations.start(trx, me.accountId, wanted, now),
    );
    return this.get(me, id);
  }

  async get(me: Me, id: string): Promise<ConferenceView> {
    const [conference] = await this.view(me.accountId, { id });
    if (conference === undefined) throw new Problem('NOT_FOUND');
    return conference;
  }

  list(me: Me, before?: string): Promise<ConferenceView[]> {
    return this.view(me.accountId, { before });
  }

  /**
   * Who is in it already is left as they are; who was removed comes back. @throws as `create`, and
   * CONFERENCE_FULL
   */
  add(me: Me, id: string, accountIds: string[]): Promise<ConferenceView> {
    const wish: Wish = { me, id, action: 'add', dialled: accountIds };
    return this.change(wish, async (trx, { endsAt }, now) => {
      const there = (await listParticipants(trx, id)).filter((one) => !one.isRemoved);
      const wanted = accountIds.filter(
        (accountId) => !there.some((one) => one.accountId === accountId),
      );
      if (there.length + wanted.length > MOST_IN_CONFERENCE) throw new Problem('CONFERENCE_FULL');
      const waiting: WaitingHandoff[] = [];
      for (const person of await this.invitations.requireInvitable(
        trx,
        me.accountId,
        wanted,
        now,
      )) {
        const participantId = await this.steps.invite(trx, id, person.accountId, now);
        const invited = { callId: id, endsAt, participantId, person, isAskedFor: false };
        waiting.push(await this.invitations.dial(trx, invited, now));
      }
      return waiting;
    });
  }

  /** From this moment on it is as if the conference never was, for them; their leg is hung up. */
  remove(me: Me, id: string, participantId: string): Promise<ConferenceView> {
    return this.change(
      { me, id, action: 'remove', targetId: participantId },
      async (trx, _, now) => {
        await this.steps.remove(trx, id, participantId, now);
        return [];
      },
    );
  }

  /** Takes hold at the carrier a moment later, and for legs to come at once. */
  setMuted(me: Me, id: string, participantId: string, isMuted: boolean): Promise<ConferenceView> {
    const action = isMuted ? 'mute' : 'unmute';
    const wish: Wish = { me, id, action, targetId: participantId };
    return this.change(wish, async (trx, { actor, target }, now) => {
      const who = actor.participantId === participantId ? 'self' : 'initiator';
      const mutedBy = changeMute(target?.mutedBy ?? null, action, who);
      await this.conferences.setMuted(trx, participantId, mutedBy);
      await this.steps.setMuted(trx, id, participantId, mutedBy !== null, now);
      return [];
    });
  }

  /** One's own leg; the others go on. */
  hangUp(me: Me, id: string): Promise<ConferenceView> {
    return this.change({ me, id, action: 'hang_up' }, async (trx, { actor }, now) => {
      await this.steps.hangUp(trx, id, actor.participantId, 'hung_up', now);
      return [];
    });
  }

  /**
   * Joins late, or again. With a leg that is still open nothing happens. @throws Problem RING_LIMIT
   */
  callMe(me: Me, id: string): Promise<ConferenceView> {
    return this.change(
      { me, id, action: 'call_me', dialled: [me.accountId] },
      async (trx, { actor, endsAt }, now) => {
        const { participantId } = actor;
        const open = await this.calls.openLegs(trx, { callId: id, participantId });
        if (open.length > 0) return [];
        const person = await this.invitations.requireOwnNumber(trx, me.accountId, now);
        return [
          await this.invitations.dial(
            trx,
            { callId: id, endsAt, participantId, person, isAskedFor: true },
            now,
          ),
        ];
      },
    );
  }

  /** Ends it for all. Twice is once. */
  async end(me: Me, id: string): Promise<ConferenceView> {
    try {
      return await this.change({ me, id, action: 'end' }, async (trx, _, now) => {
        await this.steps.end(trx, id, 'ended', now);
        return [];
      });
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'CONFERENCE_ENDED') throw error;
      return this.get(me, id);
    }
  }

  /**
   * Makes one change at a time, each by the rule. @throws Problem NOT_FOUND, NOT_YOURS,
   * CONFERENCE_ENDED
   */
  private async change(
    { me, id, action, targetId, dialled = [] }: Wish,
    change: Change,
  ): Promise<ConferenceView> {
    await this.changes.apply(me, async (trx) => {
      if (dialled.length > 0) await this.invitations.holdNumbers(trx, dialled);
      const call = await this.calls.lockOwnCall(trx, id, me.accountId);
      if (call?.purpose !== 'conference') throw new Problem('NOT_FOUND');
      const now = this.clock.now();
      const { endedAt, endsAt } = call;
      const members = await this.conferences.members(trx, [id]);
      const actor = members.find((one) => one.accountId === me.accountId);
      const target = members.find((one) => one.participantId === targetId);
      const verdict = mayDo(action, { endedAt, endsAt, actor }, now, target);
      if (actor === undefined || verdict === 'hidden') throw new Problem('NOT_FOUND');
      if (verdict === 'refused') throw new Problem('NOT_YOURS');
      if (verdict === 'ended') throw new Problem('CONFERENCE_ENDED');
      return change(trx, { actor, target, endsAt }, now);
    });
    return this.get(me, id);
  }

  private async view(viewerId: string, wanted: Wanted): Promise<ConferenceView[]> {
    const conferences = await this.conferences.find(this.database.sql, viewerId, wanted);
    if (conferences.length === 0) return [];
    const members = await this.conferences.members(
      this.database.sql,
      conferences.map((one) => one.id),
    );
    return conferences.map((one) => ({
      ...one,
      members: members.filter((member) => member.callId === one.id),
    }));
  }
}
