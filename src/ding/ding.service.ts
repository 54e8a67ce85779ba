import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { TeamsService } from '../accounts/teams.service.js';
import { LONGEST_CALL_MS } from '../calls/call.js';
import { CallsRepository } from '../calls/calls.repository.js';
import type { Channel } from '../handoff/handoff.js';
import { HandoffQueue } from '../handoff/handoff.queue.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import { RING_RULES, ringAt, ringKey } from '../handoff/ring-limit.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Transaction } from '../kernel/database.js';
import { Idempotency } from '../kernel/idempotency.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { readHits } from '../kernel/limits.repository.js';
import { LiveEventsRepository } from '../realtime/live-events.repository.js';
import type { Language } from '../texts/catalogue.js';
import { DingSteps } from './ding-steps.service.js';
import { type DingChannel, type DingRow, DingsRepository, type RecipientRow } from './dings.repository.js';
import { DING_LASTS_MS, NOTIFICATION_LASTS_MS } from './urgency.js';

export interface NewDing {
  recipientIds: string[];
  text: string;
  channel: DingChannel;
}

export type DingView = DingRow & { recipients: RecipientRow[] };

/** A hand-off that waits for its job. */
interface Waiting {
  id: string;
  channel: Channel;
  delayMs: number;
}

/** A Ding from its people's side. */
@Injectable()
export class DingService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountsRepository,
    private readonly teams: TeamsService,
    private readonly calls: CallsRepository,
    private readonly dings: DingsRepository,
    private readonly steps: DingSteps,
    private readonly handoffs: HandoffsRepository,
    private readonly queue: HandoffQueue,
    private readonly events: LiveEventsRepository,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * Decides a Ding and its hand-offs in one transaction; then points the workers at them. All recipients or none: a
   * refusal says which of them stand in the way.
   * @throws Problem NUMBER_NOT_VERIFIED, NOT_FOUND, NO_CONSENT, RECIPIENT_UNREACHABLE
   */
  async create(senderId: string, ding: NewDing, idempotencyKey: string | undefined): Promise<DingView> {
    const now = this.clock.now();
    let waiting: Waiting[] = [];
    const { id, isReplay } = await this.database.transaction((trx) =>
      this.idempotency.once(trx, { accountId: senderId, key: idempotencyKey, route: 'POST /v1/dings', body: ding, at: now }, async () => {
        const decided = await this.decide(trx, senderId, ding, now);
        waiting = decided.waiting;
        return decided.callId;
      }),
    );
    if (!isReplay) await Promise.all(waiting.map((handoff) => this.point(handoff)));
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
      const ding = call?.purpose === 'ding' ? (await this.dings.find(trx, senderId, { id }))[0] : undefined;
      if (ding?.viewerRole !== 'initiator') throw new Problem('NOT_FOUND');
      if (ding.endedAt === null) await this.steps.end(trx, id, 'recalled', now);
      else if (ding.endReason !== 'recalled') throw new Problem('DING_ENDED');
    });
    return this.get(senderId, id);
  }

  /** A recipient confirms in the app. Twice is once, and late is better than never: also after the Ding has ended. */
  async confirm(recipientId: string, id: string): Promise<DingView> {
    const now = this.clock.now();
    await this.database.transaction(async (trx) => {
      const call = await this.calls.lockCall(trx, id);
      const me = call?.purpose === 'ding' ? (await this.calls.participants(trx, id)).find((one) => one.accountId === recipientId) : undefined;
      if (me?.role !== 'recipient') throw new Problem('NOT_FOUND');
      await this.steps.confirm(trx, id, me.id, 'app', now);
    });
    return this.get(recipientId, id);
  }

  private async decide(trx: Transaction, senderId: string, ding: NewDing, now: Date): Promise<{ callId: string; waiting: Waiting[] }> {
    await this.accounts.holdNumbers(trx, [senderId, ...ding.recipientIds]);
    const own = (await this.accounts.reachable(trx, [senderId], now))[0]?.number;
    if (own === undefined) throw new Problem('NUMBER_NOT_VERIFIED'); // D5a
    await this.teams.requireMayRing(trx, senderId, ding.recipientIds);
    const recipients = (await this.accounts.reachable(trx, ding.recipientIds, now)).map((one) => ({ ...one, participantId: randomUUID() }));
    const unreachable = recipients.filter((one) => one.number === undefined && ding.channel !== 'app');
    if (unreachable.length > 0) throw new Problem('RECIPIENT_UNREACHABLE', { accountIds: unreachable.map((one) => one.accountId) });

    const callId = randomUUID();
    await this.calls.insertCall(trx, { id: callId, purpose: 'ding', endsAt: new Date(now.getTime() + LONGEST_CALL_MS) }, now);
    await this.calls.insertParticipants(trx, callId, [
      { id: randomUUID(), accountId: senderId, role: 'initiator' },
      ...recipients.map(({ participantId, accountId }) => ({ id: participantId, accountId, role: 'recipient' as const })),
    ]);
    await this.dings.insert(trx, { callId, text: ding.text, channel: ding.channel, recipients });
    await this.events.publish(trx, { kind: 'ding.created', callId }, [senderId, ...ding.recipientIds], now);

    const waiting: Waiting[] = [];
    const handOff = async (kind: 'deliver' | 'present', channel: Channel, to: { subjectId: string; accountId: string; numberRef: typeof own.numberRef; language: Language }, notBefore: Date): Promise<void> => {
      const id = randomUUID();
      await this.handoffs.insert(trx, { id, purpose: 'ding', channel, kind, ...to, targetId: null, notBefore, notAfter: new Date(now.getTime() + DING_LASTS_MS) }, now);
      waiting.push({ id, channel, delayMs: notBefore.getTime() - now.getTime() });
    };
    // No delivery brings the sender's number to the worker then: it is sealed for the recipients' apps by itself.
    if (ding.channel === 'app') await handOff('present', 'sms', { subjectId: callId, accountId: senderId, numberRef: own.numberRef, language: 'en' }, now);
    for (const { participantId, accountId, language, number } of recipients) {
      if (number === undefined || ding.channel === 'app') {
        await this.dings.insertNotification(trx, { id: randomUUID(), callId, participantId, channel: 'app', because: null, expiresAt: new Date(now.getTime() + NOTIFICATION_LASTS_MS) }, now);
        await this.events.publish(trx, { kind: 'ding.notification', callId, participantId, channel: 'app', state: 'accepted', because: null, reason: null }, [senderId, accountId], now);
        continue;
      }
      const to = { accountId, numberRef: number.numberRef, language };
      if (ding.channel === 'sms') {
        await this.steps.startSms(trx, { callId, participantId, ...to }, null, now);
        continue;
      }
      const legId = randomUUID();
      await this.calls.insertLeg(trx, { id: legId, callId, participantId }, now);
      const { at, isInTime } = ringAt(await readHits(trx, [ringKey(number.numberIndex)]), RING_RULES, DING_LASTS_MS, now);
      if (isInTime) await handOff('deliver', 'voice', { subjectId: legId, ...to }, at);
      else await this.steps.endLeg(trx, legId, 'ring_limit', now); // so the SMS goes out now
    }
    return { callId, waiting };
  }

  /** The row is committed; if the queue is away the sweeper does this later. */
  private async point({ id, channel, delayMs }: Waiting): Promise<void> {
    await this.queue.add({ id, channel, purpose: 'ding' }, delayMs).catch(() => this.logger.warn('queue_away', { handoffId: id, message: 'the hand-off waits for the sweeper' }));
  }

  private async view(viewerId: string, ids: { id: string } | { newest: number }): Promise<DingView[]> {
    const dings = await this.dings.find(this.database.sql, viewerId, ids);
    if (dings.length === 0) return [];
    const recipients = await this.dings.recipientsOf(this.database.sql, dings.map((ding) => ding.id), viewerId);
    return dings.map((ding) => ({ ...ding, recipients: recipients.filter((recipient) => recipient.callId === ding.id) }));
  }
}
