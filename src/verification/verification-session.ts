import { nextAllowedAt, type Rule } from '../kernel/rate-limit.js';
import { type Channel, unknownChannel } from '../handoff/channels.js';

/**
 * The life of a verification.
 *
 * pending: a code is out, or on its way. approved: the right code came, once. canceled: the starter
 * gave up. expired: its time passed. max_attempts: all its wrong codes were used. undeliverable:
 * the carrier says that the number can't be reached. blocked: what codes may cost in a day is used
 * up, and none had gone out. Only pending changes; a finished one has no code any more, and stays
 * readable for a day.
 */
export const VERIFICATION_STATES = [
  'pending',
  'approved',
  'canceled',
  'expired',
  'max_attempts',
  'undeliverable',
  'blocked',
] as const;
export type VerificationState = (typeof VERIFICATION_STATES)[number];

export const CODE_LASTS_MS = 10 * 60_000;
export const CODE_DIGITS = 6;

const DAY_MS = 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;

/** How often codes are sent; each is a setting. A class, for Nest to inject them by. */
export abstract class SendLimits {
  /** Between an SMS and the next, by how many were sent; the last for all that follow. */
  abstract readonly smsWaitsMs: readonly number[];
  /** From the first SMS to the first call, unless no SMS reaches this number. */
  abstract readonly callAfterSmsMs: number;
  abstract readonly callWaitsMs: readonly number[];
  abstract readonly calls: number;
  /** To one number, whoever asks and by whatever channel. */
  abstract readonly inTenMinutes: number;
  abstract readonly aDay: number;
  /** So many of a day's are kept for whoever has proved the number before. */
  abstract readonly keptForKnown: number;
  abstract readonly perAddressAMinute: number;
  /** `auto` waits so long for the SMS to be delivered. */
  abstract readonly autoAfterMs: number;
}

/**
 * Wrong codes for one number, over all its verifications and whoever starts them. Some of a day's
 * are kept for who has the number or has proved it before, so that a stranger's guesses don't lock
 * its owner out; and a day after its guesses a stranger may guess again, unless they were too many
 * in a row (NIST SP 800-63B-4, section 3.2.2: 100 at the most).
 */
export interface GuessLimits {
  /** Each verification has so many. */
  checks: number;
  aDay: number;
  /** So many of a day's are kept for whoever has the number. */
  keptForOwner: number;
  inARow: number;
  /** From one address, over all numbers: who guesses once at each of many is stopped by this. */
  perAddressAnHour: number;
  /** By one app whose users' addresses we are not told. */
  perAppAnHour: number;
}

/** All limits of a verification; each is a setting. A class, for Nest to inject them by. */
export abstract class VerificationLimits {
  abstract readonly send: SendLimits;
  abstract readonly guess: GuessLimits;
  /** Looks at verifications, by one starter in a minute. */
  abstract readonly readsAMinute: number;
}

/** Until when a guess is refused, by those that count now. */
export function nextGuessAt(
  guesses: { hits: readonly Date[]; inARow: number; lastAt: Date },
  limits: GuessLimits,
  isOwner: boolean,
  now: Date,
): Date {
  if (!isOwner && guesses.inARow >= limits.inARow)
    return new Date(guesses.lastAt.getTime() + GUESSES_REMEMBERED_MS);
  return nextAllowedAt(guesses.hits, guessRules(limits, isOwner), now);
}

/** A row of wrong codes is forgotten so long after its last: see src/kernel/retention.ts. */
export const GUESSES_REMEMBERED_MS = 30 * DAY_MS;

/** The waits of an ended verification hold for the next one so long after its last send. */
export const WAITS_KEPT_MS = HOUR_MS;

/** All counts of sends, guesses and reads, and how long each counts. The database is told these. */
export const guessRules = (limits: GuessLimits, isOwner: boolean): readonly [Rule] => [
  { max: limits.aDay - (isOwner ? 0 : limits.keptForOwner), windowMs: DAY_MS },
];
export const wrongCodeRule = (limits: GuessLimits, isByAddress: boolean): Rule => ({
  max: isByAddress ? limits.perAddressAnHour : limits.perAppAnHour,
  windowMs: HOUR_MS,
});
export const numberRules = (limits: SendLimits, isKnown: boolean): readonly Rule[] => [
  { max: limits.inTenMinutes, windowMs: 10 * 60_000 },
  { max: limits.aDay - (isKnown ? 0 : limits.keptForKnown), windowMs: DAY_MS },
];
export const addressRules = (limits: SendLimits): readonly Rule[] => [
  { max: limits.perAddressAMinute, windowMs: 60_000 },
];
export const readRules = (limits: VerificationLimits): readonly Rule[] => [
  { max: limits.readsAMinute, windowMs: 60_000 },
];

/**
 * What the waits go by; of a starter and a number, over the verifications that were not approved.
 */
export interface SendsMade {
  smsSends: number;
  firstSmsAt: Date | null;
  lastSmsAt: Date | null;
  calls: number;
  lastCallAt: Date | null;
}

export interface VerificationView extends SendsMade {
  /** Of a test number: no send is waited for. */
  isTest: boolean;
  isKnown: boolean;
  /** Those that may reach the number. */
  channels: readonly Channel[];
  state: VerificationState;
  attempts: number;
  expiresAt: Date;
  /** The sends to this number that count now, whoever asked. */
  hits: readonly Date[];
}

/** The row may not have been told yet that its time is over. */
export const stateAt = (
  verification: Pick<VerificationView, 'state' | 'expiresAt'>,
  now: Date,
): VerificationState =>
  verification.state === 'pending' && verification.expiresAt <= now
    ? 'expired'
    : verification.state;

/** From when the code may be sent again by each channel; null: not for this verification. */
export type NextSends = Record<`${Channel}At`, Date | null>;

export interface Next extends NextSends {
  mayCheck: boolean;
  checksLeft: number;
}

/**
 * When the next send by a channel is due, by the waits alone, as `send_due` in sends.sql decides.
 */
export function sendDueAt(
  channel: Channel,
  made: SendsMade & Pick<VerificationView, 'channels' | 'isTest'>,
  limits: SendLimits,
): Date | null {
  if (!made.channels.includes(channel)) return null;
  if (made.isTest) return new Date(0);
  switch (channel) {
    case 'sms':
      return made.lastSmsAt === null
        ? new Date(0)
        : new Date(made.lastSmsAt.getTime() + waitAfter(made.smsSends, limits.smsWaitsMs));
    case 'voice':
      return callDueAt(made, limits);
    default:
      return unknownChannel(channel);
  }
}

function callDueAt(
  made: SendsMade & Pick<VerificationView, 'channels'>,
  limits: SendLimits,
): Date | null {
  if (made.calls >= limits.calls) return null;
  const afterSms =
    made.firstSmsAt === null || !made.channels.includes('sms')
      ? 0
      : made.firstSmsAt.getTime() + limits.callAfterSmsMs;
  const afterCall =
    made.lastCallAt === null
      ? 0
      : made.lastCallAt.getTime() + waitAfter(made.calls, limits.callWaitsMs);
  return new Date(Math.max(afterSms, afterCall));
}

const waitAfter = (sends: number, waitsMs: readonly number[]): number =>
  waitsMs[Math.min(Math.max(sends, 1), waitsMs.length) - 1] as number;

/** What may be done next, and when. Every answer carries it. */
export function nextSteps(
  verification: VerificationView,
  { send, guess }: Pick<VerificationLimits, 'send' | 'guess'>,
  now: Date,
): Next {
  if (stateAt(verification, now) !== 'pending')
    return { smsAt: null, voiceAt: null, mayCheck: false, checksLeft: 0 };
  const allowedAt = verification.isTest
    ? now
    : nextAllowedAt(verification.hits, numberRules(send, verification.isKnown), now);
  const by = (channel: Channel): Date | null => {
    const due = sendDueAt(channel, verification, send);
    const at =
      due === null ? null : new Date(Math.max(now.getTime(), due.getTime(), allowedAt.getTime()));
    return at === null || at >= verification.expiresAt ? null : at;
  };
  const checksLeft = Math.max(0, guess.checks - verification.attempts);
  return { smsAt: by('sms'), voiceAt: by('voice'), mayCheck: checksLeft > 0, checksLeft };
}
