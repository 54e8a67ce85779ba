import { Injectable } from '@nestjs/common';
import { CallChanges } from '../calls/call-changes.service.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { listParticipants } from '../calls/participants.repository.js';
import { APP } from '../handoff/channels.js';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { Problem } from '../kernel/problem.js';
import type { NewDing } from './ding-recipients.service.js';
import { DingStart } from './ding-start.service.js';
import { DingSteps } from './ding-steps.service.js';
import { type DingRow, DingViewsRepository, type RecipientRow } from './ding-views.repository.js';

export type DingView = DingRow & { recipients: RecipientRow[] };

/** A Ding from its people's side. */
@Injectable()
export class DingService {
  constructor(
    private readonly database: Database,
    private readonly calls: CallsRepository,
    private readonly views: DingViewsRepository,
    private readonly steps: DingSteps,
    private readonly starter: DingStart,
    private readonly changes: CallChanges,
    private readonly clock: Clock,
  ) {}

  /** Starts a Ding, once for each key. @throws as `DingStart.start` */
  async create(
    senderId: string,
    ding: NewDing,
    idempotencyKey: string | undefined,
  ): Promise<DingView> {
    const now = this.clock.now();
    const request = {
      accountId: senderId,
      key: idempotencyKey,
      route: 'POST /v1/dings',
      body: ding,
      at: now,
    };
    const id = await this.changes.startOnce(request, (trx) =>
      this.starter.start(trx, senderId, ding, now),
    );
    return this.get(senderId, id);
  }

  async get(viewerId: string, id: string): Promise<DingView> {
    const [ding] = await this.view(viewerId, { id });
    if (ding === undefined) throw new Problem('NOT_FOUND');
    return ding;
  }

  list(viewerId: string): Promise<DingView[]> {
    return this.view(viewerId, { newest: 50 });
  }

  /** Takes a Ding back: what has not gone out stays here, what rings is hung up. Twice is once. */
  async recall(senderId: string, id: string): Promise<DingView> {
    const now = this.clock.now();
    await this.database.transaction(async (trx) => {
      const call = await this.calls.lockCall(trx, id);
      const ding =
        call?.purpose === 'ding' ? (await this.views.find(trx, senderId, { id }))[0] : undefined;
      if (ding?.viewerRole !== 'initiator') throw new Problem('NOT_FOUND');
      if (ding.endedAt === null) await this.steps.end(trx, id, 'recalled', now);
      else if (ding.endReason !== 'recalled') throw new Problem('DING_ENDED');
    });
    return this.get(senderId, id);
  }

  /**
   * A recipient confirms in the app. Twice is once, and late is better than never: also after the
   * Ding has ended.
   */
  async confirm(recipientId: string, id: string): Promise<DingView> {
    const now = this.clock.now();
    await this.database.transaction(async (trx) => {
      const call = await this.calls.lockCall(trx, id);
      const participants = call?.purpose === 'ding' ? await listParticipants(trx, id) : [];
      const me = participants.find((one) => one.accountId === recipientId);
      if (me?.role !== 'recipient') throw new Problem('NOT_FOUND');
      await this.steps.confirm(trx, id, me.id, APP, now);
    });
    return this.get(recipientId, id);
  }

  private async view(
    viewerId: string,
    ids: { id: string } | { newest: number },
  ): Promise<DingView[]> {
    const dings = await this.views.find(this.database.sql, viewerId, ids);
    if (dings.length === 0) return [];
    const recipients = await this.views.listRecipients(
      this.database.sql,
      dings.map((ding) => ding.id),
      viewerId,
    );
    return dings.map((ding) => ({
      ...ding,
      recipients: recipients.filter((one) => one.callId === ding.id),
    }));
  }
}
