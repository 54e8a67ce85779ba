import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { SECRET_BOUNDS } from '../kernel/secret-bounds.js';

// What the demo prints to sign in by: it writes that itself, by the owner's login, and no role may.

/** Lets one browser in, once; those that have ended go at the same time. */
export async function insertDemoSignIn(
  trx: Transaction,
  accountId: string,
  tokenDigest: Buffer,
): Promise<void> {
  await sql`DELETE FROM demo_sign_ins WHERE ends_at <= db_now()`.execute(trx);
  const seconds = SECRET_BOUNDS.demo_sign_in.lastsMs / 1000;
  await sql`
    INSERT INTO demo_sign_ins (token_hash, account_id, ends_at)
    VALUES (
      sha256(${tokenDigest}),
      ${accountId},
      db_now() + make_interval(secs => ${seconds}::float8)
    )
  `.execute(trx);
}

/** Makes a session of a cookie's, and uses up what is shown; undefined if there is no such. */
export async function signInByDemo(
  db: Executor,
  digests: { shown: Buffer; session: Buffer },
): Promise<{ accountId: string; expiresAt: Date } | undefined> {
  const { rows } = await sql<{ accountId: string; expiresAt: Date }>`
    SELECT account AS "accountId", ends_at AS "expiresAt"
    FROM sign_in_by_demo(${digests.shown}, ${digests.session})
  `.execute(db);
  return rows[0];
}
