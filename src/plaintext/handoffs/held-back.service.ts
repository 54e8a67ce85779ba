import { randomInt } from 'node:crypto';
import { Injectable, type Provider } from '@nestjs/common';
import { QueueConnections } from '../../handoff/connections.queue.js';
import { capabilityDigest } from '../../handoff/handoff.js';
import { HighWaterText } from '../../handoff/high-water.js';
import { HighWaterCheck } from '../../handoff/high-water.service.js';
import { highWaterStore } from '../../handoff/high-water-store.service.js';
import { type Doubtful, findDoubtful, takeForNobody } from '../../handoff/recoveries.repository.js';
import { WorkerLease } from '../../handoff/worker-lease.js';
import { Clock } from '../../kernel/clock.js';
import { Database } from '../../kernel/database.js';
import { Logger } from '../../kernel/logger.js';
import type { WorkerSettings } from '../../settings.js';
import { findCapabilityEnd } from './claims.service.js';
import { HandoffContents } from './contents.service.js';

/**
 * Holds back what may have gone out before the database went back: each such hand-off is what a
 * worker would have left behind that died with it in hand. So it becomes `unknown`, is asked for at
 * the carrier, and its next way starts; by itself it goes out no more.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class HeldBack {
  constructor(
    private readonly database: Database,
    private readonly contents: HandoffContents,
    private readonly clock: Clock,
  ) {}

  /** Every one of them; says how many. */
  async holdBack(until: Date): Promise<number> {
    const lease = randomInt(1, 2 ** 31);
    for (let count = 0; ;) {
      const found = await findDoubtful(this.database.sql, until, this.clock.now());
      if (found.length === 0) return count;
      for (const handoff of found) if (await this.take(handoff, lease)) count += 1;
    }
  }

  private take(doubtful: Doubtful, lease: number): Promise<boolean> {
    const { id } = doubtful;
    const { capability, salt } = this.contents.draw(id);
    const expiresAt = findCapabilityEnd(doubtful);
    const shown = { digest: capabilityDigest(capability), expiresAt, salt };
    return this.database.transaction((trx) => takeForNobody(trx, { id, lease }, shown));
  }
}

/** A worker's lease, before which it is found out whether the database went back. */
export const makeLease = ({ highWaterFile, numberIndexKey }: WorkerSettings): Provider => ({
  provide: WorkerLease,
  inject: [Database, QueueConnections, HeldBack, Clock, Logger],
  useFactory: (
    database: Database,
    connections: QueueConnections,
    heldBack: HeldBack,
    clock: Clock,
    logger: Logger,
  ) => {
    const store = highWaterStore(highWaterFile, connections);
    const text = new HighWaterText(numberIndexKey);
    const holdBack = (until: Date) => heldBack.holdBack(until);
    return new WorkerLease(database, new HighWaterCheck(store, text, holdBack, clock, logger));
  },
});
