import { createHmac, timingSafeEqual } from 'node:crypto';

/** A nonce is so many random bytes; it stands in the address in base64url. */
export const NONCE_BYTES = 24;
const PATH = /^\/carrier\/([\w-]{32})\/alive$/;

/** By these two headers each side proves that it has the key. */
export const ASKED_BY = 'x-dingline-probe';
export const ANSWERED_BY = 'x-dingline-answer';

/** Below the carrier's addresses: a proxy that lets the carrier in lets this in, too. */
export const probePath = (nonce: string): string => `/carrier/${nonce}/alive`;

/** Finds the nonce in an address; nothing if it is no probe's. */
export const findNonce = (path: string): string | undefined => PATH.exec(path)?.[1];

/** What is proved by one is no proof of the other: a question that is sent back is no answer. */
const prove = (key: Uint8Array, what: 'asked' | 'answered', nonce: string): string =>
  createHmac('sha256', key).update(`${what} ${nonce}`).digest('base64url');

export const proveAsked = (key: Uint8Array, nonce: string): string => prove(key, 'asked', nonce);

export const proveAnswered = (key: Uint8Array, nonce: string): string =>
  prove(key, 'answered', nonce);

/** In constant time, for whoever guesses; whatever a header may be. */
export function isProof(given: unknown, proof: string): boolean {
  if (typeof given !== 'string') return false;
  const [one, other] = [Buffer.from(given), Buffer.from(proof)];
  return one.length === other.length && timingSafeEqual(one, other);
}
