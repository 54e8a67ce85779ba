import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { PriceList } from '../../src/guard/price-list.service.js';
import type { PumpingGuard } from '../../src/guard/pumping-guard.service.js';
import { PumpingSweep } from '../../src/guard/pumping.sweep.js';
import type { Thresholds } from '../../src/guard/pumping.js';
import { type Caps, Spending } from '../../src/guard/spending.service.js';
import type { Channel } from '../../src/handoff/channels.js';
import type { Outcome } from '../../src/handoff/handoff.js';
import { CallbacksRepository } from '../../src/handoff/callbacks.repository.js';
import { HandoffsRepository } from '../../src/handoff/handoffs.repository.js';
import { Outcomes } from '../../src/handoff/outcomes.service.js';
import { Logger } from '../../src/kernel/logger.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { answeringCarrier } from './carriers/answering.js';
import type { CarrierClient } from '../../src/plaintext/carriers/carrier.js';
import type { HandoffWorker } from '../../src/plaintext/handoff.worker.js';
import type { Intake, SubmittedNumber } from '../../src/plaintext/number.pipes.js';
import { TestNumbers } from '../../src/plaintext/test-numbers.js';
import { Intake as TheIntake } from '../../src/plaintext/number.pipes.js';
import { CodeSendsRepository } from '../../src/verification/code-sends.repository.js';
import { VerificationOutcomes } from '../../src/verification/verification-outcomes.service.js';
import type { SendLimits } from '../../src/verification/verification-session.js';
import {
  type StarterIds,
  VerificationsRepository,
} from '../../src/verification/verifications.repository.js';
import { WebhooksRepository } from '../../src/webhooks/webhooks.repository.js';
import { Webhooks } from '../../src/webhooks/webhooks.service.js';
import { makeHandoffWorker } from './handoff-worker.js';
import { starterOf } from './guesses.js';
import { Room, secretOf } from './room.js';

/** So that what is counted here is the guard's alone. */
const UNLIMITED: SendLimits = {
  smsWaitsMs: [0],
  callAfterSmsMs: 0,
  callWaitsMs: [0],
  calls: 99,
  inTenMinutes: 99,
  aDay: 99,
  keptForKnown: 0,
  perAddressAMinute: 99,
  autoAfterMs: 60_000,
};

export interface SendsOptions {
  prices?: { sms: number; voice: number };
  caps?: Partial<Caps>;
  thresholds?: Partial<Thresholds>;
}

/**
 * Sends of codes from a number as it is submitted to the carrier, without HTTP and without a queue: what `api` takes in
 * and refuses, the rows, the worker's claim with what it costs, its outcome, the sweep that blocks. Who starts a
 * verification and checks it is the test's own: rows are written and finished by statements.
 */
export class Sends {
  /** The numbers that the carrier was given, in their order. */
  readonly sent: string[] = [];
  readonly logs: string[] = [];
  /** The carrier's; each that it accepts has an id of its own. */
  answer: Exclude<Outcome, { kind: 'accepted' }> | 'accepted' = 'accepted';
  private readonly handoffs = new HandoffsRepository();
  private readonly workers: HandoffWorker[] = [];
  private readonly verifications;
  private account = '';

  private constructor(
    readonly room: Room,
    readonly guard: PumpingGuard,
    readonly intake: Intake,
    private readonly prices: PriceList,
    private readonly options: SendsOptions,
  ) {
    this.verifications = new VerificationsRepository(room.api);
  }

  static async open(options: SendsOptions = {}): Promise<Sends> {
    const room = await Room.open();
    const guard = room.pumpingGuard();
    await guard.look();
    const pepper = new Redacted<Uint8Array>(room.keys.pepper);
    const intake = new TheIntake(
      room.sealer(),
      room.limiterKeys(),
      pepper,
      room.numberRules(),
      new TestNumbers(new Redacted([{ e164: '+12025550100', code: '123456' }]), pepper),
      guard,
    );
    const prices = new PriceList(
      options.prices ?? { sms: 0.05, voice: 0.1 },
      undefined,
      new Map(),
      new Logger('silent', 'worker'),
    );
    const sends = new Sends(room, guard, intake, prices, options);
    sends.account = await room.account();
    return sends;
  }

  async close(): Promise<void> {
    for (const worker of this.workers) await worker.onApplicationShutdown();
    await this.room.close();
  }

  private logger(): Logger {
    return new Logger('info', 'worker', (line) => this.logs.push(line));
  }

  /** Another process of the worker. */
  worker(): HandoffWorker {
    const { clock, worker: database } = this.room;
    const outcomes = new Outcomes();
    new VerificationOutcomes(
      new VerificationsRepository(database),
      new CodeSendsRepository(),
      new CallbacksRepository(),
      new Webhooks(database, new WebhooksRepository()),
      outcomes,
    );
    const caps = {
      aDay: undefined,
      countryADay: undefined,
      accountADay: undefined,
      teamADay: undefined,
      ...this.options.caps,
    };
    const answer = (): Promise<Outcome> =>
      Promise.resolve(
        this.answer === 'accepted' ? { kind: 'accepted', carrierRef: randomUUID() } : this.answer,
      );
    const take: CarrierClient['sendSms'] & CarrierClient['placeCall'] = ({ to }) => {
      this.sent.push(to.forCarrier());
      return answer();
    };
    const carrier = answeringCarrier(take, answer);
    const spending = new Spending(this.prices, caps, this.logger());
    const worker = makeHandoffWorker({
      database,
      handoffs: this.handoffs,
      outcomes,
      vault: this.room.vault(),
      sealer: this.room.workerSealer(),
      pepper: new Redacted<Uint8Array>(this.room.keys.pepper),
      presenter: this.room.presenter(),
      spending,
      carrier,
      clock,
      logger: this.logger(),
      ingressUrl: 'http://127.0.0.1:1',
    });
    this.workers.push(worker);
    return worker;
  }

  /** Another process that looks for pumping. */
  sweep(): PumpingSweep {
    const thresholds = {
      conversion: 0.2,
      prefixSends: 10,
      countrySends: 50,
      ...this.options.thresholds,
    };
    return new PumpingSweep(
      thresholds,
      this.room.worker,
      this.prices,
      this.room.clock,
      this.logger(),
    );
  }

  private async startingService(serviceId: string): Promise<StarterIds> {
    const { rows } = await sql<{ id: string }>`
      SELECT app_id AS id FROM verify_services WHERE id = ${serviceId}
    `.execute(this.room.owner.sql);
    const personId = rows[0]?.id ?? serviceId;
    const secretDigest = secretOf(personId);
    await sql`
      INSERT INTO app_secrets (secret_hash, app_id, created_at)
      VALUES (sha256(${secretDigest}), ${personId}, ${this.room.clock.now()})
      ON CONFLICT DO NOTHING
    `.execute(this.room.owner.sql);
    return { secretDigest, accountId: null, serviceId, personId, starterIds: [serviceId] };
  }

  /** What a start does; gives the verification's id and the hand-off's. */
  async start(
    number: SubmittedNumber,
    channel: Channel = 'sms',
    serviceId: string | null = null,
  ): Promise<{ id: string; handoffId: string }> {
    const [id, handoffId] = [randomUUID(), randomUUID()];
    const started = await this.verifications.start(
      {
        id,
        starter:
          serviceId === null ? starterOf(this.account) : await this.startingService(serviceId),
        numberRef: number.ref,
        sealedNumber: number.sealed,
        testIndex: undefined,
        numberKeys: number.limiterKeys,
        country: number.country,
        prefixKey: number.prefixKey,
        proofs: [],
        blockedUntil: number.blockedUntil,
        addressKeys: [],
        channel,
        channels: ['sms', 'voice'],
        isAuto: false,
        language: 'en',
        handoffId,
      },
      UNLIMITED,
      this.room.clock.now(),
    );
    if (started?.refused !== undefined || started === undefined)
      throw new Error(started?.refused ?? 'nobody');
    return { id, handoffId };
  }

  /** One more send of it, as when a worker calls by itself. */
  async handOff(
    id: string,
    numberRef: SubmittedNumber['ref'],
    channel: Channel = 'sms',
  ): Promise<string> {
    const handoffId = randomUUID();
    const now = this.room.clock.now();
    await this.room.owner.transaction((trx) =>
      this.handoffs.insert(
        trx,
        {
          id: handoffId,
          purpose: 'verification',
          channel,
          kind: 'deliver',
          subjectId: id,
          accountId: this.account,
          numberRef,
          targetId: null,
          language: 'en',
          notBefore: now,
          notAfter: new Date(now.getTime() + 600_000),
        },
        now,
      ),
    );
    return handoffId;
  }

  /** All of them at once, as far as one role's connections go. */
  async inTurns<T, R>(items: readonly T[], work: (item: T, i: number) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    for (let i = 0; i < items.length; i += 6)
      results.push(
        ...(await Promise.all(items.slice(i, i + 6).map((item, j) => work(item, i + j)))),
      );
    return results;
  }

  async finish(id: string, state: 'approved' | 'expired' | 'canceled'): Promise<void> {
    await sql`
      UPDATE verifications
      SET state = ${state}, finished_at = ${this.room.clock.now()}
      WHERE id = ${id}
    `.execute(this.room.owner.sql);
  }
}
