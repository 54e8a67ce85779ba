import type { Redacted } from '../../kernel/redacted.js';
import type { PhoneNumber } from '../phone-number.js';

/**
 * The permanent index of a number: equal for equal numbers, for ever. Whoever holds its key can try
 * all numbers, so `api` has none: the worker writes it onto the row when it first opens the number,
 * and others compare what is stored.
 *
 * Holds plaintext: while `of` runs.
 */
export class NumberIndex {
  constructor(private readonly key: Redacted<Uint8Array>) {}

  compute(number: PhoneNumber): Buffer {
    return number.indexUnder(this.key.reveal());
  }
}
