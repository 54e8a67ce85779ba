import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { LimiterKeys } from '../kernel/limiter-keys.js';
import { Problem } from '../kernel/problem.js';
import { longestWindowMs, nextAllowedAt } from '../kernel/rate-limit.js';
import { RequestTurns } from '../kernel/request-turns.js';
import { Webhooks } from '../webhooks/webhooks.service.js';
import type { Starter } from './starter.guard.js';
import { finishedProblem } from './verification-problems.js';
import type { VerificationRow } from './verification-row.js';
import {
  type Next,
  nextSteps,
  readRules,
  stateAt,
  VerificationLimits,
} from './verification-session.js';
import { VerificationsRepository } from './verifications.repository.js';

/** Shows a starter their own verifications, and cancels them. For them another's doesn't exist. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly database: Database,
    private readonly verifications: VerificationsRepository,
    private readonly webhooks: Webhooks,
    private readonly limiterKeys: LimiterKeys,
    private readonly clock: Clock,
    private readonly limits: VerificationLimits,
    private readonly turns: RequestTurns,
  ) {}

  /** @throws Problem NOT_FOUND, TOO_MANY_REQUESTS */
  async get(starter: Starter, id: string): Promise<VerificationRow> {
    // The users of an app look at their verifications through it, so its reads are counted for each
    // verification.
    const readKeys = await this.limiterKeys.keysFor(
      `read:${starter.accountId ?? id}`,
      longestWindowMs(readRules(this.limits)),
    );
    return this.turns.inTurn(starter.app, () => this.read(starter, id, this.clock.now(), readKeys));
  }

  /**
   * For an answer that shows it after something was done: no limit of reads.
   *
   * @throws Problem NOT_FOUND
   */
  getUncounted(starter: Starter, id: string, now: Date): Promise<VerificationRow> {
    return this.read(starter, id, now, []);
  }

  /**
   * The newest of this starter's for a number, whatever became of it.
   *
   * @throws Problem NOT_FOUND, TOO_MANY_REQUESTS
   */
  async getIdByNumber(starter: Starter, numberKeys: readonly Buffer[]): Promise<string> {
    const id = await this.turns.inTurn(starter.app, () =>
      this.verifications.findNewest(starter, numberKeys),
    );
    if (id === undefined) throw new Problem('NOT_FOUND');
    return id;
  }

  /**
   * To cancel twice is to cancel once.
   *
   * @throws Problem NOT_FOUND, VERIFICATION_FINISHED, TOO_MANY_REQUESTS
   */
  cancel(starter: Starter, id: string): Promise<VerificationRow> {
    return this.turns.inTurn(starter.app, () => this.cancelNow(starter, id));
  }

  private async cancelNow(starter: Starter, id: string): Promise<VerificationRow> {
    const now = this.clock.now();
    const found = await this.getUncounted(starter, id, now);
    if (found.state !== 'pending' && found.state !== 'canceled')
      throw finishedProblem(found, this.limits, now);
    await this.database.transaction(async (trx) => {
      const hasEnded = await this.verifications.cancel(trx, id, starter, now);
      if (hasEnded && starter.app !== undefined)
        await this.webhooks.add(
          trx,
          { type: 'verification.failed', appId: starter.app.id, verificationId: id },
          now,
        );
    });
    const left = await this.getUncounted(starter, id, now);
    // The right code came a moment earlier.
    if (left.state !== 'canceled') throw finishedProblem(left, this.limits, now);
    return left;
  }

  /** What may be done next, and when. */
  nextSteps(view: VerificationRow, now: Date): Next {
    return nextSteps(view, this.limits, now);
  }

  private async read(
    starter: Starter,
    id: string,
    now: Date,
    readKeys: readonly Buffer[],
  ): Promise<VerificationRow> {
    const rules = readRules(this.limits);
    const found = await this.verifications.read(id, starter, readKeys, rules, now);
    if (found === undefined) throw new Problem('NOT_FOUND');
    if (found.refused !== undefined)
      throw new Problem('TOO_MANY_REQUESTS', { retryAt: nextAllowedAt(found.hits, rules, now) });
    return { ...found.view, state: stateAt(found.view, now) };
  }
}
