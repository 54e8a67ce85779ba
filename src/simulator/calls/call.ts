import type { FormFields } from '../network/signature.js';
import type { CallEvent } from '../network/status-events.js';
import { formatDate } from '../network/twilio-date.js';
import type { Verb } from './verbs.js';
import type { Webhook } from '../network/webhook.js';

/**
 * A call is queued, then initiated (dialled), then rings; a ringing one is answered (in-progress)
 * or ends as busy, no-answer, failed or canceled; an answered one ends as completed. Source:
 * Twilio, "Call resource", status values.
 */
export type CallStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'no-answer'
  | 'canceled'
  | 'failed';

const NEXT: Record<CallStatus, readonly CallStatus[]> = {
  queued: ['initiated', 'canceled', 'failed'],
  initiated: ['ringing', 'busy', 'no-answer', 'failed', 'canceled'],
  ringing: ['in-progress', 'busy', 'no-answer', 'failed', 'canceled'],
  'in-progress': ['completed'],
  completed: [],
  busy: [],
  'no-answer': [],
  canceled: [],
  failed: [],
};

export type AnsweredBy =
  | 'human'
  | 'machine_start'
  | 'machine_end_beep'
  | 'machine_end_silence'
  | 'machine_end_other'
  | 'fax'
  | 'unknown';

/**
 * Instructions come from a URL, or stand in the request itself. A call that a request puts into a
 * conference, or one that a Dial makes, has its verbs from the start.
 */
export type Source = Webhook | { twiml: string } | { verbs: readonly Verb[] };

/** What a request or a Dial asks of a call, before there is one. */
export interface CallOrder {
  to: string;
  from: string;
  source: Source;
  fallback?: Webhook;
  statusCallback?: Webhook;
  events: ReadonlySet<CallEvent>;
  ringS: number;
  timeLimitS: number;
  machineDetection?: { waitsForEnd: boolean; isAsync: boolean; callback?: Webhook };
}

export interface Call extends CallOrder {
  readonly sid: string;
  /** The call whose Dial made this one. */
  readonly parentSid?: string;
  /** The call was expected to wait this long for its turn, in milliseconds. */
  readonly queueMs: number;
  readonly accountSid: string;
  readonly createdAt: Date;
  updatedAt: Date;
  /**
   * A queued call has not been dialled and has no start, so a filter on StartTime doesn't find it.
   */
  startedAt?: Date;
  answeredAt?: Date;
  endedAt?: Date;
  status: CallStatus;
  answeredBy?: AnsweredBy;
  /**
   * The phone's network answered with this SIP code: 200 answered, 486 busy, 603 declined, 487
   * given up, 404 no such number.
   */
  sipCode?: number;
  /** The next callback has this SequenceNumber. */
  nextSequence: number;
}

export function mayBecome(from: CallStatus, to: CallStatus): boolean {
  return NEXT[from].includes(to);
}

export function isFinal(status: CallStatus): boolean {
  return NEXT[status].length === 0;
}

/** Counts the seconds that were spoken. A call that was never answered has none. */
export function countSecondsSpoken(call: Call): number {
  if (call.answeredAt === undefined || call.endedAt === undefined) return 0;
  return Math.ceil((call.endedAt.getTime() - call.answeredAt.getTime()) / 1_000);
}

/** Twilio calls a call outbound-dial where another call's Dial has made it. */
export function findDirection(call: Call): 'outbound-api' | 'outbound-dial' {
  return call.parentSid === undefined ? 'outbound-api' : 'outbound-dial';
}

/** Builds what every request about a call carries: the one for instructions, and each callback. */
export function buildCallFields(call: Call): FormFields {
  return {
    AccountSid: call.accountSid,
    ApiVersion: '2010-04-01',
    CallSid: call.sid,
    CallStatus: call.status,
    Called: call.to,
    Caller: call.from,
    Direction: findDirection(call),
    From: call.from,
    To: call.to,
    ...(call.parentSid === undefined ? {} : { ParentCallSid: call.parentSid }),
    ...(call.answeredBy === undefined ? {} : { AnsweredBy: call.answeredBy }),
  };
}

/**
 * Builds what a call's StatusCallback carries. `sequence` counts the callbacks of this call from 0.
 */
export function buildCallCallback(call: Call, sequence: number, at: Date): FormFields {
  return {
    ...buildCallFields(call),
    CallbackSource: 'call-progress-events',
    SequenceNumber: String(sequence),
    Timestamp: formatDate(at),
    ...(isFinal(call.status)
      ? {
          CallDuration: String(countSecondsSpoken(call)),
          Duration: String(Math.ceil(countSecondsSpoken(call) / 60)),
        }
      : {}),
    ...(isFinal(call.status) && call.sipCode !== undefined
      ? { SipResponseCode: String(call.sipCode) }
      : {}),
  };
}
