import { hmacSha256 } from '../kernel/digest.js';
import type { Redacted } from '../kernel/redacted.js';
import { SettingsError, type TestNumber } from '../settings.js';
import { Code } from './code.js';
import { PhoneNumber } from './phone-number.js';

/** What is known of a test number: hashes under keys that `api` alone has. */
export interface Fixed {
  /** Stands where the worker would write the permanent index: see TestNumbers. */
  readonly index: Buffer;
  readonly keyedCode: Buffer;
}

/**
 * The numbers of TEST_NUMBERS, whose code is always the same and is sent to nobody.
 *
 * Nothing goes out to them, so no hand-off is written, the worker never opens them, and the ledger,
 * which says what was opened, has nothing to say. Their index, by which a number is one account's,
 * is therefore not the worker's but one of `api`'s own, under a key of its pepper: with it `api`
 * can enumerate these numbers and no others, and it is told these anyway. To have the worker open
 * them and then send nothing was left: its ledger entry would be of an opening for nobody.
 *
 * Holds plaintext: while its constructor runs; its setting, from the start of `api` until its end.
 */
export class TestNumbers {
  readonly #key: Buffer;
  readonly #fixed = new Map<string, Fixed>();

  constructor(
    given: Redacted<readonly TestNumber[]> | undefined,
    codePepper: Redacted<Uint8Array>,
  ) {
    this.#key = hmacSha256(codePepper.reveal(), 'dingline test numbers');
    for (const [i, { e164, code: digits }] of (given?.reveal() ?? []).entries()) {
      const [number, code] = [PhoneNumber.parse(e164), Code.parse(digits)];
      if (number === undefined || code === undefined)
        throw new SettingsError([
          `TEST_NUMBERS must be numbers that can be reached: number ${i + 1} is none`,
        ]);
      const index = number.indexUnder(this.#key);
      this.#fixed.set(index.toString('hex'), {
        index,
        keyedCode: code.hashUnder(codePepper.reveal()),
      });
    }
  }

  find(number: PhoneNumber): Fixed | undefined {
    return this.#fixed.size === 0
      ? undefined
      : this.#fixed.get(number.indexUnder(this.#key).toString('hex'));
  }
}
