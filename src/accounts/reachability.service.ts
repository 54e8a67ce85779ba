import { Injectable } from '@nestjs/common';
import type { CarrierEvent, Handoff } from '../handoff/handoff.js';
import { Outcomes, type Settled } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import { assessReach, countUnreachable } from './proof.js';
import { ProofsRepository } from './proofs.repository.js';

export class UnreachableLimit {
  constructor(readonly inARow: number) {}
}

/**
 * Counts, for each proved number, the hand-offs in a row for which the carrier says that there is
 * no such number. Dings and conferences count; a verification's number may be anybody's.
 */
@Injectable()
export class Reachability {
  constructor(
    outcomes: Outcomes,
    private readonly proofs: ProofsRepository,
    private readonly limit: UnreachableLimit,
  ) {
    outcomes.observe((trx, handoff, event, now) => this.observe(trx, handoff, event, now));
  }

  private async observe(
    trx: Transaction,
    { id, accountId, purpose }: Handoff,
    event: Settled | CarrierEvent,
    now: Date,
  ): Promise<void> {
    const reach = purpose === 'verification' ? undefined : assessReach(event);
    if (reach === 'reached') await this.proofs.resetReach(trx, accountId, id);
    if (reach !== 'unreachable') return;
    const before = await this.proofs.lockReach(trx, accountId, id);
    if (before === undefined) return; // the number isn't theirs any more
    const after = countUnreachable(before, id, this.limit.inARow, now);
    await this.proofs.setReach(trx, accountId, after);
    if (after.mustProveSince !== null) await this.proofs.announce(trx, [accountId]);
  }
}
