import { createHash } from 'node:crypto';
import { nextAllowedAt, type Rule } from '../kernel/rate-limit.js';
import type { Channel } from './channels.js';
import type { Purpose } from './handoff.js';

/** How often one number may be reached for one purpose, whoever asks. */
export interface Budget {
  readonly usual: readonly Rule[];
  /**
   * For a call that the phone's own person has just asked for: it harasses nobody, and counts for
   * the others all the same.
   */
  readonly askedFor: readonly Rule[];
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const same = (...rules: readonly Rule[]): Budget => ({ usual: rules, askedFor: rules });

/** The stricter of GoAlert's and Aliyun's limits for one callee, but for the hour. */
const ring = (anHour: number): readonly Rule[] => [
  { max: 1, windowMs: MINUTE_MS },
  { max: 3, windowMs: 15 * MINUTE_MS },
  { max: anHour, windowMs: HOUR_MS },
];

/**
 * Each purpose has a budget of its own, so that nobody holds back an urgent Ding by having codes
 * spoken or by calling conferences. An hour's rings of all of them together stay below 15: from the
 * 16th on, one carrier has marked the caller's number as spam.
 *
 * Undefined: what the purpose itself limits is enough, or it never takes this way.
 */
export const BUDGETS: Readonly<Record<Channel, Readonly<Record<Purpose, Budget | undefined>>>> = {
  sms: {
    verification: undefined,
    // An SMS may follow each of an hour's rings, and three more come by themselves.
    ding: same({ max: 4, windowMs: 15 * MINUTE_MS }, { max: 8, windowMs: HOUR_MS }),
    conference: undefined,
  },
  voice: {
    verification: same(...ring(3)),
    ding: same(...ring(5)),
    conference: {
      usual: ring(4),
      askedFor: [
        { max: 2, windowMs: MINUTE_MS },
        { max: 5, windowMs: 10 * MINUTE_MS },
        { max: 6, windowMs: HOUR_MS },
      ],
    },
  },
};

/**
 * Counted by the number's permanent index: a phone stays the same phone when its number changes
 * hands.
 */
export const budgetKey = (numberIndex: Buffer, channel: Channel, purpose: Purpose): Buffer =>
  createHash('sha256').update(`${channel}:${purpose}:`).update(numberIndex).digest();

/** One account's SMS to one person, whatever their number. */
export const dingSmsRule = (anHour: number): Rule => ({ max: anHour, windowMs: HOUR_MS });
export const dingSmsKey = (senderId: string, personId: string): Buffer =>
  createHash('sha256').update(`sms:ding:${senderId}:${personId}`).digest();

/**
 * When a number may be reached, given when it was before: now, or later if it was too often. Not in
 * time: by then, `lastsMs` from now, nobody wants it any more. The worker asks again, at the moment
 * itself.
 */
export function reachAt(
  reachedAt: readonly Date[],
  rules: readonly Rule[],
  lastsMs: number,
  now: Date,
): { at: Date; isInTime: boolean } {
  const at = nextAllowedAt(reachedAt, rules, now);
  return { at, isInTime: at.getTime() < now.getTime() + lastsMs };
}
