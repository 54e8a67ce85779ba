import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { TeamsService } from '../accounts/teams.service.js';
import type { Reachable } from '../calls/call-legs.service.js';
import { dingsKey, dingsRule, SenderLimits } from '../calls/sender-limits.js';
import { BUDGETS, budgetKey, dingSmsKey, dingSmsRule, reachAt } from '../handoff/budgets.js';
import { findWaitingDings, lockForDings, type WaitingDing } from '../handoff/callers.repository.js';
import { APP, type Channel, type Form, getTraits, type Way } from '../handoff/channels.js';
import type { Transaction } from '../kernel/database.js';
import { readHitsOfEach, takeHit } from '../kernel/limits.repository.js';
import { Problem } from '../kernel/problem.js';
import { COUNTED_ON_MS } from './urgency.js';

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
/** When a person was reached before, by each budget that a Ding to them counts in. */
interface Reached {
  rung: readonly Date[];
  sent: readonly Date[];
  sentBySender: readonly Date[];
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
    const reachable = people.filter(hasNumber);
    if (reachable.length < people.length && ding.channel !== APP) {
      throw new Problem('RECIPIENT_UNREACHABLE', {
        accountIds: people.filter((one) => !hasNumber(one)).map((one) => one.accountId),
      });
    }
    await this.takeDing(trx, senderId, now);
    if (ding.channel !== APP) await this.requireWay(trx, senderId, reachable, ding.channel, now);
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
    people: readonly Reachable[],
    channel: Channel,
    now: Date,
  ): Promise<void> {
    const isRung = getTraits(channel).form === 'call';
    await lockForDings(
      trx,
      people.map(({ accountId }) => accountId),
    );
    const accountIds: string[] = [];
    let mayAt = now.getTime();
    for (const [accountId, reached] of await findReached(trx, senderId, people)) {
      const bySms = this.smsAt(senderId, reached, now);
      const ways = isRung ? [ringAt(reached, now), bySms] : [bySms];
      if (ways.some(({ isInTime }) => isInTime)) continue;
      accountIds.push(accountId);
      mayAt = Math.max(mayAt, Math.min(...ways.map(({ at }) => at.getTime())));
    }
    if (accountIds.length === 0) return;
    const retryAt = new Date(mayAt - COUNTED_ON_MS + 1_000);
    throw new Problem('DING_LIMIT', { accountIds, retryAt });
  }

  private smsAt(senderId: string, { sent, sentBySender, waiting }: Reached, now: Date): When {
    const own = waiting.filter(({ initiatorId }) => initiatorId === senderId);
    const ownRule = dingSmsRule(this.limits.dingSmsToOneAnHour);
    const rules = BUDGETS.sms.ding?.usual ?? [];
    const whens = [
      reachAt([...sent, ...listTimes(waiting, 'text')], rules, COUNTED_ON_MS, now),
      reachAt([...sentBySender, ...listTimes(own, 'text')], [ownRule], COUNTED_ON_MS, now),
    ];
    return {
      at: new Date(Math.max(...whens.map(({ at }) => at.getTime()))),
      isInTime: whens.every(({ isInTime }) => isInTime),
    };
  }
}

function ringAt({ rung, waiting }: Reached, now: Date): When {
  const rules = BUDGETS.voice.ding?.usual ?? [];
  return reachAt([...rung, ...listTimes(waiting, 'call')], rules, COUNTED_ON_MS, now);
}

/** Two statements for any number of people. */
async function findReached(
  trx: Transaction,
  senderId: string,
  people: readonly Reachable[],
): Promise<Map<string, Reached>> {
  const ids = people.map(({ accountId }) => accountId);
  const waiting = await findWaitingDings(trx, ids);
  const hits = await readHitsOfEach(
    trx,
    people.flatMap(({ accountId, number }) => [
      budgetKey(number.numberIndex, 'voice', 'ding'),
      budgetKey(number.numberIndex, 'sms', 'ding'),
      dingSmsKey(senderId, accountId),
    ]),
  );
  return new Map(
    ids.map((id, i) => {
      const [rung = [], sent = [], sentBySender = []] = hits.slice(3 * i, 3 * i + 3);
      const theirs = waiting.filter(({ accountId }) => accountId === id);
      return [id, { rung, sent, sentBySender, waiting: theirs }];
    }),
  );
}

const hasNumber = <P extends Pick<Recipient, 'number'>>(
  one: P,
): one is P & Pick<Reachable, 'number'> => one.number !== undefined;

const listTimes = (waiting: readonly WaitingDing[], form: Form): Date[] =>
  waiting.filter(({ channel }) => getTraits(channel).form === form).map(({ at }) => at);
