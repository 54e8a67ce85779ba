import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { retryDelayMs, type Tried } from '../../handoff/handoff.js';
import { CALL_CONTROLS, countOver, HANDOFFS } from '../../handoff/handoff.metrics.js';
import type { JobResult } from '../../handoff/handoff.processor.js';
import type { SettledHow } from '../../handoff/handoff-rows.repository.js';
import { HandoffsRepository } from '../../handoff/handoffs.repository.js';
import { listLogIds } from '../../handoff/log-ids.js';
import { Outcomes, type Settled } from '../../handoff/outcomes.service.js';
import { Clock } from '../../kernel/clock.js';
import { Database, isDatabaseAway, type Transaction } from '../../kernel/database.js';
import { Logger } from '../../kernel/logger.js';
import { MISCONFIGURED } from '../carriers/misconfigured.js';
import { type Claim, type Ended, isWithheld, type Taken } from './claim.js';
import { HandoffLimits } from './limits.service.js';
import { HandoffReceipts } from './receipts.service.js';

/** How often an answer is written anew while the database is away, before it is given up. */
const TRIES = 10;

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
   * The carrier has answered: this must be written. While the database is away it is tried again,
   * unless nobody may wait any more. @throws what the last try did
   */
  async settleUntilWritten(
    claim: Claim,
    ended: Ended,
    isClosing: () => boolean,
  ): Promise<JobResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const again = await this.settle(claim, ended);
        countEnd(claim, ended);
        return again;
      } catch (error) {
        if (!isDatabaseAway(error) || attempt === TRIES || isClosing()) throw error;
        await wait(Math.min(5_000, 50 * 2 ** attempt));
      }
    }
  }

  /** The row, and whoever listens. A callback may have been quicker: then both know already. */
  async write(
    trx: Transaction,
    { handoff, capability }: Taken,
    settled: Settled,
    now: Date,
    answer: Pick<SettledHow, 'carrierRef' | 'tried'> = {},
  ): Promise<void> {
    const { state, ...why } = settled;
    // No carrier knows of what was only shown.
    const carrier = handoff.kind === 'present' ? {} : { carrier: this.receipts.carrierName };
    const more = { ...why, ...carrier, ...answer, capability };
    const isNew = await this.handoffs.settle(trx, handoff.id, state, more, now);
    if (!isNew) return;
    const listener = this.outcomes.listenerFor(handoff.purpose);
    if (handoff.kind === 'present' && settled.state === 'accepted')
      await listener.presented?.(trx, handoff, now);
    if (handoff.kind !== 'deliver') return;
    await this.outcomes.notifyObservers(trx, handoff, settled, now);
    await listener.settled(trx, handoff, settled, now);
  }

  private settle(claim: Claim, ended: Ended): Promise<JobResult> {
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      await this.noteWithheld(trx, claim, ended);
      const again = await this.writeEnd(trx, claim, ended, now);
      // It did not leave, and costs nothing; if it is tried again it is taken again. Last, as when
      // it was taken: many wait for these rows.
      if (ended.kind !== 'accepted' && ended.kind !== 'unknown')
        await this.limits.giveBackSpend(trx, claim.spent);
      return again;
    });
  }

  private async noteWithheld(
    trx: Transaction,
    { handoff, receipt }: Claim,
    ended: Ended,
  ): Promise<void> {
    if (receipt === undefined || handoff.numberRef === null || !isWithheld(ended)) return;
    await this.receipts.withheld(trx, handoff);
  }

  private async writeEnd(
    trx: Transaction,
    claim: Claim,
    ended: Ended,
    now: Date,
  ): Promise<JobResult> {
    const { handoff } = claim;
    const ids = listLogIds(handoff);
    const carrierCode = pickCarrierCode(ended);
    const tried = handoff.kind === 'present' ? undefined : toTried(ended);
    this.logger.info('handoff', { ...ids, outcome: ended.kind, ...carrierCode });
    switch (ended.kind) {
      case 'accepted':
        await this.write(trx, claim, { state: 'accepted' }, now, {
          carrierRef: ended.carrierRef === '' ? undefined : ended.carrierRef,
          tried,
        });
        return undefined;
      case 'rejected':
        await this.write(
          trx,
          claim,
          { state: 'rejected', reason: ended.reason, ...carrierCode },
          now,
          { tried },
        );
        return undefined;
      case 'misconfigured':
        this.logger.error('carrier_misconfigured', undefined, {
          ...ids,
          ...carrierCode,
          message: MISCONFIGURED,
        });
        await this.write(
          trx,
          claim,
          { state: 'failed', reason: 'misconfigured', ...carrierCode },
          now,
          { tried },
        );
        return undefined;
      case 'unknown':
        await this.write(trx, claim, { state: 'unknown', reason: 'unknown', ...carrierCode }, now, {
          tried,
        });
        return undefined;
      case 'canceled':
        await this.write(trx, claim, { state: 'canceled', reason: 'canceled' }, now);
        return undefined;
      case 'refused':
        await this.write(trx, claim, { state: 'rejected', reason: 'number_refused' }, now);
        return undefined;
      case 'waits':
      case 'unavailable':
        return this.tryAgain(trx, claim, ended, now);
    }
  }

  private async tryAgain(
    trx: Transaction,
    claim: Claim,
    ended: Extract<Ended, { kind: 'waits' | 'unavailable' }>,
    now: Date,
  ): Promise<JobResult> {
    const { handoff, capability, ring } = claim;
    await this.limits.giveBackRing(trx, ring);
    const tried = toTried(ended);
    const again = new Date(now.getTime() + retryDelayMs(handoff.attempts, ended.retryAfterMs));
    if (again >= handoff.notAfter) {
      countOver(handoff, 'expired');
      const carrierCode = pickCarrierCode(ended);
      await this.write(trx, claim, { state: 'expired', reason: 'expired', ...carrierCode }, now, {
        tried,
      });
      return undefined;
    }
    const taken = { id: handoff.id, capability };
    await this.handoffs.putBack(trx, taken, again, tried && { ...tried, at: now });
    const because = ended.kind === 'waits' ? ended.because : 'late';
    const listener = this.outcomes.listenerFor(handoff.purpose);
    if (handoff.kind === 'deliver')
      await listener.waits?.(trx, handoff, { because, until: again }, now);
    return { again };
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

/** Undefined where no carrier was asked. */
function toTried(ended: Ended): Tried | undefined {
  if (isWithheld(ended)) return undefined;
  return {
    outcome: ended.kind,
    carrierCode: 'carrierCode' in ended ? ended.carrierCode : undefined,
  };
}
