import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { Code } from './code.js';

/**
 * A code that a call is to speak, sealed under a key that follows from the capability in the call's
 * own URL. The database has that capability's hash only, so the code can be had from the rows when
 * the carrier asks with the URL, and from the rows alone by nobody: not by `ingress` itself while
 * no such request is there.
 *
 * Key: HKDF-SHA256 over the capability, salt = the hand-off's id. What is sealed:
 *
 *     1 byte    layout, 0x01
 *     12 bytes  nonce, random
 *     16 bytes  ciphertext: the code, filled up with zeros
 *     16 bytes  tag
 *
 * AAD: the hand-off's id. What was sealed for one call opens in no other.
 */
const LAYOUT = 1;
const TEXT_AT = 13;
const TEXT_BYTES = 16;
const SEALED_BYTES = TEXT_AT + TEXT_BYTES + 16;

const keyFrom = (capability: string, handoffId: string): Buffer =>
  Buffer.from(hkdfSync('sha256', capability, handoffId, 'dingline spoken code 1', 32));

/** Holds plaintext: while it runs. */
export function sealSpoken(code: Code, capability: string, handoffId: string): Buffer {
  const padded = Buffer.alloc(TEXT_BYTES);
  const text = code.forStorage();
  text.copy(padded);
  text.fill(0);
  const key = keyFrom(capability, handoffId);
  const nonce = randomBytes(TEXT_AT - 1);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(handoffId));
  const sealed = Buffer.concat([
    Buffer.of(LAYOUT),
    nonce,
    cipher.update(padded),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  padded.fill(0);
  key.fill(0);
  return sealed;
}

/**
 * Holds plaintext: what it hands out is the caller's to forget.
 * @throws if a bit is changed, or the capability or the call is another
 */
export function openSpoken(sealed: Uint8Array, capability: string, handoffId: string): Code {
  if (sealed.length !== SEALED_BYTES || sealed[0] !== LAYOUT) throw new Error('not a sealed code');
  const key = keyFrom(capability, handoffId);
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, TEXT_AT), {
    authTagLength: 16,
  })
    .setAAD(Buffer.from(handoffId))
    .setAuthTag(sealed.subarray(TEXT_AT + TEXT_BYTES));
  const padded = Buffer.concat([
    decipher.update(sealed.subarray(TEXT_AT, TEXT_AT + TEXT_BYTES)),
    decipher.final(),
  ]);
  key.fill(0);
  const end = padded.indexOf(0);
  try {
    return Code.fromStored(end === -1 ? padded : padded.subarray(0, end));
  } finally {
    padded.fill(0);
  }
}
