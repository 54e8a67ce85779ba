import { createHash } from 'node:crypto';
import { nextAllowedAt, type Rule } from '../kernel/rate-limit.js';

/**
 * Nobody is called more often than this, whoever calls and for whatever purpose: the stricter of
 * GoAlert's and Aliyun's limits for one callee. More, and carriers mark our number as spam.
 */
export const RING_RULES: readonly Rule[] = [
  { max: 1, windowMs: 60_000 },
  { max: 3, windowMs: 15 * 60_000 },
  { max: 5, windowMs: 60 * 60_000 },
];

/**
 * Nobody is harassed by the call that they have asked for on their own verified phone; it counts
 * for the others all the same.
 */
export const ASKED_FOR_RULES: readonly Rule[] = [
  { max: 2, windowMs: 60_000 },
  { max: 5, windowMs: 10 * 60_000 },
];

/**
 * Counted by the number's permanent index: a phone stays the same phone when its number changes
 * hands.
 */
export const ringKey = (numberIndex: Buffer): Buffer =>
  createHash('sha256').update('ring:').update(numberIndex).digest();

/**
 * When a phone may ring, given when it was called before: now, or later if it has been called too
 * often. Not in time: by then, `lastsMs` from now, nobody wants it any more. The worker asks again,
 * at the moment itself.
 */
export function ringAt(
  calledAt: readonly Date[],
  rules: readonly Rule[],
  lastsMs: number,
  now: Date,
): { at: Date; isInTime: boolean } {
  const at = nextAllowedAt(calledAt, rules, now);
  return { at, isInTime: at.getTime() < now.getTime() + lastsMs };
}
