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
import { APPROVED, nameStarter, WRONG_CODES } from './verification.metrics.js';
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
   * A wrong code is an answer. Each counts before it is compared. The right one approves in the
   * statement that compares it, and moves the number to the account whose verification it is.
   *
   * @throws Problem INVALID_INPUT, NOT_FOUND, VERIFICATION_FINISHED, GUESS_LIMIT, TOO_MANY_REQUESTS
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
    const guess = await this.verifications.guess({
      id,
      starter,
      hash: code.boundTo(id),
      digits: code.digits,
      isByAddress,
      wrongKeys,
      wrongRule,
      addressRule: isByAddress ? undefined : wrongCodeRule(this.limits.guess, true),
    });
    if (guess === undefined) throw new Problem('NOT_FOUND');
    if ('refused' in guess) throw checkProblem(guess, this.limits, now);
    const event = prepareEvent(starter.app);
    const checked =
      starter.me === undefined
        ? await this.verifications.compare(guess.guessId, event, now)
        : await this.accounts.compare(starter.me, guess.guessId, now);
    if (checked === undefined) throw new Problem('NOT_FOUND');
    if (checked.refused !== undefined) throw checkProblem(checked, this.limits, now);
    const { view, isCorrect } = checked;
    countCheck(starter, view, isCorrect);
    if (starter.app?.hasWebhook === true && view.state !== 'pending') this.webhooks.wakeSoon();
    return { view, isCorrect };
  }
}

function countCheck(starter: Starter, { isTest }: VerificationRow, isCorrect: boolean): void {
  if (!isCorrect) WRONG_CODES.add({ starter: nameStarter(starter) });
  else if (!isTest) APPROVED.add({ starter: nameStarter(starter) });
}
