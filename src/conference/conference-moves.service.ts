import { Injectable } from '@nestjs/common';
import { ConsentEnds } from '../accounts/consent-ends.service.js';
import { NumberMoves } from '../accounts/number-moves.service.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { listLiveParts, listUnwillingParts } from '../calls/participants.repository.js';
import { erasePresentation } from '../calls/shown-numbers.repository.js';
import type { Transaction } from '../kernel/database.js';
import { ConferenceSteps } from './conference-steps.service.js';

/**
 * When numbers change hands, their legs leave the live conferences. The people stay in them, and
 * may ask to be called at the number that they have then. When a consent ends, what waits or rings
 * by it does, too; who is in the room by their own key stays until they leave.
 */
@Injectable()
export class ConferenceMoves {
  constructor(
    moves: NumberMoves,
    consentEnds: ConsentEnds,
    private readonly calls: CallsRepository,
    private readonly steps: ConferenceSteps,
  ) {
    moves.on((trx, accountIds, now) => this.numbersGone(trx, accountIds, now));
    consentEnds.on((trx, accountId, now) => this.consentGone(trx, accountId, now));
  }

  private async numbersGone(
    trx: Transaction,
    accountIds: readonly string[],
    now: Date,
  ): Promise<void> {
    for (const { callId, participantId } of await listLiveParts(trx, 'conference', accountIds)) {
      await this.calls.lockCall(trx, callId);
      await erasePresentation(trx, callId, participantId);
      await this.steps.hangUp(trx, callId, participantId, 'number_moved', now);
    }
  }

  private async consentGone(trx: Transaction, accountId: string, now: Date): Promise<void> {
    for (const part of await listUnwillingParts(trx, 'conference', accountId)) {
      await this.calls.lockCall(trx, part.callId);
      await this.steps.stopRinging(trx, part, 'no_consent', now);
    }
  }
}
