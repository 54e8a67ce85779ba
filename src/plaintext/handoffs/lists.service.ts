import { randomUUID } from 'node:crypto';
import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { getTraits } from '../../handoff/channels.js';
import { RECONCILED } from '../../handoff/handoff.metrics.js';
import { listLogIds } from '../../handoff/log-ids.js';
import { listSince, match } from '../../handoff/matching.js';
import { Outcomes } from '../../handoff/outcomes.service.js';
import {
  findRivals,
  insertAgain,
  mayGoAgain,
  noteMissed,
  takeUnlisted,
  type Unlisted,
  wakeFor,
} from '../../handoff/unlisted.repository.js';
import type { Called } from '../../handoff/callbacks.repository.js';
import { Clock } from '../../kernel/clock.js';
import { Database, isDatabaseAway, type Transaction } from '../../kernel/database.js';
import { Logger } from '../../kernel/logger.js';
import { PacedLoop } from '../../kernel/paced-loop.js';
import { Problem } from '../../kernel/problem.js';
import { LedgerRepository } from '../../ledger/ledger.repository.js';
import { type CallbackAddress, CalledHandoffs } from '../called-handoffs.service.js';
import { CarrierEvents } from '../carrier-events.service.js';
import { CarrierClient, type Listed } from '../carriers/carrier.js';
import { NumberIndex } from '../vault/number-index.js';
import { NumbersRepository } from '../vault/numbers.repository.js';
import { Vault } from '../vault/vault.js';
import { makeNews, pickEnd } from './asked-end.js';
import { Capabilities } from './capabilities.js';

const EVERY_MS = 1_000;
/** So many are looked for at a time, one after the other: a carrier also has calls to place. */
const AT_A_TIME = 10;

/**
 * How long after its attempt something is looked for, and how long after the first look a call goes
 * out once more.
 *
 * Holds plaintext: never.
 */
export class ListsWait {
  constructor(readonly afterMs: number) {}
}

/** What came of a look. */
type Looked =
  | { as: 'adopted'; carrierRef: string }
  | { as: 'again' | 'none' | 'unclear' | 'silent' | 'settled' };

/**
 * Looks for what may have left, and has no id to ask by, in the carrier's lists. One that matches is
 * adopted: its id is bound, and it goes on as by a callback. Where there is none, a message goes out
 * once more, as a hand-off of its own, and a call after a second look. Of several, or without an
 * answer, nothing follows: it stays `unknown`.
 *
 * The number is opened, with a ledger entry, to ask for its list: it stands in the address of that
 * question, which goes to the carrier alone and into no log. What is listed is compared by index.
 *
 * Holds plaintext: from `vault.open` until the list has been compared.
 */
@Injectable()
export class HandoffLists implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: PacedLoop;

  constructor(
    private readonly database: Database,
    private readonly carrier: CarrierClient,
    private readonly ledger: LedgerRepository,
    private readonly vault: Vault,
    private readonly numbers: NumbersRepository,
    private readonly index: NumberIndex,
    private readonly called: CalledHandoffs,
    private readonly events: CarrierEvents,
    private readonly outcomes: Outcomes,
    private readonly capabilities: Capabilities,
    private readonly wait: ListsWait,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.loop = new PacedLoop(
      () => this.run(),
      (error) => this.report(error),
      { everyMs: EVERY_MS, rest: 1 },
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
  }

  private async run(): Promise<void> {
    const { sql } = this.database;
    const due = await takeUnlisted(sql, this.wait.afterMs, this.clock.now(), AT_A_TIME);
    for (const one of due) {
      try {
        await this.look(one);
      } catch (error) {
        // What can't be said of one, whose capability is of another's making, keeps nothing from others.
        if (isDatabaseAway(error)) throw error;
        this.report(error);
      }
    }
  }

  private report(error: unknown): void {
    if (!isDatabaseAway(error) && !(error instanceof Problem))
      this.logger.error('reconcile_failed', error);
  }

  private async look(unlisted: Unlisted): Promise<void> {
    const { form } = getTraits(unlisted.handoff.channel);
    if (!this.carrier.canList(form)) return;
    const what = form === 'text' ? 'sms_list' : 'call_list';
    const listed = await this.list(unlisted);
    const looked: Looked =
      listed === undefined ? { as: 'silent' } : await this.compare(unlisted, listed);
    if (looked.as === 'settled') return;
    RECONCILED.add({ what, answer: looked.as });
    const ids = listLogIds(unlisted.handoff);
    this.logger.info('handoff_looked_for', { ...ids, outcome: looked.as });
    if (looked.as !== 'adopted') return;
    const found = listed?.find(({ carrierRef }) => carrierRef === looked.carrierRef);
    const event = pickEnd(found?.event);
    if (event === undefined) return;
    await this.events.takeIn(this.makeAddress(unlisted), makeNews(looked.carrierRef, event));
  }

  private async list({
    handoff: { id, channel },
    numberRef,
    attemptAt,
  }: Unlisted): Promise<readonly Listed[] | undefined> {
    const receipt = await this.database.transaction((trx) =>
      this.ledger.recordAsking(trx, id, `carrier:${this.carrier.name}`),
    );
    if (receipt === undefined) return undefined;
    const to = await this.vault.open(numberRef, receipt);
    const since = listSince(attemptAt);
    return getTraits(channel).form === 'text'
      ? this.carrier.listSms(to, since)
      : this.carrier.listCalls(to, since);
  }

  private async compare(unlisted: Unlisted, listed: readonly Listed[]): Promise<Looked> {
    const { id } = unlisted.handoff;
    const { numberRef, attemptAt } = unlisted;
    const own = await this.numbers.findIndex(this.database.sql, numberRef);
    if (own === undefined) return { as: 'settled' };
    const records = listed.map((one) => ({
      ...one,
      isToIt: one.to && this.index.compute(one.to).equals(own),
    }));
    const refs = records.filter(({ isToIt }) => isToIt !== false).map((one) => one.carrierRef);
    const now = this.clock.now();
    return this.database.transaction(async (trx) => {
      const handoff = await this.called.get(trx, this.makeAddress(unlisted));
      if (handoff.state !== 'unknown' || handoff.carrierRef !== null) return { as: 'settled' };
      const found = match(records, { attemptAt, ...(await findRivals(trx, id, refs)) });
      switch (found.kind) {
        case 'one':
          await this.adopt(trx, handoff, found.carrierRef, now);
          return { as: 'adopted', carrierRef: found.carrierRef };
        case 'none':
          return { as: (await this.sendAgain(trx, handoff, now)) ? 'again' : 'none' };
        case 'unclear':
          return { as: 'unclear' };
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

  private makeAddress({ handoff: { id }, salt }: Unlisted): CallbackAddress {
    return { capability: this.capabilities.make(id, salt), requestId: id };
  }
}
