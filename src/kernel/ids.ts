import { nonSecretBytes } from './random.js';

/** The handle of a number: all that anyone outside src/plaintext knows of one. */
export type NumberRef = string & { readonly [ref]: never };
declare const ref: unique symbol;

/**
 * UUID version 7 (RFC 9562): the time in front keeps B-trees narrow, 74 random bits keep it
 * unguessable enough for a name; what must not be guessed has a secret of its own. No rule reads
 * the time in it, so it comes from no clock.
 */
export function newId(): string {
  const bytes = nonSecretBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
