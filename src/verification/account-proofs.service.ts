import { Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { Database } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { Gate } from '../plaintext/gate.js';
import type { VerificationRow } from './verification-row.js';
import { VerificationsRepository } from './verifications.repository.js';

/** Gives an account the number that its person has proved, whoever had it before. */
@Injectable()
export class AccountProofs {
  constructor(
    private readonly database: Database,
    private readonly verifications: VerificationsRepository,
    private readonly accounts: AccountsRepository,
    private readonly gate: Gate,
    private readonly logger: Logger,
  ) {}

  /**
   * Approves the verification and moves its number, in one transaction.
   *
   * @throws Problem VERIFICATION_FINISHED
   */
  async approve(
    accountId: string,
    { id, numberRef }: Pick<VerificationRow, 'id' | 'numberRef'>,
    now: Date,
  ): Promise<void> {
    const movedFrom = await this.database.transaction(async (trx) => {
      const numberIndex = await this.gate.findNumberIndex(trx, numberRef);
      if (numberIndex === undefined) throw new Error('the number of a right code was opened');
      if (!(await this.verifications.finish(id, 'approved', now, trx)))
        throw new Problem('VERIFICATION_FINISHED'); // used already
      await this.verifications.recordProofs(trx, id, now);
      return this.accounts.moveNumber(trx, { accountId, numberRef, numberIndex, now });
    });
    if (movedFrom !== undefined)
      this.logger.info('number_moved', {
        verificationId: id,
        message: "the number was another account's, which is told",
      });
  }
}
