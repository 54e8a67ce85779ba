import { Injectable } from '@nestjs/common';
import { Sweeper } from '../handoff/sweeper.service.js';
import type { Transaction } from '../kernel/database.js';
import { Webhooks } from '../webhooks/webhooks.service.js';
import { CodeSendsRepository } from './code-sends.repository.js';
import { SendLimits } from './verification-session.js';

/**
 * Finishes what nobody finished: at its end a verification has no code any more, whether or not
 * anybody looks. It also makes the calls of `auto` that are due.
 */
@Injectable()
export class VerificationSweep {
  constructor(
    sweeper: Sweeper,
    private readonly sends: CodeSendsRepository,
    private readonly webhooks: Webhooks,
    private readonly limits: SendLimits,
  ) {
    sweeper.also((trx, now) => this.expire(trx, now));
    sweeper.also((trx, now) => this.sends.fallBackToVoice(trx, this.limits, now));
  }

  private async expire(trx: Transaction, now: Date): Promise<void> {
    for (const { id, appId } of await this.sends.expire(trx, now))
      await this.webhooks.add(trx, { type: 'verification.failed', appId, verificationId: id }, now);
  }
}
