import { hmacSha256 } from '../kernel/digest.js';
import type { Redacted } from '../kernel/redacted.js';
import { SettingsError, type TestNumber } from '../settings.js';
import { Code } from './code.js';
import { PhoneNumber } from './phone-number.js';

/** A test number as the worker has it registered. */
export interface RegisteredNumber {
  readonly number: PhoneNumber;
  readonly index: Buffer;
  readonly keyedCode: Buffer;
}

/**
 * The numbers of TEST_NUMBERS, whose code is always the same and is sent to nobody.
 *
 * Nothing goes out to them, so no hand-off is written, the worker never opens them for a
 * verification, and the ledger, which says what was opened, has nothing to say. Their index, by
 * which a number is one account's, is therefore not the usual one but of a key of the pepper's own:
 * with it `api` can enumerate these numbers and no others, and it is told these anyway. Each is one
 * row, which the worker seals as it starts (TestNumberRows): whatever `api` says, a number that is
 * none of these is never proved by a code that is known beforehand.
 *
 * Holds plaintext: its setting, from the start of the role until its end.
 */
export class TestNumbers {
  readonly #key: Buffer;
  readonly #registered: readonly RegisteredNumber[];
  readonly #indexes = new Map<string, Buffer>();

  constructor(
    given: Redacted<readonly TestNumber[]> | undefined,
    codePepper: Redacted<Uint8Array>,
  ) {
    this.#key = hmacSha256(codePepper.reveal(), 'dingline test numbers');
    this.#registered = (given?.reveal() ?? []).map(({ e164, code: digits }, i) => {
      const [number, code] = [PhoneNumber.parse(e164), Code.parse(digits)];
      if (number === undefined || code === undefined)
        throw new SettingsError([
          `TEST_NUMBERS must be numbers that can be reached: number ${i + 1} is none`,
        ]);
      const keyedCode = code.hashUnder(codePepper.reveal());
      return { number, index: number.indexUnder(this.#key), keyedCode };
    });
    for (const { index } of this.#registered) this.#indexes.set(index.toString('hex'), index);
  }

  /** The index of a test number; undefined: it is none. */
  findIndex(number: PhoneNumber): Buffer | undefined {
    return this.#indexes.size === 0
      ? undefined
      : this.#indexes.get(number.indexUnder(this.#key).toString('hex'));
  }

  /** For the worker, which seals them. */
  get registered(): readonly RegisteredNumber[] {
    return this.#registered;
  }
}
