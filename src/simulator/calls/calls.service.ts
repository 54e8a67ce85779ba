import type { Network } from '../network/network.service.js';
import { makeSid } from '../network/sid.js';
import { TwilioError } from '../rest/twilio-errors.js';
import type { Conference, Entrance, Participant } from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { CallProgress } from './call-progress.service.js';
import { CallQueue } from './call-queue.service.js';
import type { SessionOwner } from './call-session.service.js';
import { isFinal, type Call, type CallOrder, type Source } from './call.js';
import { startDial, type ChildCall, type DialContext } from './dial.service.js';
import { LiveCall } from './live-call.js';
import type { Verb } from './verbs.js';

/** Keeps the calls of the account, and takes what their callers ask of them. */
export class Calls {
  readonly queue: CallQueue;
  readonly progress: CallProgress;
  private readonly bySid = new Map<string, Call>();
  private readonly live = new Map<string, LiveCall>();

  constructor(
    private readonly network: Network,
    private readonly conferences: Conferences,
  ) {
    this.queue = new CallQueue(network);
    this.progress = new CallProgress(
      network,
      conferences,
      ({ call }) => void this.live.delete(call.sid),
    );
  }

  create(order: CallOrder): Call {
    return this.add(order, { queueMs: this.queue.estimateWaitMs() }).call;
  }

  /** Creates a call whose only instruction is to enter the room. */
  createForRoom(
    room: string,
    order: CallOrder,
    entrance: Entrance,
  ): { conference: Conference; participant: Participant } {
    // The entrance alone has the room's callback: whoever enters by the verb is already expected.
    const { statusCallback: _roomCallback, ...noun } = entrance;
    const verb: Verb = {
      verb: 'dial',
      method: 'POST',
      timeoutS: 60,
      timeLimitS: order.timeLimitS,
      hangupOnStar: false,
      to: { ...noun, name: room },
      absent: [],
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

  /** Dials when the call's turn has come. */
  dial(call: Call): void {
    const live = this.live.get(call.sid);
    if (live !== undefined) this.queue.add(call, () => this.progress.dial(live));
  }

  /** Finds the live call that a phone's key, answer or hang-up goes to: the named or the latest. */
  findLive(number: string, callSid?: string): LiveCall | undefined {
    return [...this.live.values()].findLast(
      ({ call }) => call.to === number && (callSid === undefined || call.sid === callSid),
    );
  }

  /** `canceled` ends a call only as long as nobody has answered it; `completed` ends any. */
  endByCaller(call: Call, status: 'canceled' | 'completed'): void {
    const live = this.live.get(call.sid);
    if (live === undefined) throw new TwilioError(21220);
    if (status === 'completed' || call.status !== 'in-progress') this.progress.endByCaller(live);
  }

  /** Gives an answered call other instructions. */
  redirect(call: Call, source: Source): void {
    const live = this.live.get(call.sid);
    if (live === undefined || call.status !== 'in-progress') throw new TwilioError(21220);
    live.session.begin(source);
  }

  close(): void {
    for (const { session } of this.live.values()) session.close();
  }

  private add(order: CallOrder, origin: { queueMs: number; parentSid?: string }): LiveCall {
    const now = new Date();
    const call: Call = {
      ...order,
      ...origin,
      sid: makeSid('CA'),
      accountSid: this.network.accountSid,
      createdAt: now,
      updatedAt: now,
      status: 'queued',
      nextSequence: 0,
    };
    this.bySid.set(call.sid, call);
    const live = new LiveCall(this.network, call, (own) => this.makeSessionOwner(own));
    this.live.set(call.sid, live);
    return live;
  }

  private makeSessionOwner(live: LiveCall): SessionOwner {
    const { machines } = this.progress;
    return {
      onUtterance: (kind) => machines.reactToUtterance(live, kind),
      onEnd: (how) => {
        if (live.child !== undefined && how === 'end') live.child.connect();
        else this.progress.end(live, 'completed', 'instructions');
      },
      startDial: (verb, resolveAddress) =>
        startDial(this.makeDialContext(live.call, resolveAddress), verb),
    };
  }

  private makeDialContext(call: Call, resolveAddress: DialContext['resolveAddress']): DialContext {
    return {
      network: this.network,
      conferences: this.conferences,
      call,
      startCall: (order) => this.startChild(call, order),
      resolveAddress,
    };
  }

  /** Starts a call that a Dial makes. It doesn't wait for its turn in the account's queue. */
  private startChild(parent: Call, order: CallOrder): ChildCall {
    const live = this.add(order, { queueMs: 0, parentSid: parent.sid });
    const { call } = live;
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
    this.progress.dial(live);
    return { call, connected, ended, hangUp: () => this.abandon(call) };
  }

  /** Ends a call as its caller, unless it has ended already. */
  private abandon(call: Call): void {
    const live = this.live.get(call.sid);
    if (live !== undefined) this.progress.endByCaller(live);
  }
}
