import { sha256 } from '../kernel/digest.js';
import type { Language } from '../texts/catalogue.js';
import type { Channel } from './channels.js';

export const PURPOSES = ['verification', 'ding', 'conference'] as const;
export type Purpose = (typeof PURPOSES)[number];

/**
 * The life of a hand-off, one thing given to a carrier.
 *
 * queued: decided, not out yet; may still be canceled, or expire. sending: one worker has claimed
 * it, and its request may be on the wire at any moment. accepted: the carrier has it and gave its
 * id. rejected: the carrier refused the destination. failed: it can't go out by our own fault
 * (misconfigured). unknown: it may have left; never sent again by itself. expired: `notAfter`
 * passed first. canceled: taken back first. What is `sending` for too long is `unknown`, too.
 *
 * It only moves forward; `unknown` becomes `accepted` when the carrier's callback, or a late
 * answer, proves it. `sending` goes back to `queued` only when the request provably did not leave.
 */
export type HandoffState =
  'queued' | 'sending' | 'accepted' | 'rejected' | 'failed' | 'unknown' | 'expired' | 'canceled';

/**
 * A worker asks the carrier within this time of its claim, or not at all: it may have stood still
 * meanwhile.
 */
export const ASKED_WITHIN_MS = 45_000;
/** A whole request to a carrier takes no longer. Twilio itself may take 26 s before it gives up. */
export const REQUEST_MS = 30_000;
/** By then whoever took it up asks for nothing any more, and has its answer or none. */
export const OVER_AFTER_MS = 90_000;

/** What a carrier's answer means to us. A value, not an exception. */
export type Outcome =
  | { kind: 'accepted'; carrierRef: string }
  | {
      kind: 'rejected';
      reason: 'bad_number' | 'no_sms' | 'blocked' | 'opted_out' | 'filtered' | 'fraud';
      carrierCode?: number;
    } // no retry, no failover
  /** Our side of this carrier is wrong: the operator must act. */
  | { kind: 'misconfigured'; carrierCode?: number }
  /** It provably did not leave: try again. */
  | { kind: 'unavailable'; carrierCode?: number; retryAfterMs?: number }
  | { kind: 'unknown'; carrierCode?: number }; // may have left: never resent blindly

/** What the last try came to, as the row keeps it: also of one that will be tried again. */
export interface Tried {
  outcome: Outcome['kind'];
  carrierCode?: number | undefined;
}

/**
 * deliver: to a phone. present: to the participants' apps only, a caller ID; no carrier hears of
 * it. The others name a call of ours that is out, and open nothing.
 */
export type HandoffKind = 'deliver' | 'present' | 'hang_up' | 'mute' | 'unmute';

/** What the rest of the project may know of a hand-off: ids and states. */
export interface Handoff {
  id: string;
  purpose: Purpose;
  channel: Channel;
  kind: HandoffKind;
  /** The verification; the leg or notification; the call, of what is only shown. */
  subjectId: string;
  /** The Ding or conference that it is for; undefined for a code. */
  callId: string | undefined;
  accountId: string;
  language: Language;
  state: HandoffState;
  notAfter: Date;
}

/** What the carrier tells us later. Numbers were stripped before this was made. */
export type CarrierEvent =
  | {
      kind: 'message';
      delivery: 'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed';
      reason?: EndReason;
      carrierCode?: number;
    }
  | { kind: 'call'; state: 'ringing' | 'answered' | 'ended'; reason?: EndReason }
  | { kind: 'machine' }
  | RoomEvent;

/**
 * What happens in a conference's room, told for all of its legs through the callback address of
 * whichever came first. `sequence` counts the news of one room, which may come in any order.
 */
export interface RoomEvent {
  kind: 'room';
  event: 'started' | 'ended' | 'joined' | 'left' | 'muted' | 'unmuted';
  /** The carrier's id of the room. */
  roomRef: string;
  /** The leg that it is about, by our label; none for the room itself. */
  legId: string | undefined;
  /** Its microphone is closed, be it since it came in. */
  isMuted: boolean;
  sequence: number;
}

export const END_REASONS = [
  'hung_up',
  'busy',
  'no_answer',
  'canceled',
  'failed',
  'bad_number',
  'no_sms',
  'blocked',
  'opted_out',
  'filtered',
  'fraud',
  'misconfigured',
  'expired',
  'recalled',
  'unknown',
  'lost',
  'undelivered',
  'machine',
  'confirmed',
  'stopped',
  'removed',
  'call_ended',
  'ring_limit',
  'sms_limit',
  'calls_away',
  'minutes_limit',
  'no_consent',
  'number_refused',
  'spend_cap',
] as const;
export type EndReason = (typeof END_REASONS)[number];

/**
 * The moments at which a worker may die, in their order. The fault tests kill it at each of them.
 * taken: the job is ours, nothing is written. claimed: the row says `sending`, the ledger entry is
 * there. opened: the number is in memory. answered: the carrier has answered, we have written
 * nothing. settled: the outcome is written, the job isn't finished.
 */
export const HANDOFF_STEPS = ['taken', 'claimed', 'opened', 'answered', 'settled'] as const;
export type HandoffStep = (typeof HANDOFF_STEPS)[number];

/**
 * Waits between attempts that provably did not leave: 1, 2, 4 … at most 60 s, or what the carrier
 * asks for.
 */
export function retryDelayMs(attempts: number, askedMs = 0): number {
  return Math.max(askedMs, Math.min(60_000, 1_000 * 2 ** Math.max(0, attempts - 1)));
}

/**
 * How far a message has come, or a call that brings a code: delivered is the code spoken, ended is
 * a call that ended before. A message has no sequence numbers, so its states are ranked; it only
 * moves forward.
 */
const DELIVERY_RANK = {
  none: 0,
  queued: 1,
  sent: 2,
  ringing: 2,
  answered: 3,
  delivered: 4,
  undelivered: 4,
  failed: 4,
  ended: 4,
} as const;
export type Delivery = keyof typeof DELIVERY_RANK;

/** The deliveries that `next` may replace. */
export function deliveriesBefore(next: Delivery): Delivery[] {
  return (Object.keys(DELIVERY_RANK) as Delivery[]).filter(
    (delivery) => DELIVERY_RANK[delivery] < DELIVERY_RANK[next],
  );
}

/**
 * What the database is given of a capability. It keeps the SHA-256 of that: neither a statement nor a
 * row holds what opens our URLs, and no row holds what a statement could give.
 */
export const capabilityDigest = (capability: string): Buffer => sha256(capability);
