import { Injectable } from '@nestjs/common';
import { findLostLegs, takeOverdueCalls } from '../calls/overdue.repository.js';
import { Sweeper } from '../handoff/sweeper.service.js';
import type { Transaction } from '../kernel/database.js';
import { ConferenceSteps } from './conference-steps.service.js';

/** Ends conferences at their time, and legs that no callback has ended. */
@Injectable()
export class ConferenceSweep {
  constructor(
    sweeper: Sweeper,
    private readonly steps: ConferenceSteps,
  ) {
    sweeper.also((trx, now) => this.sweep(trx, now));
  }

  private async sweep(trx: Transaction, now: Date): Promise<void> {
    for (const callId of await takeOverdueCalls(trx, 'conference', now)) {
      await this.steps.end(trx, callId, 'time_limit', now);
    }
    for (const legId of await findLostLegs(trx, 'conference', now)) {
      await this.steps.endLeg(trx, legId, 'lost', now);
    }
  }
}
