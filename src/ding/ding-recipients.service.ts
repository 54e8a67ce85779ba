import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { TeamsService } from '../accounts/teams.service.js';
import type { Reachable } from '../calls/call-legs.service.js';
import { dingsKey, dingsRule, SenderLimits } from '../calls/sender-limits.js';
import { BUDGETS, budgetKey, dingSmsKey, dingSmsRule, reachAt } from '../handoff/budgets.js';
import { findWaitingDings, type WaitingDing } from '../handoff/callers.repository.js';
import { APP, type Channel, type Form, getTraits, type Way } from '../handoff/channels.js';
import type { Transaction } from '../kernel/database.js';
import { readHits, takeHit } from '../kernel/limits.repository.js';
import { Problem } from '../kernel/problem.js';
import { DING_LASTS_MS } from './urgency.js';

export interface NewDing {
  recipientIds: string[];
  text: string;
  channel: Way;
}

/** A person of a Ding whose number may be missing: then only the app reaches them. */
export type Recipient = Omit<Reachable, 'number'> & {
  participantId: string;
  number: Reachable['number'] | undefined;
};

type When = ReturnType<typeof reachAt>;
/** A number, and what still waits for its person. */
interface To {
  accountId: string;
  index: Buffer;
  waiting: readonly WaitingDing[];
}

/** Says whom a sender may reach by a Ding, and whether any way leads to them now. */
@Injectable()
export class DingRecipients {
  constructor(
    private readonly accounts: AccountsRepository,
    private readonly teams: TeamsService,
    private readonly limits: SenderLimits,
  ) {}

  /**
   * All or none: a refusal says which of them stand in the way, and counts for nothing.
   * @throws Problem NUMBER_NOT_VERIFIED, NOT_FOUND, NO_CONSENT, RECIPIENT_UNREACHABLE, SENDER_LIMIT,
   *   DING_LIMIT
   */
  async require(
    trx: Transaction,
    senderId: string,
    ding: NewDing,
    now: Date,
  ): Promise<readonly Recipient[]> {
    await this.accounts.holdNumbers(trx, [senderId, ...ding.recipientIds]);
    const [sender] = await this.accounts.findReachable(trx, [senderId], now);
    if (sender?.number === undefined) throw new Problem('NUMBER_NOT_VERIFIED'); // D5a
    await this.teams.requireMayRing(trx, senderId, ding.recipientIds, 'ring');
    const people = await this.accounts.findReachable(trx, ding.recipientIds, now);
    const unreachable = people.filter((one) => one.number === undefined && ding.channel !== APP);
    if (unreachable.length > 0) {
      throw new Problem('RECIPIENT_UNREACHABLE', {
        accountIds: unreachable.map((one) => one.accountId),
      });
    }
    await this.takeDing(trx, senderId, now);
    if (ding.channel !== APP) await this.requireWay(trx, senderId, people, ding.channel, now);
    return people.map((one) => ({ ...one, participantId: randomUUID() }));
  }

  private async takeDing(trx: Transaction, senderId: string, now: Date): Promise<void> {
    const taken = await takeHit(trx, [dingsKey(senderId)], [dingsRule(this.limits)], now);
    if (!taken.ok) throw new Problem('SENDER_LIMIT', { retryAt: taken.retryAt });
  }

  /**
   * Where a number was called and sent to too often, its sender is told so at once. What still waits
   * counts as if it had gone out.
   */
  private async requireWay(
    trx: Transaction,
    senderId: string,
    people: readonly Pick<Recipient, 'accountId' | 'number'>[],
    channel: Channel,
    now: Date,
  ): Promise<void> {
    const accountIds: string[] = [];
    let mayAt = now.getTime();
    for (const { accountId, number } of people) {
      if (number === undefined) continue;
      const waiting = await findWaitingDings(trx, accountId);
      const to = { accountId, index: number.numberIndex, waiting };
      const ways = [
        ...(getTraits(channel).form === 'call' ? [await this.ringAt(trx, to, now)] : []),
        await this.smsAt(trx, senderId, to, now),
      ];
      if (ways.some(({ isInTime }) => isInTime)) continue;
      accountIds.push(accountId);
      mayAt = Math.max(mayAt, Math.min(...ways.map(({ at }) => at.getTime())));
    }
    if (accountIds.length === 0) return;
    const retryAt = new Date(mayAt - DING_LASTS_MS + 1_000);
    throw new Problem('DING_LIMIT', { accountIds, retryAt });
  }

  private async ringAt(trx: Transaction, { index, waiting }: To, now: Date): Promise<When> {
    const hits = await readHits(trx, [budgetKey(index, 'voice', 'ding')]);
    const all = [...hits, ...listTimes(waiting, 'call')];
    return reachAt(all, BUDGETS.voice.ding?.usual ?? [], DING_LASTS_MS, now);
  }

  private async smsAt(
    trx: Transaction,
    senderId: string,
    { accountId, index, waiting }: To,
    now: Date,
  ): Promise<When> {
    const toNumber = await readHits(trx, [budgetKey(index, 'sms', 'ding')]);
    const bySender = await readHits(trx, [dingSmsKey(senderId, accountId)]);
    const own = waiting.filter(({ initiatorId }) => initiatorId === senderId);
    const ownRule = dingSmsRule(this.limits.dingSmsToOneAnHour);
    const whens = [
      reachAt(
        [...toNumber, ...listTimes(waiting, 'text')],
        BUDGETS.sms.ding?.usual ?? [],
        DING_LASTS_MS,
        now,
      ),
      reachAt([...bySender, ...listTimes(own, 'text')], [ownRule], DING_LASTS_MS, now),
    ];
    return {
      at: new Date(Math.max(...whens.map(({ at }) => at.getTime()))),
      isInTime: whens.every(({ isInTime }) => isInTime),
    };
  }
}

const listTimes = (waiting: readonly WaitingDing[], form: Form): Date[] =>
  waiting.filter(({ channel }) => getTraits(channel).form === form).map(({ at }) => at);
