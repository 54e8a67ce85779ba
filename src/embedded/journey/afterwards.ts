import { randomBytes } from 'node:crypto';
import { insertDemoSignIn } from '../../accounts/demo-sign-ins.repository.js';
import { Database } from '../../kernel/database.js';
import { sha256 } from '../../kernel/digest.js';
import type { Stack } from '../stack.js';

/**
 * Makes what signs one browser in to an account, once, within ten minutes. The database is given
 * its digest, by the owner's login. Undefined: the stack isn't all of default mode, and takes none.
 */
export async function makeSignIn(stack: Stack, accountId: string): Promise<string | undefined> {
  if (stack.split === undefined || stack.ownerUrl === undefined) return undefined;
  const token = randomBytes(32).toString('base64url');
  const database = new Database(stack.ownerUrl, 'demo', () => {}, 1);
  try {
    await database.transaction((trx) => insertDemoSignIn(trx, accountId, sha256(token)));
  } finally {
    await database.close();
  }
  return token;
}
