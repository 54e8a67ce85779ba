import { generateKeyPairSync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { createRole, type DefaultMode } from '../../src/app.module.js';
import type { Timer } from '../../src/kernel/clock.js';
import { derivePublicKey, deriveVerifyingKey } from '../../src/embedded/keys.js';
import { MortalClient } from '../../src/kernel/database.js';
import type { HandoffStep } from '../../src/handoff/handoff.js';
import { Queue, QueueConnections } from '../../src/handoff/connections.queue.js';
import { QUEUES } from '../../src/handoff/channels.js';
import { scrubbed } from '../../src/kernel/logger.js';
import type { RoleApp } from '../../src/kernel/http-app.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { parseSettings, type Environment, type Role, type Settings } from '../../src/settings.js';
import {
  startSimulator,
  type Simulator,
  type SimulatorOptions,
} from '../../src/simulator/simulator.js';
import { ManualClock } from './clock.js';
import { Phones } from './phones.js';
import { createDatabase, createQueue, type TestDatabase } from './postgres.js';
import { findScrubbed, findSubjectless } from './log-lines.js';
import { findBadMoves } from './log-moves.js';
import { freePort } from './servers.mjs';

/**
 * A whole Dingline for a test: the roles as real Nest applications over real HTTP, real PostgreSQL by each role's own
 * login, the real queue, and the simulator as the only fake, at the edge of the network. Time stands still until the
 * test moves it.
 */
export interface WorldOptions {
  roles?: readonly Role[];
  env?: Environment;
  onStep?: (step: HandoffStep, handoffId: string) => void;
  /** How patiently the network repeats a callback that was refused: six times, each twice as late as the one before. */
  network?: Pick<SimulatorOptions, 'retryAfterMs'>;
  /** Where time begins. */
  at?: Date;
  /** Says when the deadlines of callers who wait are over. */
  timer?: Timer;
  defaultMode?: DefaultMode;
  /** Lays cables between the parts: changes addresses before any role reads them. */
  wire?: (env: Record<string, string>) => Promise<void>;
}

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  body: T;
  /** As it came. */
  text: string;
}

type OwnQueue = InstanceType<typeof Queue>;
const key = (): string => randomBytes(32).toString('base64url');

const KEYS =
  'LIMITER_KEY CODE_PEPPER PRESENTATION_KEY IDEMPOTENCY_KEY NUMBER_INDEX_KEY WEBHOOK_KEY INGRESS_PROBE_KEY'.split(
    ' ',
  );

export class World {
  readonly apps = new Map<Role, RoleApp>();
  readonly urls = new Map<Role, string>();
  readonly logs: string[] = [];
  /** All that the api ever answered, for searches. */
  readonly answers: {
    method: string;
    status: number;
    body: unknown;
    path: string;
    token: string | undefined;
    text: string;
  }[] = [];
  readonly simulator: Simulator;
  readonly phones: Phones;
  private readonly others: RoleApp[] = [];
  private readonly scrubbedBefore = scrubbed.count;
  private readonly eyes: pg.Pool;
  private ownConnections: QueueConnections | undefined;
  private ownQueues: OwnQueue[] | undefined;

  private constructor(
    readonly database: TestDatabase,
    readonly queue: { url: string; drop(): Promise<void> },
    network: { simulator: Simulator; phones: Phones },
    readonly clock: ManualClock,
    readonly env: Record<string, string>,
    readonly settings: Settings,
    private readonly options: WorldOptions,
  ) {
    this.simulator = network.simulator;
    this.phones = network.phones;
    this.eyes = new pg.Pool({ connectionString: database.ownerUrl, max: 2, Client: MortalClient });
    this.eyes.on('error', () => {});
  }

  static async start(options: WorldOptions = {}): Promise<World> {
    const [database, queue, ingressPort] = [
      await createDatabase(),
      await createQueue(),
      await freePort(),
    ];
    const accountSid = `AC${randomBytes(16).toString('hex')}`;
    const [authToken, controlToken] = [randomBytes(16).toString('hex'), key()];
    const simulator = await startSimulator({
      port: 0,
      accountSid,
      authToken,
      controlToken,
      speechMsPerChar: 0,
      stepMs: 0,
      ...options.network,
    });
    const phones = await Phones.connect({ url: simulator.url, controlToken, deadlineMs: 30_000 });
    const privateKey = generateKeyPairSync('x25519').privateKey.export({ format: 'jwk' })
      .d as string;
    const signingKey = key();
    const env: Record<string, string> = {
      ROLES: (options.roles ?? ['api', 'ingress', 'worker']).join(','),
      LOG_LEVEL: 'debug',
      API_PORT: '0',
      INGRESS_PORT: String(ingressPort),
      WORKER_PORT: '0',
      METRICS_PORT: 'none', // it belongs to the process, not to a role
      API_PUBLIC_URL: 'https://dingline.example',
      INGRESS_PUBLIC_URL: `http://127.0.0.1:${ingressPort}`,
      API_DATABASE_URL: database.apiUrl,
      INGRESS_DATABASE_URL: database.ingressUrl,
      WORKER_DATABASE_URL: database.workerUrl,
      QUEUE_URL: queue.url,
      VAULT_PRIVATE_KEYS: privateKey,
      VAULT_PUBLIC_KEY: derivePublicKey(privateKey),
      ...Object.fromEntries(KEYS.map((name) => [name, key()])),
      NUMBERS_A_DAY: '1000', // one person of a test stands for many
      PRESENTATION_SIGNING_KEY: signingKey,
      PRESENTATION_VERIFYING_KEY: deriveVerifyingKey(signingKey),
      CARRIER_BASE_URL: simulator.url,
      CARRIER_ACCOUNT_SID: accountSid,
      CARRIER_AUTH_TOKEN: authToken,
      CARRIER_WEBHOOK_TOKENS: authToken,
      CARRIER_SENDER_NUMBER: '+15005550006',
      ...(options.roles?.includes('ingress') === false ? { INGRESS_PROBE_URL: 'off' } : {}),
      ...(options.env as Record<string, string> | undefined),
    };
    await options.wire?.(env);
    const clock = new ManualClock(options.at);
    clock.showIn(database.clockFile);
    const world = new World(
      database,
      queue,
      { simulator, phones },
      clock,
      env,
      parseSettings(env),
      options,
    );
    // As in the product: what the worker gives the carrier is answered by an ingress that is there.
    for (const role of ['ingress', 'api', 'worker'] as const)
      if (world.settings.roles.includes(role)) await world.boot(role);
    return world;
  }

  /** With other settings than the world's, where an operator has changed some. */
  async boot(role: Role, changes: Record<string, string> = {}): Promise<void> {
    const app = await this.create(role, parseSettings({ ...this.env, ...changes }));
    this.apps.set(role, app);
    this.urls.set(role, `http://127.0.0.1:${await app.listen()}`);
  }

  /** A second one of a role beside the first; it ends with the world. */
  async bootAnother(role: Role): Promise<RoleApp> {
    const app = await this.create(role);
    this.others.push(app);
    await app.listen();
    return app;
  }

  private create(role: Role, all = this.settings): Promise<RoleApp> {
    const settings = all[role];
    if (settings === undefined) throw new Error(`ROLES does not name ${role}`);
    const log = (line: string) => this.logs.push(line);
    const overrides = { clock: this.clock, log, ...this.options };
    return createRole(role, settings, overrides, this.options.defaultMode);
  }

  async stop(role: Role): Promise<void> {
    const app = this.apps.get(role);
    this.apps.delete(role);
    await app?.close();
  }

  /** A request to the API. `token` signs it in; a string body goes as it is. */
  async call<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    options: { token?: string; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    const response = await fetch(`${this.urls.get('api')}${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...options.headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    // A stream has no end to wait for: only its head counts here (test/support/live.ts reads them).
    const isStream = /^text\/event-stream/.test(response.headers.get('content-type') ?? '');
    if (isStream) await response.body?.cancel();
    const text = isStream ? '' : await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const parsed = (isJson && text !== '' ? JSON.parse(text) : {}) as T;
    this.answers.push({
      method,
      path,
      status: response.status,
      body: parsed,
      token: options.token,
      text: `${JSON.stringify([...response.headers])}\n${text}`,
    });
    return { status: response.status, headers: response.headers, text, body: parsed };
  }

  /** What the rows say, with the owner's eyes. */
  async rows<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
    return (await this.eyes.query<R>(text, values)).rows;
  }

  /** Time moves on, and jobs that waited for it are woken, as their timers would. */
  async pass(ms: number): Promise<void> {
    this.clock.advance(ms);
    await this.onQueues((queue) => queue.promoteJobs());
  }

  /**
   * Does something to each queue, through connections of the test's own, which are opened once:
   * most tests let time pass.
   */
  async onQueues<T>(work: (queue: OwnQueue) => Promise<T>): Promise<T[]> {
    if (this.ownQueues === undefined) {
      this.ownConnections = new QueueConnections(new Redacted(this.queue.url));
      const connection = this.ownConnections;
      this.ownQueues = Object.values(QUEUES).map((name) => new Queue(name, { connection }));
      // A connection that is cut while nobody uses it is opened again by the next who does.
      for (const queue of this.ownQueues) queue.on('error', () => {});
    }
    const results: T[] = [];
    for (const queue of this.ownQueues) {
      await queue.waitUntilReady();
      results.push(await work(queue));
    }
    return results;
  }

  private async closeOwnQueues(): Promise<void> {
    for (const queue of this.ownQueues ?? []) await queue.close();
    this.ownConnections?.close();
  }

  /**
   * Ends everything; fails on an unexpected message or ring, a log line that isn't right, a move that the table lacks,
   * an unfinished hand-off.
   */
  async close(how: { quietly?: boolean } = {}): Promise<void> {
    const problems = [...findSubjectless(this.logs), ...findBadMoves(this.logs)];
    const attempt = async (work: () => Promise<unknown>): Promise<void> => {
      await work().catch((error: unknown) =>
        problems.push(error instanceof Error ? error.message : String(error)),
      );
    };
    await attempt(() => this.phones.settled());
    for (const other of this.others) await attempt(() => other.close());
    for (const role of ['api', 'worker', 'ingress'] as const) await attempt(() => this.stop(role));
    await attempt(() => this.phones.close(how));
    if (!how.quietly) {
      const open = await this.rows<{ id: string; state: string }>(
        `SELECT id, state FROM handoffs WHERE state = 'sending'`,
      );
      if (open.length > 0) problems.push(`unfinished hand-offs: ${JSON.stringify(open)}`);
      if (scrubbed.count !== this.scrubbedBefore)
        problems.push('the scrubber had to act:', ...findScrubbed(this.logs));
    }
    await attempt(() => this.simulator.close());
    await attempt(() => this.eyes.end());
    await attempt(() => this.closeOwnQueues());
    await attempt(() => this.queue.drop());
    await attempt(() => this.database.drop());
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }
}
