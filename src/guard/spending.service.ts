import { Injectable } from '@nestjs/common';
import type { Channel } from '../handoff/channels.js';
import type { Transaction } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { PriceList } from './price-list.service.js';
import {
  type CappedSubject,
  findSpender,
  giveBackSpend,
  type Spent,
  takeSpend,
} from './spending.repository.js';

export interface Caps {
  /** All codes of a UTC day may cost this much; undefined is no cap. */
  aDay: number | undefined;
  countryADay: number | undefined;
}

/**
 * Counts what codes cost in a day, and ends it at the caps: over all, for each country and for each
 * app. The caps are strict: a price is taken in the transaction that claims a send, before anything
 * is opened, so what any number of workers claim stays within each cap, to the last cent of the
 * price list.
 */
@Injectable()
export class Spending {
  /** Each cap whose end was logged is here with its day, so that it is logged once. */
  private readonly logged = new Set<string>();

  constructor(
    private readonly prices: PriceList,
    private readonly caps: Caps,
    private readonly logger: Logger,
  ) {}

  /**
   * Takes what one send for a verification costs. The answer is undefined, and nothing is taken, if
   * a cap refuses it.
   */
  async take(
    trx: Transaction,
    verificationId: string,
    channel: Channel,
    now: Date,
  ): Promise<Spent | undefined> {
    const spender = await findSpender(trx, verificationId);
    if (spender === undefined) return undefined;
    const { country, appId, appCap } = spender;
    const day = now.toISOString().slice(0, 10);
    const price = this.prices.getPrice(country, channel);
    const capped: CappedSubject[] = [{ subject: 'all', cap: this.caps.aDay ?? null }];
    if (appId !== null) capped.push({ subject: `app:${appId}`, cap: appCap });
    if (country !== null)
      capped.push({ subject: `country:${country}`, cap: this.caps.countryADay ?? null });
    const refused = await takeSpend(trx, day, capped, price);
    if (refused.length === 0) return { day, subjects: capped.map(({ subject }) => subject), price };
    this.logOnce(day, refused);
    return undefined;
  }

  async giveBack(trx: Transaction, spent: Spent): Promise<void> {
    await giveBackSpend(trx, spent);
  }

  private logOnce(day: string, refused: readonly string[]): void {
    for (const known of this.logged) if (!known.startsWith(day)) this.logged.delete(known);
    for (const subject of refused) {
      if (this.logged.has(`${day} ${subject}`)) continue;
      this.logged.add(`${day} ${subject}`);
      this.logger.warn('spend_cap_reached', {
        reason: subject,
        message: 'no more codes are sent for it until the next UTC day',
      });
    }
  }
}
