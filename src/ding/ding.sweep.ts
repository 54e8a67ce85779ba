import { Injectable } from '@nestjs/common';
import { findLostLegs, takeOverdueCalls } from '../calls/overdue.repository.js';
import { eraseStalePresentations } from '../calls/shown-numbers.repository.js';
import { Sweeper } from '../handoff/sweeper.service.js';
import type { Transaction } from '../kernel/database.js';
import { DingSteps } from './ding-steps.service.js';
import { findLateLegs } from './late-legs.repository.js';
import { DingsRepository } from './dings.repository.js';
import { RINGS_WITHIN_MS } from './urgency.js';

/**
 * Ends what no callback has ended, so that nothing stays live (and no caller ID stays shown) by an
 * accident; and has an SMS go out where a call still waits, for whatever reason.
 */
@Injectable()
export class DingSweep {
  constructor(
    sweeper: Sweeper,
    private readonly dings: DingsRepository,
    private readonly steps: DingSteps,
  ) {
    sweeper.also((trx, now) => this.sweep(trx, now));
  }

  private async sweep(trx: Transaction, now: Date): Promise<void> {
    for (const legId of await findLostLegs(trx, 'ding', now)) {
      await this.steps.endLeg(trx, legId, 'lost', now);
    }
    for (const legId of await findLateLegs(trx, new Date(now.getTime() - RINGS_WITHIN_MS))) {
      await this.steps.followLate(trx, legId, now);
    }
    for (const id of await this.dings.findExpiredNotifications(trx, now)) {
      await this.steps.endNotification(trx, id, 'expired', now);
    }
    for (const callId of await takeOverdueCalls(trx, 'ding', now)) {
      await this.steps.end(trx, callId, 'finished', now);
    }
    await eraseStalePresentations(trx, now);
  }
}
