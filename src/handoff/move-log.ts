import { afterCommit } from '../kernel/after-commit.js';
import type { Transaction } from '../kernel/database.js';
import type { Logger } from '../kernel/logger.js';
import type { Handoff, HandoffState } from './handoff.js';
import { listLogIds } from './log-ids.js';
import type { MoveCause } from './moves.js';

/** A line for each move, once it stands. `handoff` is as it was before. */
export function logMove(
  trx: Transaction,
  logger: Logger | undefined,
  handoff: Handoff,
  to: HandoffState,
  cause: MoveCause,
): void {
  const fields = { ...listLogIds(handoff), from: handoff.state, to, cause };
  afterCommit(trx, () => logger?.info('handoff_moved', fields));
}
