import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { sha256 } from '../kernel/digest.js';
import { takeHit } from '../kernel/limits.repository.js';
import { Problem } from '../kernel/problem.js';
import type { SubmittedNumber } from '../plaintext/gate.js';
import { hasAskedFor } from './account-numbers.repository.js';
import type { Starter } from './starter.guard.js';
import { accountNumbersRule, VerificationLimits } from './verification-session.js';

/**
 * Limits how many different numbers one account has codes sent to: few have more than a few, and
 * who has codes sent to many has their countries blocked for everybody (src/guard). An app serves
 * many people, and has a cap of its own.
 */
@Injectable()
export class AccountNumbers {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly limits: VerificationLimits,
  ) {}

  /**
   * Counts a number that the account hasn't asked for yet, whether or not its code goes out.
   * @throws Problem SENDER_LIMIT
   */
  async take({ accountId }: Starter, number: SubmittedNumber): Promise<void> {
    if (accountId === null || number.testIndex !== undefined) return;
    const { sql: db } = this.database;
    const keys = number.limiterKeys;
    if (await hasAskedFor(db, accountId, keys)) return;
    const key = sha256(`numbers:${accountId}`);
    const taken = await takeHit(db, [key], [accountNumbersRule(this.limits)], this.clock.now());
    if (!taken.ok) throw new Problem('SENDER_LIMIT', { retryAt: taken.retryAt });
  }
}
