import { Injectable } from '@nestjs/common';
import type { Transaction } from '../kernel/database.js';

/**
 * Ends what a feature does by the numbers that these accounts have had until now, in the
 * transaction that takes them away: another account has proved theirs, or they have proved another
 * one themselves. What they have now is in the rows already; those rows are locked, so nothing new
 * begins by the old ones.
 */
export type NumberMoveListener = (
  trx: Transaction,
  accountIds: readonly string[],
  now: Date,
) => Promise<void>;

/** Features learn without an import that numbers change hands: each registers itself. */
@Injectable()
export class NumberMoves {
  private readonly listeners: NumberMoveListener[] = [];

  on(listener: NumberMoveListener): void {
    this.listeners.push(listener);
  }

  /** Runs them one after the other, in the order of the modules: so their locks have one order. */
  async notify(trx: Transaction, accountIds: readonly string[], now: Date): Promise<void> {
    for (const listener of this.listeners) await listener(trx, accountIds, now);
  }
}
