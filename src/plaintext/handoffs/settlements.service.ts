import { Injectable } from '@nestjs/common';
import { retryDelayMs, type Tried } from '../../handoff/handoff.js';
import { CALL_CONTROLS, countOver, HANDOFFS } from '../../handoff/handoff.metrics.js';
import type { JobResult } from '../../handoff/handoff.processor.js';
import type { SettledHow } from '../../handoff/handoff-rows.repository.js';
import { HandoffsRepository } from '../../handoff/handoffs.repository.js';
import { listLogIds } from '../../handoff/log-ids.js';
import { Outcomes, type Settled } from '../../handoff/outcomes.service.js';
import { lockTakenUp } from '../../handoff/taken.repository.js';
import { Clock } from '../../kernel/clock.js';
import { Database, type Transaction } from '../../kernel/database.js';
import { insist } from '../../kernel/insist.js';
import { Logger } from '../../kernel/logger.js';
import { MISCONFIGURED } from '../carriers/misconfigured.js';
import { type Claim, type Ended, isWithheld, type Taken } from './claim.js';
import { HandoffLimits } from './limits.service.js';
import { HandoffReceipts } from './receipts.service.js';

/** It did not leave, and is tried again. */
type Postponed = Extract<Ended, { kind: 'waits' | 'unavailable' }>;

/**
 * Writes what became of a hand-off, and tells whoever listens, in one transaction.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class HandoffSettlements {
  constructor(
    private readonly database: Database,
    private readonly handoffs: HandoffsRepository,
    private readonly outcomes: Outcomes,
    private readonly limits: HandoffLimits,
    private readonly receipts: HandoffReceipts,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * The carrier has answered, or was not asked: this must be written. While the database is away it
   * is tried again, unless nobody may wait any more. @throws what the last try did
   */
  async settleUntilWritten(claim: Claim, ended: Ended, mayWait: () => boolean): Promise<JobResult> {
    const ids = listLogIds(claim.handoff);
    this.logger.info('handoff', { ...ids, outcome: ended.kind, ...pickCarrierCode(ended) });
    await claim.at('settle');
    const result = await insist(() => this.settle(claim, ended), mayWait);
    countEnd(claim, ended);
    return result;
  }

  /**
   * The row, and whoever listens; false where both know already: a callback may have been quicker,
   * and a COMMIT that was not answered may have stood.
   */
  async write(
    trx: Transaction,
    { handoff, capability, at }: Taken,
    settled: Settled,
    now: Date,
    answer: Pick<SettledHow, 'cause' | 'carrierRef' | 'tried'>,
  ): Promise<boolean> {
    const { state, ...why } = settled;
    // No carrier knows of what was only shown.
    const carrier = handoff.kind === 'present' ? {} : { carrier: this.receipts.carrierName };
    const more = { ...why, ...carrier, ...answer, capability };
    await at('write');
    const isNew = await this.handoffs.settle(trx, handoff, state, more, now);
    if (!isNew) return false;
    const listener = this.outcomes.listenerFor(handoff.purpose);
    if (handoff.kind === 'present' && settled.state === 'accepted')
      await listener.presented?.(trx, handoff, now);
    if (handoff.kind !== 'deliver') return true;
    await at('observe');
    await this.outcomes.notifyObservers(trx, handoff, settled, now);
    await at('tell');
    await listener.settled(trx, handoff, settled, now);
    return true;
  }

  private settle(claim: Claim, ended: Ended): Promise<JobResult> {
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      const isPostponed = ended.kind === 'waits' || ended.kind === 'unavailable';
      if (isPostponed || isWithheld(ended)) {
        // Else it was written before, or called over by somebody else.
        const { id } = claim.handoff;
        await claim.at('lock');
        if (!(await lockTakenUp(trx, { id, capability: claim.capability }))) return undefined;
      }
      if (isWithheld(ended)) await this.noteWithheld(trx, claim);
      const result = isPostponed ? await this.tryAgain(trx, claim, ended, now) : undefined;
      const isNew = isPostponed || (await this.writeEnd(trx, claim, ended, now));
      // It did not leave, and costs nothing; if it is tried again it is taken again. Last, as when
      // it was taken: many wait for these rows.
      if (isNew && ended.kind !== 'accepted' && ended.kind !== 'unknown') {
        await claim.at('give-back-spend');
        await this.limits.giveBackSpend(trx, claim.spent);
      }
      await claim.at('commit-outcome');
      return result;
    });
  }

  private async noteWithheld(trx: Transaction, { handoff, receipt, at }: Claim): Promise<void> {
    if (receipt === undefined || handoff.numberRef === null) return;
    await at('note-withheld');
    await this.receipts.withheld(trx, handoff);
  }

  private writeEnd(
    trx: Transaction,
    claim: Claim,
    ended: Exclude<Ended, Postponed>,
    now: Date,
  ): Promise<boolean> {
    const { handoff } = claim;
    const carrierCode = pickCarrierCode(ended);
    const tried = handoff.kind === 'present' ? undefined : toTried(ended);
    const cause = isWithheld(ended) ? 'withheld' : 'answer';
    switch (ended.kind) {
      case 'accepted': {
        const carrierRef = ended.carrierRef === '' ? undefined : ended.carrierRef;
        const settled = { state: 'accepted', hasWaited: handoff.attempts > 1 } as const;
        return this.write(trx, claim, settled, now, { cause, carrierRef, tried });
      }
      case 'rejected': {
        const settled = { state: 'rejected', reason: ended.reason, ...carrierCode } as const;
        return this.write(trx, claim, settled, now, { cause, tried });
      }
      case 'misconfigured': {
        this.logger.error('carrier_misconfigured', undefined, {
          ...listLogIds(handoff),
          ...carrierCode,
          message: MISCONFIGURED,
        });
        const settled = { state: 'failed', reason: 'misconfigured', ...carrierCode } as const;
        return this.write(trx, claim, settled, now, { cause, tried });
      }
      case 'unknown': {
        const settled = { state: 'unknown', reason: 'unknown', ...carrierCode } as const;
        return this.write(trx, claim, settled, now, { cause, tried });
      }
      case 'canceled':
        return this.write(trx, claim, { state: 'canceled', reason: 'canceled' }, now, { cause });
      case 'refused':
        return this.write(trx, claim, { state: 'rejected', reason: 'number_refused' }, now, {
          cause,
        });
    }
  }

  /**
   * What is locked here comes in the order in which a claim locks it: row, call, limits. Where the
   * carrier asks to be left alone until it is too late, it is not asked again: the feature is told
   * that it waits, so that another way starts, and this one ends.
   */
  private async tryAgain(
    trx: Transaction,
    claim: Claim,
    ended: Postponed,
    now: Date,
  ): Promise<JobResult> {
    const { handoff, ring } = claim;
    const tried = ended.kind === 'waits' && ended.because === 'late' ? NOT_LEFT : toTried(ended);
    const again = new Date(now.getTime() + retryDelayMs(handoff.attempts, ended.retryAfterMs));
    const isOver = again >= handoff.notAfter;
    // Written first: what is told of a wait is read from the row.
    if (!isOver) {
      await claim.at('put-back');
      await this.handoffs.putBack(trx, claim, again, tried && { ...tried, at: now });
    }
    if (handoff.kind === 'deliver' && (!isOver || ended.retryAfterMs !== undefined)) {
      const because = ended.kind === 'waits' ? ended.because : 'late';
      const listener = this.outcomes.listenerFor(handoff.purpose);
      await claim.at('tell-wait');
      await listener.waits?.(trx, handoff, { because, until: again }, now);
    }
    if (isOver) {
      countOver(handoff, 'expired');
      const settled = { state: 'expired', reason: 'expired', ...pickCarrierCode(ended) } as const;
      await this.write(trx, claim, settled, now, { cause: 'late', tried });
    }
    await claim.at('give-back-ring');
    await this.limits.giveBackRing(trx, ring);
    return isOver ? undefined : { again };
  }
}

const pickCarrierCode = (ended: Ended): { carrierCode?: number } =>
  'carrierCode' in ended && ended.carrierCode !== undefined
    ? { carrierCode: ended.carrierCode }
    : {};

function countEnd({ handoff: { purpose, channel, kind } }: Claim, ended: Ended): void {
  const outcome = ended.kind;
  if (kind === 'deliver') {
    const code = 'carrierCode' in ended ? ended.carrierCode : undefined;
    HANDOFFS.add({ purpose, channel, outcome, code });
  } else if (kind !== 'present') CALL_CONTROLS.add({ order: kind, outcome });
}

/** So the row keeps why it waits. */
const NOT_LEFT: Tried = { outcome: 'unavailable' };

/** Undefined where no carrier was asked. */
function toTried(ended: Ended): Tried | undefined {
  if (isWithheld(ended)) return undefined;
  return {
    outcome: ended.kind,
    carrierCode: 'carrierCode' in ended ? ended.carrierCode : undefined,
  };
}
