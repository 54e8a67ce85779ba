import { Injectable } from '@nestjs/common';
import { CallsRepository } from '../calls/calls.repository.js';
import { Sweeper } from '../handoff/sweeper.service.js';
import type { Sql } from '../kernel/database.js';
import { DingCalls } from './ding-calls.service.js';

/** Longer than ringing, talking and the carrier's retries together: no callback will end this leg any more. */
const LOST_AFTER_MS = 30 * 60_000;

/** Ends what no callback has ended, so that nothing stays live (and no caller ID stays shown) by an accident. */
@Injectable()
export class DingSweep {
  constructor(sweeper: Sweeper, private readonly calls: CallsRepository, private readonly dingCalls: DingCalls) {
    sweeper.also((trx, now) => this.sweep(trx, now));
  }

  private async sweep(trx: Sql, now: Date): Promise<void> {
    for (const legId of await this.calls.takeLostLegs(trx, new Date(now.getTime() - LOST_AFTER_MS))) await this.dingCalls.endLeg(trx, legId, 'lost', now);
    for (const callId of await this.calls.takeOverdueCalls(trx, now)) await this.calls.endCall(trx, callId, 'finished', now);
    await this.calls.eraseStalePresentations(trx, now);
  }
}
