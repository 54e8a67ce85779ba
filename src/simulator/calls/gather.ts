import type { Gather } from './verbs.js';

/** What a Gather has heard so far, and whether it is over. */
export interface Heard { digits: string; finishedBy?: 'key' | 'count' | 'timeout'; finishKey?: string }

export const NOTHING_HEARD: Heard = { digits: '' };

/**
 * One more key. `finishOnKey` ends the Gather and isn't among the digits; `numDigits` ends it with the last one.
 * Source: Twilio, "TwiML: Gather".
 */
export function withKey(gather: Gather, heard: Heard, key: string): Heard {
  if (heard.finishedBy !== undefined) return heard;
  if (gather.finishOnKey !== '' && key === gather.finishOnKey) return { ...heard, finishedBy: 'key', finishKey: key };
  const digits = heard.digits + key;
  return gather.numDigits !== undefined && digits.length >= gather.numDigits ? { digits, finishedBy: 'count' } : { digits };
}

export function withTimeout(heard: Heard): Heard {
  return heard.finishedBy === undefined ? { ...heard, finishedBy: 'timeout' } : heard;
}

/** With no digits, a Gather falls through to the next verb, unless it asks for its action even so. */
export function asksAction(gather: Gather, heard: Heard): boolean {
  return heard.digits !== '' || gather.actionOnEmptyResult;
}
