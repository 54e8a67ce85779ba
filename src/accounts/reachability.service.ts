import { Injectable } from '@nestjs/common';
import type { CarrierEvent, Handoff } from '../handoff/handoff.js';
import { Outcomes, type Settled } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import { countUnreachable, reachOf } from './proof.js';
import { ProofsRepository } from './proofs.repository.js';

export class UnreachableLimit {
  constructor(readonly inARow: number) {}
}

/**
 * Counts, for each proved number, the hand-offs in a row of which the carrier says that there is no such number. Dings and
 * conferences count; a verification's number may be anybody's.
 */
@Injectable()
export class Reachability {
  constructor(
    outcomes: Outcomes,
    private readonly proofs: ProofsRepository,
    private readonly limit: UnreachableLimit,
  ) {
    outcomes.hearAll((trx, handoff, news, now) => this.hear(trx, handoff, news, now));
  }

  private async hear(
    trx: Transaction,
    { id, accountId, purpose }: Handoff,
    news: Settled | CarrierEvent,
    now: Date,
  ): Promise<void> {
    const reach = purpose === 'verification' ? undefined : reachOf(news);
    if (reach === 'reached') await this.proofs.resetReach(trx, accountId, id);
    if (reach !== 'unreachable') return;
    const before = await this.proofs.lockReach(trx, accountId, id);
    if (before === undefined) return; // news of a number that isn't theirs any more
    const after = countUnreachable(before, id, this.limit.inARow, now);
    await this.proofs.setReach(trx, accountId, after);
    if (after.mustProveSince !== null && !before.isTold)
      await this.proofs.tell(trx, [accountId], now);
  }
}
