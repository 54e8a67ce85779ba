import { Injectable } from '@nestjs/common';
import { getTraits } from '../../handoff/channels.js';
import { capabilityDigest, type EndReason } from '../../handoff/handoff.js';
import { WITHHELD } from '../../handoff/handoff.metrics.js';
import { type Claimed, HandoffsRepository } from '../../handoff/handoffs.repository.js';
import { type OutcomeListener, Outcomes } from '../../handoff/outcomes.service.js';
import type { At } from '../../handoff/points.js';
import { lockTakenUp, type TakenUp } from '../../handoff/taken.repository.js';
import { lockFirst } from '../../handoff/unlisted.repository.js';
import type { Turn } from '../../handoff/turns.repository.js';
import { committed } from '../../kernel/after-commit.js';
import { Clock } from '../../kernel/clock.js';
import { Database, isRolledBack, type Transaction } from '../../kernel/database.js';
import { insist } from '../../kernel/insist.js';
import type { Claim, Taken } from './claim.js';
import { HandoffContents } from './contents.service.js';
import { RING_SECONDS } from './deliveries.service.js';
import { HandoffLimits } from './limits.service.js';
import { HandoffSettlements } from './settlements.service.js';

/**
 * Callbacks may come for so long after `notAfter` and the longest that the call may last: ringing,
 * and the carrier's own retries.
 */
const CAPABILITY_MS = (RING_SECONDS + 600) * 1000;

/** Until when a hand-off's capability holds. */
export const findCapabilityEnd = (handoff: { notAfter: Date; callSeconds: number }): Date =>
  new Date(handoff.notAfter.getTime() + handoff.callSeconds * 1000 + CAPABILITY_MS);

/** Nothing is left to do for it now, or it is to be looked at again. */
type Passed = { again: Date } | undefined;
/** In whose lease a hand-off is taken up. */
interface Claimer {
  lease: number;
  takenAtMs: number;
  at: At;
  /** Told whose row it is, before anything more can fail. */
  onRow: (handoff: Claimed) => void;
  /** False once the process ends: whoever ends it waits. */
  mayWait: () => boolean;
}
type Limits = Pick<Claim, 'ring' | 'spent'>;

/**
 * Claims a hand-off: in one transaction the row is ours, its person still agrees to be reached, it
 * is still wanted, its limits let it go, its code is made if there is none yet, and what will be
 * opened stands in the ledger (D5b), before anything is opened.
 *
 * Holds plaintext: a code that was made, until its claim is given to the caller.
 */
@Injectable()
export class HandoffClaims {
  constructor(
    private readonly database: Database,
    private readonly handoffs: HandoffsRepository,
    private readonly outcomes: Outcomes,
    private readonly contents: HandoffContents,
    private readonly limits: HandoffLimits,
    private readonly settlements: HandoffSettlements,
    private readonly clock: Clock,
  ) {}

  async claim(handoffId: string, by: Claimer): Promise<Claim | Passed> {
    const toTake = { id: handoffId, ...this.contents.draw(handoffId) };
    let found: Claim | Passed;
    let within: Transaction | undefined;
    try {
      return await this.database.transaction(async (trx) => {
        within = trx;
        found = await this.take(trx, toTake, by);
        await by.at('commit-claim');
        return found;
      });
    } catch (error) {
      // Only of what was to be committed, and to which PostgreSQL has not said no, nobody knows.
      if (found === undefined || 'again' in found || isRolledBack(error)) throw error;
      await by.at('find-claim');
      if (!(await this.hasStood(toTake, by.mayWait))) throw error;
      if (within !== undefined) committed(within);
      return found;
    }
  }

  /** Found out, never assumed: a hand-off that was claimed is nobody else's to take up. */
  private hasStood(taken: TakenUp, mayWait: () => boolean): Promise<boolean> {
    return insist(() => this.database.transaction((trx) => lockTakenUp(trx, taken)), mayWait);
  }

  private async take(
    trx: Transaction,
    { id, capability, salt }: TakenUp & { salt: Buffer },
    { lease, takenAtMs, at, onRow }: Claimer,
  ): Promise<Claim | Passed> {
    const now = this.clock.now();
    await at('read');
    const waiting = await this.handoffs.findWaiting(trx, id);
    if (waiting === undefined) return undefined;
    if (waiting.notBefore > now) return { again: waiting.notBefore };
    const expiresAt = findCapabilityEnd(waiting);
    const digest = capabilityDigest(capability);
    await at('claim');
    const handoff = await this.handoffs.claim(trx, id, lease, { digest, expiresAt, salt }, now);
    // Another worker has it, or it is too late and the sweeper expires it.
    if (handoff === undefined) return undefined;
    onRow(handoff);
    const taken = { handoff, capability, takenAtMs, at };
    if (handoff.firstId !== null && !(await lockFirst(trx, handoff.firstId))) {
      // The first was there after all: what becomes of the step is that one's to say.
      const how = { reason: 'canceled', cause: 'withheld', capability } as const;
      await this.handoffs.settle(trx, handoff, 'canceled', how, now);
      return undefined;
    }
    if (!handoff.belongsTogether || !handoff.isWilling) {
      const reason = handoff.belongsTogether ? 'no_consent' : 'canceled';
      await this.withhold(trx, taken, { state: 'canceled', reason }, now);
      return undefined;
    }
    switch (handoff.kind) {
      case 'deliver':
      case 'present':
        return this.prepare(trx, taken, now);
      case 'hang_up':
      case 'mute':
      case 'unmute':
        return {
          ...taken,
          receipt: undefined,
          toPresent: undefined,
          ring: undefined,
          spent: undefined,
          smsText: undefined,
          code: undefined,
        };
    }
  }

  private async prepare(trx: Transaction, taken: Taken, now: Date): Promise<Claim | Passed> {
    const { handoff } = taken;
    const listener = this.outcomes.listenerFor(handoff.purpose);
    const { numberRef } = handoff;
    await taken.at('want');
    if (numberRef === null || !(await this.isWanted(trx, handoff, listener, now))) {
      await this.withhold(trx, taken, { state: 'canceled', reason: 'canceled' }, now);
      return undefined;
    }
    const isForAPhone = handoff.kind === 'deliver';
    const limits = isForAPhone
      ? await this.takeLimits(trx, taken, now)
      : { ring: undefined, spent: undefined };
    if (limits === undefined || 'again' in limits) return limits;
    return {
      ...taken,
      ...limits,
      ...(await this.contents.prepare(trx, taken, now)),
    };
  }

  private async isWanted(
    trx: Transaction,
    handoff: Claimed,
    listener: OutcomeListener,
    now: Date,
  ): Promise<boolean> {
    if ((await listener.isWanted?.(trx, handoff, now)) === false) return false;
    return handoff.attempts === 1 || !(await this.handoffs.isHungUp(trx, handoff.id));
  }

  private async takeLimits(trx: Transaction, taken: Taken, now: Date): Promise<Limits | Passed> {
    const { handoff } = taken;
    const ingressAt = this.limits.findIngressWait(handoff, now);
    if (ingressAt !== undefined) return this.waitForIngress(trx, taken, ingressAt, now);
    await taken.at('ring');
    const ring = await this.limits.takeRing(trx, handoff, now);
    if (ring !== undefined && 'retryAt' in ring)
      return this.waitForRing(trx, taken, ring.retryAt, now);
    await taken.at('turn');
    const turn = await this.limits.turns.take(trx, handoff, now);
    if (turn !== undefined) {
      await this.limits.giveBackRing(trx, ring);
      return this.waitForTurn(trx, taken, turn, now);
    }
    // Last, and only for what goes out: whatever is claimed waits for these rows.
    await taken.at('spend');
    const spent = await this.limits.takeSpend(trx, handoff, now);
    if (spent !== undefined) return { ring, spent };
    await this.limits.giveBackRing(trx, ring);
    await this.withhold(trx, taken, { state: 'rejected', reason: 'spend_cap' }, now);
    return undefined;
  }

  /** Its ring was given back: it asks anew once it may be its turn. */
  private async waitForTurn(
    trx: Transaction,
    taken: Taken,
    turn: Turn,
    now: Date,
  ): Promise<Passed> {
    const { handoff } = taken;
    const until = turn.againAt;
    if (until >= handoff.notAfter) {
      await this.withhold(trx, taken, { state: 'expired', reason: 'expired' }, now);
      return undefined;
    }
    await taken.at('put-off');
    await this.handoffs.putBack(trx, taken, until);
    await this.limits.turns.keep(trx, handoff, turn);
    const wait = { because: 'late', until } as const;
    await this.outcomes.listenerFor(handoff.purpose).waits?.(trx, handoff, wait, now);
    return { again: until };
  }

  private async waitForRing(
    trx: Transaction,
    taken: Taken,
    retryAt: Date,
    now: Date,
  ): Promise<Passed> {
    const { handoff } = taken;
    if (retryAt >= handoff.notAfter) {
      // The phone may not ring before it is too late: said now, so that another way can start now.
      const reason = getTraits(handoff.channel).form === 'text' ? 'sms_limit' : 'ring_limit';
      await this.withhold(trx, taken, { state: 'expired', reason }, now);
      return undefined;
    }
    await taken.at('put-off');
    await this.handoffs.putBack(trx, taken, retryAt);
    const wait = { because: 'ring_limit', until: retryAt } as const;
    await this.outcomes.listenerFor(handoff.purpose).waits?.(trx, handoff, wait, now);
    return { again: retryAt };
  }

  /**
   * A call that nobody is told to wait for ends here: whoever asked for a code is waiting for it, and
   * may have an SMS.
   */
  private async waitForIngress(
    trx: Transaction,
    taken: Taken,
    until: Date,
    now: Date,
  ): Promise<Passed> {
    const { handoff } = taken;
    const listener = this.outcomes.listenerFor(handoff.purpose);
    if (listener.waits === undefined || until >= handoff.notAfter) {
      const state = listener.waits === undefined ? 'failed' : 'expired';
      await this.withhold(trx, taken, { state, reason: 'calls_away' }, now);
      return undefined;
    }
    await taken.at('put-off');
    await this.handoffs.putBack(trx, taken, until);
    await listener.waits(trx, handoff, { because: 'calls_away', until }, now);
    return { again: until };
  }

  /** The carrier never hears of it. */
  private async withhold(
    trx: Transaction,
    taken: Taken,
    settled: { state: 'canceled' | 'rejected' | 'expired' | 'failed'; reason: EndReason },
    now: Date,
  ): Promise<void> {
    const { purpose, channel, kind } = taken.handoff;
    await taken.at('withhold');
    await this.settlements.write(trx, taken, settled, now, { cause: 'withheld' });
    if (kind === 'deliver') WITHHELD.add({ purpose, channel, reason: settled.reason });
  }
}
