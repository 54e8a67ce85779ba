import { nextAllowedAt, type Rule } from '../kernel/rate-limit.js';

/**
 * The life of a verification.
 *
 * pending: a code is out, or on its way. approved: the right code came, once. canceled: the starter gave up. expired:
 * ten minutes passed. max_attempts: five wrong codes. undeliverable: the carrier says that the number can't be reached.
 * blocked: what codes may cost in a day is used up, and none had gone out.
 * Only pending changes; a finished one has no code any more.
 */
export type VerificationState = 'pending' | 'approved' | 'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked';

export const CODE_LASTS_MS = 10 * 60_000;
export const MAX_CHECKS = 5;
/** Between two sends by the same starter to the same number. */
export const SEND_WAIT_MS = 60_000;

/** Sends to one number, whoever asks. */
export const SENDS_PER_NUMBER = [{ max: 5, windowMs: 24 * 60 * 60_000 }] as const;
/** Sends asked for from one address. */
export const SENDS_PER_ADDRESS = [{ max: 10, windowMs: 60_000 }] as const;

/**
 * Wrong codes for one number, over all its verifications and whoever starts them. Some of a day's are kept for the account
 * that has the number, so that a stranger's guesses don't lock its owner out; and a day after its guesses a stranger may
 * guess again, unless they were too many in a row (NIST SP 800-63B-4, section 3.2.2: 100 at the most).
 */
export interface GuessLimits {
  aDay: number;
  /** Of a day's. */
  keptForOwner: number;
  inARow: number;
}

/** Until when a guess is refused, by those that count now. */
export function nextGuessAt(guesses: { hits: readonly Date[]; inARow: number; lastAt: Date }, limits: GuessLimits, isOwner: boolean, now: Date): Date {
  if (!isOwner && guesses.inARow >= limits.inARow) return new Date(guesses.lastAt.getTime() + GUESSES_REMEMBERED_MS);
  return nextAllowedAt(guesses.hits, guessRules(limits, isOwner), now);
}

/** A row of wrong codes is forgotten so long after its last: see src/kernel/retention.ts. */
export const GUESSES_REMEMBERED_MS = 30 * 24 * 60 * 60_000;

export const guessRules = (limits: GuessLimits, isOwner: boolean): readonly [Rule] =>
  [{ max: limits.aDay - (isOwner ? 0 : limits.keptForOwner), windowMs: 24 * 60 * 60_000 }];

export interface VerificationView {
  /** Of a test number: no send is waited for. */
  isTest: boolean;
  state: VerificationState;
  attempts: number;
  lastSendAt: Date;
  expiresAt: Date;
}

/** The row may not have been told yet that its time is over. */
export const stateAt = (verification: Pick<VerificationView, 'state' | 'expiresAt'>, now: Date): VerificationState =>
  verification.state === 'pending' && verification.expiresAt <= now ? 'expired' : verification.state;

export interface Next {
  /** From when a code may be sent again; null: not for this verification. */
  sendAt: Date | null;
  mayCheck: boolean;
  checksLeft: number;
}

/** What may be done next, and when. Every answer carries it. */
export function nextSteps(verification: VerificationView, now: Date): Next {
  if (stateAt(verification, now) !== 'pending') return { sendAt: null, mayCheck: false, checksLeft: 0 };
  const sendAt = new Date(Math.max(now.getTime(), verification.isTest ? 0 : verification.lastSendAt.getTime() + SEND_WAIT_MS));
  const checksLeft = Math.max(0, MAX_CHECKS - verification.attempts);
  return { sendAt: sendAt < verification.expiresAt ? sendAt : null, mayCheck: checksLeft > 0, checksLeft };
}
