import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Sweeper } from '../handoff/sweeper.service.js';
import type { Sql } from '../kernel/database.js';

/** Finishes what nobody finished: at its end a verification has no code any more, whether or not anybody looks. */
@Injectable()
export class VerificationSweep {
  constructor(sweeper: Sweeper) {
    sweeper.also((trx, now) => this.sweep(trx, now));
  }

  private async sweep(trx: Sql, now: Date): Promise<void> {
    await sql`
      WITH over AS (SELECT id FROM verifications WHERE state = 'pending' AND expires_at <= ${now} LIMIT 500 FOR UPDATE SKIP LOCKED),
      finished AS (UPDATE verifications v SET state = 'expired', finished_at = ${now}, code_hash = NULL FROM over WHERE v.id = over.id)
      DELETE FROM codes WHERE verification_id IN (SELECT id FROM over)
    `.execute(trx);
  }
}
