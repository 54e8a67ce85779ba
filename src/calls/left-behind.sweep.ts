import { Injectable } from '@nestjs/common';
import { Sweeper } from '../handoff/sweeper.service.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Transaction } from '../kernel/database.js';
import { CallLegs } from './call-legs.service.js';
import { CallsRepository } from './calls.repository.js';
import { findLegsLeftBehind } from './overdue.repository.js';

/**
 * Hangs up what its call has left behind. Whoever ends a call, or removes somebody from it, asks for
 * that in the same transaction; it is asked for once more where that came to nothing, or where
 * somebody by a role's login alone has ended the call and left its people on the phone, unseen.
 */
@Injectable()
export class LeftBehindSweep {
  constructor(
    sweeper: Sweeper,
    private readonly database: Database,
    private readonly calls: CallsRepository,
    private readonly legs: CallLegs,
    private readonly clock: Clock,
  ) {
    sweeper.also((trx) => this.sweep(trx));
  }

  /** Each in a transaction of its own: it locks a call, and waits for nobody with another's lock. */
  private async sweep(trx: Transaction): Promise<void> {
    const now = this.clock.now();
    for (const legId of await findLegsLeftBehind(trx, now))
      await this.database.transaction((own) => this.hangUp(own, legId, now));
  }

  private async hangUp(trx: Transaction, legId: string, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, legId);
    if (leg === undefined || leg.state === 'ended') return;
    await this.legs.hangUp(trx, [leg], leg.isRemoved ? 'removed' : 'call_ended', now);
  }
}
