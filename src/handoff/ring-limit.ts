import { createHash } from 'node:crypto';
import type { Rule } from '../kernel/rate-limit.js';

/**
 * Nobody is called more often than this, whoever calls and for whatever purpose: the stricter of GoAlert's and Aliyun's
 * limits for one callee. More, and carriers mark our number as spam.
 */
export const RING_RULES: readonly Rule[] = [
  { max: 1, windowMs: 60_000 },
  { max: 3, windowMs: 15 * 60_000 },
  { max: 5, windowMs: 60 * 60_000 },
];

/** Counted by the number's permanent index: a phone stays the same phone when its number changes hands. */
export const ringKey = (numberIndex: Buffer): Buffer => createHash('sha256').update('ring:').update(numberIndex).digest();
