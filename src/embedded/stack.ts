import { join } from 'node:path';
import { Redacted } from '../kernel/redacted.js';
import {
  parseSettings,
  parseStackSettings,
  type Environment,
  type Role,
  type Settings,
  type StackSettings,
} from '../settings.js';
import { checkDataVersion, lockDataDir, makeDataDir } from './data-dir.js';
import { prepareOwnServer } from './databases.js';
import { explainDisk } from './expected-error.js';
import { ensureKey, keyFile, keysDir } from './keys.js';
import { serveMetrics } from './metrics-server.js';
import { planFor, type Plan } from './plan.js';
import { explainListen, findPorts, formatHost } from './ports.js';
import { startPostgres } from './postgres.js';
import { reachAll, requireFunctions } from './reach.js';
import { type CreateRole, drain, drainLimits, orStopped, type RoleApp } from './role-apps.js';
import { startSimulatorProcess } from './simulator-process.js';
import { type Supplied, supplyDatabases, supplyKeys } from './supply.js';

export interface StackOptions {
  readonly env: Environment;
  readonly createRole: CreateRole;
  /** The simulator's program: its place is known where the modules are loaded. */
  readonly simulatorProgram: string;
  readonly say: (text: string) => void;
  /** `npm run demo`, which signs a browser in where the stack is all of default mode. */
  readonly isDemo?: boolean;
  /** Ends the start between two steps, with all that it had begun. */
  readonly signal?: AbortSignal;
  /**
   * Ends the children at once, without waiting: for a second SIGINT. Filled as they are started.
   */
  readonly abandoners?: Set<() => void>;
}

export interface Stack {
  readonly settings: Settings;
  /** Where each role listens. */
  readonly urls: Readonly<Partial<Record<Role, string>>>;
  /** Where Prometheus scrapes this process, unless METRICS_PORT is none. */
  readonly metrics?: string;
  /** The simulator's page of phones, for one browser, and its control token, if it is ours. */
  readonly handsets?: string;
  readonly controlToken?: Redacted<string>;
  /** The phones beside the app, for one browser, in default mode as it comes. */
  readonly split?: string;
  /** By the owner's login, unless the roles run apart. */
  readonly ownerUrl?: Redacted<string>;
  /** Settles, with a line, when a child ends that nobody stopped. */
  readonly failed: Promise<string>;
  /** Drains and ends everything, PostgreSQL last; each step has a bound of its own. */
  stop(): Promise<void>;
}

/**
 * Brings up all that the environment doesn't give, then the roles.
 *
 * When a child ends by itself while the stack runs, the stack ends too, with one line and status 1.
 * To start the child again underneath was left: the next start is the way of recovery that every
 * test takes, a supervisor or a person sees the exit, and half a stack that seems to run is what
 * nobody notices.
 *
 * @throws SettingsError, ExpectedError what was begun is stopped again
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { env, say } = options;
  const plan = planFor(env);
  const stackSettings = parseStackSettings(env, plan.promised);
  const undo: (() => Promise<void>)[] = [];
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await bringUp({ ...options, say }, plan, stackSettings, undo, unwind);
  } catch (error) {
    await unwind();
    throw error;
  }
}

async function bringUp(
  options: StackOptions,
  plan: Plan,
  own: StackSettings,
  undo: (() => Promise<void>)[],
  unwind: () => Promise<void>,
): Promise<Stack> {
  const { say, signal } = options;
  const supplied: Supplied = {};
  let fail: (text: string) => void = () => undefined;
  const failed = new Promise<string>((resolve) => {
    fail = resolve;
  });
  let isStopping = false;
  const watch = (
    child: { ended: Promise<void>; abandon(): void; stop(): Promise<void> },
    text: string,
  ): void => {
    options.abandoners?.add(() => child.abandon());
    undo.push(() => child.stop());
    void child.ended.then(() => {
      if (!isStopping) fail(text);
    });
  };

  // Ports first: a taken one is told before anything has begun.
  const ports = await findPorts(own, plan);
  const env: Environment = {
    ...options.env,
    ...Object.fromEntries([...ports].map(([name, port]) => [name, String(port)])),
  };

  const extras: {
    metrics?: string;
    handsets?: string;
    split?: string;
    controlToken?: Redacted<string>;
    ownerUrl?: Redacted<string>;
  } = {};
  if (!plan.isApart) {
    const dataDir = await makeDataDir(own.dataDir);
    undo.push(await lockDataDir(dataDir));
    await checkDataVersion(dataDir);
    await supplyKeys(env, dataDir, supplied).catch((error: unknown) => {
      throw explainDisk(error, dataDir);
    });
    signal?.throwIfAborted();

    let serverUrl = own.databaseUrl?.reveal();
    if (plan.hasPostgres) {
      const postgres = await startPostgres({
        dataDir,
        port: own.postgresPort,
        log: say,
        ...(signal ? { signal } : {}),
      });
      watch(
        postgres,
        'the embedded PostgreSQL ended by itself; its log is ' +
          `${join(postgres.place.dir, 'postgres.log')}. Start again: it recovers`,
      );
      serverUrl = postgres.ownerUrl('dingline');
      await prepareOwnServer(postgres.ownerUrl('postgres'));
      const where = postgres.place.isElsewhere
        ? `, the database in ${postgres.place.dir} ` +
          `(PostgreSQL can't run as root, and no other user may enter ${dataDir})`
        : '';
      say(
        `keys and data are both in ${dataDir}${where}: who can read that folder can read every number`,
      );
    } else {
      say(
        `the keys that were generated are in ${keysDir(dataDir)}: who can read that folder ` +
          'and the database can read every number',
      );
    }
    signal?.throwIfAborted();
    if (serverUrl === undefined) throw new Error('no database');
    extras.ownerUrl = new Redacted(serverUrl);
    await supplyDatabases(env, dataDir, serverUrl, { plan, bounds: own }, say, supplied);
    signal?.throwIfAborted();

    if (plan.hasSimulator) {
      const accountSid = await ensureKey(dataDir, 'CARRIER_ACCOUNT_SID');
      const authToken = await ensureKey(dataDir, 'CARRIER_AUTH_TOKEN');
      extras.controlToken = new Redacted(await ensureKey(dataDir, 'SIMULATOR_CONTROL_TOKEN'));
      const args = [
        '--port',
        String(ports.get('SIMULATOR_PORT')),
        '--account-sid',
        accountSid,
        '--auth-token-file',
        keyFile(dataDir, 'CARRIER_AUTH_TOKEN'),
        '--control-token-file',
        keyFile(dataDir, 'SIMULATOR_CONTROL_TOKEN'),
      ];
      // As API_PUBLIC_URL is by itself, which nobody has given then.
      if (plan.isDefault) args.push('--app', `http://localhost:${ports.get('API_PORT')}`);
      const simulator = await startSimulatorProcess(options.simulatorProgram, args, (next) =>
        say(`phones, for another browser: ${next.split ?? next.handsets}`),
      );
      watch(simulator, 'the simulator ended by itself. Start again');
      extras.handsets = simulator.handsets;
      if (simulator.split !== undefined) extras.split = simulator.split;
      supplied.CARRIER_BASE_URL = `http://127.0.0.1:${simulator.port}`;
      supplied.CARRIER_ACCOUNT_SID = accountSid;
      supplied.CARRIER_AUTH_TOKEN = supplied.CARRIER_WEBHOOK_TOKENS = authToken;
      supplied.CARRIER_SENDER_NUMBER = SIMULATED_SENDER;
      signal?.throwIfAborted();
    }
  }

  const settings = parseSettings(env, supplied);
  await reachAll(settings);
  await requireFunctions(settings);
  const metricsPort = ports.get('METRICS_PORT');
  if (metricsPort !== undefined) {
    const server = await serveMetrics(own.metricsHost, metricsPort).catch((error: unknown) => {
      throw explainListen('METRICS_PORT', metricsPort, error, 'METRICS_HOST');
    });
    undo.push(() => server.close());
    extras.metrics = `http://${formatHost(own.metricsHost)}:${server.port}/metrics`;
  }
  const defaultMode =
    extras.split === undefined
      ? undefined
      : { isDemo: options.isDemo === true, phonesOrigin: new URL(extras.split).origin };
  const apps = new Map<Role, RoleApp>();
  undo.push(() => drain(apps, say, drainLimits(plan, own.drainMs)));
  const urls: Partial<Record<Role, string>> = {};
  // ingress before worker: what the worker gives the carrier is answered there.
  for (const role of ['ingress', 'worker', 'api'] as const) {
    if (!settings.roles.includes(role)) continue;
    const app = await orStopped(options.createRole(role, settings, defaultMode), signal);
    apps.set(role, app);
    const name = `${role.toUpperCase()}_PORT`;
    urls[role] = await app.listen().catch((error: unknown) => {
      throw explainListen(name, ports.get(name) ?? 0, error);
    });
    signal?.throwIfAborted();
  }
  return {
    settings,
    urls,
    ...extras,
    failed,
    stop: async () => {
      isStopping = true;
      await unwind();
    },
  };
}

/** One of Twilio's test numbers: the simulator's account has it. */
const SIMULATED_SENDER = '+15005550006';
