import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { AccountsRepository } from '../../src/accounts/accounts.repository.js';
import { ConsentEnds } from '../../src/accounts/consent-ends.service.js';
import { NumberMoves } from '../../src/accounts/number-moves.service.js';
import { SessionsRepository } from '../../src/accounts/sessions.repository.js';
import { ProofRules } from '../../src/accounts/proof.js';
import { TeamsRepository } from '../../src/accounts/teams.repository.js';
import { TeamsService } from '../../src/accounts/teams.service.js';
import type { Me } from '../../src/accounts/sessions.service.js';
import { sql } from 'kysely';
import { CallChanges } from '../../src/calls/call-changes.service.js';
import { CallInstructions } from '../../src/calls/call-instructions.service.js';
import { CallerIds } from '../../src/calls/caller-ids.service.js';
import { CallLegs } from '../../src/calls/call-legs.service.js';
import { CallsRepository } from '../../src/calls/calls.repository.js';
import { ConferenceCalls } from '../../src/conference/conference-calls.service.js';
import { ConferenceInvitations } from '../../src/conference/conference-invitations.service.js';
import { ConferenceMoves } from '../../src/conference/conference-moves.service.js';
import { ConferenceService } from '../../src/conference/conference.service.js';
import { ConferenceSteps } from '../../src/conference/conference-steps.service.js';
import { ConferenceSweep } from '../../src/conference/conference.sweep.js';
import { ConferencesRepository } from '../../src/conference/conferences.repository.js';
import { DingCalls } from '../../src/ding/ding-calls.service.js';
import { DingLinks, LinkKey } from '../../src/ding/ding-links.service.js';
import { DingNotifications } from '../../src/ding/ding-notifications.service.js';
import { DingMoves } from '../../src/ding/ding-moves.service.js';
import { DingRecipients } from '../../src/ding/ding-recipients.service.js';
import { DingStart } from '../../src/ding/ding-start.service.js';
import { DingSteps } from '../../src/ding/ding-steps.service.js';
import { DingService } from '../../src/ding/ding.service.js';
import { DingViewsRepository } from '../../src/ding/ding-views.repository.js';
import { DingSweep } from '../../src/ding/ding.sweep.js';
import { DingsRepository } from '../../src/ding/dings.repository.js';
import { PriceList } from '../../src/guard/price-list.service.js';
import { Spending } from '../../src/guard/spending.service.js';
import type { Channel } from '../../src/handoff/channels.js';
import { Enqueuer } from '../../src/handoff/enqueuer.service.js';
import type { Outcome } from '../../src/handoff/handoff.js';
import type { HandoffQueue } from '../../src/handoff/handoff.queue.js';
import { CallbacksRepository } from '../../src/handoff/callbacks.repository.js';
import { HandoffsRepository } from '../../src/handoff/handoffs.repository.js';
import { Outcomes } from '../../src/handoff/outcomes.service.js';
import { OverdueHandoffsRepository } from '../../src/handoff/overdue-handoffs.repository.js';
import { Sweeper } from '../../src/handoff/sweeper.service.js';
import { type Database, type Executor, type Transaction } from '../../src/kernel/database.js';
import { Idempotency } from '../../src/kernel/idempotency.js';
import type { NumberRef } from '../../src/kernel/ids.js';
import { Logger } from '../../src/kernel/logger.js';
import { ProblemFilter } from '../../src/kernel/problem.filter.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { Throttle } from '../../src/kernel/throttle.js';
import type { Receipt } from '../../src/ledger/ledger.repository.js';
import { CallerIdController, LookPace } from '../../src/plaintext/caller-id.controller.js';
import { CallWords } from '../../src/plaintext/call-words.service.js';
import { CalledHandoffs } from '../../src/plaintext/called-handoffs.service.js';
import { CarrierCallbacksController } from '../../src/plaintext/carrier-callbacks.controller.js';
import { CarrierEvents } from '../../src/plaintext/carrier-events.service.js';
import {
  CarrierClient,
  type Found,
  type OutgoingCall,
  type OutgoingSms,
} from '../../src/plaintext/carriers/carrier.js';
import { TwilioCallbacks } from '../../src/plaintext/carriers/twilio/twilio.callbacks.js';
import type { PhoneNumber } from '../../src/plaintext/phone-number.js';
import { Presentations, Presenter } from '../../src/plaintext/presentation.js';
import { PresentationRepository } from '../../src/plaintext/presentation.repository.js';
import { Sealer } from '../../src/plaintext/vault/epoch.js';
import { derivePublicKey, Keyring } from '../../src/plaintext/vault/keyring.js';
import { NumberIndex } from '../../src/plaintext/vault/number-index.js';
import { NumbersRepository } from '../../src/plaintext/vault/numbers.repository.js';
import { Vault } from '../../src/plaintext/vault/vault.js';
import { LiveEventsRepository } from '../../src/realtime/live-events.repository.js';
import { makeHandoffWorker } from './handoff-worker.js';
import type { Room } from './room.js';

/**
 * The three roles' services on one database, each on its role's login, without Nest and without a
 * queue: a test says which hand-off is taken up, stops a worker in the middle of it, and has a role
 * die and come back within a millisecond. At the edge is a telephone line that does what it is
 * told.
 */

/**
 * Where a worker can be stopped. claimed: what it will open stands in the ledger, nothing is opened. presented: the
 * caller ID is sealed. dialling: the request hasn't left. dialled: phones may ring, and the answer isn't here yet.
 */
export const STOPS = ['claimed', 'presented', 'dialling', 'dialled'] as const;
export type Stop = (typeof STOPS)[number];
export type LineAnswer = 'accepted' | 'rejected' | 'unavailable' | 'unknown';

/** One hand-off in a worker's hands. */
export class Task {
  isOver = false;
  isKilled = false;
  error: unknown;
  finished: Promise<void> = Promise.resolve();
  onStop = (): void => {};
  private goOn: ((isKilled: boolean) => void) | undefined;

  constructor(
    readonly handoffId: string,
    private stop: Stop | undefined,
    readonly answer: LineAnswer,
  ) {}

  async at(stop: Stop): Promise<void> {
    if (this.stop !== stop) return;
    this.stop = undefined;
    const isKilled = await new Promise<boolean>((resolve) => {
      this.goOn = resolve;
      this.onStop();
    });
    if (isKilled) throw new Error('killed');
  }

  async resume(): Promise<void> {
    this.goOn?.(false);
    await this.finished;
  }

  async kill(): Promise<void> {
    this.isKilled = true;
    this.goOn?.(true);
    await this.finished;
  }
}

const tasks = new AsyncLocalStorage<Task>();

/** What went out, and by which address the carrier speaks of it. */
export interface Sent {
  url: string;
  sid: string;
  channel: Channel;
}

/** A carrier that answers as each task says. */
class Line extends CarrierClient {
  readonly name = 'twilio';

  constructor(private readonly sent: Map<string, Sent>) {
    super();
  }

  sendSms(message: OutgoingSms): Promise<Outcome> {
    return this.take('sms', message.callbackUrl);
  }
  placeCall(call: OutgoingCall): Promise<Outcome> {
    return this.take('voice', call.callbackUrl);
  }
  hangUp(carrierRef: string): Promise<Outcome> {
    return Promise.resolve({ kind: 'accepted', carrierRef });
  }
  setMuted(_roomRef: string, carrierRef: string): Promise<Outcome> {
    return Promise.resolve({ kind: 'accepted', carrierRef });
  }
  lookUpSms(): Promise<Found> {
    return Promise.resolve({ kind: 'silent' });
  }
  lookUpCall(): Promise<Found> {
    return Promise.resolve({ kind: 'silent' });
  }
  listRoom(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  canList(): boolean {
    return false;
  }
  listSms(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  listCalls(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
  close(): Promise<void> {
    return Promise.resolve();
  }

  private async take(channel: Channel, url: string): Promise<Outcome> {
    const task = tasks.getStore() as Task;
    await task.at('dialling');
    if (task.answer === 'rejected') return { kind: 'rejected', reason: 'bad_number' };
    if (task.answer === 'unavailable') return { kind: 'unavailable' };
    const sid = `${channel === 'voice' ? 'CA' : 'SM'}${randomBytes(16).toString('hex')}`;
    this.sent.set(task.handoffId, { url, sid, channel });
    await task.at('dialled');
    return task.answer === 'unknown' ? { kind: 'unknown' } : { kind: 'accepted', carrierRef: sid };
  }
}

class StoppableVault extends Vault {
  override async open(ref: NumberRef, receipt: Receipt): Promise<PhoneNumber> {
    await tasks.getStore()?.at('claimed');
    return super.open(ref, receipt);
  }
}

export type Presented = (callId: string, participantId: string, numberRef: string) => void;

class StoppablePresenter extends Presenter {
  onPresented: Presented = () => {};

  override async present(
    trx: Executor,
    shown: Parameters<Presenter['present']>[1],
  ): Promise<boolean> {
    const isSealed = await super.present(trx, shown);
    if (isSealed) this.onPresented(shown.callId, shown.participantId, shown.numberRef);
    await tasks.getStore()?.at('presented');
    return isSealed;
  }
}

/** A carrier's request, kept so that it can come once more. */
export interface Callback {
  url: string;
  form: Record<string, string>;
  token: string;
}

const INGRESS_URL = 'https://ingress.example';
const WEBHOOK_TOKEN = 'the token of the line';

export class Stage {
  readonly sent = new Map<string, Sent>();
  readonly tasks = new Set<Task>();
  readonly errors: string[] = [];
  onPresented: Presented = () => {};
  api!: Awaited<ReturnType<Stage['makeApi']>>;
  ingress!: ReturnType<Stage['makeIngress']>;
  worker!: ReturnType<Stage['makeWorker']>;
  private readonly logger = new Logger('warn', 'test', (line) => {
    if (line.includes('"level":"error"')) this.errors.push(line);
  });
  private readonly filter: ProblemFilter;
  private readonly throttle: Throttle;
  /** What a session's token hashes to, by account. */
  private readonly sessions = new Map<string, Buffer>();
  private together: Transaction | undefined;
  private readonly looking: Pick<Database, 'transaction'> = {
    transaction: async (work, options) => {
      if (this.together === undefined) return this.room.api.transaction(work, options);
      await options?.as?.identify(this.together);
      return work(this.together);
    },
  };

  private constructor(private readonly room: Room) {
    this.filter = new ProblemFilter(this.logger, room.clock);
    this.throttle = new Throttle(room.api, room.limiterKeys(), room.clock);
  }

  static async open(room: Room): Promise<Stage> {
    const stage = new Stage(room);
    stage.api = await stage.makeApi();
    stage.ingress = stage.makeIngress();
    stage.worker = stage.makeWorker();
    return stage;
  }

  async close(): Promise<void> {
    this.api.presentations.onModuleDestroy();
    await this.endWorker();
  }

  /** Its memory is gone; what it was doing stays as it was. */
  async crash(role: 'api' | 'ingress' | 'worker'): Promise<void> {
    if (role === 'api') {
      this.api.presentations.onModuleDestroy();
      this.api = await this.makeApi();
    } else if (role === 'ingress') this.ingress = this.makeIngress();
    else {
      await this.endWorker();
      this.worker = this.makeWorker();
    }
  }

  /** Takes up a hand-off, to its end or to where it is stopped. */
  async work(handoffId: string, answer: LineAnswer, stop?: Stop): Promise<Task> {
    const task = new Task(handoffId, stop, answer);
    this.tasks.add(task);
    const stopped = new Promise<void>((resolve) => {
      task.onStop = resolve;
    });
    task.finished = tasks
      .run(task, () => this.worker.handoffs.run(handoffId))
      .then(
        () => {},
        (error: unknown) => {
          task.error = error;
        },
      )
      .finally(() => {
        task.isOver = true;
        this.tasks.delete(task);
      });
    await Promise.race([stopped, task.finished]);
    this.complain(task);
    return task;
  }

  async resume(task: Task): Promise<void> {
    await task.resume();
    this.complain(task);
  }

  /** Looks at caller IDs, many at once; each by itself would begin and end a transaction, half of what it costs. */
  async inOneTransaction(looks: () => Promise<void>): Promise<void> {
    await this.room.api.transaction(async (trx) => {
      this.together = trx;
      await looks().finally(() => {
        this.together = undefined;
      });
    });
  }

  /** A request of this person's, as SessionGuard knows it. */
  meOf(accountId: string): Me {
    const unused = Buffer.alloc(32);
    return {
      accountId,
      sessionId: '',
      proofKey: unused,
      tokenDigest: unused,
      identify: async (trx) => {
        await new SessionsRepository().identify(trx, await this.digestFor(accountId));
      },
    };
  }

  private async digestFor(accountId: string): Promise<Buffer> {
    let digest = this.sessions.get(accountId);
    if (digest === undefined) {
      digest = randomBytes(32);
      await sql`
        INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
        VALUES (
          ${randomUUID()}, ${accountId}, sha256(${digest}), 'bearer', ${this.room.clock.now()},
          'infinity'
        )
      `.execute(this.room.owner.sql);
      this.sessions.set(accountId, digest);
    }
    return digest;
  }

  /** The carrier tells or asks something. @throws what ingress answers with */
  async callback({ url, form, token }: Callback): Promise<void> {
    const [, capability, kind] = /^\/carrier\/([^/]+)\/(\w+)/.exec(
      url.slice(INGRESS_URL.length),
    ) as unknown as [string, string, 'message' | 'call' | 'machine' | 'room' | 'answer' | 'keys'];
    const request = {
      headers: {
        'x-twilio-signature': getExpectedTwilioSignature(WEBHOOK_TOKEN, url, form),
        'i-twilio-idempotency-token': token,
      },
      params: { capability },
      query: {},
      originalUrl: url.slice(INGRESS_URL.length),
      body: Buffer.from(new URLSearchParams(form).toString()),
    } as unknown as FastifyRequest;
    const reply = { header: () => reply } as unknown as FastifyReply;
    await this.ingress.callbacks[kind](request, reply);
  }

  /** An error as a browser gets it, head and body. */
  answerTo(error: unknown): string {
    const answer: { status?: number; headers: Record<string, string>; body?: string } = {
      headers: {},
    };
    const reply = {
      status: (status: number) => {
        answer.status = status;
        return reply;
      },
      header: (name: string, value: string) => {
        answer.headers[name] = value;
        return reply;
      },
      send: (body: string) => {
        answer.body = body;
        return reply;
      },
    };
    this.filter.send(
      error,
      { id: randomUUID(), routeOptions: { url: '/' } } as FastifyRequest,
      reply as unknown as FastifyReply,
    );
    return JSON.stringify(answer);
  }

  private complain(task: Task): void {
    if (task.error !== undefined && !task.isKilled)
      throw new Error(
        `a hand-off failed: ${this.errors.at(-1) ?? (task.error instanceof Error ? task.error.message : '')}`,
      );
  }

  private async endWorker(): Promise<void> {
    for (const task of [...this.tasks]) await task.kill();
    this.worker.handoffs.onModuleDestroy();
    await this.worker.sweeper.beforeApplicationShutdown();
    await this.worker.handoffs.onApplicationShutdown();
  }

  private common() {
    const [calls, handoffs, events, dings, conferences] = [
      new CallsRepository(),
      new HandoffsRepository(),
      new LiveEventsRepository(),
      new DingsRepository(),
      new ConferencesRepository(),
    ];
    const outcomes = new Outcomes();
    const legs = new CallLegs(calls, handoffs, events);
    const callerIds = new CallerIds(handoffs);
    return {
      calls,
      handoffs,
      events,
      dings,
      conferences,
      outcomes,
      legs,
      instructions: new CallInstructions(),
      dingSteps: new DingSteps(
        calls,
        dings,
        new DingNotifications(calls, dings, handoffs, events),
        legs,
        callerIds,
        events,
      ),
      conferenceSteps: new ConferenceSteps(calls, conferences, legs, callerIds, events),
    };
  }

  /** The rows say what waits; the test takes it from there. */
  private queue(): HandoffQueue {
    return {
      add: () => Promise.resolve(),
      listTaken: () => Promise.resolve(new Set()),
    } as unknown as HandoffQueue;
  }

  private async makeApi() {
    const { api: database, clock, keys, ledger } = this.room;
    const { calls, events, dings, conferences, legs, dingSteps, conferenceSteps } = this.common();
    const moves = new NumberMoves();
    const [accounts, idempotency] = [
      new AccountsRepository(new ProofRules(365 * 86_400_000)),
      new Idempotency(new Redacted(keys.pepper)),
    ];
    const consentEnds = new ConsentEnds(accounts);
    new DingMoves(moves, consentEnds, calls, dingSteps);
    new ConferenceMoves(moves, consentEnds, calls, conferenceSteps);
    const changes = new CallChanges(database, idempotency, new Enqueuer(this.queue(), this.logger));
    const teams = new TeamsService(
      database,
      clock,
      this.throttle,
      idempotency,
      accounts,
      new TeamsRepository(),
      consentEnds,
    );
    const presentations = new Presentations(database, new PresentationRepository(), clock, {
      wrapping: new Redacted(keys.presentation),
      signing: new Redacted(keys.signing),
    });
    await presentations.onModuleInit();
    const limits = {
      dingsAnHour: 1_000,
      dingSmsToOneAnHour: 1_000,
      conferencesAtOnce: 1_000,
      conferenceMinutesADay: 100_000,
    };
    const recipients = new DingRecipients(accounts, teams, limits);
    const starter = new DingStart(recipients, calls, dings, dingSteps, legs, events);
    const invitations = new ConferenceInvitations(
      accounts,
      teams,
      calls,
      conferences,
      legs,
      events,
      limits,
    );
    return {
      accounts,
      moves,
      presentations,
      events,
      dings: new DingService(
        database,
        calls,
        new DingViewsRepository(),
        dingSteps,
        starter,
        changes,
        clock,
      ),
      conferences: new ConferenceService(
        database,
        calls,
        conferences,
        conferenceSteps,
        invitations,
        changes,
        clock,
      ),
      callerIds: new CallerIdController(
        this.looking as unknown as Database,
        calls,
        ledger,
        presentations,
        this.room.limiterKeys(),
        new LookPace(1_000_000),
        clock,
      ),
    };
  }

  private listeners(parts: ReturnType<Stage['common']>): void {
    new DingCalls(
      parts.calls,
      parts.dings,
      parts.dingSteps,
      new DingLinks('https://dingline.example', new LinkKey(new Redacted(this.room.keys.pepper))),
      parts.outcomes,
      parts.instructions,
    );
    new ConferenceCalls(
      parts.calls,
      parts.conferences,
      parts.conferenceSteps,
      parts.outcomes,
      parts.instructions,
    );
  }

  private makeIngress() {
    const parts = this.common();
    this.listeners(parts);
    const {
      room: { ingress: database, clock },
      logger,
    } = this;
    const carrier = new TwilioCallbacks({
      webhookTokens: new Redacted([WEBHOOK_TOKEN]),
      ingressPublicUrl: INGRESS_URL,
    });
    const never = { wait: () => new Promise<never>(() => {}), readMs: () => 0 };
    const callbacks = new CallbacksRepository();
    const called = new CalledHandoffs(parts.handoffs, callbacks, parts.outcomes, logger);
    const events = new CarrierEvents(database, called, callbacks, parts.outcomes, clock, logger);
    const words = new CallWords(
      database,
      called,
      parts.instructions,
      new NumbersRepository(),
      clock,
      never,
      logger,
    );
    return { callbacks: new CarrierCallbacksController(carrier, events, words, logger) };
  }

  private makeWorker() {
    const { clock, keys, privateKey } = this.room;
    const database: Database = this.room.worker;
    const parts = this.common();
    this.listeners(parts);
    const numbers = new NumbersRepository();
    const vault = new StoppableVault(
      database,
      numbers,
      new Keyring(new Redacted([privateKey])),
      new NumberIndex(new Redacted(keys.index)),
    );
    const presenter = new StoppablePresenter(
      new PresentationRepository(),
      clock,
      this.room.verifyingKey(),
      this.logger,
    );
    presenter.onPresented = (...presented) => this.onPresented(...presented);
    const spending = new Spending(
      new PriceList({ sms: 0.05, voice: 0.05 }, undefined, new Map(), this.logger),
      { aDay: undefined, countryADay: undefined, accountADay: undefined, teamADay: undefined },
      this.logger,
    );
    const handoffs = makeHandoffWorker({
      database,
      handoffs: parts.handoffs,
      outcomes: parts.outcomes,
      vault,
      sealer: new Sealer(database, clock, derivePublicKey(privateKey)),
      pepper: new Redacted(keys.pepper),
      presenter,
      spending,
      carrier: new Line(this.sent),
      clock,
      logger: this.logger,
      ingressUrl: INGRESS_URL,
    });
    const sweeper = new Sweeper(
      database,
      parts.handoffs,
      new OverdueHandoffsRepository(),
      parts.outcomes,
      new Enqueuer(this.queue(), this.logger),
      clock,
      this.logger,
    );
    new DingSweep(sweeper, parts.dings, parts.dingSteps);
    new ConferenceSweep(sweeper, parts.conferenceSteps);
    return { handoffs, sweeper };
  }
}
