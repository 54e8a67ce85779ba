import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Transaction } from '../kernel/database.js';
import type { Reach } from './proof.js';

/**
 * What `ingress` and `worker` write of a proved number: how the carrier speaks of it, and that its
 * person has got a notice.
 */
@Injectable()
export class ProofsRepository {
  /** Finds and locks the number that this hand-off went to, if the account still has it. */
  async lockReach(
    trx: Transaction,
    accountId: string,
    handoffId: string,
  ): Promise<Reach | undefined> {
    const { rows } = await sql<Reach>`
      SELECT
        unreachable_count AS "unreachableCount",
        unreachable_by AS "unreachableBy",
        must_prove_since AS "mustProveSince"
      FROM account_numbers
      WHERE account_id = ${accountId}
        AND number_ref = (SELECT number_ref FROM handoffs WHERE id = ${handoffId})
      FOR NO KEY UPDATE
    `.execute(trx);
    return rows[0];
  }

  async setReach(
    trx: Transaction,
    accountId: string,
    { unreachableCount, unreachableBy, mustProveSince }: Reach,
  ): Promise<void> {
    await sql`
      UPDATE account_numbers
      SET
        unreachable_count = ${unreachableCount},
        unreachable_by = ${unreachableBy},
        must_prove_since = ${mustProveSince}
      WHERE account_id = ${accountId}
    `.execute(trx);
  }

  /** Most numbers have nothing to reset, and are not locked. */
  async resetReach(trx: Transaction, accountId: string, handoffId: string): Promise<void> {
    await sql`
      UPDATE account_numbers
      SET unreachable_count = 0
      WHERE account_id = ${accountId}
        AND unreachable_count > 0
        AND number_ref = (SELECT number_ref FROM handoffs WHERE id = ${handoffId})
    `.execute(trx);
  }

  /** Locks 500 accounts at most that proved their number before then and have got no notice. */
  async lockUnnotified(trx: Transaction, provedBefore: Date): Promise<string[]> {
    const { rows } = await sql<{ accountId: string }>`
      SELECT account_id AS "accountId"
      FROM account_numbers
      WHERE told_at IS NULL AND verified_at <= ${provedBefore}
      ORDER BY verified_at
      LIMIT 500
      FOR NO KEY UPDATE SKIP LOCKED
    `.execute(trx);
    return rows.map((row) => row.accountId);
  }

  /** Adds the notice that the number must be proved again, once for each proof. */
  async announce(trx: Transaction, accountIds: readonly string[]): Promise<void> {
    await sql`SELECT announce_proofs(${accountIds}::uuid[])`.execute(trx);
  }
}
