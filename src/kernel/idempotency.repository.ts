import { sql } from 'kysely';
import type { Transaction } from './database.js';

/** Whose key it is, and the keyed hash of it. */
export interface KeyRow {
  accountId: string;
  keyHash: Buffer;
}

export async function forgetKeys(
  trx: Transaction,
  accountId: string,
  createdBefore: Date,
): Promise<void> {
  await sql`
    DELETE FROM idempotency_keys
    WHERE account_id = ${accountId} AND created_at <= ${createdBefore}
  `.execute(trx);
}

/**
 * Takes the key, and makes a twin wait here until the transaction ends; false if it was used
 * before.
 */
export async function claimKey(
  trx: Transaction,
  { accountId, keyHash, fingerprint, at }: KeyRow & { fingerprint: Buffer; at: Date },
): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO idempotency_keys (account_id, key_hash, fingerprint, created_at)
    VALUES (${accountId}, ${keyHash}, ${fingerprint}, ${at})
    ON CONFLICT DO NOTHING
    RETURNING 1
  `.execute(trx);
  return rows.length > 0;
}

export async function setResource(
  trx: Transaction,
  { accountId, keyHash }: KeyRow,
  id: string,
): Promise<void> {
  await sql`
    UPDATE idempotency_keys
    SET resource_id = ${id}
    WHERE account_id = ${accountId} AND key_hash = ${keyHash}
  `.execute(trx);
}

/**
 * What a used key was used for. READ COMMITTED: this sees what the twin has committed since
 * `claimKey` waited for it.
 */
export async function findRequest(
  trx: Transaction,
  { accountId, keyHash }: KeyRow,
): Promise<{ fingerprint: Buffer; id: string } | undefined> {
  const { rows } = await sql<{ fingerprint: Buffer; id: string }>`
    SELECT fingerprint, resource_id AS id
    FROM idempotency_keys
    WHERE account_id = ${accountId} AND key_hash = ${keyHash}
  `.execute(trx);
  return rows[0];
}
