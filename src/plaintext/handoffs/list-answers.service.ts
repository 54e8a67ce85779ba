import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Called } from '../../handoff/callbacks.repository.js';
import { getTraits } from '../../handoff/channels.js';
import { match } from '../../handoff/matching.js';
import { Outcomes } from '../../handoff/outcomes.service.js';
import {
  findRivals,
  insertAgain,
  mayGoAgain,
  noteMissed,
  type Unlisted,
  wakeFor,
} from '../../handoff/unlisted.repository.js';
import { Clock } from '../../kernel/clock.js';
import { Database, type Transaction } from '../../kernel/database.js';
import { type CallbackAddress, CalledHandoffs } from '../called-handoffs.service.js';
import { CarrierEvents } from '../carrier-events.service.js';
import { makeNews, pickEnd } from './asked-end.js';
import type { Records } from './list-questions.service.js';

/**
 * How long after its attempt something is looked for, and how long after the first look a call goes
 * out once more.
 *
 * Holds plaintext: never.
 */
export class ListsWait {
  constructor(readonly afterMs: number) {}
}

/** What came of a look. settled: it is known by now. */
export type Looked = 'adopted' | 'again' | 'none' | 'unclear' | 'settled';

/**
 * Decides by a list. One that matches is adopted: its id is bound, and it goes on as by a callback.
 * Where there is none, a message goes out once more, as a hand-off of its own, and a call after a
 * second look. Of several nothing follows: it stays `unknown`.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class ListAnswers {
  constructor(
    private readonly database: Database,
    private readonly called: CalledHandoffs,
    private readonly events: CarrierEvents,
    private readonly outcomes: Outcomes,
    private readonly wait: ListsWait,
    private readonly clock: Clock,
  ) {}

  async takeIn(unlisted: Unlisted, address: CallbackAddress, records: Records): Promise<Looked> {
    const { looked, carrierRef } = await this.decide(unlisted, address, records);
    const found = records.find((record) => record.carrierRef === carrierRef);
    const event = pickEnd(found?.event);
    if (found !== undefined && event !== undefined)
      await this.events.takeIn(address, makeNews(found.carrierRef, event));
    return looked;
  }

  private decide(
    { handoff: { id }, attemptAt }: Unlisted,
    address: CallbackAddress,
    records: Records,
  ): Promise<{ looked: Looked; carrierRef?: string }> {
    const refs = records.filter(({ isToIt }) => isToIt !== false).map((one) => one.carrierRef);
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      const handoff = await this.called.get(trx, address);
      if (handoff.state !== 'unknown' || handoff.carrierRef !== null) return { looked: 'settled' };
      const found = match(records, { attemptAt, ...(await findRivals(trx, id, refs)) });
      switch (found.kind) {
        case 'one':
          await this.adopt(trx, handoff, found.carrierRef, now);
          return { looked: 'adopted', carrierRef: found.carrierRef };
        case 'none':
          return { looked: (await this.sendAgain(trx, handoff, now)) ? 'again' : 'none' };
        case 'unclear':
          return { looked: 'unclear' };
      }
    });
  }

  /** As if the carrier's answer had come. */
  private async adopt(
    trx: Transaction,
    handoff: Called,
    carrierRef: string,
    now: Date,
  ): Promise<void> {
    const news = { carrierRef, eventKey: 'listed', event: undefined, pressedKey: undefined };
    await this.called.proveAccepted(trx, handoff, news, now);
  }

  /** False: nobody wants it any more, it went out twice by now, or a call waits for a second look. */
  private async sendAgain(trx: Transaction, handoff: Called, now: Date): Promise<boolean> {
    if (!(await mayGoAgain(trx, handoff.id))) return false;
    if (getTraits(handoff.channel).form === 'call') {
      const missedAt = await noteMissed(trx, handoff.id, now);
      if (now.getTime() - missedAt.getTime() < this.wait.afterMs) return false;
    }
    const listener = this.outcomes.listenerFor(handoff.purpose);
    if ((await listener.isWanted?.(trx, handoff, now)) === false) return false;
    const id = randomUUID();
    const isSent =
      listener.sendAgain === undefined
        ? await insertAgain(trx, { first: handoff.id, id }, now)
        : await listener.sendAgain(trx, handoff, id, now);
    if (!isSent) return false;
    await wakeFor(trx, id);
    return true;
  }
}
