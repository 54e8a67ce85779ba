import { Inject, Injectable } from '@nestjs/common';
import { Spending } from '../guard/spending.service.js';
import { findCaller } from '../handoff/callers.repository.js';
import type { EndReason } from '../handoff/handoff.js';
import { Sweeper } from '../handoff/sweeper.service.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Executor, type Transaction } from '../kernel/database.js';
import { CallLegs } from './call-legs.service.js';
import {
  countMinutes,
  findTalking,
  sumConferenceMinutes,
  type TalkingLeg,
} from './call-minutes.repository.js';
import { CallsRepository } from './calls.repository.js';
import { SenderLimits } from './sender-limits.js';

/**
 * Counts each minute of a call as it begins, and hangs up what passes a cap: of the money that a
 * day may cost, or of the minutes that one account's conferences may last. While no worker runs, the
 * carrier ends the calls at the time that it was given.
 */
@Injectable()
export class CallMinutesSweep {
  constructor(
    sweeper: Sweeper,
    private readonly database: Database,
    private readonly calls: CallsRepository,
    private readonly legs: CallLegs,
    private readonly spending: Spending,
    @Inject(SenderLimits) private readonly limits: Pick<SenderLimits, 'conferenceMinutesADay'>,
    private readonly clock: Clock,
  ) {
    sweeper.also((trx) => this.sweep(trx));
  }

  /**
   * Each leg in a transaction of its own: whoever claims a hand-off locks its call before what was
   * spent, and would else wait for whoever holds that and wants the next call.
   */
  private async sweep(db: Executor): Promise<void> {
    const now = this.clock.now();
    for (const leg of await findTalking(db, now))
      await this.database.transaction((trx) => this.count(trx, leg, now));
  }

  private async count(trx: Transaction, talking: TalkingLeg, now: Date): Promise<void> {
    const leg = await this.calls.lockCallOfLeg(trx, talking.id);
    if (leg === undefined || !(await countMinutes(trx, talking))) return;
    const passed = await this.findPassedCap(trx, talking, now);
    if (passed !== undefined) await this.legs.hangUp(trx, [leg], passed, now);
  }

  private async findPassedCap(
    trx: Transaction,
    { id, purpose, accountId, initiatorId, minutesDue }: TalkingLeg,
    now: Date,
  ): Promise<EndReason | undefined> {
    if (purpose === 'conference') {
      const { minutes } = await sumConferenceMinutes(trx, initiatorId, now);
      if (minutes > this.limits.conferenceMinutesADay) return 'minutes_limit';
    }
    const channel = 'voice';
    const caller = await findCaller(trx, channel, id, accountId);
    const sent = { purpose, subjectId: id, caller, channel } as const;
    const spent = await this.spending.take(trx, sent, now, minutesDue);
    return spent === undefined ? 'spend_cap' : undefined;
  }
}
