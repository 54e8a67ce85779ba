import { Injectable } from '@nestjs/common';
import { ConsentEnds } from '../accounts/consent-ends.service.js';
import { NumberMoves } from '../accounts/number-moves.service.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { listLiveParts, listUnwillingParts } from '../calls/participants.repository.js';
import { erasePresentation } from '../calls/shown-numbers.repository.js';
import type { Transaction } from '../kernel/database.js';
import { DingSteps } from './ding-steps.service.js';

/**
 * What becomes of live Dings when numbers change hands: those that were sent by one are recalled,
 * those that ring one stop. And when a consent ends: what waits or rings by it does, too.
 */
@Injectable()
export class DingMoves {
  constructor(
    moves: NumberMoves,
    consentEnds: ConsentEnds,
    private readonly calls: CallsRepository,
    private readonly steps: DingSteps,
  ) {
    moves.on((trx, accountIds, now) => this.numbersGone(trx, accountIds, now));
    consentEnds.on((trx, accountId, now) => this.consentGone(trx, accountId, now));
  }

  private async numbersGone(
    trx: Transaction,
    accountIds: readonly string[],
    now: Date,
  ): Promise<void> {
    for (const { callId, participantId, role } of await listLiveParts(trx, 'ding', accountIds)) {
      await this.calls.lockCall(trx, callId);
      await erasePresentation(trx, callId, participantId);
      if (role === 'initiator') await this.steps.end(trx, callId, 'recalled', now);
      else await this.steps.numberGone(trx, callId, participantId, now);
    }
  }

  private async consentGone(trx: Transaction, accountId: string, now: Date): Promise<void> {
    for (const part of await listUnwillingParts(trx, 'ding', accountId)) {
      await this.calls.lockCall(trx, part.callId);
      await this.steps.consentGone(trx, part, now);
    }
  }
}
