import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Me } from '../../src/accounts/sessions.service.js';
import type { HandoffKind, HandoffState } from '../../src/handoff/handoff.js';
import type { RoleApp } from '../../src/kernel/http-app.js';
import type { NumberRef } from '../../src/kernel/ids.js';
import { Problem } from '../../src/kernel/problem.js';
import { Call, Leg, Member, Model, Notice } from './caller-id-model.js';
import { Live } from './caller-id-live.js';
import { moveNumber } from './number-moves.js';
import type { Room } from './room.js';
import type { Callback, LineAnswer, Stage, Stop, Task } from './stage.js';

/** One trace: what happens is done to the product and told to the model, and after each step everybody looks. */
export type Step =
  | { do: 'ding'; from: number; to: number; by: 'app' | 'sms' | 'voice' }
  | { do: 'conference'; from: number; others: number; endsWithInitiator: boolean; minutes: number }
  | { do: 'add' | 'remove'; call: number; who: number; by: number | null }
  | { do: 'callMe' | 'hangUp' | 'confirm' | 'ring' | 'join' | 'leave'; call: number; who: number }
  | { do: 'end'; call: number; by: number | null }
  | { do: 'work'; pick: number; answer: LineAnswer; stop: Stop | undefined }
  | { do: 'resume' | 'again'; pick: number }
  | { do: 'phone'; pick: number; says: string; through: number | null }
  | { do: 'sms'; pick: number; says: string }
  | { do: 'pass'; how: string; call: number }
  | { do: 'sweep' | 'look' }
  | { do: 'crash'; role: 'api' | 'ingress' | 'worker' }
  | { do: 'prove'; who: number; whose: number | null };

export interface Person {
  accountId: string;
  e164: string;
  spare: string;
  ref: NumberRef;
  index: Buffer;
  token?: string;
}

export interface Cast {
  /** The last of them is a stranger to the others. */
  people: Person[];
  seal(e164: string): Promise<NumberRef>;
  indexOf(e164: string): Buffer;
  publicKey: string;
}

interface Rows {
  legs: { id: string; callId: string; participantId: string; isOver: boolean }[];
  notices: {
    id: string;
    callId: string;
    participantId: string;
    channel: string;
    isOver: boolean;
  }[];
  members: { id: string; callId: string; accountId: string }[];
  handoffs: {
    id: string;
    subjectId: string;
    channel: 'sms' | 'voice';
    kind: HandoffKind;
    state: HandoffState;
    notBefore: string;
  }[];
  sealed: string[];
}

const NAMES = ['Ann', 'Bob', 'Carl', 'Dora', 'Eve'];
const MINUTE = 60_000;
const DAY = 86_400_000;
const PASSES: Record<string, number> = {
  '20 s': 20_000,
  '2 min': 2 * MINUTE,
  '16 min': 16 * MINUTE,
  '61 min': 61 * MINUTE,
  '6 h': 6 * 60 * MINUTE,
  '23 h': 23 * 60 * MINUTE,
};
const MOST_CALLS = 3;
/** In the place of a person: all. */
export const ALL = 4;
const CALL_STATUS: Record<string, string> = {
  ringing: 'ringing',
  answered: 'in-progress',
  ended: 'completed',
};

export class Play {
  private readonly model = new Model();
  private readonly story: string[] = [];
  private readonly callbacks: Callback[] = [];
  private rows: Rows = { legs: [], notices: [], members: [], handoffs: [], sealed: [] };
  private lastEntry = '0';
  /** How often each was shown in a call that has not ended. */
  private readonly looks = new Map<string, number>();
  private nobodys = '';
  private readonly live: Live;

  private constructor(
    private readonly room: Room,
    private readonly stage: Stage,
    private readonly cast: Cast,
    private readonly counts: Map<string, number>,
  ) {
    this.live = new Live(
      room,
      stage,
      this.model,
      cast.people.map((one) => one.accountId),
      counts,
    );
  }

  /** The tables are as before the first call, and it is some day at this hour. */
  static async begin(
    room: Room,
    stage: Stage,
    cast: Cast,
    counts: Map<string, number>,
    hour: number,
  ): Promise<Play> {
    for (const task of [...stage.tasks]) await task.kill();
    stage.sent.clear();
    stage.errors.length = 0;
    const { people } = cast;
    await room.rows(
      ['callbacks', 'handoffs', 'calls', 'limits', 'notices', 'account_numbers']
        .map((table) => `DELETE FROM ${table}`)
        .join(';'),
    );
    await sql`
      INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
      SELECT *, ${room.clock.now()}::timestamptz
      FROM unnest(
        ${people.map((one) => one.accountId)}::uuid[], ${people.map((one) => one.ref)}::uuid[],
        ${people.map((one) => one.index)}::bytea[]
      )
    `.execute(room.owner.sql);
    const play = new Play(room, stage, cast, counts);
    const midnight = Math.floor(room.clock.now().getTime() / DAY) * DAY;
    room.clock.advance(midnight + 3 * DAY + hour * 60 * MINUTE - room.clock.now().getTime());
    await stage.api.presentations.refresh();
    people.forEach(({ e164, ref }, i) => play.model.owners.set(i, { e164, ref }));
    stage.onPresented = (...presented) => play.presented(...presented);
    const {
      rows: [last],
    } = await sql<{ seq: string | null }>`SELECT max(seq) AS seq FROM ledger_entries`.execute(
      room.owner.sql,
    );
    play.lastEntry = last?.seq ?? '0';
    play.nobodys = (await play.lookAt('ding', 0, randomUUID())) as string;
    await play.live.begin();
    return play;
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps)
      await this.inStory(step, async () => {
        if (!(await this.take(step))) return;
        this.count('steps');
        await this.check();
      });
  }

  /** A replay of all that was told, by each; and a look by HTTP. */
  async finish(sample: number, api: RoleApp): Promise<void> {
    await this.inStory({ do: 'look' }, async () => {
      await this.live.replay();
      if (sample % 5 === 0) await this.lookByHttp(sample, api);
      await this.checkLedger([]);
    });
  }

  private async inStory(step: Step, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('What happened')) throw error;
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      throw new Error(
        `What happened:\n${this.story.map((line, i) => `  ${i + 1}. ${line}`).join('\n')}\nThen, at ${JSON.stringify(step)}: ${message}`,
      );
    }
  }

  // What happens ------------------------------------------------------------------------------------------------------

  /** False: nothing is there that this could happen to. */
  private async take(step: Step): Promise<boolean> {
    const { api, worker } = this.stage;
    switch (step.do) {
      case 'ding':
      case 'conference':
        return this.start(step);
      case 'add':
      case 'remove': {
        const call = this.callAt(step.call, 'conference');
        if (call === undefined) return false;
        const [actor, target] = [step.by ?? call.initiator, call.members.get(step.who)];
        const ok = await this.ask(
          `${NAMES[actor]} ${step.do}s ${NAMES[step.who]}, ${this.nameOf(call)}`,
          () =>
            step.do === 'add'
              ? api.conferences.add(this.meOf(actor), call.id, [this.accountOf(step.who)])
              : api.conferences.remove(
                  this.meOf(actor),
                  call.id,
                  target?.participantId ?? randomUUID(),
                ),
        );
        if (!ok) break;
        if (step.do === 'remove' && target !== undefined)
          [target.isRemoved, target.sealed] = [true, undefined];
        if (step.do === 'add' && target !== undefined) target.isRemoved = false;
        if (step.do === 'remove') this.count('removed');
        break;
      }
      case 'callMe':
      case 'hangUp': {
        const call = this.callAt(step.call, 'conference');
        if (call === undefined) return false;
        await this.ask(`${NAMES[step.who]}: ${step.do}, ${this.nameOf(call)}`, () =>
          step.do === 'callMe'
            ? api.conferences.callMe(this.meOf(step.who), call.id)
            : api.conferences.hangUp(this.meOf(step.who), call.id),
        );
        break;
      }
      case 'confirm': {
        const call = this.callAt(step.call, 'ding');
        if (call === undefined) return false;
        await this.ask(`${NAMES[step.who]} confirms ${this.nameOf(call)} in the app`, () =>
          api.dings.confirm(this.meOf(step.who), call.id),
        );
        break;
      }
      case 'end': {
        const call = this.callAt(step.call);
        if (call === undefined) return false;
        const actor = this.meOf(step.by ?? call.initiator);
        const isPossible = call.purpose === 'ding' || call.isLive(this.now());
        const ok = await this.ask(
          `${NAMES[step.by ?? call.initiator]} ends ${this.nameOf(call)}`,
          () =>
            call.purpose === 'ding'
              ? api.dings.recall(actor, call.id)
              : api.conferences.end(actor, call.id),
        );
        if (ok && isPossible) call.end();
        break;
      }
      case 'work': {
        const waiting = this.rows.handoffs.filter((one) => one.state === 'queued');
        const handoff = waiting[step.pick % waiting.length];
        if (handoff === undefined) return false;
        await this.work(handoff.id, step.answer, step.stop);
        break;
      }
      case 'resume': {
        const task = [...this.stage.tasks][step.pick % this.stage.tasks.size];
        if (task === undefined) return false;
        this.tell(`the worker goes on with ${this.nameOfHandoff(task.handoffId)}`);
        await this.stage.resume(task);
        this.settled(task);
        break;
      }
      case 'ring':
      case 'join': {
        let isAny = false;
        for (const who of step.who === ALL ? [0, 1, 2, 3] : [step.who])
          isAny = (await this.ringOrJoin(step.do, step.call, who)) || isAny;
        return isAny;
      }
      case 'leave': {
        // Out of the room, or never to be in it: news of leaving may come before that of joining.
        const leg = [...(this.callAt(step.call, 'conference')?.legs.values() ?? [])]
          .reverse()
          .find((one) => one.of === step.who && !one.isOver);
        const handoff = this.rows.handoffs.find(
          (one) => one.subjectId === leg?.id && one.kind === 'deliver',
        );
        if (handoff === undefined || !this.stage.sent.has(handoff.id)) return false;
        await this.phone(handoff.id, 'left', handoff.id);
        break;
      }
      case 'phone': {
        const legs = [...this.stage.sent]
          .filter(([, sent]) => sent.channel === 'voice')
          .map(([id]) => id);
        const handoffId = legs[step.pick % legs.length];
        if (handoffId === undefined) return false;
        await this.phone(
          handoffId,
          step.says,
          step.through === null ? handoffId : (legs[step.through % legs.length] as string),
        );
        break;
      }
      case 'sms': {
        const messages = [...this.stage.sent].filter(([, sent]) => sent.channel === 'sms');
        const [handoffId, sent] = messages[step.pick % messages.length] ?? [];
        if (handoffId === undefined || sent === undefined) return false;
        const isTakenIn = await this.callback(`${this.nameOfHandoff(handoffId)}: ${step.says}`, {
          url: `${sent.url}/message`,
          form: { MessageSid: sent.sid, MessageStatus: step.says },
          token: randomUUID(),
        });
        if (isTakenIn) this.begun(handoffId); // that the carrier speaks of it proves that it was accepted
        break;
      }
      case 'again': {
        const callback = this.callbacks[step.pick % this.callbacks.length];
        if (callback === undefined) return false;
        await this.callback(
          `once more ${/\w+$/.exec(callback.url)?.[0] ?? ''} ${JSON.stringify(callback.form)}`,
          callback,
          false,
        );
        break;
      }
      case 'pass':
        await this.pass(step);
        break;
      case 'sweep':
        this.tell('the worker sweeps');
        await worker.sweeper.sweep();
        for (const call of this.model.calls) {
          if (!call.isOver && this.now() >= call.endsAt) call.end();
          else if (call.isOver) call.forget();
        }
        break;
      case 'crash':
        if (step.role === 'worker' && this.stage.tasks.size > 0)
          this.count('killed', this.stage.tasks.size);
        this.tell(
          `${step.role} dies and comes back${step.role === 'worker' ? `, with ${this.stage.tasks.size} hand-offs in its hands` : ''}`,
        );
        await this.stage.crash(step.role);
        break;
      case 'prove':
        await this.prove(step.who, step.whose);
        return true;
      case 'look':
        this.tell('everybody looks again');
        return true;
    }
    await this.observe();
    return true;
  }

  private async start(step: Extract<Step, { do: 'ding' | 'conference' }>): Promise<boolean> {
    if (this.model.calls.length >= MOST_CALLS) return false;
    const others = [0, 1, 2, 3].filter(
      (i) => i !== step.from && ((step.do === 'ding' ? step.to : step.others) & (1 << i)) !== 0,
    );
    if (others.length < (step.do === 'ding' ? 1 : 2)) return false;
    const accountIds = others.map((i) => this.accountOf(i));
    const now = this.now();
    let id: string | undefined;
    const name = `${step.do} ${this.model.calls.length + 1}${step.do === 'ding' ? ` by ${step.by}` : ` of ${step.minutes} min${step.endsWithInitiator ? ', with its initiator' : ''}`}`;
    await this.ask(
      `${NAMES[step.from]} starts ${name}, to ${others.map((i) => NAMES[i]).join(', ')}`,
      async () => {
        const { api } = this.stage;
        const made =
          step.do === 'ding'
            ? await api.dings.create(
                this.meOf(step.from),
                { recipientIds: accountIds, text: 'Come', channel: step.by },
                undefined,
              )
            : await api.conferences.create(
                this.meOf(step.from),
                { accountIds, endsWithInitiator: step.endsWithInitiator, maxMinutes: step.minutes },
                undefined,
              );
        id = made.id;
      },
    );
    if (id !== undefined) {
      const lastsMs = step.do === 'ding' ? DAY : step.minutes * MINUTE;
      this.model.calls.push(
        new Call(
          id,
          step.do,
          step.from,
          new Date(now.getTime() + lastsMs),
          step.do === 'conference' && step.endsWithInitiator,
        ),
      );
    }
    await this.observe();
    return true;
  }

  /** The short way to where something can be seen: whatever of it can't be done now is left out. */
  private async ringOrJoin(what: 'ring' | 'join', at: number, who: number): Promise<boolean> {
    const call = this.callAt(at);
    const leg = [...(call?.legs.values() ?? [])].find(
      (one) => one.of === who && !one.isOver && !one.hasLeft,
    );
    const handoff = this.rows.handoffs.find(
      (one) => one.subjectId === leg?.id && one.kind === 'deliver',
    );
    if (call === undefined || leg === undefined || handoff === undefined) return false;
    if (handoff.state === 'queued') {
      await this.work(handoff.id, 'accepted', undefined);
      await this.observe();
    }
    if (!this.stage.sent.has(handoff.id)) return true;
    for (const says of what === 'ring'
      ? ['ringing']
      : call.purpose === 'ding'
        ? ['answered', 'asks']
        : ['asks', 'press1', 'joined'])
      await this.phone(handoff.id, says, handoff.id);
    await this.observe();
    await this.seal(call, leg);
    return true;
  }

  /** What became visible by it is sealed. */
  private async seal(call: Call, leg: Leg): Promise<void> {
    const handoff = this.rows.handoffs.find(
      (one) =>
        one.kind === 'present' &&
        one.state === 'queued' &&
        (one.subjectId === call.id || one.subjectId === leg.id),
    );
    if (handoff === undefined) return;
    await this.work(handoff.id, 'accepted', undefined);
    await this.observe();
  }

  private async work(handoffId: string, answer: LineAnswer, stop: Stop | undefined): Promise<void> {
    await sql`DELETE FROM limits`.execute(this.room.owner.sql); // how often a phone may ring is another test's
    this.tell(
      `the worker takes ${this.nameOfHandoff(handoffId)}; the carrier: ${answer}${stop === undefined ? '' : `; it stops when ${stop}`}`,
    );
    const isTooLate = this.isTooLate(handoffId);
    const task = await this.stage.work(handoffId, answer, stop);
    if (isTooLate && (!task.isOver || this.stage.sent.has(handoffId)))
      throw new Error('a number was opened for what had ended before');
    if (!task.isOver) this.count(`stopped when ${stop}`);
    this.settled(task);
  }

  /**
   * Its call is over, or isn't its person's any more, or its number isn't: nothing is opened for it
   * that wasn't in hand by then.
   */
  private isTooLate(handoffId: string): boolean {
    const handoff = this.rows.handoffs.find((one) => one.id === handoffId);
    if (handoff === undefined || (handoff.kind !== 'deliver' && handoff.kind !== 'present'))
      return false;
    const call = this.model.calls.find(
      ({ id, legs, notices }) =>
        id === handoff.subjectId || legs.has(handoff.subjectId) || notices.has(handoff.subjectId),
    );
    const leg = call?.legs.get(handoff.subjectId);
    const hasMoved = leg?.hasMoved ?? call?.notices.get(handoff.subjectId)?.hasMoved ?? false;
    return (
      call !== undefined &&
      (!call.isLive(this.now()) ||
        hasMoved ||
        (leg !== undefined && call.members.get(leg.of)?.isRemoved === true))
    );
  }

  /** What the worker wrote of an SMS. */
  private settled(task: Task): void {
    if (task.isOver && task.answer === 'accepted' && this.stage.sent.has(task.handoffId))
      this.begun(task.handoffId);
  }

  private begun(handoffId: string): void {
    const subjectId = this.rows.handoffs.find((one) => one.id === handoffId)?.subjectId;
    for (const call of this.model.calls) {
      const notice = call.notices.get(subjectId ?? '');
      if (notice !== undefined) call.begun(notice);
    }
  }

  private async phone(handoffId: string, says: string, throughId: string): Promise<void> {
    const [sent, through] = [this.stage.sent.get(handoffId), this.stage.sent.get(throughId)];
    const subjectId = this.rows.handoffs.find((one) => one.id === handoffId)?.subjectId ?? '';
    const throughSubject = this.rows.handoffs.find((one) => one.id === throughId)?.subjectId ?? '';
    const call = this.model.calls.find((one) => one.legs.has(subjectId));
    const leg = call?.legs.get(subjectId);
    if (sent === undefined || through === undefined || call === undefined || leg === undefined)
      return;
    const token = randomUUID();
    const own = { CallSid: sent.sid };
    const name = `the phone of ${this.nameOfHandoff(handoffId)}: ${says}`;
    if (says === 'joined' || says === 'left') {
      if (call.purpose === 'ding') return;
      const form = {
        ConferenceSid: `CF${call.id.replaceAll('-', '')}`,
        StatusCallbackEvent: says === 'joined' ? 'participant-join' : 'participant-leave',
        ParticipantLabel: leg.id,
        SequenceNumber: '1',
      };
      const isTakenIn = await this.callback(`${name}, told to ${this.nameOfHandoff(throughId)}`, {
        url: `${through.url}/room`,
        form,
        token,
      });
      if (!isTakenIn || !call.legs.has(throughSubject)) return; // another call's address says nothing of this one
      if (says === 'joined') call.joined(leg);
      else call.left(leg);
      return;
    }
    const [path, form] =
      says === 'asks'
        ? ['answer', own]
        : says.startsWith('press')
          ? ['keys', { ...own, Digits: says.slice(5) }]
          : says === 'machine'
            ? ['machine', { ...own, AnsweredBy: 'machine_start' }]
            : ['call', { ...own, CallStatus: CALL_STATUS[says] as string }];
    const isTakenIn = await this.callback(name, { url: `${sent.url}/${path}`, form, token });
    if (!isTakenIn || says === 'machine') return;
    if (says === 'ended') call.hungUp(leg);
    else call.rang(leg);
  }

  private async callback(name: string, callback: Callback, isNew = true): Promise<boolean> {
    if (isNew) this.callbacks.push(callback);
    return this.ask(name, () => this.stage.callback(callback));
  }

  private async pass({ how, call: at }: { how: string; call: number }): Promise<void> {
    const { clock } = this.room;
    const now = this.now().getTime();
    const call = this.callAt(at);
    const toEnd = call === undefined ? 0 : call.endsAt.getTime() - now;
    const ms =
      PASSES[how] ??
      (how === 'to midnight' ? DAY - (now % DAY) : how === 'to the end' ? toEnd : toEnd - 1);
    clock.advance(Math.max(1, ms));
    this.tell(`it is ${this.now().toISOString()}`);
    await this.stage.api.presentations.refresh(); // as it does every ten minutes
  }

  /**
   * Somebody proves a number: their own once more, another's, or one that nobody had. What goes on
   * by a number that is lost by it ends.
   */
  private async prove(who: number, whose: number | null): Promise<void> {
    const { people } = this.cast;
    const e164 = whose === null ? (people[who] as Person).spare : (people[whose] as Person).e164;
    const ref = await this.cast.seal(e164);
    await moveNumber(
      this.room.owner,
      {
        accountId: this.accountOf(who),
        numberRef: ref,
        numberIndex: this.cast.indexOf(e164),
        now: this.now(),
      },
      this.stage.api.moves,
    );
    this.tell(
      `${NAMES[who]} proves ${whose === null ? 'a new number' : `what was ${NAMES[whose]}'s number`}`,
    );
    const losers = [...this.model.owners]
      .filter(([other, owned]) => (other === who) !== (owned.e164 === e164))
      .map(([other]) => other);
    const kept = this.kept().length;
    const gone = losers.flatMap((person) => {
      this.model.owners.delete(person);
      return this.model.numberGone(person);
    });
    this.model.owners.set(who, { e164, ref });
    this.count('taken back', kept - this.kept().length);
    await this.observe();
    for (const step of gone) {
      // What is out is hung up: a worker is told to, or was; what that didn't end is a sweep's (left-behind.sweep.ts).
      const isHungUp =
        step instanceof Leg &&
        this.rows.handoffs.some((one) => one.kind === 'hang_up' && one.subjectId === step.id);
      if (!step.isOver && !isHungUp)
        throw new Error(`what goes to ${NAMES[step.of]} goes on by a number that was lost`);
      this.count(step.isOver ? 'ended by a move' : 'hung up by a move');
    }
  }

  private presented(callId: string, participantId: string, ref: string): void {
    const call = this.model.calls.find(({ id }) => id === callId);
    if (call === undefined || call.isOver) return; // for what has ended nothing is sealed any more
    for (const [person, member] of call.members) {
      // Nor of a number that was lost while a worker had it in hand.
      if (member.participantId === participantId && this.model.owners.get(person)?.ref === ref)
        member.sealed ??= ref;
    }
  }

  // What is seen ------------------------------------------------------------------------------------------------------

  private async observe(): Promise<void> {
    const {
      rows: [row],
    } = await sql<{ rows: Rows }>`
      SELECT json_build_object(
        'legs',
        (
          SELECT coalesce(
            json_agg(
              json_build_object(
                'id', id, 'callId', call_id, 'participantId', participant_id, 'isOver',
                state = 'ended'
              )
            ),
            '[]'
          )
          FROM legs
        ),
        'notices',
        (
          SELECT coalesce(
            json_agg(
              json_build_object(
                'id', id, 'callId', call_id, 'participantId', participant_id, 'channel', channel,
                'isOver', state = 'ended'
              )
            ),
            '[]'
          )
          FROM notifications
        ),
        'members',
        (
          SELECT coalesce(
            json_agg(json_build_object('id', id, 'callId', call_id, 'accountId', account_id)),
            '[]'
          )
          FROM participants
        ),
        'handoffs',
        (
          SELECT coalesce(
            json_agg(
              json_build_object(
                'id', id, 'subjectId', subject_id, 'channel', channel, 'kind', kind, 'state', state,
                'notBefore', not_before
              ) ORDER BY created_at,
              kind,
              account_id
            ),
            '[]'
          )
          FROM handoffs
        ),
        'sealed',
        (SELECT coalesce(json_agg(call_id || ' ' || participant_id), '[]') FROM presentations)
      ) AS rows
    `.execute(this.room.owner.sql);
    this.rows = (row as { rows: Rows }).rows;
    for (const call of this.model.calls) {
      for (const one of this.rows.members) {
        const person = this.cast.people.findIndex(({ accountId }) => accountId === one.accountId);
        if (one.callId !== call.id || call.members.has(person)) continue;
        call.members.set(
          person,
          new Member(
            one.id,
            person === call.initiator
              ? 'initiator'
              : call.purpose === 'ding'
                ? 'recipient'
                : 'invitee',
          ),
        );
      }
      const of = (participantId: string): number =>
        [...call.members].find(([, member]) => member.participantId === participantId)?.[0] ?? -1;
      for (const one of this.rows.legs) {
        if (one.callId !== call.id) continue;
        const leg = call.legs.get(one.id) ?? new Leg(one.id, of(one.participantId));
        // Also one that the sweep calls lost: what its end means is the same, whoever says it.
        if (one.isOver && !leg.isOver) call.hungUp(leg);
        if (leg.isOver !== one.isOver)
          throw new Error(
            `a leg of ${this.nameOf(call)} goes on although the carrier said that it had ended`,
          );
        call.legs.set(leg.id, leg);
      }
      for (const one of this.rows.notices) {
        if (one.callId !== call.id) continue;
        const known = call.notices.get(one.id);
        const notice = known ?? new Notice(one.id, of(one.participantId), one.channel);
        if (known === undefined && one.channel === 'app') call.begun(notice);
        notice.isOver ||= one.isOver;
        call.notices.set(notice.id, notice);
      }
      call.endIfNothingRemains();
    }
  }

  /** Everybody looks at every call; then the ledger is read, and what is kept to be shown. */
  private async check(): Promise<void> {
    const expected: string[] = [];
    const now = this.now();
    const { people } = this.cast;
    await this.stage.inOneTransaction(async () => {
      for (const call of this.model.calls)
        for (const viewer of people.keys())
          this.compare(
            call,
            viewer,
            await this.lookAt(call.purpose, viewer, call.id),
            now,
            expected,
          );
      // By the other kind's address there is no such call, whoever asks.
      const [viewer, call] = [this.story.length % people.length, this.callAt(this.story.length)];
      if (
        call !== undefined &&
        (await this.lookAt(call.purpose === 'ding' ? 'conference' : 'ding', viewer, call.id)) !==
          this.nobodys
      )
        throw new Error(`${NAMES[viewer]} finds ${this.nameOf(call)} by the other kind's address`);
    });
    await this.checkLedger(expected);
    await this.live.check((text) => this.tell(text));
    const kept = this.kept();
    if (kept.sort().join() !== [...this.rows.sealed].sort().join())
      throw new Error(
        `kept to be shown are ${JSON.stringify(this.rows.sealed)}, and should be ${JSON.stringify(kept)}`,
      );
    this.checkNothingIsSealedTooEarly();
    if (this.model.calls.some((call) => call.isOver) && kept.length === 0) this.count('erased');
  }

  /** What nobody may see yet is sealed for nobody. */
  private checkNothingIsSealedTooEarly(): void {
    for (const call of this.model.calls)
      for (const [person, member] of call.members) {
        const mayBe =
          call.purpose === 'conference'
            ? [...call.legs.values()].some((leg) => leg.of === person && leg.hasJoined)
            : [...call.members.values()].some((one) => one.role === 'recipient' && one.hasBegun);
        if (member.sealed !== undefined && !mayBe)
          throw new Error(
            `the number of ${NAMES[person]} is sealed too early, ${this.nameOf(call)}`,
          );
      }
  }

  /** Whose numbers are kept to be shown. */
  private kept(): string[] {
    return this.model.calls.flatMap((call) =>
      [...call.members.values()]
        .filter((member) => member.sealed !== undefined)
        .map((member) => `${call.id} ${member.participantId}`),
    );
  }

  private compare(
    call: Call,
    viewer: number,
    answer: string | Map<string, string>,
    now: Date,
    expected: string[],
  ): void {
    const { people } = this.cast;
    if (!this.model.exists(call, viewer, now)) {
      if (answer !== this.nobodys)
        throw new Error(
          `${NAMES[viewer]} must find no ${this.nameOf(call)}, and got ${typeof answer === 'string' ? answer : JSON.stringify([...answer])}`,
        );
      this.count('not there');
      return;
    }
    if (typeof answer === 'string')
      throw new Error(
        `${NAMES[viewer]} must see ${this.nameOf(call)}, and got ${answer} ${this.stage.errors.at(-1) ?? ''}`,
      );
    for (const subject of people.keys()) {
      const should = this.model.shown(call, viewer, subject, now);
      const is = answer.get(call.members.get(subject)?.participantId ?? '');
      if (should !== is)
        throw new Error(
          `${NAMES[viewer]} sees of ${NAMES[subject]} ${is ?? 'nothing'} in ${this.nameOf(call)}, and should see ${should ?? 'nothing'}`,
        );
      if (should === undefined) continue;
      this.count(`shown in a ${call.purpose}`);
      expected.push(
        JSON.stringify([
          this.accountOf(subject),
          `account:${this.accountOf(viewer)}`,
          call.id,
          call.purpose,
          this.model.owners.get(subject)?.ref,
        ]),
      );
    }
    if (
      [...answer.keys()].some(
        (id) => ![...call.members.values()].some((member) => member.participantId === id),
      )
    )
      throw new Error(`${NAMES[viewer]} sees somebody who is not in ${this.nameOf(call)}`);
  }

  /**
   * One entry for each first showing in a call since the last look, and one with the count of those
   * that were more than one when their call has ended; none besides.
   */
  private async checkLedger(expected: readonly string[]): Promise<void> {
    const { rows } = await sql<{ seq: string; body: string | null }>`
      SELECT e.seq, r.body
      FROM ledger_entries e
      LEFT JOIN ledger_readable r ON r.entry_id = e.id
      WHERE e.seq > ${this.lastEntry}::bigint
      ORDER BY e.seq
    `.execute(this.room.owner.sql);
    this.lastEntry = rows.at(-1)?.seq ?? this.lastEntry;
    const entries = rows.map(
      (row) =>
        JSON.parse(row.body ?? '{}') as {
          subjectId: string;
          recipient: string;
          callId: string;
          purpose: string;
          numberRef: string;
          basis: string;
          fields: string[];
          looks?: number;
        },
    );
    const shown = entries.filter((one) => one.recipient.startsWith('account:'));
    if (shown.some((one) => one.basis !== 'D5c' || one.fields.join() !== 'number'))
      throw new Error(`an entry that is not of a showing: ${JSON.stringify(shown)}`);
    const written = shown.map((one) =>
      [
        JSON.stringify([one.subjectId, one.recipient, one.callId, one.purpose, one.numberRef]),
        ...(one.looks === undefined ? [] : [one.looks]),
      ].join(' times '),
    );
    const due = this.countLooks(expected);
    if (written.sort().join('\n') !== due.sort().join('\n'))
      throw new Error(`the ledger says\n${written.join('\n')}\nand shown were\n${due.join('\n')}`);
  }

  private countLooks(shown: readonly string[]): string[] {
    const due: string[] = [];
    for (const key of shown) {
      const count = this.looks.get(key) ?? 0;
      if (count === 0) due.push(key);
      this.looks.set(key, count + 1);
    }
    for (const [key, count] of this.looks) {
      const call = this.model.calls.find(({ id }) => key.includes(id));
      if (call?.isOver !== true) continue;
      if (count > 1) due.push(`${key} times ${count}`);
      this.looks.delete(key);
      this.count('looks counted');
    }
    return due;
  }

  private async lookAt(
    purpose: 'ding' | 'conference',
    viewer: number,
    callId: string,
  ): Promise<string | Map<string, string>> {
    const { callerIds } = this.stage.api;
    const me = this.meOf(viewer);
    try {
      const answer = await (purpose === 'ding'
        ? callerIds.ofDing(me, callId)
        : callerIds.ofConference(me, callId));
      return new Map(answer.callerIds.map((one) => [one.participantId, one.number]));
    } catch (error) {
      return this.stage.answerTo(error);
    }
  }

  private async lookByHttp(sample: number, api: RoleApp): Promise<void> {
    const call = this.callAt(sample);
    if (call === undefined) return;
    const viewer = sample % this.cast.people.length;
    const person = this.cast.people[viewer] as Person;
    if (person.token === undefined) {
      person.token = randomBytes(32).toString('base64url');
      await sql`
        INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
        VALUES (
          ${randomUUID()},
          ${person.accountId},
          sha256(${createHash('sha256').update(person.token).digest()}),
          'bearer',
          ${this.now()},
          'infinity'
        )
      `.execute(this.room.owner.sql);
    }
    const http = api.app.getHttpAdapter().getInstance();
    const look = async (id: string) => {
      const { statusCode, headers, body } = await http.inject({
        method: 'GET',
        url: `/v1/${call.purpose}s/${id}/caller-id`,
        headers: { authorization: `Bearer ${person.token ?? ''}` },
      });
      delete headers['x-request-id'];
      delete headers.date;
      return { statusCode, headers, body };
    };
    const [answer, nobodys] = [await look(call.id), await look(randomUUID())];
    if (answer.headers['cache-control'] !== 'no-store')
      throw new Error('an answer that may be kept');
    const expected: string[] = [];
    this.tell(`${NAMES[viewer]} looks at ${this.nameOf(call)} over HTTP`);
    if (JSON.stringify(answer) === JSON.stringify(nobodys))
      this.compare(call, viewer, this.nobodys, this.now(), expected);
    else if (answer.statusCode !== 200)
      throw new Error(`not the 404 of a call that never was: ${JSON.stringify([answer, nobodys])}`);
    else
      this.compare(
        call,
        viewer,
        new Map(
          (
            JSON.parse(answer.body) as { callerIds: { participantId: string; number: string }[] }
          ).callerIds.map((one) => [one.participantId, one.number]),
        ),
        this.now(),
        expected,
      );
    await this.checkLedger(expected);
    this.count('over HTTP');
  }

  // Words -------------------------------------------------------------------------------------------------------------

  /** Does it, and says whether it was refused. What isn't a refusal is a defect. */
  private async ask(name: string, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      this.tell(name);
      return true;
    } catch (error) {
      if (!(error instanceof Problem))
        throw new Error(`${name}: ${error instanceof Error ? (error.stack ?? '') : String(error)}`);
      this.tell(`${name}: refused, ${error.code}`);
      return false;
    }
  }

  private tell(text: string): void {
    this.story.push(text);
  }
  private count(name: string, by = 1): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }
  private now(): Date {
    return this.room.clock.now();
  }
  private meOf(person: number): Me {
    return this.stage.meOf(this.accountOf(person));
  }
  private accountOf(person: number): string {
    return (this.cast.people[person] as Person).accountId;
  }
  private callAt(index: number, purpose?: 'ding' | 'conference'): Call | undefined {
    const calls = this.model.calls.filter(
      (call) => purpose === undefined || call.purpose === purpose,
    );
    return calls[index % calls.length];
  }
  private nameOf(call: Call): string {
    return `${call.purpose} ${this.model.calls.indexOf(call) + 1}`;
  }
  private nameOfHandoff(id: string): string {
    const handoff = this.rows.handoffs.find((one) => one.id === id);
    for (const call of this.model.calls) {
      const step =
        call.legs.get(handoff?.subjectId ?? '') ?? call.notices.get(handoff?.subjectId ?? '');
      if (step !== undefined)
        return `${handoff?.kind === 'deliver' ? (handoff.channel === 'sms' ? 'the SMS' : 'the call') : handoff?.kind} to ${NAMES[step.of]} in ${this.nameOf(call)}`;
    }
    return `${handoff?.kind ?? 'a hand-off'} of ${this.nameOf(this.model.calls.find((call) => call.id === handoff?.subjectId) as Call)}`;
  }
}
