import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { type GuessSettings, listBounds } from '../../src/kernel/secret-bounds.js';
import type { Checked } from '../../src/verification/verification-answers.js';
import type { GuessLimits } from '../../src/verification/verification-session.js';
import type {
  CodeGuess,
  StarterIds,
  VerificationsRepository,
} from '../../src/verification/verifications.repository.js';
import { GUESSES } from './guess-settings.js';
import { type Room, secretOf } from './room.js';

/** What is counted by where a code comes from. */
export const LIMITS: GuessLimits = { perAddressAnHour: 30, perAppAnHour: 1000 };
export const HOUR = 3_600_000;
export const [RIGHT, WRONG] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

export interface One {
  id: string;
  account: string;
}
/** The hash of the code that was typed in, the limits, and the address that it came from. */
export type Guess = [hash?: Buffer, limits?: GuessLimits, address?: Buffer];

export const starterOf = (account: string): StarterIds => ({
  secretDigest: secretOf(account),
  accountId: account,
  serviceId: null,
  personId: account,
  starterIds: [account],
});

/** As if these were the settings that the database was migrated with. */
export async function boundGuesses(room: Room, changes: Partial<GuessSettings>): Promise<void> {
  for (const [name, { most }] of Object.entries(listBounds({ ...GUESSES, ...changes })))
    await sql`UPDATE secret_bounds SET most = ${most} WHERE name = ${name}`.execute(room.owner.sql);
}

/** Notes a code, and compares it. Undefined: there is no such verification of theirs. */
export async function checkCode(
  verifications: VerificationsRepository,
  at: Date,
  code: CodeGuess,
): Promise<Checked | undefined> {
  const guess = await verifications.guess(code);
  if (guess === undefined || 'refused' in guess) return guess;
  return verifications.compare(guess.guessId, undefined, at);
}

export async function checkGuess(
  verifications: VerificationsRepository,
  at: Date,
  { id, account }: One,
  ...[hash = WRONG, limits = LIMITS, address = randomBytes(32)]: Guess
): Promise<Checked> {
  const checked = await checkCode(verifications, at, {
    id,
    starter: starterOf(account),
    hash,
    digits: 6,
    isByAddress: true,
    wrongKeys: [address],
    wrongRule: { max: limits.perAddressAnHour, windowMs: HOUR },
  });
  if (checked === undefined) throw new Error('it is not there');
  return checked;
}

/** A verification, pending, of a number that the worker has opened; the right code is RIGHT. */
/** Starts one of a number with this index; null: the number was never opened. */
export async function startGuessed(
  room: Room,
  index: Buffer | null,
  accountId?: string,
): Promise<One> {
  const [ref, account] = [newId() as NumberRef, accountId ?? (await room.account())];
  await sql`
    INSERT INTO numbers (id, sealed, number_index, created_at)
    VALUES (${ref}, ${Buffer.alloc(45, 1)}, ${index}, ${room.clock.now()})
  `.execute(room.owner.sql);
  const id = await room.verification(ref, account);
  await sql`
    INSERT INTO codes (verification_id, sealed, hash)
    VALUES (${id}, ${Buffer.alloc(61)}, sha256(${RIGHT}))
  `.execute(room.owner.sql);
  return { id, account };
}
