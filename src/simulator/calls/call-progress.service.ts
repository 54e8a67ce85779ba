import type { EndedBy } from '../network/journal.js';
import type { Network } from '../network/network.service.js';
import { CALL_KINDS, type TroubleWithKind } from '../network/trouble.js';
import type { Conferences } from '../rooms/conferences.service.js';
import { AnsweringMachines } from './answering-machine.service.js';
import { mayBecome, type CallStatus } from './call.js';
import type { LiveCall } from './live-call.js';
import { detectMachine } from './machine-detection.service.js';

type CallTrouble = TroubleWithKind<(typeof CALL_KINDS)[number]>;

/** Takes a call from dialling to its end, as the phone's network and the one called have it. */
export class CallProgress {
  readonly machines: AnsweringMachines;

  constructor(
    private readonly network: Network,
    private readonly conferences: Conferences,
    private readonly forgetLive: (live: LiveCall) => void,
  ) {
    this.machines = new AnsweringMachines(network, (live) => void this.hangUpByCallee(live));
  }

  /** The call is initiated, then turned away by the phone's network or set ringing. */
  dial(live: LiveCall): void {
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

  /** A person takes the call. Answers false where nothing rings, or nobody is there. */
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

  /** Ends a call as its caller: an answered one is completed, any other canceled. */
  endByCaller(live: LiveCall): void {
    if (live.call.status === 'in-progress') this.end(live, 'completed', 'caller');
    else this.end(live, 'canceled', 'caller', 487);
  }

  /** Does nothing for a call that has ended already. */
  end(live: LiveCall, status: CallStatus, by: EndedBy, sipCode?: number): void {
    const { call } = live;
    if (!mayBecome(call.status, status)) return;
    live.stopTimers();
    this.forgetLive(live);
    call.endedAt = new Date();
    if (sipCode !== undefined) call.sipCode = sipCode;
    live.moveTo(status, 'completed');
    live.session.close(by);
    this.conferences.dropEndedCall(call);
    live.child?.end();
    this.network.journal.add({ type: 'ended', number: call.to, callSid: call.sid, status, by });
    this.network.scheduler.dropOwner(call.sid);
  }

  private ring(live: LiveCall, trouble: CallTrouble | undefined): void {
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
    if (trouble?.kind === 'decline')
      live.schedule(this.network.stepMs, 'network', () => this.decline(live));
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
}
