import { Injectable } from '@nestjs/common';
import { NumberMoves } from '../accounts/number-moves.service.js';
import { Database, type Identified, type Transaction } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import type { Checked } from './verification-answers.js';
import { VerificationsRepository } from './verifications.repository.js';

/**
 * Checks the code of a person's own verification. A right one gives their account the number, whoever
 * had it before; what goes on by a number ends in the transaction that moves it.
 */
@Injectable()
export class AccountChecks {
  constructor(
    private readonly database: Database,
    private readonly verifications: VerificationsRepository,
    private readonly moves: NumberMoves,
    private readonly logger: Logger,
  ) {}

  /** Undefined: it was compared already, or its verification is gone. */
  async compare(person: Identified, guessId: string, now: Date): Promise<Checked | undefined> {
    const work = async (trx: Transaction): Promise<Checked | undefined> => {
      const answer = await this.verifications.compare(guessId, undefined, now, trx);
      const lost = answer?.refused === undefined ? (answer?.lost ?? []) : [];
      if (lost.length > 0) await this.moves.notify(trx, lost, now);
      return answer;
    };
    const checked = await this.database.transaction(work, { as: person });
    if (checked?.refused === undefined && checked?.hasMoved === true)
      this.logger.info('number_moved', {
        verificationId: checked.view.id,
        message: "the number was another account's, which is told",
      });
    return checked;
  }
}
