import { Injectable } from '@nestjs/common';
import type { Spent } from '../../guard/spending.repository.js';
import { Spending } from '../../guard/spending.service.js';
import { BUDGETS, budgetKey, dingSmsKey, dingSmsRule } from '../../handoff/budgets.js';
import { getTraits } from '../../handoff/channels.js';
import type { Claimed } from '../../handoff/handoffs.repository.js';
import { IngressWatch } from '../../handoff/ingress-watch.service.js';
import { Clock } from '../../kernel/clock.js';
import { Database, type Transaction } from '../../kernel/database.js';
import { giveBackHit, type Taken, takeHit } from '../../kernel/limits.repository.js';
import { NumbersRepository } from '../vault/numbers.repository.js';
import type { Claim, Ring, Withheld } from './claim.js';
import { HandoffTurns } from './turns.service.js';

/**
 * SMS with Dings from one account to one person in an hour.
 *
 * Holds plaintext: never.
 */
export class DingSmsLimit {
  constructor(readonly anHour: number) {}
}

/**
 * How often a number may be reached, and what may be spent in a day: taken before anything is opened,
 * given back for what did not leave.
 *
 * Holds plaintext: never. A phone is counted by its number's keyed index.
 */
@Injectable()
export class HandoffLimits {
  constructor(
    private readonly database: Database,
    private readonly numbers: NumbersRepository,
    private readonly spending: Spending,
    private readonly dingSms: DingSmsLimit,
    /** Taken last: many wait for the line. */
    readonly turns: HandoffTurns,
    private readonly ingress: IngressWatch,
    private readonly clock: Clock,
  ) {}

  /** Until when a call has to wait, since the carrier would find nobody to ask what it is to say. */
  findIngressWait({ channel }: Claimed, now: Date): Date | undefined {
    return getTraits(channel).form === 'call' ? this.ingress.findWait(now) : undefined;
  }

  /**
   * Undefined where nothing is counted now: there is no budget, or the number has no index yet,
   * since it was never opened. `countLate` counts the latter.
   */
  async takeRing(
    trx: Transaction,
    handoff: Claimed,
    now: Date,
  ): Promise<Ring | { retryAt: Date } | undefined> {
    const budget = BUDGETS[handoff.channel][handoff.purpose];
    if (budget === undefined || handoff.numberRef === null) return undefined;
    const index = await this.numbers.findIndex(trx, handoff.numberRef);
    if (index === undefined) return undefined;
    const key = budgetKey(index, handoff.channel, handoff.purpose);
    const taken = await takeHit(
      trx,
      [key],
      handoff.isAskedFor ? budget.askedFor : budget.usual,
      now,
    );
    if (!taken.ok) return { retryAt: taken.retryAt };
    const bySender = await this.takeSms(trx, handoff, now);
    if (bySender === undefined) return { keys: [key], at: now };
    if (bySender.taken.ok) return { keys: [key, bySender.key], at: now };
    await giveBackHit(trx, key, now);
    return { retryAt: bySender.taken.retryAt };
  }

  /** One sender must not use up what all may send to a person by SMS. */
  private async takeSms(
    trx: Transaction,
    { purpose, channel, caller, accountId }: Claimed,
    now: Date,
  ): Promise<{ key: Buffer; taken: Taken } | undefined> {
    if (purpose !== 'ding' || getTraits(channel).form !== 'text' || caller === undefined)
      return undefined;
    const key = dingSmsKey(caller.initiatorId, accountId);
    return { key, taken: await takeHit(trx, [key], [dingSmsRule(this.dingSms.anHour)], now) };
  }

  /**
   * A number that was never opened before had no index when it was claimed: its ring is counted
   * now, or waits.
   */
  async countLate(claim: Claim): Promise<Withheld | undefined> {
    const { numberRef, channel, purpose } = claim.handoff;
    const budget = BUDGETS[channel][purpose];
    if (budget === undefined || claim.ring !== undefined || numberRef === null) return undefined;
    const now = this.clock.now();
    const index = await this.numbers.findIndex(this.database.sql, numberRef);
    if (index === undefined) throw new Error('an opened number has an index');
    const key = budgetKey(index, channel, purpose);
    const taken = await this.database.transaction((trx) => takeHit(trx, [key], budget.usual, now));
    if (!taken.ok)
      return {
        kind: 'waits',
        because: 'ring_limit',
        retryAfterMs: taken.retryAt.getTime() - now.getTime(),
      };
    claim.ring = { keys: [key], at: now };
    return undefined;
  }

  /** Nothing left: the next try must not wait for this one's minute. */
  async giveBackRing(trx: Transaction, ring: Ring | undefined): Promise<void> {
    if (ring === undefined) return;
    for (const key of ring.keys) await giveBackHit(trx, key, ring.at);
  }

  /** It costs the operator; undefined: a cap refuses it, and nothing was taken. */
  takeSpend(trx: Transaction, handoff: Claimed, now: Date): Promise<Spent | undefined> {
    return this.spending.take(trx, handoff, now);
  }

  async giveBackSpend(trx: Transaction, spent: Spent | undefined): Promise<void> {
    if (spent !== undefined) await this.spending.giveBack(trx, spent);
  }
}
