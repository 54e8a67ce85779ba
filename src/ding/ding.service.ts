import { Injectable } from '@nestjs/common';
import type { Me } from '../accounts/sessions.service.js';
import { CallChanges } from '../calls/call-changes.service.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { listParticipants } from '../calls/participants.repository.js';
import { APP } from '../handoff/channels.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Transaction } from '../kernel/database.js';
import type { Wanted } from '../kernel/page.js';
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
  async create(me: Me, ding: NewDing, idempotencyKey: string | undefined): Promise<DingView> {
    const now = this.clock.now();
    const request = {
      accountId: me.accountId,
      key: idempotencyKey,
      route: 'POST /v1/dings',
      body: ding,
      at: now,
    };
    const id = await this.changes.startOnce(me, request, (trx) =>
      this.starter.start(trx, me.accountId, ding, now),
    );
    return this.get(me, id);
  }

  async get(me: Me, id: string): Promise<DingView> {
    const [ding] = await this.view(me.accountId, { id });
    if (ding === undefined) throw new Problem('NOT_FOUND');
    return ding;
  }

  list(me: Me, before?: string): Promise<DingView[]> {
    return this.view(me.accountId, { before });
  }

  /** Takes a Ding back: what has not gone out stays here, what rings is hung up. Twice is once. */
  async recall(me: Me, id: string): Promise<DingView> {
    const now = this.clock.now();
    const work = async (trx: Transaction): Promise<void> => {
      const call = await this.calls.lockOwnCall(trx, id, me.accountId);
      const ding =
        call?.purpose === 'ding'
          ? (await this.views.find(trx, me.accountId, { id }))[0]
          : undefined;
      if (ding?.viewerRole !== 'initiator') throw new Problem('NOT_FOUND');
      if (ding.endedAt === null) await this.steps.end(trx, id, 'recalled', now);
      else if (ding.endReason !== 'recalled') throw new Problem('DING_ENDED');
    };
    await this.database.transaction(work, { as: me });
    return this.get(me, id);
  }

  /**
   * A recipient confirms in the app. Twice is once, and late is better than never: also after the
   * Ding has ended.
   */
  async confirm(me: Me, id: string): Promise<DingView> {
    const now = this.clock.now();
    const work = async (trx: Transaction): Promise<void> => {
      const call = await this.calls.lockOwnCall(trx, id, me.accountId);
      const participants = call?.purpose === 'ding' ? await listParticipants(trx, id) : [];
      const participant = participants.find((one) => one.accountId === me.accountId);
      if (participant?.role !== 'recipient') throw new Problem('NOT_FOUND');
      await this.steps.confirm(trx, id, participant.id, APP, now);
    };
    await this.database.transaction(work, { as: me });
    return this.get(me, id);
  }

  private async view(viewerId: string, wanted: Wanted): Promise<DingView[]> {
    const dings = await this.views.find(this.database.sql, viewerId, wanted);
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
