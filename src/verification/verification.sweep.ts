import { Inject, Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { Sweeper } from '../handoff/sweeper.service.js';
import { WAKE_CHANNEL } from '../handoff/handoffs.repository.js';
import type { Transaction } from '../kernel/database.js';
import { Webhooks } from '../webhooks/webhooks.service.js';
import type { SendLimits } from './verification-session.js';
import { sendLimitsFor } from './verification-columns.js';

/**
 * Finishes what nobody finished: at its end a verification has no code any more, whether or not anybody looks. And makes
 * the calls of `auto` that are due.
 */
@Injectable()
export class VerificationSweep {
  constructor(
    sweeper: Sweeper,
    private readonly webhooks: Webhooks,
    @Inject('SendLimits') private readonly limits: SendLimits,
  ) {
    sweeper.also((trx, now) => this.sweep(trx, now));
    sweeper.also((trx, now) => this.fallBack(trx, now));
  }

  private async fallBack(trx: Transaction, now: Date): Promise<void> {
    await sql`SELECT pg_notify(${WAKE_CHANNEL}, id || ' voice verification') FROM fall_back_to_voice(${sendLimitsFor(this.limits)}::jsonb, ${now}::timestamptz, 100) AS id`.execute(
      trx,
    );
  }

  private async sweep(trx: Transaction, now: Date): Promise<void> {
    const { rows } = await sql<{ id: string; appId: string }>`
      WITH over AS (SELECT id FROM verifications WHERE state = 'pending' AND expires_at <= ${now} LIMIT 100 FOR UPDATE SKIP LOCKED),
      finished AS (UPDATE verifications v SET state = 'expired', finished_at = expires_at, code_hash = NULL, voice_at = NULL, index_before = NULL, index_after = NULL FROM over WHERE v.id = over.id RETURNING v.id, v.service_id),
      gone AS (DELETE FROM codes WHERE verification_id IN (SELECT id FROM over))
      SELECT f.id, s.app_id AS "appId" FROM finished f JOIN verify_services s ON s.id = f.service_id
    `.execute(trx);
    for (const { id, appId } of rows)
      await this.webhooks.add(
        trx,
        { type: 'verification.failed', data: { verificationId: id, state: 'expired' }, appId },
        now,
      );
  }
}
