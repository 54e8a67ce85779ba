import type { Gather } from './verbs.js';

/** What a Gather has heard so far, and whether it is over. */
export interface GatheredKeys {
  digits: string;
  finishedBy?: 'key' | 'count' | 'timeout';
  finishKey?: string;
}

export const NO_KEYS: GatheredKeys = { digits: '' };

/**
 * One more key. `finishOnKey` ends the Gather and isn't among the digits; `numDigits` ends it with
 * the last one. Source: Twilio, "TwiML: Gather".
 */
export function addKey(gather: Gather, heard: GatheredKeys, key: string): GatheredKeys {
  if (heard.finishedBy !== undefined) return heard;
  if (gather.finishOnKey !== '' && key === gather.finishOnKey)
    return { ...heard, finishedBy: 'key', finishKey: key };
  const digits = heard.digits + key;
  return gather.numDigits !== undefined && digits.length >= gather.numDigits
    ? { digits, finishedBy: 'count' }
    : { digits };
}

export function endByTimeout(heard: GatheredKeys): GatheredKeys {
  return heard.finishedBy === undefined ? { ...heard, finishedBy: 'timeout' } : heard;
}

/**
 * With no digits, a Gather falls through to the next verb, unless it asks for its action even so.
 */
export function requestsAction(gather: Gather, heard: GatheredKeys): boolean {
  return heard.digits !== '' || gather.actionOnEmptyResult;
}
