import { Injectable } from '@nestjs/common';
import type { Channel } from '../handoff/channels.js';
import { Enqueuer } from '../handoff/enqueuer.service.js';
import { Database, type Transaction } from '../kernel/database.js';
import { Idempotency } from '../kernel/idempotency.js';
import { RequestTurns } from '../kernel/request-turns.js';
import type { Starter } from './starter.guard.js';
import type { Started } from './verification-answers.js';
import { VerificationService } from './verification.service.js';

/** A request that has a code sent; the client may repeat it under its `Idempotency-Key`. */
export interface SendRequest {
  starter: Starter;
  /** The client's `Idempotency-Key`. */
  key: string | undefined;
  route: string;
  body: object;
  /** Without a key its statement is one with others', which needs no turn. */
  isTogether: boolean;
  now: Date;
}

/** Does what a start and a further send share, before and after their statement. */
@Injectable()
export class CodeSending {
  constructor(
    private readonly database: Database,
    private readonly idempotency: Idempotency,
    private readonly enqueuer: Enqueuer,
    private readonly verifications: VerificationService,
    private readonly turns: RequestTurns,
  ) {}

  /**
   * Does the work once for its `Idempotency-Key`, in one transaction with it; a repeated request is
   * shown what the first one made. Without a key the work gets no transaction.
   */
  async once(
    request: SendRequest,
    work: (trx?: Transaction) => Promise<Started>,
  ): Promise<Started> {
    const { starter, key, isTogether } = request;
    if (key === undefined && isTogether) return work();
    return this.turns.inTurn(starter.app, () =>
      key === undefined ? work() : this.onceForKey(request, key, work),
    );
  }

  private async onceForKey(
    { starter, route, body, now }: SendRequest,
    key: string,
    work: (trx: Transaction) => Promise<Started>,
  ): Promise<Started> {
    let started: Started | undefined;
    const { id } = await this.database.transaction((trx) =>
      this.idempotency.once(
        trx,
        { accountId: starter.personId, key, route, body, at: now },
        async () => {
          started = await work(trx);
          return started.view.id;
        },
      ),
    );
    return (
      started ?? { view: await this.verifications.getUncounted(starter, id, now), isNew: false }
    );
  }

  /**
   * Enqueues the job of a hand-off that is committed, where there is a new one: a test number has
   * none.
   */
  async enqueue({ isNew, view }: Started, channel: Channel, handoffId: string): Promise<void> {
    if (!isNew || view.isTest) return;
    await this.enqueuer.enqueue({ id: handoffId, channel, purpose: 'verification' });
  }
}
