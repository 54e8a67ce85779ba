import type { Network } from '../network/network.service.js';
import type { Timer } from '../network/scheduler.service.js';
import type { CallEvent } from '../network/status-events.js';
import type { TroubleWithKind } from '../network/trouble.js';
import { buildCallCallback, isFinal, mayBecome, type Call, type CallStatus } from './call.js';
import { CallSession, type SessionOwner } from './call-session.service.js';

/** A machine that answers instead of a person. */
export type Machine = TroubleWithKind<'voicemail' | 'screener'>;

/** A call that has not ended, together with what is at its other end. */
export class LiveCall {
  readonly session: CallSession;
  /** It is false while the phone rings where nobody is. */
  isAnswerable = false;
  machine?: Machine;
  /** This is set while a screener has the call. */
  screening?: { isListening: boolean; hasHeardCaller: boolean };
  /** The Dial that made this call waits for these two. */
  child?: { connect: () => void; end: () => void };
  /** How often the call has begun to speak and to listen. */
  readonly utterances = { say: 0, gather: 0 };
  private readonly timers: Timer[] = [];

  constructor(
    private readonly network: Network,
    readonly call: Call,
    makeOwner: (live: LiveCall) => SessionOwner,
  ) {
    this.session = new CallSession(network, call, makeOwner(this));
  }

  /** Nobody is at the keys while a screener has the call. */
  hasPerson(): boolean {
    return this.call.status === 'in-progress' && this.screening === undefined;
  }

  /** Sets a timer that ends with the call; those of the ringing end with the answer. */
  schedule(ms: number, name: Timer['name'], act: () => void): void {
    this.timers.push(this.network.scheduler.schedule(ms, this.call.sid, name, act));
  }

  stopTimers(): void {
    for (const timer of this.timers.splice(0)) timer.cancel();
  }

  /** Moves the call to a state that may follow, and sends the callback that was asked for. */
  moveTo(status: CallStatus, event: CallEvent): void {
    const { call } = this;
    if (!mayBecome(call.status, status)) return;
    const now = new Date();
    call.status = status;
    call.updatedAt = now;
    if (status === 'initiated') call.startedAt = now;
    if (call.statusCallback === undefined || !call.events.has(event)) return;
    this.network.callbacks.send({
      webhook: call.statusCallback,
      fields: buildCallCallback(call, call.nextSequence++, now),
      purpose: 'status',
      sid: call.sid,
      number: call.to,
      channel: 'call',
      event,
      isLast: isFinal(status),
    });
  }
}
