import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AccountsRepository } from '../accounts/accounts.repository.js';
import { PumpingGuard } from '../guard/pumping-guard.service.js';
import type { Channel } from '../handoff/handoff.js';
import { HandoffQueue } from '../handoff/handoff.queue.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import { Clock } from '../kernel/clock.js';
import { Database, type Sql } from '../kernel/database.js';
import { Idempotency } from '../kernel/idempotency.js';
import { addressSubject, LimiterKeys } from '../kernel/limiter-keys.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { takeHit } from '../kernel/rate-limit.js';
import { Gate, type NumberRef, type SubmittedCode, type SubmittedNumber } from '../plaintext/gate.js';
import type { Language } from '../texts/catalogue.js';
import { CODE_LASTS_MS, type GuessLimits, MAX_CHECKS, nextGuessAt, nextSteps, SEND_WAIT_MS, SENDS_PER_ADDRESS, SENDS_PER_NUMBER, stateAt } from './verification-session.js';
import { type VerificationRow, VerificationsRepository } from './verifications.repository.js';

export interface VerificationAnswer extends VerificationRow {
  /** Of the newest SMS or call: how far it has come, as far as we were told. */
  delivery: { state: string; reason: string | null; at: Date } | undefined;
}

export interface NewVerification {
  number: SubmittedNumber;
  language?: Language | undefined;
  channel: Channel;
}

/** An app user proves a number by the code that was sent to it (D5a). */
@Injectable()
export class VerificationService {
  constructor(
    private readonly database: Database,
    private readonly verifications: VerificationsRepository,
    private readonly accounts: AccountsRepository,
    private readonly handoffs: HandoffsRepository,
    private readonly queue: HandoffQueue,
    private readonly gate: Gate,
    private readonly limiterKeys: LimiterKeys,
    private readonly idempotency: Idempotency,
    private readonly clock: Clock,
    private readonly logger: Logger,
    private readonly guard: PumpingGuard,
    @Inject('GuessLimits') private readonly guessLimits: GuessLimits,
  ) {}

  /**
   * Starts a verification and has its code sent, or spoken by a call. While one is live for the same number it is given back as it is: its
   * own id, no second code. To a test number nothing is sent, and no limit of sends holds for it.
   * @throws Problem VOICE_ONLY, SENDS_BLOCKED, SEND_TOO_SOON, SEND_LIMIT, TOO_MANY_REQUESTS
   */
  async create(accountId: string, wanted: NewVerification, address: string, key: string | undefined): Promise<VerificationAnswer> {
    if (!wanted.number.channels.includes(wanted.channel)) throw new Problem('VOICE_ONLY', { next: { channel: 'voice' } });
    const now = this.clock.now();
    const limits = await this.addressKeys(address);
    const handoffId = randomUUID();
    let isSent = false;
    const { id } = await this.database.transaction((trx) =>
      this.idempotency.once(trx, { accountId, key, route: 'POST /v1/verifications', body: wanted, at: now }, async () => {
        await this.verifications.lockStarter(trx, accountId);
        for (const expired of await this.verifications.expireOf(trx, accountId, now)) await this.gate.eraseCode(trx, expired);
        const live = await this.verifications.findLive(trx, accountId, wanted.number.limiterKeys, now);
        if (live !== undefined) return live.id;
        if (wanted.number.blockedUntil !== undefined) throw new Problem('SENDS_BLOCKED', { retryAt: wanted.number.blockedUntil });
        isSent = !wanted.number.isTest;
        if (isSent) await this.takeSend(trx, accountId, wanted.number.limiterKeys, limits, now);
        return this.start(trx, accountId, wanted, handoffId, now);
      }),
    );
    if (isSent) await this.point(handoffId, wanted.channel);
    return this.get(accountId, id);
  }

  /** The same code once more, by SMS or by a call. @throws Problem NOT_FOUND, VERIFICATION_FINISHED, SENDS_BLOCKED, SEND_TOO_SOON, SEND_LIMIT, TOO_MANY_REQUESTS */
  async sendAgain(accountId: string, id: string, channel: Channel, address: string, key: string | undefined): Promise<VerificationAnswer> {
    const now = this.clock.now();
    const limits = await this.addressKeys(address);
    const handoffId = randomUUID();
    let isSent = false;
    await this.database.transaction((trx) =>
      this.idempotency.once(trx, { accountId, key, route: `POST /v1/verifications/${id}/sends`, body: { channel }, at: now }, async () => {
        await this.verifications.lockStarter(trx, accountId);
        const found = await this.verifications.find(trx, accountId, id, 'lock');
        if (found === undefined) throw new Problem('NOT_FOUND');
        if (stateAt(found, now) !== 'pending') throw new Problem('VERIFICATION_FINISHED');
        isSent = !found.isTest;
        const refusal = isSent ? await this.guard.refusal(await this.verifications.whereabouts(trx, id)) : undefined;
        if (refusal !== undefined) throw new Problem('SENDS_BLOCKED', refusal);
        if (isSent) await this.takeSend(trx, accountId, await this.verifications.limiterIndexOf(trx, id), limits, now);
        await this.verifications.noteSend(trx, id, now);
        if (isSent) await this.handOff(trx, { handoffId, channel, id, accountId, numberRef: found.numberRef, language: found.language, notAfter: found.expiresAt }, now);
        return id;
      }),
    );
    if (isSent) await this.point(handoffId, channel);
    return this.get(accountId, id);
  }

  /** @throws Problem NOT_FOUND, VERIFICATION_FINISHED, GUESS_LIMIT */
  async check(accountId: string, id: string, code: SubmittedCode): Promise<VerificationAnswer & { isCorrect: boolean }> {
    const now = this.clock.now();
    const claimed = await this.verifications.claimCheck(this.database.sql, accountId, id, this.guessLimits, now);
    if (claimed === undefined) {
      const found = await this.get(accountId, id);
      const next = nextSteps(found, now);
      const guesses = next.mayCheck ? await this.verifications.guesses(this.database.sql, id) : undefined;
      if (guesses !== undefined) throw new Problem('GUESS_LIMIT', { retryAt: nextGuessAt(guesses, this.guessLimits, guesses.isOwner, now), next: { state: 'pending', ...next, mayCheck: false } });
      throw new Problem('VERIFICATION_FINISHED', { next: { state: stateAt(found, now), ...next } });
    }
    const isCorrect = this.gate.codeMatches(claimed.codeHash, code, id);
    if (isCorrect) await this.approve(accountId, id, claimed.numberRef, now);
    else if (claimed.attempts >= MAX_CHECKS) await this.finish(id, 'max_attempts', now);
    return { ...(await this.get(accountId, id)), isCorrect };
  }

  /** Twice is once. @throws Problem NOT_FOUND, VERIFICATION_FINISHED */
  async cancel(accountId: string, id: string): Promise<VerificationAnswer> {
    const now = this.clock.now();
    const found = await this.get(accountId, id);
    const state = stateAt(found, now);
    if (state !== 'pending' && state !== 'canceled') throw new Problem('VERIFICATION_FINISHED');
    await this.finish(id, 'canceled', now);
    return this.get(accountId, id);
  }

  /** @throws Problem NOT_FOUND */
  async get(accountId: string, id: string): Promise<VerificationAnswer> {
    const found = await this.verifications.find(this.database.sql, accountId, id);
    if (found === undefined) throw new Problem('NOT_FOUND');
    const latest = await this.handoffs.latestOf(this.database.sql, id);
    const delivery = latest && { state: latest.delivery === 'none' ? latest.state : latest.delivery, reason: latest.reason, at: latest.createdAt };
    return { ...found, state: stateAt(found, this.clock.now()), delivery };
  }

  private async start(trx: Sql, accountId: string, wanted: NewVerification, handoffId: string, now: Date): Promise<string> {
    const id = randomUUID();
    const language = wanted.language ?? (await this.accounts.languageAndName(trx, accountId))?.language ?? 'en';
    const expiresAt = new Date(now.getTime() + CODE_LASTS_MS);
    const { ref: numberRef, isTest, channels } = wanted.number;
    await this.gate.storeNumber(trx, wanted.number);
    const row = await this.verifications.insert(trx, { id, accountId, numberRef, limiterIndex: wanted.number.limiterKeys[0], country: wanted.number.country ?? null, prefixKey: wanted.number.prefixKeys[0], isTest, isVoiceOnly: !channels.includes('sms'), language, expiresAt }, now);
    if (row === undefined) throw new Error('two live verifications for one starter and number'); // the starter's lock is held
    await this.verifications.setCode(trx, id, (await this.gate.storeCode(trx, id, wanted.number)).hash);
    if (!isTest) await this.handOff(trx, { handoffId, channel: wanted.channel, id, accountId, numberRef, language, notAfter: expiresAt }, now);
    return id;
  }

  private async handOff(trx: Sql, of: { handoffId: string; channel: Channel; id: string; accountId: string; numberRef: NumberRef; language: Language; notAfter: Date }, now: Date): Promise<void> {
    await this.handoffs.insert(trx, {
      id: of.handoffId, purpose: 'verification', channel: of.channel, kind: 'deliver', subjectId: of.id, accountId: of.accountId,
      numberRef: of.numberRef, targetId: null, language: of.language, notBefore: now, notAfter: of.notAfter,
    }, now);
  }

  /** All limits of a send; none is charged unless all allow it, since a refusal rolls everything back. */
  private async takeSend(trx: Sql, accountId: string, numberKeys: readonly [Buffer, ...Buffer[]], addressKeys: readonly [Buffer, Buffer], now: Date): Promise<void> {
    const last = await this.verifications.lastSendAt(trx, accountId, numberKeys);
    const sendAt = new Date((last?.getTime() ?? 0) + SEND_WAIT_MS);
    if (sendAt > now) throw new Problem('SEND_TOO_SOON', { retryAt: sendAt });
    const byAddress = await takeHit(trx, addressKeys, SENDS_PER_ADDRESS, now);
    if (!byAddress.ok) throw new Problem('TOO_MANY_REQUESTS', { retryAt: byAddress.retryAt });
    const byNumber = await takeHit(trx, numberKeys, SENDS_PER_NUMBER, now);
    if (!byNumber.ok) throw new Problem('SEND_LIMIT', { retryAt: byNumber.retryAt });
  }

  private addressKeys(address: string): Promise<[Buffer, Buffer]> {
    return this.limiterKeys.keysFor(`send:${addressSubject(address)}`);
  }

  private async approve(accountId: string, id: string, numberRef: NumberRef, now: Date): Promise<void> {
    const movedFrom = await this.database.transaction(async (trx) => {
      const numberIndex = await this.gate.numberIndexOf(trx, numberRef);
      // No index: the worker never opened the number, so no code left, and nobody can have read it.
      if (numberIndex === undefined) throw new Problem('VERIFICATION_FINISHED');
      if (!(await this.verifications.finish(trx, id, 'approved', now))) throw new Problem('VERIFICATION_FINISHED'); // used already
      await this.gate.eraseCode(trx, id);
      await this.verifications.forgetGuesses(trx, numberIndex);
      await this.handoffs.cancelQueued(trx, [id], now);
      return this.accounts.moveNumber(trx, { accountId, numberRef, numberIndex, now });
    });
    this.logger.info('verification_approved', { verificationId: id, ...(movedFrom === undefined ? {} : { message: 'the number was another account\'s, which is told' }) });
  }

  private async finish(id: string, state: 'canceled' | 'max_attempts', now: Date): Promise<void> {
    await this.database.transaction(async (trx) => {
      if (!(await this.verifications.finish(trx, id, state, now))) return;
      await this.gate.eraseCode(trx, id);
      await this.handoffs.cancelQueued(trx, [id], now);
    });
  }

  /** The row is committed; if the queue is away the sweeper does this later. */
  private async point(handoffId: string, channel: Channel): Promise<void> {
    await this.queue.add({ id: handoffId, channel, purpose: 'verification' }).catch(() => this.logger.warn('queue_away', { handoffId, message: 'the hand-off waits for the sweeper' }));
  }
}
