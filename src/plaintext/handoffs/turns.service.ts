import { Injectable } from '@nestjs/common';
import { type Channel, getTraits } from '../../handoff/channels.js';
import type { Claimed } from '../../handoff/handoffs.repository.js';
import { keepTurn, takeMoreTurns, takeTurn, type Turn } from '../../handoff/turns.repository.js';
import { Clock } from '../../kernel/clock.js';
import { Database, type Transaction } from '../../kernel/database.js';
import { measureSms } from '../../texts/segments.js';

/**
 * How much the carrier takes in a second: calls of the account, segments of SMS of the sender.
 * Infinity is no bound.
 *
 * Holds plaintext: never.
 */
export class CarrierPace {
  constructor(
    private readonly calls: number,
    private readonly segments: number,
  ) {}

  /** A new account at a carrier takes one a second; the simulator takes all there is. */
  static from(settings: {
    isLive: boolean;
    callsASecond: number | undefined;
    smsSegmentsASecond: number | undefined;
  }): CarrierPace {
    const usual = settings.isLive ? 1 : Infinity;
    return new CarrierPace(settings.callsASecond ?? usual, settings.smsSegmentsASecond ?? usual);
  }

  /** The time between two; 0 where nothing waits for its turn. */
  stepMs(channel: Channel): number {
    return 1000 / (getTraits(channel).form === 'text' ? this.segments : this.calls);
  }
}

/**
 * Whose turn it is to go to the carrier (src/handoff/turns.sql).
 *
 * Holds plaintext: an SMS, while its segments are counted.
 */
@Injectable()
export class HandoffTurns {
  constructor(
    private readonly database: Database,
    private readonly pace: CarrierPace,
    private readonly clock: Clock,
  ) {}

  /** Undefined: it goes now. */
  async take(trx: Transaction, { id, channel }: Claimed, now: Date): Promise<Turn | undefined> {
    const stepMs = this.pace.stepMs(channel);
    return stepMs === 0 ? undefined : takeTurn(trx, id, stepMs, now);
  }

  keep(trx: Transaction, { id }: Claimed, { turn }: Turn): Promise<void> {
    return keepTurn(trx, id, turn);
  }

  /** Its turn was for one segment. */
  async payForSegments(channel: Channel, text: string): Promise<void> {
    const stepMs = this.pace.stepMs(channel);
    if (stepMs === 0) return;
    const more = measureSms(text).segments - 1;
    if (more > 0) await takeMoreTurns(this.database.sql, channel, more * stepMs, this.clock.now());
  }
}
