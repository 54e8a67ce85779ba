import { randomBytes, randomUUID } from 'node:crypto';
import type pg from 'pg';
import { sendLimitsFor } from '../../src/verification/verification-columns.js';
import { LIMITS } from './verification-starts.js';

// Requests as a thief of a login makes them up, with any digest that he likes.

export const hex = (bytes: Uint8Array): string => `\\x${Buffer.from(bytes).toString('hex')}`;

export const startRequest = (digest: Buffer, at: Date, more: object = {}): object => ({
  id: randomUUID(),
  secret_digest: hex(digest),
  number_ref: randomUUID(),
  sealed_number: hex(randomBytes(61)),
  number_keys: [hex(randomBytes(32)), hex(randomBytes(32))],
  address_keys: [hex(randomBytes(32))],
  proofs: [],
  channel: 'sms',
  channels: ['sms'],
  is_auto: false,
  handoff_id: randomUUID(),
  at,
  ...more,
});
export type Answers = (Record<string, unknown> | null)[];
export async function start(thief: pg.Client, ...requests: object[]): Promise<Answers> {
  const { rows } = await thief.query<{ answers: Answers }>(
    'SELECT start_verifications($1, $2) AS answers',
    [JSON.stringify(requests), sendLimitsFor(LIMITS)],
  );
  return rows[0]?.answers ?? [];
}
/** Codes that are noted, each with its id where it was. */
export async function guess(thief: pg.Client, ...requests: object[]): Promise<Answers> {
  const { rows } = await thief.query<{ answers: Answers }>('SELECT guess_codes($1) AS answers', [
    JSON.stringify(
      requests.map((request) => ({
        wrong_keys: [hex(randomBytes(32))],
        is_by_address: false,
        wrong_rules: { maxes: [1_000_000], windows: [1] },
        ...request,
      })),
    ),
  ]);
  return rows[0]?.answers ?? [];
}
export async function compare(thief: pg.Client, ...guesses: Answers): Promise<Answers> {
  const { rows } = await thief.query<{ answers: Answers }>('SELECT compare_codes($1) AS answers', [
    JSON.stringify(guesses.map((one) => ({ guess: one?.['guess'] }))),
  ]);
  return rows[0]?.answers ?? [];
}
/** Notes them, and compares those that were noted; what was refused is answered as it was. */
export async function check(thief: pg.Client, ...requests: object[]): Promise<Answers> {
  const guesses = await guess(thief, ...requests);
  const answers = await compare(thief, ...guesses);
  return guesses.map((one, i) => (one?.['guess'] === undefined ? one : (answers[i] ?? null)));
}
