import { randomInt } from 'node:crypto';
import { hmacSha256 } from '../kernel/digest.js';
import { Unprintable } from '../kernel/redacted.js';
import { readTyped } from './typed-digits.js';

/** With each digit in marks of its own it is shorter than this. */
export const LONGEST_CODE = 100;

/**
 * A code that proves that a person holds a phone. Prints as `<redacted>`, like a number.
 *
 * A check submits HMAC(HMAC(pepper, code), verification id), and what is stored is the SHA-256 of
 * that. Without the pepper, which is in no database, a stolen digest can't be tried against the
 * million codes (2.3 s with it), and it is worth nothing at another verification. In two steps, so
 * that a submitted code is hashed before any handler sees it, when its verification is not known yet.
 *
 * Holds plaintext: from `random`, `parse` or opening until the last reference to it is gone.
 */
export class Code extends Unprintable {
  readonly #digits: string;

  private constructor(digits: string) {
    super();
    this.#digits = digits;
    Object.freeze(this);
  }

  /** Makes a code of 4 to 10 digits. */
  static random(digits: number): Code {
    return new Code(String(randomInt(10 ** digits)).padStart(digits, '0'));
  }

  /**
   * What a person typed: 4 to 10 digits of any script, with blanks or dashes between; else
   * undefined.
   */
  static parse(text: string): Code | undefined {
    if (text.length > LONGEST_CODE) return undefined;
    const digits = readTyped(text).replace(/[ -]/g, '');
    return /^\d{4,10}$/.test(digits) ? new Code(digits) : undefined;
  }

  static fromStored(bytes: Uint8Array): Code {
    const code = Code.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'),
    );
    if (code === undefined) throw new Error('what was opened is not a code');
    return code;
  }

  get length(): number {
    return this.#digits.length;
  }

  /** For the text or the voice that brings it to its person. */
  forCarrier(): string {
    return this.#digits;
  }

  /** To be sealed; the sealer wipes the buffer. */
  forStorage(): Buffer {
    return Buffer.from(this.#digits, 'latin1');
  }

  /** The first step; `bindCode` is the second. */
  hashUnder(pepper: Uint8Array): Buffer {
    return hmacSha256(pepper, this.#digits);
  }
}

/** What a check submits: a code's keyed hash bound to its verification. */
export function bindCode(keyed: Uint8Array, verificationId: string): Buffer {
  return hmacSha256(keyed, verificationId);
}
