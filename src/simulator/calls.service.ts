import { callCallback, isFinal, mayBecome, type AnsweredBy, type Call, type CallStatus } from './call.js';
import { CallSession } from './call-session.service.js';
import type { Conferences } from './conferences.service.js';
import type { CallEvent, CallOrder, Source } from './create-rules.js';
import type { EndedBy } from './journal.js';
import type { Network } from './network.service.js';
import type { Timer } from './scheduler.service.js';
import { newSid } from './sid.js';
import { CALL_KINDS, type TroubleOf } from './trouble.js';
import { TwilioError } from './twilio-errors.js';

/** What machine detection takes to recognise a person, and (where it needn't wait for the end of a greeting) a machine. */
const PERSON_AFTER_MS = 1_500;
const MACHINE_AFTER_MS = 4_000;
/** How much a voicemail box records before it hangs up. */
const VOICEMAIL_MS = 180_000;

interface LiveCall {
  call: Call;
  session: CallSession;
  timers: Timer[];
  /** False while it rings where nobody is. */
  isAnswerable: boolean;
  machine?: TroubleOf<'voicemail'>;
  moments: { say: number; gather: number };
}

/** The calls of the account, from the request until they end. */
export class Calls {
  private readonly bySid = new Map<string, Call>();
  private readonly live = new Map<string, LiveCall>();

  constructor(private readonly network: Network, private readonly conferences: Conferences) {}

  create(order: CallOrder): Call {
    const now = new Date();
    const call: Call = { ...order, sid: newSid('CA'), accountSid: this.network.accountSid, createdAt: now, updatedAt: now, status: 'queued', nextSequence: 0 };
    this.bySid.set(call.sid, call);
    const live: LiveCall = {
      call,
      session: new CallSession(this.network, this.conferences, call, {
        moment: (kind) => this.machineHears(live, kind),
        over: () => this.end(live, 'completed', 'instructions'),
      }),
      timers: [],
      isAnswerable: false,
      moments: { say: 0, gather: 0 },
    };
    this.live.set(call.sid, live);
    return call;
  }

  find(sid: string): Call | undefined {
    return this.bySid.get(sid);
  }

  newestFirst(): Call[] {
    return [...this.bySid.values()].reverse();
  }

  erase(call: Call): void {
    if (!isFinal(call.status)) throw new TwilioError(20009);
    this.bySid.delete(call.sid);
  }

  /** Dials: initiated, then what the phone's network says, then ringing until someone or something answers. */
  dial(call: Call): void {
    const live = this.live.get(call.sid);
    if (live === undefined) return;
    const { stepMs, troubles } = this.network;
    this.after(live, stepMs, 'network', () => {
      this.become(live, 'initiated', 'initiated');
      this.after(live, stepMs, 'network', () => {
        const trouble = troubles.take(CALL_KINDS, { number: call.to, channel: 'call' });
        if (trouble?.kind === 'busy') return this.end(live, 'busy', 'network', 486);
        if (trouble?.kind === 'unreachable') return this.end(live, 'failed', 'network', 404);
        this.ring(live, trouble);
      });
    });
  }

  /** The live call of a phone that a key, an answer or a hang-up goes to: the named one, or the latest. */
  liveAt(number: string, callSid?: string): LiveCall | undefined {
    return [...this.live.values()].findLast(({ call }) => call.to === number && (callSid === undefined || call.sid === callSid));
  }

  /** A person takes the call. False where nothing rings, or nobody is there to. */
  answer(live: LiveCall): boolean {
    if (live.call.status !== 'ringing' || !live.isAnswerable) return false;
    this.pickUp(live, 'person');
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

  /** Other instructions for an answered call. */
  redirect(call: Call, source: Source): void {
    const live = this.live.get(call.sid);
    if (live === undefined || call.status !== 'in-progress') throw new TwilioError(21220);
    live.session.begin(source);
  }

  close(): void {
    for (const { session } of this.live.values()) session.close();
  }

  private ring(live: LiveCall, trouble: TroubleOf<(typeof CALL_KINDS)[number]> | undefined): void {
    const { call } = live;
    this.become(live, 'ringing', 'ringing');
    live.isAnswerable = trouble === undefined;
    this.network.journal.add({ type: 'ring', number: call.to, callSid: call.sid, from: call.from, isOwn: this.network.ownNumbers.has(call.from) });
    this.after(live, call.ringS * 1_000, 'ring', () => {
      if (call.status === 'ringing') this.end(live, 'no-answer', 'network', 487);
    });
    if (trouble?.kind === 'decline') {
      this.after(live, this.network.stepMs, 'network', () => this.decline(live));
    }
    if (trouble?.kind === 'voicemail') {
      this.after(live, trouble.ringMs, 'network', () => {
        live.machine = trouble;
        this.pickUp(live, 'machine');
      });
    }
  }

  private pickUp(live: LiveCall, by: 'person' | 'machine'): void {
    const { call } = live;
    if (call.status !== 'ringing') return;
    this.stopTimers(live);
    call.answeredAt = new Date();
    call.sipCode = 200;
    this.become(live, 'in-progress', 'answered');
    this.network.journal.add({ type: 'answered', number: call.to, callSid: call.sid, by });
    this.after(live, call.timeLimitS * 1_000, 'time-limit', () => this.end(live, 'completed', 'network'));
    if (live.machine !== undefined) this.greet(live, live.machine);
    const detection = call.machineDetection;
    if (detection === undefined || detection.isAsync) live.session.begin(call.source);
    if (detection === undefined) return;
    const found = verdict(live.machine, detection.waitsForEnd);
    const greetingMs = (live.machine?.greeting.length ?? 0) * this.network.speechMsPerChar;
    const afterMs = live.machine === undefined ? PERSON_AFTER_MS
      : live.machine.detectedAfterMs ?? (detection.waitsForEnd ? greetingMs : Math.min(greetingMs, MACHINE_AFTER_MS));
    this.after(live, afterMs, 'detection', () => {
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

  private greet(live: LiveCall, machine: TroubleOf<'voicemail'>): void {
    this.network.journal.add({ type: 'greeting', number: live.call.to, callSid: live.call.sid, text: machine.greeting });
    this.after(live, VOICEMAIL_MS, 'network', () => this.hangUpByCallee(live));
    for (const tone of machine.tones) {
      const play = (): void => void live.session.press(tone.key, 'machine');
      if (tone.on === 'answer') play();
      else if (tone.atMs !== undefined) this.after(live, tone.atMs, 'network', play);
    }
  }

  /** Tones that a greeting plays just when we speak or listen. */
  private machineHears(live: LiveCall, kind: 'say' | 'gather'): void {
    const nth = ++live.moments[kind];
    for (const tone of live.machine?.tones ?? []) {
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
    this.become(live, status, 'completed');
    live.session.close();
    this.network.journal.add({ type: 'ended', number: call.to, callSid: call.sid, status, by });
    this.network.scheduler.giveUp(call.sid);
  }

  private become(live: LiveCall, status: CallStatus, event: CallEvent): void {
    const { call } = live;
    if (!mayBecome(call.status, status)) return;
    const now = new Date();
    call.status = status;
    call.updatedAt = now;
    if (status === 'initiated') call.startedAt = now;
    if (call.statusCallback === undefined || !call.events.has(event)) return;
    this.network.callbacks.send({
      webhook: call.statusCallback, fields: callCallback(call, call.nextSequence++, now), purpose: 'status', sid: call.sid,
      number: call.to, channel: 'call', event, isLast: isFinal(status),
    });
  }

  /** A timer that ends with the call, and those of the ringing with the answer. */
  private after(live: LiveCall, ms: number, name: Timer['name'], act: () => void): void {
    live.timers.push(this.network.scheduler.after(ms, live.call.sid, name, act));
  }

  private stopTimers(live: LiveCall): void {
    for (const timer of live.timers.splice(0)) timer.cancel();
  }
}

/** The end of a greeting is known only to a detection that waits for it. */
function verdict(machine: TroubleOf<'voicemail'> | undefined, waitsForEnd: boolean): AnsweredBy {
  if (machine === undefined) return 'human';
  return !waitsForEnd && machine.answeredBy.startsWith('machine_end') ? 'machine_start' : machine.answeredBy;
}
