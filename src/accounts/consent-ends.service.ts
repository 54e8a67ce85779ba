import { Injectable } from '@nestjs/common';
import type { Transaction } from '../kernel/database.js';
import { AccountsRepository } from './accounts.repository.js';

/**
 * Ends what a feature still has waiting or ringing for this account, or in its name, without a
 * consent that holds in a team of both. It is asked after the consent or the membership has gone.
 */
export type ConsentEndListener = (trx: Transaction, accountId: string, now: Date) => Promise<void>;

/** Features learn without an import that somebody may be reached no more: each registers itself. */
@Injectable()
export class ConsentEnds {
  private readonly listeners: ConsentEndListener[] = [];

  constructor(private readonly accounts: AccountsRepository) {}

  on(listener: ConsentEndListener): void {
    this.listeners.push(listener);
  }

  /**
   * Whoever takes a consent or a membership away calls this afterwards, in the same transaction. The
   * account's number is locked first: what is being begun with it is either there by now, and ends,
   * or finds that the consent has gone.
   */
  async endReach(trx: Transaction, accountId: string, now: Date): Promise<void> {
    await this.accounts.lockNumber(trx, accountId);
    for (const listener of this.listeners) await listener(trx, accountId, now);
  }
}
