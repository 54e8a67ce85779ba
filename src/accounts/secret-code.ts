import { randomBytes } from 'node:crypto';
import { sha256 } from '../kernel/digest.js';

/** Crockford's base 32: no I, L, O, U, so that a code can be read out and typed. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A code has 16 characters of 5 bits, in groups of four: `7K3M-...`. Its 80 bits are beyond all
 * guessing at 30 tries a minute.
 */
export function makeSecretCode(): string {
  const characters = Array.from(randomBytes(16), (byte) => ALPHABET[byte & 31]).join('');
  return characters.replace(/(.{4})(?=.)/g, '$1-');
}

/**
 * Makes what is kept of a code. It has 80 random bits, so a plain hash can't be turned back. All
 * ways to type a code give one hash.
 */
export function hashSecretCode(typed: string): Buffer {
  const code = typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  return sha256(code);
}
