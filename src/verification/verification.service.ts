import { Inject, Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { type Channel, CHANNELS } from '../handoff/channels.js';
import { Enqueuer } from '../handoff/enqueuer.service.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Transaction } from '../kernel/database.js';
import { Idempotency } from '../kernel/idempotency.js';
import { newId } from '../kernel/ids.js';
import { addressSubject, LimiterKeys } from '../kernel/limiter-keys.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { nonSecretBytes } from '../kernel/random.js';
import { longestWindowMs, nextAllowedAt, type Rule } from '../kernel/rate-limit.js';
import { Gate, type SubmittedCode, type SubmittedNumber } from '../plaintext/gate.js';
import type { Language } from '../texts/catalogue.js';
import type { Starter } from './starter.guard.js';
import {
  addressRules,
  nextGuessAt,
  nextSteps,
  numberRules,
  readRules,
  stateAt,
  type VerificationLimits,
  wrongCodeRule,
} from './verification-session.js';
import { Webhooks } from '../webhooks/webhooks.service.js';
import { type MayTell, mayTell, type WebhookEvent } from '../webhooks/webhook-event.js';
import type { VerificationRow } from './verification-row.js';
import {
  type Finished,
  type NewVerificationRow,
  type SendRefused,
  type Started,
  VerificationsRepository,
} from './verifications.repository.js';

const NO_KEYS = Promise.resolve<readonly Buffer[]>([]);

export interface NewVerification {
  number: SubmittedNumber;
  language?: Language | undefined;
  /** auto: by SMS, and by a call if that doesn't arrive. */
  channel: Channel | 'auto';
}

/** What a client may send again under its `Idempotency-Key`. */
interface Request {
  starter: Starter;
  key: string | undefined;
  route: string;
  body: object;
  now: Date;
}

/** Somebody proves a number by the code that was sent to it (D5a): a person for their account, or an app's user. */
@Injectable()
export class VerificationService {
  constructor(
    private readonly database: Database,
    private readonly verifications: VerificationsRepository,
    private readonly accounts: AccountsRepository,
    private readonly enqueuer: Enqueuer,
    private readonly webhooks: Webhooks,
    private readonly gate: Gate,
    private readonly limiterKeys: LimiterKeys,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
    private readonly logger: Logger,
    @Inject('VerificationLimits') private readonly limits: VerificationLimits,
  ) {}

  /**
   * Starts a verification and has its code sent, or spoken by a call. While one is live for the same number it is given back
   * as it is: its own id, no second code. To a test number nothing is sent, and no limit of sends holds for it.
   * @throws Problem COUNTRY_REFUSED, VOICE_ONLY, CHANNEL_OFF, SENDS_BLOCKED, SEND_TOO_SOON, SEND_LIMIT, CALL_LIMIT, TOO_MANY_REQUESTS
   */
  async create(
    starter: Starter,
    wanted: NewVerification,
    address: string | undefined,
    key: string | undefined,
  ): Promise<Started> {
    const { number } = wanted;
    if (
      starter.countries.length > 0 &&
      (number.country === undefined || !starter.countries.includes(number.country))
    )
      throw new Problem('COUNTRY_REFUSED');
    const now = this.clock.now();
    const [id, handoffId] = [newId(), newId()];
    const channels = number.channels.filter((channel) => starter.channels.includes(channel));
    const channel = wanted.channel === 'auto' ? (channels[0] ?? CHANNELS[0]) : wanted.channel;
    const addressKeys = await this.addressKeys('send', address, addressRules(this.limits.send));
    const { sealed: sealedCode, hash: codeHash } = await this.gate.makeCode(
      id,
      number,
      starter.codeDigits,
    );
    const tells = this.tells(starter, now, {
      type: 'verification.started',
      data: { verificationId: id, channel },
    });
    const row: NewVerificationRow = {
      id,
      starter,
      numberRef: number.ref,
      sealedNumber: number.sealed,
      testIndex: number.testIndex,
      numberKeys: number.limiterKeys,
      country: number.country,
      prefixKey: number.prefixKey,
      proofs: number.proofs,
      blockedUntil: number.blockedUntil,
      addressKeys,
      channel,
      channels,
      isAuto: wanted.channel === 'auto',
      language: wanted.language,
      sealedCode,
      codeHash,
      lastsMs: starter.codeLastsMs,
      handoffId,
      tells,
    };
    const body = { number, language: wanted.language, channel: wanted.channel };
    const started = await this.withIdempotency(
      { starter, key, route: 'POST /v1/verifications', body, now },
      async (trx) =>
        this.requireSent(
          'new',
          await this.verifications.start(row, this.limits.send, now, trx),
          now,
        ),
    );
    if (started.isNew && tells !== undefined) this.webhooks.wakeSoon();
    return this.enqueueCode(started, channel, handoffId);
  }

  /** The same code once more, by SMS or by a call. @throws Problem NOT_FOUND, VERIFICATION_FINISHED, VOICE_ONLY, SEND_TOO_SOON, SEND_LIMIT, CALL_LIMIT, TOO_MANY_REQUESTS */
  async sendAgain(
    starter: Starter,
    id: string,
    channel: Channel,
    address: string | undefined,
    key: string | undefined,
  ): Promise<Started> {
    const now = this.clock.now();
    const handoffId = newId();
    const addressKeys = await this.addressKeys('send', address, addressRules(this.limits.send));
    const started = await this.withIdempotency(
      { starter, key, route: `POST /v1/verifications/${id}/sends`, body: { channel }, now },
      async (trx) =>
        this.requireSent(
          'again',
          await this.verifications.send(
            { id, starter, channel, addressKeys, handoffId },
            this.limits.send,
            now,
            trx,
          ),
          now,
        ),
    );
    return this.enqueueCode(started, channel, handoffId);
  }

  /** @throws Problem NOT_FOUND, VERIFICATION_FINISHED, GUESS_LIMIT, TOO_MANY_REQUESTS */
  async check(
    starter: Starter,
    id: string,
    code: SubmittedCode,
    address: string | undefined,
  ): Promise<{ view: VerificationRow; isCorrect: boolean }> {
    const now = this.clock.now();
    const wrongRule = wrongCodeRule(this.limits.guess, address !== undefined);
    const wrongKeys =
      address === undefined
        ? await this.limiterKeys.keysFor(`wrong:${starter.personId}`, wrongRule.windowMs)
        : await this.addressKeys('wrong', address, [wrongRule]);
    const tells = this.tells(
      starter,
      now,
      { type: 'verification.approved', data: { verificationId: id } },
      { type: 'verification.failed', data: { verificationId: id, state: 'max_attempts' } },
    );
    const checked = await this.verifications.check(
      {
        id,
        starter,
        hash: code.boundTo(id),
        nonce: nonSecretBytes(16),
        wrongBy: address === undefined ? 'app' : 'address',
        wrongKeys,
        wrongRule,
        tells,
      },
      this.limits.guess,
      now,
    );
    if (checked === undefined) throw new Problem('NOT_FOUND');
    const { view } = checked;
    if (tells !== undefined && checked.refused === undefined && view.state !== 'pending')
      this.webhooks.wakeSoon();
    if (checked.refused === 'finished') throw this.finishedProblem(view, now);
    if (checked.refused === 'guesses')
      throw new Problem('GUESS_LIMIT', {
        retryAt: nextGuessAt(checked, this.limits.guess, checked.isOwner, now),
        next: { state: 'pending', ...this.next(view, now), mayCheck: false },
      });
    if (checked.refused === 'wrong')
      throw new Problem('TOO_MANY_REQUESTS', {
        retryAt: nextAllowedAt(checked.hits, [wrongRule], now),
        next: { state: 'pending', ...this.next(view, now), mayCheck: false },
      });
    if (!checked.isCorrect || starter.accountId === null)
      return { view, isCorrect: checked.isCorrect };
    await this.approve(starter.accountId, view, now);
    return { view: { ...view, state: 'approved', finishedAt: now, hits: [] }, isCorrect: true };
  }

  /** Twice is once. @throws Problem NOT_FOUND, VERIFICATION_FINISHED */
  async cancel(starter: Starter, id: string): Promise<VerificationRow> {
    const now = this.clock.now();
    const found = await this.find(starter, id, now);
    const state = stateAt(found, now);
    if (state !== 'pending' && state !== 'canceled') throw this.finishedProblem(found, now);
    await this.database.transaction(async (trx) => {
      const isNews = await this.verifications.finish(id, 'canceled', now, trx);
      if (isNews && starter.app !== undefined)
        await this.webhooks.add(
          trx,
          {
            type: 'verification.failed',
            data: { verificationId: id, state: 'canceled' },
            appId: starter.app.id,
          },
          now,
        );
    });
    return this.find(starter, id, now);
  }

  /** @throws Problem NOT_FOUND, TOO_MANY_REQUESTS */
  async get(starter: Starter, id: string): Promise<VerificationRow> {
    // An app's users look at theirs by the app: of each verification so many.
    const readKeys = await this.limiterKeys.keysFor(
      `read:${starter.accountId ?? id}`,
      longestWindowMs(readRules(this.limits)),
    );
    return this.find(starter, id, this.clock.now(), readKeys);
  }

  /** The newest of these starters' for a number, whatever became of it. @throws Problem NOT_FOUND */
  async findByNumber(starter: Starter, numberKeys: readonly Buffer[]): Promise<string> {
    const id = await this.verifications.findNewest(starter, numberKeys);
    if (id === undefined) throw new Problem('NOT_FOUND');
    return id;
  }

  /** What may be done next, and when. */
  next(view: VerificationRow, now: Date): ReturnType<typeof nextSteps> {
    return nextSteps(view, this.limits, now);
  }

  private async find(
    starter: Starter,
    id: string,
    now: Date,
    readKeys: readonly Buffer[] = [],
  ): Promise<VerificationRow> {
    const found = await this.verifications.read(id, starter, readKeys, readRules(this.limits), now);
    if (found === undefined) throw new Problem('NOT_FOUND');
    if (found.refused !== undefined)
      throw new Problem('TOO_MANY_REQUESTS', {
        retryAt: nextAllowedAt(found.hits, readRules(this.limits), now),
      });
    return { ...found.view, state: stateAt(found.view, now) };
  }

  /** With a key, in one transaction with it: whoever sends it again is shown what it made. */
  private async withIdempotency(
    { starter, key, route, body, now }: Request,
    work: (trx?: Transaction) => Promise<Started>,
  ): Promise<Started> {
    if (key === undefined) return work();
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
    return started ?? { view: await this.find(starter, id, now), isNew: false };
  }

  /** The hand-off is committed: its job. If the queue is away the sweeper adds it later. */
  private async enqueueCode(
    started: Started,
    channel: Channel,
    handoffId: string,
  ): Promise<Started> {
    if (!started.isNew || started.view.isTest) return started;
    await this.enqueuer.enqueue({ id: handoffId, channel, purpose: 'verification' });
    return started;
  }

  /** For the statement that does it, if the app has a webhook: which of these may come true. */
  private tells({ app }: Starter, now: Date, ...events: WebhookEvent[]): MayTell | undefined {
    return app?.hasWebhook === true ? mayTell(app.id, events, now) : undefined;
  }

  /** @throws the Problem that a refused send is */
  private requireSent(
    what: 'new' | 'again',
    answer: Started | SendRefused | Finished | undefined,
    now: Date,
  ): Started {
    if (answer === undefined) throw new Problem('NOT_FOUND');
    const { view } = answer;
    if (answer.refused === undefined) return answer;
    if (answer.refused === 'finished') throw this.finishedProblem(view, now);
    // Of one that did not come to be there is nothing to check.
    const next = {
      ...this.next(view, now),
      ...(what === 'new' ? { mayCheck: false, checksLeft: 0 } : { state: 'pending' }),
    };
    switch (answer.refused) {
      case 'channel':
        throw view.channels.includes('voice')
          ? new Problem('VOICE_ONLY', { next: { ...next, channel: 'voice' } })
          : new Problem('CHANNEL_OFF', { next });
      case 'calls':
        throw new Problem('CALL_LIMIT', { next });
      case 'wait':
        throw new Problem('SEND_TOO_SOON', { retryAt: answer.at, next });
      case 'blocked':
        throw new Problem('SENDS_BLOCKED', { retryAt: answer.at, next });
      case 'address':
        throw new Problem('TOO_MANY_REQUESTS', {
          retryAt: nextAllowedAt(answer.hits, addressRules(this.limits.send), now),
          next,
        });
      case 'number':
        throw new Problem('SEND_LIMIT', {
          retryAt: nextAllowedAt(answer.hits, numberRules(this.limits.send, view.isKnown), now),
          next,
        });
    }
  }

  private finishedProblem(view: VerificationRow, now: Date): Problem {
    return new Problem('VERIFICATION_FINISHED', {
      next: { state: stateAt(view, now), ...this.next(view, now) },
    });
  }

  /** None, where whoever asks doesn't say from where: an app, of its user. */
  private addressKeys(
    what: string,
    address: string | undefined,
    rules: readonly Rule[],
  ): Promise<readonly Buffer[]> {
    return address === undefined
      ? NO_KEYS
      : this.limiterKeys.keysFor(`${what}:${addressSubject(address)}`, longestWindowMs(rules));
  }

  private async approve(
    accountId: string,
    { id, numberRef }: VerificationRow,
    now: Date,
  ): Promise<void> {
    const movedFrom = await this.database.transaction(async (trx) => {
      const numberIndex = await this.gate.numberIndexOf(trx, numberRef);
      if (numberIndex === undefined) throw new Error('the number of a right code was opened');
      if (!(await this.verifications.finish(id, 'approved', now, trx)))
        throw new Problem('VERIFICATION_FINISHED'); // used already
      await this.verifications.noteProofs(trx, id, now);
      return this.accounts.moveNumber(trx, { accountId, numberRef, numberIndex, now });
    });
    if (movedFrom !== undefined)
      this.logger.info('number_moved', {
        verificationId: id,
        message: "the number was another account's, which is told",
      });
  }
}
