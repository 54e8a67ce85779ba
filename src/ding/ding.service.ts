import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { TeamsService } from '../accounts/teams.service.js';
import { LONGEST_CALL_MS } from '../calls/call.js';
import { CallsRepository } from '../calls/calls.repository.js';
import { HandoffQueue } from '../handoff/handoff.queue.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import { RING_RULES, ringKey } from '../handoff/ring-limit.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Sql } from '../kernel/database.js';
import { Idempotency } from '../kernel/idempotency.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { readHits } from '../kernel/rate-limit.js';
import { type DingRow, DingsRepository, type RecipientRow } from './dings.repository.js';
import { DING_LASTS_MS, ringAt } from './urgency.js';

export interface NewDing {
  recipientId: string;
  text: string;
}

export type DingView = DingRow & { recipients: RecipientRow[] };

/** A hang-up is worth trying for as long as a call may last. */
const HANG_UP_MS = 15 * 60_000;

/** A Ding from its people's side. */
@Injectable()
export class DingService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsRepository,
    private readonly teams: TeamsService,
    private readonly calls: CallsRepository,
    private readonly dings: DingsRepository,
    private readonly handoffs: HandoffsRepository,
    private readonly queue: HandoffQueue,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Decides a Ding and its hand-off in one transaction; then points the worker at it.
   * @throws Problem NUMBER_NOT_VERIFIED, NOT_FOUND, NO_CONSENT, RECIPIENT_UNREACHABLE, RING_LIMIT
   */
  async create(senderId: string, ding: NewDing, idempotencyKey: string | undefined): Promise<DingView> {
    const now = this.clock.now();
    const handoffId = randomUUID();
    let delayMs = 0;
    const { id, isReplay } = await this.database.transaction((trx) =>
      this.idempotency.once(trx, { accountId: senderId, key: idempotencyKey, route: 'POST /v1/dings', body: ding, at: now }, async () => {
        const { notBefore, callId } = await this.decide(trx, senderId, ding, handoffId, now);
        delayMs = notBefore.getTime() - now.getTime();
        return callId;
      }),
    );
    if (!isReplay) await this.point(handoffId, delayMs);
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
    const hangUps: string[] = [];
    await this.database.transaction(async (trx) => {
      if ((await this.calls.viewerOf(trx, id, senderId))?.role !== 'initiator') throw new Problem('NOT_FOUND');
      const call = await this.calls.lockCall(trx, id);
      if (call === undefined || call.purpose !== 'ding') throw new Problem('NOT_FOUND');
      if (call.endedAt !== undefined) {
        if ((await this.dings.find(trx, senderId, { id }))[0]?.endReason === 'recalled') return;
        throw new Problem('DING_ENDED');
      }
      const legs = await this.calls.openLegsOf(trx, id);
      // In this order: what a worker claims between the two is seen by the second.
      for (const legId of await this.handoffs.cancelQueued(trx, legs, now)) await this.calls.advanceLeg(trx, legId, 'ended', 'recalled', now);
      for (const out of await this.handoffs.deliveriesOut(trx, legs)) {
        const handoffId = randomUUID();
        await this.handoffs.insert(trx, {
          id: handoffId, purpose: 'ding', channel: 'voice', kind: 'hang_up', subjectId: out.subjectId, accountId: out.accountId,
          numberRef: null, targetId: out.id, language: out.language, notBefore: now, notAfter: new Date(now.getTime() + HANG_UP_MS),
        }, now);
        hangUps.push(handoffId);
      }
      await this.calls.endCall(trx, id, 'recalled', now);
    });
    for (const handoffId of hangUps) await this.point(handoffId, 0);
    return this.get(senderId, id);
  }

  private async decide(trx: Sql, senderId: string, ding: NewDing, handoffId: string, now: Date): Promise<{ callId: string; notBefore: Date }> {
    if ((await this.accounts.numberOf(trx, senderId)) === undefined) throw new Problem('NUMBER_NOT_VERIFIED'); // D5a
    const may = await this.teams.mayRing(trx, senderId, ding.recipientId);
    if (may !== 'ok') throw new Problem(may === 'no_consent' ? 'NO_CONSENT' : 'NOT_FOUND');
    const number = await this.accounts.numberOf(trx, ding.recipientId);
    const recipient = await this.accounts.languageAndName(trx, ding.recipientId);
    if (number === undefined || recipient === undefined) throw new Problem('RECIPIENT_UNREACHABLE');
    const { at, isInTime } = ringAt(await readHits(trx, [ringKey(number.numberIndex)]), RING_RULES, now);
    if (!isInTime) throw new Problem('RING_LIMIT', { retryAt: new Date(at.getTime() - DING_LASTS_MS + 1_000) });

    const [callId, senderParticipant, participantId, legId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    await this.calls.insertCall(trx, { id: callId, purpose: 'ding', endsAt: new Date(now.getTime() + LONGEST_CALL_MS) }, now);
    await this.calls.insertParticipant(trx, { id: senderParticipant, callId, accountId: senderId, role: 'initiator' });
    await this.calls.insertParticipant(trx, { id: participantId, callId, accountId: ding.recipientId, role: 'recipient' });
    await this.dings.insert(trx, { callId, text: ding.text, recipient: { participantId, language: recipient.language } });
    await this.calls.insertLeg(trx, { id: legId, callId, participantId }, now);
    await this.handoffs.insert(trx, {
      id: handoffId, purpose: 'ding', channel: 'voice', kind: 'deliver', subjectId: legId, accountId: ding.recipientId,
      numberRef: number.numberRef, targetId: null, language: recipient.language, notBefore: at, notAfter: new Date(now.getTime() + DING_LASTS_MS),
    }, now);
    return { callId, notBefore: at };
  }

  /** The row is committed; if the queue is away the sweeper does this later. */
  private async point(handoffId: string, delayMs: number): Promise<void> {
    await this.queue.add({ id: handoffId, channel: 'voice', purpose: 'ding' }, delayMs).catch(() => this.logger.warn('queue_away', { handoffId, message: 'the hand-off waits for the sweeper' }));
  }

  private async view(viewerId: string, ids: { id: string } | { newest: number }): Promise<DingView[]> {
    const dings = await this.dings.find(this.database.sql, viewerId, ids);
    if (dings.length === 0) return [];
    const recipients = await this.dings.recipientsOf(this.database.sql, dings.map((ding) => ding.id), viewerId);
    return dings.map((ding) => ({ ...ding, recipients: recipients.filter((recipient) => recipient.callId === ding.id) }));
  }
}
