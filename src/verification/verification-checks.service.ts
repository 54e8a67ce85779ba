import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { LimiterKeys } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import type { SubmittedCode } from '../plaintext/gate.js';
import { prepareEvent } from '../webhooks/webhook-event.js';
import { Webhooks } from '../webhooks/webhooks.service.js';
import { AccountChecks } from './account-checks.service.js';
import type { Starter } from './starter.guard.js';
import { checkProblem } from './verification-problems.js';
import type { VerificationRow } from './verification-row.js';
import { VerificationLimits, wrongCodeRule } from './verification-session.js';
import { VerificationsRepository } from './verifications.repository.js';

/** Compares the code that somebody typed with the one that was sent. */
@Injectable()
export class VerificationChecks {
  constructor(
    private readonly verifications: VerificationsRepository,
    private readonly accounts: AccountChecks,
    private readonly webhooks: Webhooks,
    private readonly limiterKeys: LimiterKeys,
    private readonly clock: Clock,
    private readonly limits: VerificationLimits,
  ) {}

  /**
   * A wrong code is an answer. The right one approves in the statement that compares it, and moves
   * the number to the account whose verification it is.
   *
   * @throws Problem NOT_FOUND, VERIFICATION_FINISHED, GUESS_LIMIT, TOO_MANY_REQUESTS
   */
  async check(
    starter: Starter,
    id: string,
    code: SubmittedCode,
    address: string | undefined,
  ): Promise<{ view: VerificationRow; isCorrect: boolean }> {
    const now = this.clock.now();
    const isByAddress = address !== undefined;
    const wrongRule = wrongCodeRule(this.limits.guess, isByAddress);
    const wrongKeys = isByAddress
      ? await this.limiterKeys.keysForAddress('wrong', address, wrongRule.windowMs)
      : await this.limiterKeys.keysFor(`wrong:${starter.personId}`, wrongRule.windowMs);
    const event = prepareEvent(starter.app);
    const check = {
      id,
      starter,
      hash: code.boundTo(id),
      isByAddress,
      wrongKeys,
      wrongRule,
      event,
    };
    const checked =
      starter.me === undefined
        ? await this.verifications.check(check, now)
        : await this.accounts.check(starter.me, check, now);
    if (checked === undefined) throw new Problem('NOT_FOUND');
    if (checked.refused !== undefined) throw checkProblem(checked, this.limits, isByAddress, now);
    const { view, isCorrect } = checked;
    if (event !== undefined && view.state !== 'pending') this.webhooks.wakeSoon();
    return { view, isCorrect };
  }
}
