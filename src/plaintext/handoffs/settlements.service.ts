import { setTimeout as wait } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { type EndReason, retryDelayMs } from '../../handoff/handoff.js';
import type { JobResult } from '../../handoff/handoff.processor.js';
import { type Claimed, HandoffsRepository } from '../../handoff/handoffs.repository.js';
import { Outcomes, type Settled } from '../../handoff/outcomes.service.js';
import { Clock } from '../../kernel/clock.js';
import { Database, isDatabaseAway, type Transaction } from '../../kernel/database.js';
import { Logger } from '../../kernel/logger.js';
import { type Claim, type Ended, isWithheld } from './claim.js';
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
        return await this.settle(claim, ended);
      } catch (error) {
        if (!isDatabaseAway(error) || attempt === TRIES || isClosing()) throw error;
        await wait(Math.min(5_000, 50 * 2 ** attempt));
      }
    }
  }

  /** The row, and whoever listens. A callback may have been quicker: then both know already. */
  async write(
    trx: Transaction,
    handoff: Claimed,
    settled: Settled,
    now: Date,
    carrierRef?: string,
  ): Promise<void> {
    const reason: { reason?: EndReason } = 'reason' in settled ? { reason: settled.reason } : {};
    // No carrier knows of what was only shown.
    const carrier = handoff.kind === 'present' ? {} : { carrier: this.receipts.carrierName };
    const more = { ...reason, ...carrier, ...(carrierRef === undefined ? {} : { carrierRef }) };
    const isNew = await this.handoffs.settle(trx, handoff.id, settled.state, more, now);
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
    const { id: handoffId, purpose, channel } = handoff;
    const carrierCode =
      'carrierCode' in ended && ended.carrierCode !== undefined
        ? { carrierCode: ended.carrierCode }
        : {};
    this.logger.info('handoff', {
      handoffId,
      purpose,
      channel,
      outcome: ended.kind,
      ...carrierCode,
    });
    switch (ended.kind) {
      case 'accepted':
        await this.write(
          trx,
          handoff,
          { state: 'accepted' },
          now,
          ended.carrierRef === '' ? undefined : ended.carrierRef,
        );
        return undefined;
      case 'rejected':
        await this.write(trx, handoff, { state: 'rejected', reason: ended.reason }, now);
        return undefined;
      case 'misconfigured':
        this.logger.error('carrier_misconfigured', undefined, {
          handoffId,
          ...carrierCode,
          message:
            'the carrier refuses us: look up its code, check account, sender and permissions',
        });
        await this.write(trx, handoff, { state: 'failed', reason: 'misconfigured' }, now);
        return undefined;
      case 'unknown':
        await this.write(trx, handoff, { state: 'unknown', reason: 'unknown' }, now);
        return undefined;
      case 'canceled':
        await this.write(trx, handoff, { state: 'canceled', reason: 'canceled' }, now);
        return undefined;
      case 'refused':
        await this.write(trx, handoff, { state: 'rejected', reason: 'number_refused' }, now);
        return undefined;
      case 'waits':
      case 'unavailable':
        return this.tryAgain(trx, claim, ended, now);
    }
  }

  private async tryAgain(
    trx: Transaction,
    { handoff, ring }: Claim,
    ended: Extract<Ended, { kind: 'waits' | 'unavailable' }>,
    now: Date,
  ): Promise<JobResult> {
    await this.limits.giveBackRing(trx, ring);
    const again = new Date(now.getTime() + retryDelayMs(handoff.attempts, ended.retryAfterMs));
    if (again >= handoff.notAfter) {
      await this.write(trx, handoff, { state: 'expired', reason: 'expired' }, now);
      return undefined;
    }
    await this.handoffs.requeue(trx, handoff.id, again);
    const because = ended.kind === 'waits' ? ended.because : 'late';
    const listener = this.outcomes.listenerFor(handoff.purpose);
    if (handoff.kind === 'deliver')
      await listener.waits?.(trx, handoff, { because, until: again }, now);
    return { again };
  }
}
