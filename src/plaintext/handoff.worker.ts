import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { AppsRepository } from '../apps/apps.repository.js';
import { type Spent, Spending } from '../guard/spending.service.js';
import type { HandoffRunner, JobResult } from '../handoff/handoff.processor.js';
import { capabilityHash, type EndReason, type HandoffStep, type Outcome, retryDelayMs } from '../handoff/handoff.js';
import { type Claimed, HandoffsRepository } from '../handoff/handoffs.repository.js';
import { Outcomes, type Settled, type ToPresent } from '../handoff/outcomes.service.js';
import { WorkerLease } from '../handoff/worker-lease.js';
import { ASKED_FOR_RULES, RING_RULES, ringKey } from '../handoff/ring-limit.js';
import { Clock } from '../kernel/clock.js';
import { Database, isDatabaseAway, type Transaction } from '../kernel/database.js';
import { giveBackHit, takeHit } from '../kernel/limits.repository.js';
import { Logger } from '../kernel/logger.js';
import { LedgerRepository, type Receipt } from '../ledger/ledger.repository.js';
import { codeSms } from '../texts/code-sms.js';
import type { CarrierClient } from './carriers/carrier.js';
import type { Code } from './code.js';
import { Presenter } from './presentation.js';
import { sealSpoken } from './spoken-code.js';
import { Vault } from './vault/vault.js';
import { NumbersRepository } from './vault/numbers.repository.js';

export interface HandoffWorkerOptions {
  /** Where the carrier reaches `ingress`; our callback addresses begin with it. */
  ingressPublicUrl: string;
  /** The `@host` in an SMS with a code. */
  codeHost: string;
  appHash: string | undefined;
  /** Told of every step; the fault tests die there. */
  onStep: (step: HandoffStep, handoffId: string) => void;
}

/** A call rings so long when nobody says otherwise. */
export const RING_SECONDS = 60;
/** Callbacks may come for so long after `notAfter` and the longest that the call may last: ringing, and the carrier's own retries. */
const CAPABILITY_MS = (RING_SECONDS + 600) * 1000;

type Ready = { handoff: Claimed; receipt: Receipt | undefined; present: (ToPresent & { receipt: Receipt }) | undefined; capability: string; ring: Ring | undefined; spent: Spent | undefined; smsText: string | undefined };
/** A ring that was counted when its hand-off was claimed. */
type Ring = { key: Buffer; at: Date };
type Claim = Ready | { again: Date } | undefined;

/**
 * Gives one hand-off to a carrier, at most once as far as we can know.
 *
 * The job carries only an id. The row is claimed and the ledger entry written in one transaction; then the number is
 * opened, used for one request and forgotten. A late answer leaves the hand-off `unknown`, never resent blindly: a phone
 * that rings twice at 3 a.m. is worse than one that rings late.
 *
 * Holds plaintext: from `vault.open` until the carrier's answer.
 */
@Injectable()
export class HandoffWorker implements HandoffRunner, OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private readonly lease: WorkerLease;
  private isClosing = false;

  constructor(
    private readonly options: HandoffWorkerOptions,
    private readonly database: Database,
    private readonly handoffs: HandoffsRepository,
    private readonly outcomes: Outcomes,
    private readonly ledger: LedgerRepository,
    private readonly vault: Vault,
    private readonly numbers: NumbersRepository,
    private readonly presenter: Presenter,
    private readonly apps: AppsRepository,
    private readonly spending: Spending,
    private readonly carrier: CarrierClient,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.lease = new WorkerLease(database);
  }

  /** Before the first job is taken. */
  async onModuleInit(): Promise<void> {
    await this.lease.number();
  }

  /** From here on an answer that can't be written is left to the reconciler: whoever ends us waits. */
  onModuleDestroy(): void {
    this.isClosing = true;
  }

  /** After the last job in hand. */
  async onApplicationShutdown(): Promise<void> {
    await this.lease.close();
    await this.carrier.close();
  }

  /** One job. BullMQ keeps what it throws, in clear text: only a fixed word leaves here, the cause is in our log. */
  async run(handoffId: string): Promise<JobResult> {
    try {
      return await this.process(handoffId);
    } catch (error) {
      if (!isDatabaseAway(error)) this.logger.error('handoff_failed', error, { handoffId });
      throw new Error('HANDOFF_FAILED'); // the sweeper adds the job again if the row is still queued
    }
  }

  private async process(handoffId: string): Promise<JobResult> {
    const step = (name: HandoffStep): void => {
      this.options.onStep(name, handoffId);
      this.logger.debug('handoff_step', { handoffId, step: name });
    };
    step('taken');
    const claim = await this.claim(handoffId);
    if (claim === undefined || 'again' in claim) return claim;
    step('claimed');
    const outcome = claim.handoff.kind === 'deliver' || claim.handoff.kind === 'present' ? await this.deliver(claim, step) : await this.control(claim.handoff);
    step('answered');
    const again = await this.settleUntilWritten(claim, outcome);
    step('settled');
    return again;
  }

  /** One transaction: the row is ours, and what will be opened stands in the ledger (D5b), before anything is opened. */
  private async claim(handoffId: string): Promise<Claim> {
    const lease = await this.lease.number();
    const now = this.clock.now();
    const capability = randomBytes(32).toString('base64url');
    return this.database.transaction(async (trx) => {
      const waiting = await this.handoffs.findWaiting(trx, handoffId);
      if (waiting === undefined) return undefined;
      if (waiting.notBefore > now) return { again: waiting.notBefore };
      const handoff = await this.handoffs.claim(trx, handoffId, lease, { hash: capabilityHash(capability), expiresAt: new Date(waiting.notAfter.getTime() + waiting.callSeconds * 1000 + CAPABILITY_MS) }, now);
      if (handoff === undefined) return undefined; // another worker has it, or it is too late: the sweeper expires it
      const isForAPhone = handoff.kind === 'deliver';
      if (!isForAPhone && handoff.kind !== 'present') return { handoff, receipt: undefined, present: undefined, capability, ring: undefined, spent: undefined, smsText: undefined };
      const listener = this.outcomes.of(handoff.purpose);
      if (handoff.numberRef === null || (await listener.isWanted?.(trx, handoff, now)) === false || (handoff.attempts > 1 && (await this.handoffs.isHungUp(trx, handoff.id)))) {
        await this.write(trx, handoff, { state: 'canceled', reason: 'canceled' }, now);
        return undefined;
      }
      const index = isForAPhone && handoff.channel === 'voice' ? await this.numbers.findIndex(trx, handoff.numberRef) : undefined;
      const ring = index && { key: ringKey(index), at: now };
      if (ring !== undefined) {
        const taken = await takeHit(trx, [ring.key], handoff.isAskedFor ? ASKED_FOR_RULES : RING_RULES, now);
        if (!taken.ok && taken.retryAt >= handoff.notAfter) {
          // The phone may not ring before it is too late: said now, so that another way can start now.
          await this.write(trx, handoff, { state: 'expired', reason: 'ring_limit' }, now);
          return undefined;
        }
        if (!taken.ok) {
          await this.handoffs.requeue(trx, handoff.id, taken.retryAt);
          return { again: taken.retryAt };
        }
      }
      const isPaidFor = isForAPhone && handoff.purpose === 'verification';
      const spent = isPaidFor ? await this.spending.take(trx, handoff.subjectId, handoff.channel, now) : undefined;
      if (isPaidFor && spent === undefined) {
        if (ring !== undefined) await giveBackHit(trx, ring.key, ring.at);
        await this.write(trx, handoff, { state: 'rejected', reason: 'spend_cap' }, now);
        return undefined;
      }
      const toPresent = await listener.toPresent?.(trx, handoff);
      const about = { purpose: handoff.purpose, fields: ['number'] as const, handoffId: handoff.id };
      const smsText = isForAPhone && handoff.channel === 'sms' ? await listener.smsText?.(trx, handoff, now) : undefined;
      const receipt = isForAPhone ? await this.ledger.record(trx, { ...about, subjectId: handoff.accountId, numberRef: handoff.numberRef, recipient: `carrier:${this.carrier.name}`, basis: 'D5b' }) : undefined;
      const present = toPresent && {
        ...toPresent,
        receipt: await this.ledger.record(trx, { ...about, subjectId: toPresent.accountId, numberRef: toPresent.numberRef, recipient: `participants:${toPresent.callId}`, basis: 'D5c' }),
      };
      return { handoff, receipt, present, capability, ring, spent, smsText };
    });
  }

  private async deliver(ready: Ready, step: (name: HandoffStep) => void): Promise<Outcome | { kind: 'canceled' }> {
    const { handoff, receipt, present, capability, smsText } = ready;
    if (present !== undefined) {
      const shown = await this.vault.open(present.numberRef, present.receipt);
      await this.presenter.present(this.database.sql, { ...present, number: shown });
    }
    if (handoff.kind === 'present') return { kind: 'accepted', carrierRef: '' };
    if (handoff.numberRef === null || receipt === undefined) throw new Error('nothing to deliver to');
    const to = await this.vault.open(handoff.numberRef, receipt);
    const code = handoff.purpose === 'verification' ? await this.vault.openCode(handoff.subjectId) : undefined;
    step('opened');
    const callbackUrl = `${this.options.ingressPublicUrl}/carrier/${capability}`;
    if (handoff.channel === 'voice') {
      if (handoff.purpose === 'verification' && !(await this.leaveCode(handoff, code, capability))) return { kind: 'canceled' };
      const wait = await this.countRing(ready);
      if (wait !== undefined) return wait;
      const line = { language: handoff.language, about: handoff.purpose };
      return this.carrier.placeCall({ to, callbackUrl, line, ringSeconds: RING_SECONDS, timeLimitSeconds: handoff.callSeconds });
    }
    const text = code === undefined ? smsText : await this.codeText(handoff, code);
    if (text === undefined) return { kind: 'canceled' }; // its verification has finished: there is nothing to say any more
    return this.carrier.sendSms({ to, text, callbackUrl, validitySeconds: Math.floor((handoff.notAfter.getTime() - this.clock.now().getTime()) / 1000) });
  }

  private async codeText({ subjectId, language }: Claimed, code: Code): Promise<string> {
    const { codeHost: host, appHash } = this.options;
    const service = await this.apps.textsOf(this.database.sql, subjectId);
    const app = service && { name: service.name, codeLastsMs: service.codeLastsMs, template: service.templates[language] };
    return codeSms(language, { code: code.forCarrier(), host, appHash, app });
  }

  /** Leaves the code where only this call's own URL opens it; false if its verification has finished. */
  private async leaveCode(handoff: Claimed, code: Code | undefined, capability: string): Promise<boolean> {
    return code !== undefined && this.numbers.storeSpokenCode(this.database.sql, handoff.id, handoff.subjectId, sealSpoken(code, capability, handoff.id));
  }

  /** A number that was never opened before had no index when its hand-off was claimed: its ring is counted now, or waits. */
  private async countRing(ready: Ready): Promise<Outcome | undefined> {
    if (ready.ring !== undefined || ready.handoff.numberRef === null) return undefined;
    const now = this.clock.now();
    const index = await this.numbers.findIndex(this.database.sql, ready.handoff.numberRef);
    if (index === undefined) throw new Error('an opened number has an index');
    const ring = { key: ringKey(index), at: now };
    const taken = await this.database.transaction((trx) => takeHit(trx, [ring.key], RING_RULES, now));
    if (!taken.ok) return { kind: 'unavailable', retryAfterMs: taken.retryAt.getTime() - now.getTime() };
    ready.ring = ring;
    return undefined;
  }

  /** Of a call that is out: ends it, closes or opens its microphone. */
  private async control(handoff: Claimed): Promise<Outcome | { kind: 'canceled' }> {
    const target = handoff.targetId === null ? undefined : await this.handoffs.findTarget(this.database.sql, handoff.targetId);
    if (target === undefined) return { kind: 'canceled' };
    if (target.carrierRef !== null) {
      if (handoff.kind === 'hang_up') return this.carrier.hangUp(target.carrierRef);
      // No room yet: the leg is muted as it enters.
      const roomRef = await this.outcomes.of(handoff.purpose).roomRef?.(this.database.sql, handoff);
      return roomRef === undefined ? { kind: 'canceled' } : this.carrier.setMuted(roomRef, target.carrierRef, handoff.kind === 'mute');
    }
    // Its call is on the wire, or may be: wait until we know the carrier's id for it. Meanwhile `ingress` answers its
    // request for instructions with a hang-up.
    return target.state === 'sending' || target.state === 'unknown' ? { kind: 'unavailable' } : { kind: 'canceled' };
  }

  /**
   * The carrier has answered: this must be written. While the database is away we try again; if it stays away the lease
   * is dropped, so that the sweeper of a living worker calls the hand-off what it then is: unknown.
   */
  private async settleUntilWritten({ handoff, ring, spent }: Ready, outcome: Outcome | { kind: 'canceled' }): Promise<JobResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const now = this.clock.now();
        return await this.database.transaction(async (trx) => {
          const result = await this.settle(trx, handoff, ring, outcome, now);
          // It did not leave, and costs nothing; if it is tried again it is taken again. Last, as when it was taken: many wait for these rows.
          if (spent !== undefined && outcome.kind !== 'accepted' && outcome.kind !== 'unknown') await this.spending.giveBack(trx, spent);
          return result;
        });
      } catch (error) {
        if (!isDatabaseAway(error) || attempt === 10 || this.isClosing) {
          await this.lease.drop();
          throw error;
        }
        await wait(Math.min(5_000, 50 * 2 ** attempt));
      }
    }
  }

  private async settle(trx: Transaction, handoff: Claimed, ring: Ring | undefined, outcome: Outcome | { kind: 'canceled' }, now: Date): Promise<JobResult> {
    const carrierCode = 'carrierCode' in outcome && outcome.carrierCode !== undefined ? { carrierCode: outcome.carrierCode } : {};
    this.logger.info('handoff', { handoffId: handoff.id, purpose: handoff.purpose, channel: handoff.channel, outcome: outcome.kind, ...carrierCode });
    switch (outcome.kind) {
      case 'accepted':
        await this.write(trx, handoff, { state: 'accepted' }, now, outcome.carrierRef === '' ? undefined : outcome.carrierRef);
        return undefined;
      case 'rejected':
        await this.write(trx, handoff, { state: 'rejected', reason: outcome.reason }, now);
        return undefined;
      case 'misconfigured':
        this.logger.error('carrier_misconfigured', undefined, { handoffId: handoff.id, ...carrierCode, message: 'the carrier refuses us: look up its code, check account, sender and permissions' });
        await this.write(trx, handoff, { state: 'failed', reason: 'misconfigured' }, now);
        return undefined;
      case 'unknown':
        await this.write(trx, handoff, { state: 'unknown', reason: 'unknown' }, now);
        return undefined;
      case 'canceled':
        await this.write(trx, handoff, { state: 'canceled', reason: 'canceled' }, now);
        return undefined;
      case 'unavailable': {
        // No phone rang: the next try must not wait for this one's minute.
        if (ring !== undefined) await giveBackHit(trx, ring.key, ring.at);
        const again = new Date(now.getTime() + retryDelayMs(handoff.attempts, outcome.retryAfterMs));
        if (again >= handoff.notAfter) {
          await this.write(trx, handoff, { state: 'expired', reason: 'expired' }, now);
          return undefined;
        }
        await this.handoffs.requeue(trx, handoff.id, again);
        return { again };
      }
    }
  }

  /** The row, and whoever listens, in one transaction. A callback may have been quicker: then both know already. */
  private async write(trx: Transaction, handoff: Claimed, settled: Settled, now: Date, carrierRef?: string): Promise<void> {
    const reason: { reason?: EndReason } = 'reason' in settled ? { reason: settled.reason } : {};
    const isNews = await this.handoffs.settle(trx, handoff.id, settled.state, { ...reason, ...(handoff.kind === 'present' ? {} : { carrier: this.carrier.name }), ...(carrierRef === undefined ? {} : { carrierRef }) }, now);
    if (!isNews || handoff.kind !== 'deliver') return;
    await this.outcomes.hear(trx, handoff, settled, now);
    await this.outcomes.of(handoff.purpose).settled(trx, handoff, settled, now);
  }
}
