import {
  isFinal,
  mayBecome,
  type Call,
  type CallOrder,
  type CallStatus,
  type Source,
} from './call.js';
import { AnsweringMachines } from './answering-machine.service.js';
import { CallQueue } from './call-queue.service.js';
import type { SessionOwner } from './call-session.service.js';
import type { Conference, Entrance, Participant } from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { startDial, type ChildCall, type DialContext } from './dial.service.js';
import type { EndedBy } from '../network/journal.js';
import { LiveCall } from './live-call.js';
import { detectMachine } from './machine-detection.service.js';
import type { Network } from '../network/network.service.js';
import { makeSid } from '../network/sid.js';
import { CALL_KINDS, type TroubleWithKind } from '../network/trouble.js';
import { TwilioError } from '../rest/twilio-errors.js';
import type { Verb } from './verbs.js';

/** The calls of the account, from the request until they end. */
export class Calls {
  private readonly bySid = new Map<string, Call>();
  private readonly live = new Map<string, LiveCall>();

  readonly queue: CallQueue;
  private readonly machines: AnsweringMachines;

  constructor(
    private readonly network: Network,
    private readonly conferences: Conferences,
  ) {
    this.queue = new CallQueue(network);
    this.machines = new AnsweringMachines(network, (live) => void this.hangUpByCallee(live));
  }

  create(order: CallOrder, parentSid?: string): Call {
    const now = new Date();
    const call: Call = {
      ...order,
      sid: makeSid('CA'),
      accountSid: this.network.accountSid,
      createdAt: now,
      updatedAt: now,
      status: 'queued',
      nextSequence: 0,
      queueMs: parentSid === undefined ? this.queue.estimateWaitMs() : 0,
      ...(parentSid === undefined ? {} : { parentSid }),
    };
    this.bySid.set(call.sid, call);
    const live = new LiveCall(this.network, call, (own) => this.makeSessionOwner(own));
    this.live.set(call.sid, live);
    return call;
  }

  private makeSessionOwner(live: LiveCall): SessionOwner {
    return {
      onUtterance: (kind) => this.machines.hearUtterance(live, kind),
      onEnd: (how) => {
        if (live.child !== undefined && how === 'end') live.child.connect();
        else this.end(live, 'completed', 'instructions');
      },
      startDial: (verb, resolveAddress) =>
        startDial(this.makeDialContext(live.call), live.call, verb, resolveAddress),
    };
  }

  /** A call whose only instruction is to enter the room. */
  createForRoom(
    room: string,
    order: CallOrder,
    entrance: Entrance,
  ): { conference: Conference; participant: Participant } {
    const { statusCallback: _roomCallback, ...noun } = entrance;
    // The room's callback stands in the entrance alone: the noun is entered by one who is already
    // expected there.
    const verb: Verb = {
      verb: 'dial',
      method: 'POST',
      timeoutS: 60,
      timeLimitS: order.timeLimitS,
      hangupOnStar: false,
      to: { ...noun, name: room },
    };
    const call = this.create({ ...order, source: { verbs: [verb] } });
    return this.conferences.add(room, call, entrance, () => this.abandon(call));
  }

  find(sid: string): Call | undefined {
    return this.bySid.get(sid);
  }

  listNewestFirst(): Call[] {
    return [...this.bySid.values()].reverse();
  }

  erase(call: Call): void {
    if (!isFinal(call.status)) throw new TwilioError(20009);
    this.bySid.delete(call.sid);
  }

  /** Dials, when its turn has come. */
  dial(call: Call): void {
    const live = this.live.get(call.sid);
    if (live === undefined) return;
    if (call.parentSid === undefined) this.queue.add(call, () => this.dialNow(live));
    else this.dialNow(live);
  }

  /**
   * Initiated, then what the phone's network says, then ringing until someone or something answers.
   */
  private dialNow(live: LiveCall): void {
    const { call } = live;
    const { stepMs, troubles } = this.network;
    live.schedule(stepMs, 'network', () => {
      live.moveTo('initiated', 'initiated');
      live.schedule(stepMs, 'network', () => {
        const trouble = troubles.take(CALL_KINDS, { number: call.to, channel: 'call' });
        if (trouble?.kind === 'busy') return this.end(live, 'busy', 'network', 486);
        if (trouble?.kind === 'unreachable') return this.end(live, 'failed', 'network', 404);
        this.ring(live, trouble);
      });
    });
  }

  /**
   * The live call of a phone that a key, an answer or a hang-up goes to: the named one, or the
   * latest.
   */
  findLive(number: string, callSid?: string): LiveCall | undefined {
    return [...this.live.values()].findLast(
      ({ call }) => call.to === number && (callSid === undefined || call.sid === callSid),
    );
  }

  /** A person takes the call. False where nothing rings, or nobody is there to. */
  answer(live: LiveCall): boolean {
    if (live.call.status !== 'ringing' || !live.isAnswerable) return false;
    this.connect(live, 'person');
    return true;
  }

  decline(live: LiveCall): boolean {
    if (live.call.status !== 'ringing') return false;
    this.end(live, 'busy', 'callee', 603);
    return true;
  }

  hangUpByCallee(live: LiveCall): boolean {
    if (live.call.status !== 'in-progress') return false;
    this.end(live, 'completed', 'callee');
    return true;
  }

  /**
   * `canceled` ends what isn't answered yet and leaves an answered call alone; `completed` ends
   * either.
   */
  endByCaller(call: Call, status: 'canceled' | 'completed'): void {
    const live = this.live.get(call.sid);
    if (live === undefined) throw new TwilioError(21220);
    if (call.status === 'in-progress') {
      if (status === 'completed') this.end(live, 'completed', 'caller');
      return;
    }
    this.end(live, 'canceled', 'caller', 487);
  }

  /** Other instructions for an answered call. */
  redirect(call: Call, source: Source): void {
    const live = this.live.get(call.sid);
    if (live === undefined || call.status !== 'in-progress') throw new TwilioError(21220);
    live.session.begin(source);
  }

  close(): void {
    for (const { session } of this.live.values()) session.close();
  }

  /** What a Dial of this call needs: a way to place other calls. */
  private makeDialContext(parent: Call): DialContext {
    return {
      network: this.network,
      conferences: this.conferences,
      startCall: (order) => this.createChild(parent, order),
    };
  }

  private createChild(parent: Call, order: CallOrder): ChildCall {
    const call = this.create(order, parent.sid);
    const live = this.live.get(call.sid) as LiveCall;
    const connected = new Promise<void>((connect) => {
      live.child = { connect, end: () => undefined };
    });
    const ended = new Promise<void>((end) => {
      if (live.child !== undefined) live.child.end = end;
    });
    this.network.journal.add({
      type: 'created',
      channel: 'call',
      sid: call.sid,
      number: call.to,
      from: call.from,
      requestSeq: 0,
    });
    this.dial(call);
    return { call, connected, ended, hangUp: () => this.abandon(call) };
  }

  /** Ends a call, whatever its state, as its caller. */
  abandon(call: Call): void {
    const live = this.live.get(call.sid);
    if (live !== undefined)
      this.end(
        live,
        call.status === 'in-progress' ? 'completed' : 'canceled',
        'caller',
        call.status === 'in-progress' ? undefined : 487,
      );
  }

  private ring(
    live: LiveCall,
    trouble: TroubleWithKind<(typeof CALL_KINDS)[number]> | undefined,
  ): void {
    const { call } = live;
    live.moveTo('ringing', 'ringing');
    live.isAnswerable = trouble === undefined;
    this.network.journal.add({
      type: 'ring',
      number: call.to,
      callSid: call.sid,
      from: call.from,
      isOwn: this.network.ownNumbers.has(call.from),
    });
    live.schedule(call.ringS * 1_000, 'ring', () => {
      if (call.status === 'ringing') this.end(live, 'no-answer', 'network', 487);
    });
    if (trouble?.kind === 'decline') {
      live.schedule(this.network.stepMs, 'network', () => this.decline(live));
    }
    if (trouble?.kind === 'voicemail' || trouble?.kind === 'screener') {
      live.schedule(trouble.ringMs, 'network', () => {
        live.machine = trouble;
        this.connect(live, 'machine');
      });
    }
  }

  private connect(live: LiveCall, by: 'person' | 'machine'): void {
    const { call } = live;
    if (call.status !== 'ringing') return;
    live.stopTimers();
    call.answeredAt = new Date();
    call.sipCode = 200;
    live.moveTo('in-progress', 'answered');
    this.network.journal.add({ type: 'answered', number: call.to, callSid: call.sid, by });
    live.schedule(call.timeLimitS * 1_000, 'time-limit', () =>
      this.end(live, 'completed', 'network'),
    );
    if (live.machine !== undefined) this.machines.playGreeting(live, live.machine);
    const detection = call.machineDetection;
    if (detection === undefined || detection.isAsync) live.session.begin(call.source);
    if (detection !== undefined) detectMachine(this.network, live, detection);
  }

  private end(live: LiveCall, status: CallStatus, by: EndedBy, sipCode?: number): void {
    const { call } = live;
    if (!mayBecome(call.status, status)) return;
    live.stopTimers();
    this.live.delete(call.sid);
    call.endedAt = new Date();
    if (sipCode !== undefined) call.sipCode = sipCode;
    live.moveTo(status, 'completed');
    live.session.close(by);
    this.conferences.dropEndedCall(call);
    live.child?.end();
    this.network.journal.add({ type: 'ended', number: call.to, callSid: call.sid, status, by });
    this.network.scheduler.dropOwner(call.sid);
  }
}
