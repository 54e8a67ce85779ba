import { Injectable } from '@nestjs/common';
import type { Transaction } from '../kernel/database.js';

/**
 * Ends what a feature does by the numbers that these accounts have had until now, in the transaction that takes them
 * away: another account has proved theirs, or they have proved another one themselves. What they have now is in the rows
 * already; those rows are locked, so nothing new begins by the old ones.
 */
export type NumberMoveListener = (
  trx: Transaction,
  accountIds: readonly string[],
  now: Date,
) => Promise<void>;

/** News that numbers change hands goes to the features without an import: each registers itself. */
@Injectable()
export class NumberMoves {
  private readonly listeners: NumberMoveListener[] = [];

  on(listener: NumberMoveListener): void {
    this.listeners.push(listener);
  }

  /** One after the other, in the order of the modules: their locks have one order then. */
  async tell(trx: Transaction, accountIds: readonly string[], now: Date): Promise<void> {
    for (const listener of this.listeners) await listener(trx, accountIds, now);
  }
}
