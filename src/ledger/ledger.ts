import { createHash, timingSafeEqual } from 'node:crypto';
import type { NumberRef } from '../kernel/ids.js';

/**
 * The rules of the ledger: what an entry says, and how it is committed to. Every opening of a
 * number, by the worker for a carrier or by `api` for a participant, has one (D5b, D5c).
 */
export interface LedgerEntry {
  /** The account whose number it is. */
  readonly subjectId: string;
  /**
   * Who gets to see the number. nobody: it was opened for the carrier, as the entry before it of the
   * same hand-off says, and not handed over.
   */
  readonly recipient:
    `carrier:${string}` | `account:${string}` | `participants:${string}` | 'nobody';
  /** The clause of the policy that allows it: to operators (D5b), as caller ID (D5c). */
  readonly basis: 'D5b' | 'D5c';
  readonly purpose: 'verification' | 'ding' | 'conference';
  readonly fields: readonly ['number'];
  readonly numberRef: NumberRef;
  readonly handoffId?: string;
  readonly callId?: string;
  /** The carrier was asked with it what became of this hand-off, and reaches nobody by it. */
  readonly isQuestion?: true;
  /** How often it was shown to this account in the call, which has ended. */
  readonly looks?: number;
}

/**
 * An operator has looked up what went to a number, to find out why something did not arrive. They
 * saw times, states and codes of the carrier, and no number, name or text (C8).
 */
export interface OperatorLook {
  readonly subjectId: string;
  readonly recipient: 'operator';
  readonly basis: 'C8';
  readonly purpose: 'look';
  readonly fields: readonly [];
  /** What the operator typed. */
  readonly reason: string;
}

/** What was committed to, as it stands in the readable part. */
export interface LedgerBody extends LedgerEntry {
  readonly id: string;
  readonly at: string;
}

export const SALT_BYTES = 32;

/** JSON with sorted keys and no spaces (RFC 8785 for what we have: strings, arrays and objects). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/**
 * SHA-256 of salt and body. The salt makes it hiding: an erased entry's few possible bodies can't
 * be tried out. It is of fixed length, so that no two pairs of salt and body are the same bytes.
 */
export function commit(salt: Uint8Array, body: string): Buffer {
  if (salt.length !== SALT_BYTES) throw new Error(`a salt has ${SALT_BYTES} bytes`);
  return createHash('sha256').update(salt).update(body, 'utf8').digest();
}

export function isCommittedTo(commitment: Uint8Array, salt: Uint8Array, body: string): boolean {
  return (
    salt.length === SALT_BYTES &&
    commitment.length === 32 &&
    timingSafeEqual(commit(salt, body), commitment)
  );
}
