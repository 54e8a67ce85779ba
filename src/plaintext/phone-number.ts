import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { Channel } from '../handoff/channels.js';
import { hmacSha256 } from '../kernel/digest.js';
import { Unprintable } from '../kernel/redacted.js';
import { findRefusal, judge, NO_RULES, type Rules, type Verdict } from './number-policy.js';
import { readTyped } from './typed-digits.js';

/** With +, and the separators that people write. */
const FORM = /^\+[\d ()./-]{6,40}$/;
const E164 = /^\+[1-9]\d{6,14}$/;
/** With each digit in marks of its own it is shorter than this. */
export const LONGEST_NUMBER = 200;

export type Judged =
  | { kind: 'ok'; number: PhoneNumber; channels: readonly Channel[]; country: string | undefined }
  | {
      kind: 'refused';
      code: 'INVALID_NUMBER' | Extract<Verdict, { kind: 'refused' }>['code'];
      /** It may be a number, but of which country it doesn't say. */
      isWithoutPlus?: true;
    };

/**
 * A phone number that a person can be reached at, in E.164.
 *
 * It prints as `<redacted>` in templates, JSON and `util.inspect`, and its text leaves by the
 * `for...` methods only: a search for their names finds each use. Short, emergency and
 * non-geographic numbers and those that cost the caller more than a call can't be made into one.
 *
 * Holds plaintext: from parsing or opening until the last reference to it is gone.
 */
export class PhoneNumber extends Unprintable {
  readonly #e164: string;

  private constructor(e164: string) {
    super();
    this.#e164 = e164;
    Object.freeze(this);
  }

  /**
   * From what a person typed, in international form; undefined if it isn't a number that we may
   * reach.
   */
  static parse(text: string): PhoneNumber | undefined {
    const judged = PhoneNumber.judge(text, NO_RULES);
    return judged.kind === 'ok' ? judged.number : undefined;
  }

  /**
   * Judges it by the operator's rules too; with the channels that reach it, or why it is refused.
   */
  static judge(text: string, rules: Rules): Judged {
    const invalid: Judged = { kind: 'refused', code: 'INVALID_NUMBER' };
    if (text.length > LONGEST_NUMBER) return invalid;
    const plain = readTyped(text);
    if (!FORM.test(plain))
      return FORM.test(`+${plain}`) ? { ...invalid, isWithoutPlus: true } : invalid;
    const parsed = parsePhoneNumberFromString(plain, { extract: false });
    if (parsed === undefined || parsed.ext !== undefined) return invalid;
    // With the whole metadata a number is valid if it has a type: isValid() looks for it, too, and
    // twice is half of all this takes.
    const type = parsed.getType();
    if (type === undefined) return invalid;
    const { number, country, countryCallingCode } = parsed;
    const verdict = judge(
      { number, country, countryCallingCode, type, isNonGeographic: parsed.isNonGeographic() },
      rules,
    );
    return verdict.kind === 'ok'
      ? { kind: 'ok', channels: verdict.channels, country, number: new PhoneNumber(number) }
      : verdict;
  }

  /**
   * From the bytes that `forStorage` gave. Not judged again: a numbering plan that changed since
   * must not make a stored number unreadable.
   */
  static fromStored(bytes: Uint8Array): PhoneNumber {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
    if (!E164.test(text)) throw new Error('what was opened is not a number');
    return new PhoneNumber(text);
  }

  /** As a carrier lists it, to be compared; undefined where it is none, or was blurred. */
  static fromList(text: unknown): PhoneNumber | undefined {
    return typeof text === 'string' && E164.test(text) ? new PhoneNumber(text) : undefined;
  }

  /** Whether the operator's rules refuse it by now. Its type is not judged again: see `fromStored`. */
  isRefusedBy(rules: Rules): boolean {
    const country = parsePhoneNumberFromString(this.#e164)?.country;
    return findRefusal({ number: this.#e164, country }, rules) !== undefined;
  }

  /** For the one request to the carrier, or for its list. */
  forCarrier(): string {
    return this.#e164;
  }

  /** For the one answer that shows a caller ID. */
  forParticipant(): string {
    return this.#e164;
  }

  /** For the answer to the request that brought it. */
  forSender(): string {
    return this.#e164;
  }

  /** To be sealed; the sealer wipes the buffer. */
  forStorage(): Buffer {
    return Buffer.from(this.#e164, 'latin1');
  }

  /** For the limiter, which hashes it under the day's key. */
  forLimiter(): string {
    return `number:${this.#e164}`;
  }

  /**
   * Without its last four digits: what 10,000 numbers share, for the limiter and for the operator
   * who looks at a block.
   */
  forPrefix(): string {
    return this.#e164.slice(0, -4);
  }

  /** HMAC-SHA-256 under `key`: for equality only. */
  indexUnder(key: Uint8Array): Buffer {
    return hmacSha256(key, this.#e164);
  }
}
