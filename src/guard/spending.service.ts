import { Injectable } from '@nestjs/common';
import type { Caller } from '../handoff/callers.repository.js';
import type { Handoff } from '../handoff/handoff.js';
import type { Transaction } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { CAP_REFUSALS, parseScope } from './guard.metrics.js';
import { PriceList } from './price-list.service.js';
import {
  type CappedSubject,
  findSpender,
  giveBackSpend,
  type Spender,
  type Spent,
  takeSpend,
} from './spending.repository.js';

export interface Caps {
  /** All of a UTC day may cost this much; undefined is no cap. */
  aDay: number | undefined;
  countryADay: number | undefined;
  accountADay: number | undefined;
  teamADay: number | undefined;
}

/** What is to be paid for. */
export type Paid = Pick<Handoff, 'purpose' | 'subjectId' | 'channel'> & {
  /** In whose name a Ding or a conference reaches somebody. */
  caller: Caller | undefined;
};

/**
 * Counts what codes, Dings and conferences cost in a day, and ends it at the caps: over all, for
 * each country, app, account and team. The caps are strict: a price is taken in the transaction that
 * claims a hand-off, before anything is opened, so what any number of workers claim stays within
 * each cap, to the last cent of the price list. A call's further minutes are taken as they begin.
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
   * Takes what one SMS costs, or so many minutes of a call. The answer is undefined, and nothing is
   * taken, if a cap refuses it.
   */
  async take(trx: Transaction, paid: Paid, now: Date, minutes = 1): Promise<Spent | undefined> {
    const spender = await this.findSpender(trx, paid);
    if (spender === undefined) return undefined;
    const { country, appId, appCap, accountId, teamId } = spender;
    const day = now.toISOString().slice(0, 10);
    const price = this.prices.getPrice(country, paid.channel) * minutes;
    const capped: CappedSubject[] = [{ subject: 'all', cap: this.caps.aDay ?? null }];
    if (appId !== null) capped.push({ subject: `app:${appId}`, cap: appCap });
    if (accountId !== null)
      capped.push({ subject: `account:${accountId}`, cap: this.caps.accountADay ?? null });
    if (teamId !== null)
      capped.push({ subject: `team:${teamId}`, cap: this.caps.teamADay ?? null });
    if (country !== null)
      capped.push({ subject: `country:${country}`, cap: this.caps.countryADay ?? null });
    const refused = await takeSpend(trx, day, capped, price);
    for (const subject of refused) CAP_REFUSALS.add({ scope: parseScope(subject) });
    if (refused.length === 0) return { day, subjects: capped.map(({ subject }) => subject), price };
    this.logOnce(day, refused);
    return undefined;
  }

  async giveBack(trx: Transaction, spent: Spent): Promise<void> {
    await giveBackSpend(trx, spent);
  }

  private async findSpender(trx: Transaction, paid: Paid): Promise<Spender | undefined> {
    if (paid.purpose === 'verification') return findSpender(trx, paid.subjectId);
    const { caller } = paid;
    return (
      caller && {
        country: null,
        accountId: caller.initiatorId,
        teamId: caller.teamId,
        appId: null,
        appCap: null,
      }
    );
  }

  private logOnce(day: string, refused: readonly string[]): void {
    for (const known of this.logged) if (!known.startsWith(day)) this.logged.delete(known);
    for (const subject of refused) {
      if (this.logged.has(`${day} ${subject}`)) continue;
      this.logged.add(`${day} ${subject}`);
      this.logger.warn('spend_cap_reached', {
        reason: subject,
        message: 'nothing more goes out for it until the next UTC day',
      });
    }
  }
}
