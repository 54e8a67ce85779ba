import { buildCallCallback, isFinal, mayBecome, type AnsweredBy, type Call, type CallOrder, type CallStatus, type Source } from './call.js';
import { CallQueue } from './call-queue.service.js';
import { CallSession } from './call-session.service.js';
import type { Conference, Entrance, Participant } from '../rooms/conference.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { startDial, type ChildCall, type DialContext } from './dial.service.js';
import type { EndedBy } from '../network/journal.js';
import type { Network } from '../network/network.service.js';
import type { Timer } from '../network/scheduler.service.js';
import { makeSid } from '../network/sid.js';
import type { CallEvent } from '../network/status-events.js';
import { CALL_KINDS, type TroubleWithKind } from '../network/trouble.js';
import { TwilioError } from '../rest/twilio-errors.js';
import type { Verb } from './verbs.js';

/** What machine detection takes to recognise a person, and (where it needn't wait for the end of a greeting) a machine. */
const PERSON_AFTER_MS = 1_500;
const MACHINE_AFTER_MS = 4_000;
/** How much a voicemail box records before it hangs up. */
const VOICEMAIL_MS = 180_000;

type Machine = TroubleWithKind<'voicemail' | 'screener'>;

interface LiveCall {
  call: Call;
  session: CallSession;
  timers: Timer[];
  /** False while it rings where nobody is. */
  isAnswerable: boolean;
  machine?: Machine;
  /** Where a screener has the call. */
  screening?: { isListening: boolean; hasHeardUs: boolean };
  /** Of a call that a Dial made: told when it is connected and when it has ended. */
  child?: { connect: () => void; end: () => void };
  utterances: { say: number; gather: number };
}

/** The calls of the account, from the request until they end. */
export class Calls {
  private readonly bySid = new Map<string, Call>();
  private readonly live = new Map<string, LiveCall>();

  readonly queue: CallQueue;

  constructor(private readonly network: Network, private readonly conferences: Conferences) {
    this.queue = new CallQueue(network);
  }

  create(order: CallOrder, parentSid?: string): Call {
    const now = new Date();
    const call: Call = {
      ...order, sid: makeSid('CA'), accountSid: this.network.accountSid, createdAt: now, updatedAt: now, status: 'queued', nextSequence: 0,
      queueMs: parentSid === undefined ? this.queue.estimateWaitMs() : 0, ...(parentSid === undefined ? {} : { parentSid }),
    };
    this.bySid.set(call.sid, call);
    const live: LiveCall = {
      call,
      session: new CallSession(this.network, call, {
        onUtterance: (kind) => this.hearUtterance(live, kind),
        onEnd: (how) => {
          if (live.child !== undefined && how === 'end') live.child.connect();
          else this.end(live, 'completed', 'instructions');
        },
        startDial: (verb, absolute) => startDial(this.makeDialContext(call), call, verb, absolute),
      }),
      timers: [],
      isAnswerable: false,
      utterances: { say: 0, gather: 0 },
    };
    this.live.set(call.sid, live);
    return call;
  }

  /** A call whose only instruction is to enter the room. */
  createForRoom(room: string, order: CallOrder, entrance: Entrance): { conference: Conference; participant: Participant } {
    const { statusCallback: _roomCallback, ...noun } = entrance;
    // The room's callback stands in the entrance alone: the noun is entered by one who is already expected there.
    const verb: Verb = { verb: 'dial', method: 'POST', timeoutS: 60, timeLimitS: order.timeLimitS, hangupOnStar: false, to: { ...noun, name: room } };
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

  /** Initiated, then what the phone's network says, then ringing until someone or something answers. */
  private dialNow(live: LiveCall): void {
    const { call } = live;
    const { stepMs, troubles } = this.network;
    this.schedule(live, stepMs, 'network', () => {
      this.moveTo(live, 'initiated', 'initiated');
      this.schedule(live, stepMs, 'network', () => {
        const trouble = troubles.take(CALL_KINDS, { number: call.to, channel: 'call' });
        if (trouble?.kind === 'busy') return this.end(live, 'busy', 'network', 486);
        if (trouble?.kind === 'unreachable') return this.end(live, 'failed', 'network', 404);
        this.ring(live, trouble);
      });
    });
  }

  /** The live call of a phone that a key, an answer or a hang-up goes to: the named one, or the latest. */
  findLive(number: string, callSid?: string): LiveCall | undefined {
    return [...this.live.values()].findLast(({ call }) => call.to === number && (callSid === undefined || call.sid === callSid));
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

  /** `canceled` ends what isn't answered yet and leaves an answered call alone; `completed` ends either. */
  endByCaller(call: Call, status: 'canceled' | 'completed'): void {
    const live = this.live.get(call.sid);
    if (live === undefined) throw new TwilioError(21220);
    if (call.status === 'in-progress') {
      if (status === 'completed') this.end(live, 'completed', 'caller');
      return;
    }
    this.end(live, 'canceled', 'caller', 487);
  }

  /** Nobody is at the keys while a screener has the call. */
  hasPerson(live: LiveCall): boolean {
    return live.call.status === 'in-progress' && live.screening === undefined;
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
    return { network: this.network, conferences: this.conferences, startCall: (order) => this.createChild(parent, order) };
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
    this.network.journal.add({ type: 'created', channel: 'call', sid: call.sid, number: call.to, from: call.from, requestSeq: 0 });
    this.dial(call);
    return { call, connected, ended, hangUp: () => this.abandon(call) };
  }

  /** Ends a call, whatever its state, as its caller. */
  abandon(call: Call): void {
    const live = this.live.get(call.sid);
    if (live !== undefined) this.end(live, call.status === 'in-progress' ? 'completed' : 'canceled', 'caller', call.status === 'in-progress' ? undefined : 487);
  }

  private ring(live: LiveCall, trouble: TroubleWithKind<(typeof CALL_KINDS)[number]> | undefined): void {
    const { call } = live;
    this.moveTo(live, 'ringing', 'ringing');
    live.isAnswerable = trouble === undefined;
    this.network.journal.add({ type: 'ring', number: call.to, callSid: call.sid, from: call.from, isOwn: this.network.ownNumbers.has(call.from) });
    this.schedule(live, call.ringS * 1_000, 'ring', () => {
      if (call.status === 'ringing') this.end(live, 'no-answer', 'network', 487);
    });
    if (trouble?.kind === 'decline') {
      this.schedule(live, this.network.stepMs, 'network', () => this.decline(live));
    }
    if (trouble?.kind === 'voicemail' || trouble?.kind === 'screener') {
      this.schedule(live, trouble.ringMs, 'network', () => {
        live.machine = trouble;
        this.connect(live, 'machine');
      });
    }
  }

  private connect(live: LiveCall, by: 'person' | 'machine'): void {
    const { call } = live;
    if (call.status !== 'ringing') return;
    this.stopTimers(live);
    call.answeredAt = new Date();
    call.sipCode = 200;
    this.moveTo(live, 'in-progress', 'answered');
    this.network.journal.add({ type: 'answered', number: call.to, callSid: call.sid, by });
    this.schedule(live, call.timeLimitS * 1_000, 'time-limit', () => this.end(live, 'completed', 'network'));
    if (live.machine !== undefined) this.playGreeting(live, live.machine);
    const detection = call.machineDetection;
    if (detection === undefined || detection.isAsync) live.session.begin(call.source);
    if (detection === undefined) return;
    const found = judgeAnswer(live.machine, detection.waitsForEnd);
    const greetingMs = (live.machine?.greeting.length ?? 0) * this.network.speechMsPerChar;
    const afterMs = live.machine === undefined ? PERSON_AFTER_MS
      : live.machine.detectedAfterMs ?? (detection.waitsForEnd ? greetingMs : Math.min(greetingMs, MACHINE_AFTER_MS));
    this.schedule(live, afterMs, 'detection', () => {
      call.answeredBy = found;
      this.network.journal.add({ type: 'detected', number: call.to, callSid: call.sid, answeredBy: found });
      // Without AsyncAmd the call is silent until it is known who answered.
      if (!detection.isAsync) return live.session.begin(call.source);
      if (detection.callback === undefined) return;
      this.network.callbacks.send({
        webhook: detection.callback,
        fields: { AccountSid: call.accountSid, AnsweredBy: found, CallSid: call.sid, MachineDetectionDuration: String(Math.round(afterMs)) },
        purpose: 'detection', sid: call.sid, number: call.to, channel: 'call', event: 'detection', isLast: false,
      });
    });
  }

  private playGreeting(live: LiveCall, machine: Machine): void {
    this.network.journal.add({ type: 'greeting', number: live.call.to, callSid: live.call.sid, text: machine.greeting });
    if (machine.kind === 'screener') return this.startScreening(live, machine);
    this.schedule(live, VOICEMAIL_MS, 'network', () => this.hangUpByCallee(live));
    for (const tone of machine.tones) {
      const play = (): void => void live.session.press(tone.key, 'machine');
      if (tone.on === 'answer') play();
      else if (tone.atMs !== undefined) this.schedule(live, tone.atMs, 'network', play);
    }
  }

  private startScreening(live: LiveCall, { greeting, silenceMs }: TroubleWithKind<'screener'>): void {
    const screening: NonNullable<LiveCall['screening']> = { isListening: false, hasHeardUs: false };
    live.screening = screening;
    this.schedule(live, greeting.length * this.network.speechMsPerChar, 'network', () => {
      screening.isListening = true;
      if (screening.hasHeardUs) return this.decideScreening(live);
      this.schedule(live, silenceMs, 'screener', () => {
        if (!screening.hasHeardUs) this.hangUpByCallee(live);
      });
    });
  }

  /** We have spoken: after its patience the person has the phone, or it ends the call. */
  private decideScreening(live: LiveCall): void {
    const { call, machine } = live;
    if (machine?.kind !== 'screener') return;
    this.schedule(live, machine.patienceMs, 'screener', () => {
      delete live.screening;
      this.network.journal.add({ type: 'screened', number: call.to, callSid: call.sid, passes: machine.passes });
      if (machine.passes) this.network.journal.add({ type: 'answered', number: call.to, callSid: call.sid, by: 'person' });
      else this.hangUpByCallee(live);
    });
  }

  /** Tones that a greeting plays just when we speak or listen. */
  private hearUtterance(live: LiveCall, kind: 'say' | 'gather'): void {
    const nth = ++live.utterances[kind];
    if (kind === 'say' && live.screening !== undefined && !live.screening.hasHeardUs) {
      live.screening.hasHeardUs = true;
      if (live.screening.isListening) this.decideScreening(live);
    }
    for (const tone of live.machine?.kind === 'voicemail' ? live.machine.tones : []) {
      if (tone.on !== kind || (tone.nth !== undefined && tone.nth !== nth)) continue;
      // After the moment itself, so that a Gather has begun to listen.
      queueMicrotask(() => {
        if (live.call.status === 'in-progress') live.session.press(tone.key, 'machine');
      });
    }
  }

  private end(live: LiveCall, status: CallStatus, by: EndedBy, sipCode?: number): void {
    const { call } = live;
    if (!mayBecome(call.status, status)) return;
    this.stopTimers(live);
    this.live.delete(call.sid);
    call.endedAt = new Date();
    if (sipCode !== undefined) call.sipCode = sipCode;
    this.moveTo(live, status, 'completed');
    live.session.close(by);
    this.conferences.dropEndedCall(call);
    live.child?.end();
    this.network.journal.add({ type: 'ended', number: call.to, callSid: call.sid, status, by });
    this.network.scheduler.dropOwner(call.sid);
  }

  private moveTo(live: LiveCall, status: CallStatus, event: CallEvent): void {
    const { call } = live;
    if (!mayBecome(call.status, status)) return;
    const now = new Date();
    call.status = status;
    call.updatedAt = now;
    if (status === 'initiated') call.startedAt = now;
    if (call.statusCallback === undefined || !call.events.has(event)) return;
    this.network.callbacks.send({
      webhook: call.statusCallback, fields: buildCallCallback(call, call.nextSequence++, now), purpose: 'status', sid: call.sid,
      number: call.to, channel: 'call', event, isLast: isFinal(status),
    });
  }

  /** A timer that ends with the call, and those of the ringing with the answer. */
  private schedule(live: LiveCall, ms: number, name: Timer['name'], act: () => void): void {
    live.timers.push(this.network.scheduler.schedule(ms, live.call.sid, name, act));
  }

  private stopTimers(live: LiveCall): void {
    for (const timer of live.timers.splice(0)) timer.cancel();
  }
}

/** The end of a greeting is known only to a detection that waits for it. */
function judgeAnswer(machine: Machine | undefined, waitsForEnd: boolean): AnsweredBy {
  if (machine === undefined) return 'human';
  return !waitsForEnd && machine.answeredBy.startsWith('machine_end') ? 'machine_start' : machine.answeredBy;
}
