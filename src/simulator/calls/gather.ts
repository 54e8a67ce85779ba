import type { Gather } from './verbs.js';

/** The keys that a Gather has taken so far, and why it is over, if it is. */
export interface GatheredKeys {
  digits: string;
  finishedBy?: 'key' | 'count' | 'timeout';
  finishKey?: string;
}

export const NO_KEYS: GatheredKeys = { digits: '' };

/**
 * Adds one more key.
 * `finishOnKey` ends the Gather and isn't among the digits; `numDigits` ends it with the last one.
 * Source: Twilio, "TwiML: Gather".
 */
export function addKey(gather: Gather, gathered: GatheredKeys, key: string): GatheredKeys {
  if (gathered.finishedBy !== undefined) return gathered;
  if (gather.finishOnKey !== '' && key === gather.finishOnKey)
    return { ...gathered, finishedBy: 'key', finishKey: key };
  const digits = gathered.digits + key;
  return gather.numDigits !== undefined && digits.length >= gather.numDigits
    ? { digits, finishedBy: 'count' }
    : { digits };
}

export function endByTimeout(gathered: GatheredKeys): GatheredKeys {
  return gathered.finishedBy === undefined ? { ...gathered, finishedBy: 'timeout' } : gathered;
}

/**
 * With no digits, a Gather falls through to the next verb, unless it asks for its action even so.
 */
export function requestsAction(gather: Gather, gathered: GatheredKeys): boolean {
  return gathered.digits !== '' || gather.actionOnEmptyResult;
}
