import { randomBytes } from 'node:crypto';
import { insertDemoSignIn } from '../../accounts/demo-sign-ins.repository.js';
import { forgetBudgets } from '../../handoff/fresh-budgets.repository.js';
import { Database } from '../../kernel/database.js';
import { sha256 } from '../../kernel/digest.js';
import type { Stack } from '../stack.js';
import type { Cast } from './journey.js';

/**
 * Leaves the story to whoever looks at it next: all phones may ring again at once, and what is
 * given back signs one browser in as Ann, once, within ten minutes. The database is given its
 * digest, by the owner's login. Undefined: the stack isn't all of default mode, and takes none.
 */
export async function leaveTo(stack: Stack, cast: Cast): Promise<string | undefined> {
  if (stack.split === undefined || stack.ownerUrl === undefined) return undefined;
  const token = randomBytes(32).toString('base64url');
  const database = new Database(stack.ownerUrl, 'demo', () => {}, 1);
  try {
    await database.transaction(async (trx) => {
      await forgetBudgets(trx, cast.everybodysIds);
      await insertDemoSignIn(trx, cast.annsId, sha256(token));
    });
  } finally {
    await database.close();
  }
  return token;
}
