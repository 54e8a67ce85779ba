import { randomBytes } from 'node:crypto';
import { AccountsRepository } from '../../src/accounts/accounts.repository.js';
import { ProofRules } from '../../src/accounts/proof.js';
import type { Executor } from '../../src/kernel/database.js';

/** Makes an account as `api` does, of a login of its own, and gives its id. */
export async function signUp(db: Executor): Promise<string> {
  const accounts = new AccountsRepository(new ProofRules(365 * 86_400_000));
  const made = await accounts.insert(db, {
    login: `a${randomBytes(8).toString('hex')}`,
    stretch: 'none',
    stretched: randomBytes(32),
    name: 'Ann',
    language: 'en',
  });
  if (typeof made === 'string') throw new Error(made);
  return made.id;
}
