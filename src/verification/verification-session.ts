import { nextAllowedAt, type Rule } from '../kernel/rate-limit.js';
import { type Channel, unknownChannel } from '../handoff/channels.js';

/**
 * A verification lives through these states.
 *
 * It is pending while a code is out, or on its way; approved when the right code came, once;
 * canceled when the starter gave up; expired when its time has passed; max_attempts when all its
 * wrong codes were used; undeliverable when the carrier says that the number can't be reached;
 * blocked when what codes may cost in a day is used up, and none had gone out. Only a pending one
 * changes; a finished one has no code any more, and stays readable for a day.
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

const DAY_MS = 24 * 60 * 60_000;
const HOUR_MS = 60 * 60_000;

/**
 * These limits say how often codes are sent; each is a setting. They are a class, for Nest to
 * inject them by.
 */
export abstract class SendLimits {
  /**
   * These waits lie between an SMS and the next, by how many were sent; the last is for all that
   * follow.
   */
  abstract readonly smsWaitsMs: readonly number[];
  /** This wait lies between the first SMS and the first call, unless no SMS reaches this number. */
  abstract readonly callAfterSmsMs: number;
  abstract readonly callWaitsMs: readonly number[];
  abstract readonly calls: number;
  /** These sends may go to one number, whoever asks and by whatever channel. */
  abstract readonly inTenMinutes: number;
  abstract readonly aDay: number;
  /** This many of a day's sends are kept for whoever has proved the number before. */
  abstract readonly keptForKnown: number;
  abstract readonly perAddressAMinute: number;
  /** With `auto` the call follows if the SMS isn't delivered within this time. */
  abstract readonly autoAfterMs: number;
}

/**
 * These limits count wrong codes by where they come from, which only `api` knows. How often the codes
 * of one number are guessed, over all its verifications and whoever starts them, the database knows
 * by itself (src/kernel/secret-bounds.ts): some of a day's guesses are kept for whoever has the number
 * or has proved it before, so that a stranger's don't lock its owner out.
 */
export interface GuessLimits {
  /**
   * One address has this many wrong codes over all numbers: whoever guesses once at each of many is
   * stopped by this.
   */
  perAddressAnHour: number;
  /** An app has this many for its users whose addresses it doesn't give us. */
  perAppAnHour: number;
}

/**
 * These are all limits of a verification; each is a setting. They are a class, for Nest to inject
 * them by.
 */
export abstract class VerificationLimits {
  abstract readonly send: SendLimits;
  abstract readonly guess: GuessLimits;
  /** One starter may look at verifications this often in a minute. */
  abstract readonly readsAMinute: number;
  /** One account may have codes sent to so many different numbers in a day. */
  abstract readonly numbersADay: number;
}

/** The waits of an ended verification hold for the next one this long after its last send. */
export const WAITS_KEPT_MS = HOUR_MS;

/**
 * These are all counts of sends, wrong codes and reads, and how long each counts. They are passed to
 * the database.
 */
export const wrongCodeRule = (limits: GuessLimits, isByAddress: boolean): Rule => ({
  max: isByAddress ? limits.perAddressAnHour : limits.perAppAnHour,
  windowMs: HOUR_MS,
});
export const numberRules = (
  limits: Pick<SendLimits, 'inTenMinutes' | 'aDay' | 'keptForKnown'>,
  isKnown: boolean,
): readonly Rule[] => [
  { max: limits.inTenMinutes, windowMs: 10 * 60_000 },
  { max: limits.aDay - (isKnown ? 0 : limits.keptForKnown), windowMs: DAY_MS },
];
export const addressRules = (limits: SendLimits): readonly Rule[] => [
  { max: limits.perAddressAMinute, windowMs: 60_000 },
];
export const accountNumbersRule = ({ numbersADay }: VerificationLimits): Rule => ({
  max: numbersADay,
  windowMs: DAY_MS,
});
export const readRules = (limits: VerificationLimits): readonly Rule[] => [
  { max: limits.readsAMinute, windowMs: 60_000 },
];

/**
 * The waits go by these: what a starter has sent to a number, over the verifications that were not
 * approved.
 */
export interface SendsMade {
  smsSends: number;
  firstSmsAt: Date | null;
  lastSmsAt: Date | null;
  calls: number;
  lastCallAt: Date | null;
}

export interface VerificationView extends SendsMade {
  /** The verification is of a test number, for which no send is waited for. */
  isTest: boolean;
  isKnown: boolean;
  /** These channels may reach the number. */
  channels: readonly Channel[];
  state: VerificationState;
  /** This many codes may still be compared. */
  checksLeft: number;
  expiresAt: Date;
  /** These sends to the number count now, whoever asked. */
  hits: readonly Date[];
}

/**
 * Computes the state by the clock, since a row may not have been written yet when its time is over.
 */
export const stateAt = (
  verification: Pick<VerificationView, 'state' | 'expiresAt'>,
  now: Date,
): VerificationState =>
  verification.state === 'pending' && verification.expiresAt <= now
    ? 'expired'
    : verification.state;

/**
 * From these times the code may be sent again by each channel; null means never for this
 * verification.
 */
export type NextSends = Record<`${Channel}At`, Date | null>;

export interface Next extends NextSends {
  mayCheck: boolean;
  checksLeft: number;
}

/**
 * Computes when the next send by a channel is due, by the waits alone, as `send_due` in sends.sql
 * decides.
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

/** Moves the next sends to `at` where they would be earlier; one that its code doesn't live to see is none. */
export function notBefore<T extends NextSends>(at: Date, next: T, expiresAt: Date): T {
  const move = (send: Date | null): Date | null => {
    const moved = send === null || send >= at ? send : at;
    return moved === null || moved >= expiresAt ? null : moved;
  };
  return { ...next, smsAt: move(next.smsAt), voiceAt: move(next.voiceAt) };
}

/** Computes what may be done next, and when. Every answer carries it. */
export function nextSteps(
  verification: VerificationView,
  { send }: Pick<VerificationLimits, 'send'>,
  now: Date,
): Next {
  if (stateAt(verification, now) !== 'pending')
    return { smsAt: null, voiceAt: null, mayCheck: false, checksLeft: 0 };
  const allowedAt = verification.isTest
    ? now
    : nextAllowedAt(verification.hits, numberRules(send, verification.isKnown), now);
  const findNextSend = (channel: Channel): Date | null => {
    const due = sendDueAt(channel, verification, send);
    const at =
      due === null ? null : new Date(Math.max(now.getTime(), due.getTime(), allowedAt.getTime()));
    return at === null || at >= verification.expiresAt ? null : at;
  };
  const { checksLeft } = verification;
  return {
    smsAt: findNextSend('sms'),
    voiceAt: findNextSend('voice'),
    mayCheck: checksLeft > 0,
    checksLeft,
  };
}
