import { Injectable } from '@nestjs/common';
import { Enqueuer } from '../handoff/enqueuer.service.js';
import type { WaitingHandoff } from '../handoff/handoff.queue.js';
import { Database, type Identified, type Transaction } from '../kernel/database.js';
import { Idempotency, type OnceOptions } from '../kernel/idempotency.js';

export interface StartedCall {
  callId: string;
  waiting: readonly WaitingHandoff[];
}

/**
 * Changes calls for people. What a change hands off is decided in the transaction of the change,
 * and given to the queue after it has committed: a worker that is quicker would find no row.
 */
@Injectable()
export class CallChanges {
  constructor(
    private readonly database: Database,
    private readonly idempotency: Idempotency,
    private readonly enqueuer: Enqueuer,
  ) {}

  async apply(
    person: Identified,
    change: (trx: Transaction) => Promise<readonly WaitingHandoff[]>,
  ): Promise<void> {
    const waiting = await this.database.transaction(change, { as: person });
    await this.enqueuer.enqueueAll(waiting);
  }

  /**
   * Starts a call once for each `Idempotency-Key`; gives its id. @throws Problem
   * IDEMPOTENCY_KEY_REUSED
   */
  async startOnce(
    person: Identified,
    request: OnceOptions,
    start: (trx: Transaction) => Promise<StartedCall>,
  ): Promise<string> {
    let waiting: readonly WaitingHandoff[] = [];
    const { id } = await this.database.transaction(
      (trx) =>
        this.idempotency.once(trx, request, async () => {
          const started = await start(trx);
          waiting = started.waiting;
          return started.callId;
        }),
      { as: person },
    );
    await this.enqueuer.enqueueAll(waiting);
    return id;
  }
}
