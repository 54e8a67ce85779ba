import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readPrivateKey } from '../kernel/raw-keys.js';

/**
 * `api`'s word for a day's key of caller IDs: Ed25519 (RFC 8032) over the day and the public half.
 *
 * The database holds both, and whoever holds a login of it may exchange them. The worker seals to a
 * key only if it is signed, under a key that is in its settings and nowhere in the database. The day
 * is signed too, and the worker takes today's alone: an old day's key, whose private half somebody
 * has found in a backup, opens nothing that is sealed later. Each deployment makes its own pair, so
 * that another's keys are strangers here.
 */
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex'); // RFC 8410, before the 32 bytes

/** `day` is of fixed length (2026-03-01), and so is the key: no two pairs are the same bytes. */
const statement = (day: string, publicKey: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`dingline day key 1 ${day} `), publicKey]);

export function readSigningKey(seed: Uint8Array): KeyObject {
  return readPrivateKey('ed25519', seed);
}

export function readVerifyingKey(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_ED25519, raw]), format: 'der', type: 'spki' });
}

export function signDayKey(signingKey: KeyObject, day: string, publicKey: Uint8Array): Buffer {
  return sign(null, statement(day, publicKey), signingKey);
}

/** `key` is the signing key or its public half. */
export function isSignedDayKey(
  key: KeyObject,
  day: string,
  publicKey: Uint8Array,
  signature: Uint8Array | null,
): boolean {
  return signature !== null && verify(null, statement(day, publicKey), key, signature);
}
