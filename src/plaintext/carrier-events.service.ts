import { Injectable } from '@nestjs/common';
import { CallbacksRepository } from '../handoff/callbacks.repository.js';
import type { CarrierEvent } from '../handoff/handoff.js';
import { Outcomes } from '../handoff/outcomes.service.js';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { type CallbackAddress, CalledHandoffs, isSameRef } from './called-handoffs.service.js';
import type { CarrierNews } from './carriers/carrier.js';

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
  async takeIn(called: CallbackAddress, news: CarrierNews): Promise<void> {
    const { event, eventKey } = news;
    const now = this.clock.now();
    await this.database.transaction(async (trx) => {
      const handoff = await this.called.get(trx, called, now);
      if (event === undefined) return;
      // A room tells of any of its legs, so only what isn't a room's must name this hand-off's own
      // call.
      if (event.kind !== 'room' && !isSameRef(handoff, news)) return;
      if (!(await this.callbacks.rememberCallback(trx, handoff.id, eventKey, now))) return;
      const isNew =
        event.kind !== 'message' ||
        (await this.callbacks.advanceDelivery(trx, handoff.id, event.delivery));
      if (isNew) await this.outcomes.notifyObservers(trx, handoff, event, now);
      if (event.kind !== 'room') await this.called.proveAccepted(trx, handoff, news, now);
      this.logger.info('carrier_event', { handoffId: handoff.id, state: describeEvent(event) });
      if (isNew)
        await this.outcomes.listenerFor(handoff.purpose).carrierEvent(trx, handoff, event, now);
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
