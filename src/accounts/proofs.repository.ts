import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Transaction } from '../kernel/database.js';

/**
 * What `ingress` and `worker` write of a proved number: how the carrier speaks of it, and that its
 * person has got a notice.
 */
@Injectable()
export class ProofsRepository {
  /** What the carrier says of the number that this hand-off went to: see note_reach in numbers.sql. */
  async noteReach(trx: Transaction, handoffId: string, isReached: boolean): Promise<void> {
    await sql`SELECT note_reach(${handoffId}::uuid, ${isReached}::boolean)`.execute(trx);
  }

  /** Gives people a notice whose proof ends soon, once for each proof. */
  async announceOld(trx: Transaction): Promise<void> {
    await sql`SELECT announce_old_proofs()`.execute(trx);
  }
}
