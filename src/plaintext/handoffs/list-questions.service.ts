import { Injectable } from '@nestjs/common';
import { getTraits } from '../../handoff/channels.js';
import { type Comparable, listSince } from '../../handoff/matching.js';
import type { Unlisted } from '../../handoff/unlisted.repository.js';
import { Database } from '../../kernel/database.js';
import { LedgerRepository } from '../../ledger/ledger.repository.js';
import { CarrierClient, type Listed } from '../carriers/carrier.js';
import { NumberIndex } from '../vault/number-index.js';
import { NumbersRepository } from '../vault/numbers.repository.js';
import { Vault } from '../vault/vault.js';

/** What the carrier lists, and of each whether it went to the number that was asked for. */
export type Records = readonly (Listed & Comparable)[];

/**
 * Asks the carrier for the list of one number's messages or calls.
 *
 * The number is opened, with a ledger entry, to ask for its list: it stands in the address of that
 * question, which goes to the carrier alone and into no log. What is listed is compared by index.
 *
 * Holds plaintext: from `vault.open` until the list has been compared.
 */
@Injectable()
export class ListQuestions {
  constructor(
    private readonly database: Database,
    private readonly carrier: CarrierClient,
    private readonly ledger: LedgerRepository,
    private readonly vault: Vault,
    private readonly numbers: NumbersRepository,
    private readonly index: NumberIndex,
  ) {}

  mayAsk({ handoff }: Unlisted): boolean {
    return this.carrier.canList(getTraits(handoff.channel).form);
  }

  /** Undefined: the carrier doesn't say, or it was asked for often enough. */
  async ask(unlisted: Unlisted): Promise<Records | undefined> {
    const listed = await this.list(unlisted);
    // Written by the first opening.
    const own = await this.numbers.findIndex(this.database.sql, unlisted.numberRef);
    if (own === undefined) return undefined;
    return listed?.map((one) => ({
      ...one,
      isToIt: one.to && this.index.compute(one.to).equals(own),
    }));
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
}
