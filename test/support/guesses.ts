import { randomBytes } from 'node:crypto';
import type { Checked } from '../../src/verification/verification-answers.js';
import type { GuessLimits } from '../../src/verification/verification-session.js';
import type { VerificationsRepository } from '../../src/verification/verifications.repository.js';

export const LIMITS: GuessLimits = {
  checks: 5,
  aDay: 10,
  keptForOwner: 3,
  inARow: 100,
  perAddressAnHour: 30,
  perAppAnHour: 1000,
};
export const HOUR = 3_600_000;
export const [RIGHT, WRONG] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];

export interface One {
  id: string;
  account: string;
}
/** The hash of the code that was typed in, the limits, and the address that it came from. */
export type Guess = [hash?: Buffer, limits?: GuessLimits, address?: Buffer];

export async function checkGuess(
  verifications: VerificationsRepository,
  at: Date,
  { id, account }: One,
  ...[hash = WRONG, limits = LIMITS, address = randomBytes(32)]: Guess
): Promise<Checked> {
  const checked = await verifications.check(
    {
      id,
      starter: { accountId: account, serviceId: null, personId: account, starterIds: [account] },
      hash,
      nonce: randomBytes(16),
      isByAddress: true,
      wrongKeys: [address],
      wrongRule: { max: limits.perAddressAnHour, windowMs: HOUR },
    },
    limits,
    at,
  );
  if (checked === undefined) throw new Error('it is not there');
  return checked;
}
