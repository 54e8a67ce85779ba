import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Channel } from '../handoff/channels.js';
import type { Transaction } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { PriceList } from './price-list.service.js';

export interface Caps {
  /** Of a UTC day, over everything; undefined: none. */
  aDay: number | undefined;
  countryADay: number | undefined;
}

/** What was taken, to be given back if nothing leaves after all. */
export interface Spent {
  day: string;
  subjects: readonly string[];
  price: number;
}

/**
 * What codes cost in a day, and where that ends: over all, for each country and for each app. Strict: it is taken in the
 * transaction that claims a send, before anything is opened, so what is claimed by any number of workers stays within
 * each cap, to the last cent of the price list.
 */
@Injectable()
export class Spending {
  /** The caps that were told of, with their day: one line each. */
  private readonly told = new Set<string>();

  constructor(
    private readonly prices: PriceList,
    private readonly caps: Caps,
    private readonly logger: Logger,
  ) {}

  /** Takes what one send for a verification costs; undefined: a cap refuses it, and nothing is taken. */
  async take(
    trx: Transaction,
    verificationId: string,
    channel: Channel,
    now: Date,
  ): Promise<Spent | undefined> {
    const {
      rows: [of],
    } = await sql<{ country: string | null; appId: string | null; appCap: string | null }>`
      SELECT v.country, a.id AS "appId", a.spend_cap AS "appCap" FROM verifications v
      LEFT JOIN verify_services s ON s.id = v.service_id LEFT JOIN apps a ON a.id = s.app_id WHERE v.id = ${verificationId}
    `.execute(trx);
    if (of === undefined) return undefined;
    const day = now.toISOString().slice(0, 10);
    const price = this.prices.of(of.country, channel);
    const counted: [subject: string, cap: number | string | undefined][] = [
      ['all', this.caps.aDay],
    ];
    if (of.appId !== null) counted.push([`app:${of.appId}`, of.appCap ?? undefined]);
    if (of.country !== null) counted.push([`country:${of.country}`, this.caps.countryADay]);
    const subjects = counted.map(([subject]) => subject);
    const { rows } = await sql<{ refused: string[] }>`
      SELECT take_spend(${day}::date, ${subjects}::text[], ${counted.map(([, cap]) => cap ?? null)}::numeric[], ${price}::numeric) AS refused
    `.execute(trx);
    const refused = rows[0]?.refused ?? subjects;
    if (refused.length === 0) return { day, subjects, price };
    this.tell(day, refused);
    return undefined;
  }

  async giveBack(trx: Transaction, { day, subjects, price }: Spent): Promise<void> {
    // In the order in which they are taken: who updates many rows at once locks them as it finds them.
    await sql`
      WITH mine AS (SELECT day, subject FROM spendings WHERE day = ${day}::date AND subject = ANY (${subjects}::text[]) ORDER BY subject FOR UPDATE)
      UPDATE spendings s SET spent = s.spent - ${price}::numeric FROM mine WHERE s.day = mine.day AND s.subject = mine.subject
    `.execute(trx);
  }

  private tell(day: string, refused: readonly string[]): void {
    for (const known of this.told) if (!known.startsWith(day)) this.told.delete(known);
    for (const subject of refused) {
      if (this.told.has(`${day} ${subject}`)) continue;
      this.told.add(`${day} ${subject}`);
      this.logger.warn('spend_cap_reached', {
        reason: subject,
        message: 'no more codes are sent for it until the next UTC day',
      });
    }
  }
}
