import { Injectable } from '@nestjs/common';
import { CallbacksRepository } from '../handoff/callbacks.repository.js';
import type { CarrierEvent, Handoff } from '../handoff/handoff.js';
import { countNews } from '../handoff/handoff.metrics.js';
import { listLogIds } from '../handoff/log-ids.js';
import { Outcomes } from '../handoff/outcomes.service.js';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import type { CallbackResult } from './callback.metrics.js';
import { type CallbackAddress, CalledHandoffs, isSameRef } from './called-handoffs.service.js';
import type { CarrierNews } from './carriers/carrier.js';
import { MISCONFIGURED } from './carriers/misconfigured.js';

/**
 * Writes what a carrier tells of a hand-off, once however often it is told, and passes it on to the
 * feature.
 *
 * Holds plaintext: never; what it is given has no number in it.
 */
@Injectable()
export class CarrierEvents {
  constructor(
    private readonly database: Database,
    private readonly called: CalledHandoffs,
    private readonly callbacks: CallbacksRepository,
    private readonly outcomes: Outcomes,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** @throws Problem NOT_FOUND */
  async takeIn(called: CallbackAddress, news: CarrierNews): Promise<CallbackResult> {
    const { event, eventKey } = news;
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      const handoff = await this.called.get(trx, called);
      if (event === undefined) return 'ignored';
      // A room tells of any of its legs, so only what isn't a room's must name this hand-off's own
      // call.
      if (event.kind !== 'room' && !isSameRef(handoff, news)) return 'ignored';
      const callback = { eventKey, state: describeEvent(event) };
      if (!(await this.callbacks.rememberCallback(trx, handoff.id, callback, now)))
        return 'repeated';
      const isNew =
        event.kind !== 'message' ||
        (await this.callbacks.advanceDelivery(trx, handoff.id, event.delivery, event));
      if (isNew) await this.outcomes.notifyObservers(trx, handoff, event, now);
      if (event.kind !== 'room') await this.called.proveAccepted(trx, handoff, news, now);
      this.log(handoff, event);
      if (!isNew || handoff.isSuperseded) return 'taken';
      countNews(handoff, event);
      await this.outcomes.listenerFor(handoff.purpose).carrierEvent(trx, handoff, event, now);
      return 'taken';
    });
  }

  /** A call of which nobody knows whether it left is no part of its Ding or conference any more. */
  async giveUp(called: CallbackAddress): Promise<void> {
    const now = this.clock.now();
    await this.database.transaction(async (trx) => {
      const handoff = await this.called.get(trx, called);
      const event = { kind: 'call', state: 'ended', reason: 'unknown' } as const;
      this.log(handoff, event);
      await this.outcomes.listenerFor(handoff.purpose).carrierEvent(trx, handoff, event, now);
    });
  }

  /** Many reasons are known by callback only, the operator's own mistakes among them. */
  private log(handoff: Handoff, event: CarrierEvent): void {
    const ids = listLogIds(handoff);
    const reason = 'reason' in event ? { reason: event.reason } : {};
    const carrierCode = 'carrierCode' in event ? { carrierCode: event.carrierCode } : {};
    const state = describeEvent(event);
    this.logger.info('carrier_event', { ...ids, state, ...reason, ...carrierCode });
    if ('reason' in event && event.reason === 'misconfigured')
      this.logger.error('carrier_misconfigured', undefined, {
        ...ids,
        ...carrierCode,
        message: MISCONFIGURED,
      });
  }
}

function describeEvent(event: CarrierEvent): string {
  switch (event.kind) {
    case 'message':
      return event.delivery;
    case 'call':
      return event.state;
    case 'machine':
      return 'machine';
    case 'room':
      return event.event;
  }
}
