import type { Rule } from '../kernel/rate-limit.js';
import { nextAllowedAt } from '../kernel/rate-limit.js';

/** A Ding that hasn't gone out by then is stale news: it isn't rung any more. */
export const DING_LASTS_MS = 15 * 60_000;

/**
 * When a phone may ring for a Ding, given when it was called before: now, or later if it has been called too often, or
 * never (undefined) if that would be after the Ding has gone stale. The worker asks again, at the moment itself.
 */
export function ringAt(calledAt: readonly Date[], rules: readonly Rule[], now: Date): { at: Date; isInTime: boolean } {
  const at = nextAllowedAt(calledAt, rules, now);
  return { at, isInTime: at.getTime() < now.getTime() + DING_LASTS_MS };
}
