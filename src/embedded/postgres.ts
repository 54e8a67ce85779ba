import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  chown,
  mkdir,
  open,
  readFile,
  readlink,
  realpath,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findBinaries, type Binaries } from './binaries.js';
import { ExpectedError, diskFull, explainDisk, portTaken } from './expected-error.js';
import { makeDataDir } from './data-dir.js';
import { ensureKey, keyFile } from './keys.js';
import { findPlace, type Place } from './place.js';
import { findPort } from './ports.js';

export interface EmbeddedPostgres {
  /** By the login that owns everything. */
  ownerUrl(database: string): string;
  readonly port: number;
  readonly pid: number;
  /** Where its files are: in DATA_DIR, or for root elsewhere (place.ts). */
  readonly place: Place;
  /** Settles when the server has ended, whoever ended it. */
  readonly ended: Promise<void>;
  /** Ends it: connections are cut, what was committed is on disk. Within 2.5 s. */
  stop(): Promise<void>;
  /** The last resort of a second SIGINT: sends the signal and waits for nothing. The next start replays the log. */
  abandon(): void;
}

export interface PostgresOptions {
  readonly dataDir: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: (line: string) => void;
  /** Gives the start up; what runs is stopped. */
  readonly signal?: AbortSignal;
  /** For tests: nothing of it need outlive the machine, so it doesn't wait for the disk. A killed process loses nothing even so. */
  readonly isThrowaway?: boolean;
}

const OWNER = 'dingline_owner';
const FAST_STOP_MS = 1500;
const IMMEDIATE_STOP_MS = 1000;
/** Recovery after a crash replays at most max_wal_size, which took under 3 s; a slow disk may need more. */
const START_MS = 60_000;

/**
 * Starts the real PostgreSQL that npm installed, on 127.0.0.1 only, with its files in DATA_DIR; from an empty folder in
 * about a second.
 *
 * It is detached: a terminal's SIGINT reaches it not by the terminal but by `stop`, after those who use it are done.
 * So it outlives a parent that is killed, and the next start stops it first and takes the files over. Adopting it as
 * it is was left: its settings may be another version's, and the end of a process that isn't our child can't be awaited.
 *
 * @throws ExpectedError one line that names the setting, for a taken port, a full disk, files of a newer PostgreSQL
 */
export async function startPostgres({
  dataDir: given,
  port: wanted,
  log,
  signal: aborted,
  isThrowaway = false,
}: PostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = await makeDataDir(given);
  try {
    const place = await findPlace(dataDir);
    const binaries = await findBinaries(place.runAs, place.dir);
    const password = await ensureKey(dataDir, 'POSTGRES_PASSWORD');
    const cluster = join(place.dir, 'cluster');
    await ensureCluster(dataDir, place, binaries, cluster, password);
    const notAServer = await stopLeftover(cluster, password, log);
    const port = await findPort('POSTGRES_PORT', wanted, '127.0.0.1');
    const server = await launch(
      dataDir,
      place,
      binaries,
      cluster,
      port,
      notAServer,
      isThrowaway,
      aborted,
    );
    return {
      ownerUrl: (database) => `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}`,
      port,
      pid: server.pid as number,
      place,
      ended: once(server, 'exit').then(() => undefined),
      stop: () => stopServer(server, binaries, cluster),
      abandon: () => {
        signal(server.pid as number, 'SIGQUIT');
      },
    };
  } catch (error) {
    throw explainDisk(error, dataDir);
  }
}

/** The address of the server that runs in DATA_DIR for another start, if one does. @throws ExpectedError when DATA_DIR holds no database */
export async function findRunningPostgres(
  dataDir: string,
  database: string,
): Promise<string | undefined> {
  if (
    (await readFile(keyFile(dataDir, 'POSTGRES_PASSWORD'), 'utf8').catch(() => undefined)) ===
    undefined
  )
    throw new ExpectedError(
      `DATA_DIR: ${dataDir} holds no database; set DATA_DIR to the folder of your start, or DATABASE_URL to its database`,
    );
  const cluster = join((await findPlace(dataDir)).dir, 'cluster');
  const password = await ensureKey(dataDir, 'POSTGRES_PASSWORD');
  const running = await readPostmaster(cluster);
  if (
    running === undefined ||
    !running.isReady ||
    !isAlive(running.pid) ||
    !(await isOurs(running, cluster, password))
  )
    return undefined;
  return `postgres://${OWNER}:${password}@127.0.0.1:${running.port}/${database}`;
}

/** Makes the cluster under another name and renames it: one that exists is whole. */
async function ensureCluster(
  dataDir: string,
  place: Place,
  binaries: Binaries,
  cluster: string,
  password: string,
): Promise<void> {
  const version = await readFile(join(cluster, 'PG_VERSION'), 'utf8').then(Number, () => undefined);
  if (version !== undefined) {
    if (version === binaries.major) return;
    throw new ExpectedError(
      `DATA_DIR: ${dataDir} was made by PostgreSQL ${version}, and this version of Dingline brings ${binaries.major}; use the version that made it, or set DATA_DIR to another folder`,
    );
  }
  const partial = `${cluster}.partial`;
  const passwordFile = join(place.dir, 'password.partial');
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (place.runAs)
    for (const path of [partial, passwordFile]) await chown(path, place.runAs.uid, place.runAs.gid);
  try {
    const { code, output } = await run(
      binaries.initdb,
      [
        '--pgdata',
        partial,
        '--username',
        OWNER,
        '--pwfile',
        passwordFile,
        '--auth',
        'scram-sha-256',
        // PostgreSQL's own UTF-8: the same on every system, whatever locales it has.
        '--encoding',
        'UTF8',
        '--locale',
        'C',
        '--locale-provider',
        'builtin',
        '--builtin-locale',
        'C.UTF-8',
        '--no-instructions',
      ],
      place,
    );
    if (code !== 0) throw explainOutput(output, dataDir, 0, 'initdb');
    await rename(partial, cluster);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(partial, { recursive: true, force: true });
  }
}

async function run(
  command: string,
  args: readonly string[],
  place: Place,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, {
    ...place.runAs,
    cwd: place.dir,
    env: ENVIRONMENT,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** Not ours: it may hold the carrier's password, and `nobody` can read the environment of its processes. Messages are read, so in English. */
const ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };

interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/** PostgreSQL's own file about its running server. */
async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = await readFile(join(cluster, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => undefined,
  );
  const pid = Number(lines?.[0]);
  return lines === undefined || !Number.isInteger(pid) || pid <= 1
    ? undefined
    : { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
}

/**
 * Stops a server that outlived its parent. Its pid is only believed if that process works in our cluster, or (where the
 * system doesn't say) if the server on its port takes our password and says that it does: the number may be another
 * program's by now. Returns a pid that is no server of ours, so that PostgreSQL can be told: to PostgreSQL a zombie and
 * any program of the same user is a server that runs.
 */
async function stopLeftover(
  cluster: string,
  password: string,
  log: (line: string) => void,
): Promise<number | undefined> {
  const left = await readPostmaster(cluster);
  if (left === undefined) return undefined;
  if (!isAlive(left.pid) || !(await isOurs(left, cluster, password))) return left.pid;
  log(`stopping the PostgreSQL (pid ${left.pid}) that an earlier run left behind`);
  signal(left.pid, 'SIGINT');
  if (await goneWithin(left.pid, 5000)) return undefined;
  signal(left.pid, 'SIGQUIT');
  if (await goneWithin(left.pid, 5000)) return undefined;
  throw new ExpectedError(
    `DATA_DIR: a PostgreSQL of an earlier run (pid ${left.pid}) does not stop; end it, then start again`,
  );
}

async function isOurs(
  { pid, port }: Postmaster,
  cluster: string,
  password: string,
): Promise<boolean> {
  if (process.platform === 'linux')
    return (await readlink(`/proc/${pid}/cwd`).catch(() => undefined)) === cluster;
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: OWNER,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2000,
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0] !== undefined && (await realpath(rows[0].data_directory)) === cluster;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  if (process.platform !== 'linux') return true;
  // A container's first process may never collect the orphans that have ended: those are zombies, not alive.
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone, which is what was wanted.
  }
}

async function goneWithin(pid: number, ms: number): Promise<boolean> {
  for (const until = Date.now() + ms; isAlive(pid);) {
    if (Date.now() > until) return false;
    await sleep(15);
  }
  return true;
}

const SETTINGS: readonly string[] = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'max_connections=100',
  'shared_buffers=64MB',
  'max_wal_size=256MB',
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  'password_encryption=scram-sha-256',
  'timezone=UTC',
  'log_timezone=UTC',
  // No statement, no row and no parameter in the log: those who ask get their errors, and hold what may be in them.
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
  'log_statement=none',
  'log_checkpoints=off',
];

/** Of tests: nothing to lose, and several whole products at once, each of which may open some 80 connections. */
const THROWAWAY: readonly string[] = ['fsync=off', 'max_connections=300'];

async function launch(
  dataDir: string,
  place: Place,
  binaries: Binaries,
  cluster: string,
  port: number,
  notAServer: number | undefined,
  isThrowaway: boolean,
  aborted: AbortSignal | undefined,
): Promise<ChildProcess> {
  const logPath = join(place.dir, 'postgres.log');
  for (const until = Date.now() + START_MS; ;) {
    // A file, not a pipe: a server that outlives us keeps a place to write to.
    const file = await open(logPath, 'w', 0o600);
    const server = spawn(
      binaries.postgres,
      [
        '-D',
        cluster,
        '-p',
        String(port),
        ...[...SETTINGS, ...(isThrowaway ? THROWAWAY : [])].flatMap((setting) => ['-c', setting]),
      ],
      {
        ...place.runAs,
        cwd: place.dir,
        detached: true,
        stdio: ['ignore', file.fd, file.fd],
        // PostgreSQL takes a lock file for stale if it names this pid, and still looks whether the memory of a dead
        // server is in use. To remove the file ourselves would skip that look.
        env:
          notAServer === undefined
            ? ENVIRONMENT
            : { ...ENVIRONMENT, PG_GRANDPARENT_PID: String(notAServer) },
      },
    );
    const exited = once(server, 'exit').then(() => true);
    await file.close();
    if (
      await Promise.race([
        exited.then(() => false),
        readyWithin(server, cluster, port, until, aborted),
      ])
    ) {
      server.unref();
      return server;
    }
    if (server.exitCode === null && server.signalCode === null) {
      signal(server.pid as number, 'SIGQUIT');
      await exited;
      aborted?.throwIfAborted();
      throw new ExpectedError(
        `DATA_DIR: PostgreSQL was not ready after ${START_MS / 1000} s; its log is ${logPath}`,
      );
    }
    const output = await readFile(logPath, 'utf8').catch(() => '');
    // After kill -9 its other processes take a moment to notice.
    if (!output.includes('pre-existing shared memory block') || Date.now() > until)
      throw explainOutput(output, dataDir, port, logPath);
    await sleep(100);
  }
}

async function readyWithin(
  server: ChildProcess,
  cluster: string,
  port: number,
  until: number,
  aborted: AbortSignal | undefined,
): Promise<boolean> {
  while (
    Date.now() < until &&
    !aborted?.aborted &&
    server.exitCode === null &&
    server.signalCode === null
  ) {
    const state = await readPostmaster(cluster);
    if (state?.pid === server.pid && state?.isReady && (await answers(port))) return true;
    await sleep(10);
  }
  return false;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function explainOutput(output: string, dataDir: string, port: number, source: string): Error {
  if (/No space left on device|Disk quota exceeded/.test(output))
    return new ExpectedError(diskFull(dataDir));
  if (/Address already in use/.test(output))
    return new ExpectedError(portTaken('POSTGRES_PORT', port));
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const telling =
    lines.filter((line) => /FATAL|PANIC|error:/.test(line)).at(-1) ??
    lines.at(-1) ??
    'it said nothing';
  return new ExpectedError(
    `DATA_DIR: PostgreSQL did not start: ${telling.replace(/^.*?(FATAL|PANIC|error):\s*/, '')} (${source})`,
  );
}

async function stopServer(
  server: ChildProcess,
  binaries: Binaries,
  cluster: string,
): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.ref();
  const exited = once(server, 'exit');
  const within = (ms: number): Promise<boolean> => {
    const abort = new AbortController();
    return Promise.race([
      exited.then(() => true),
      sleep(ms, false, { signal: abort.signal }),
    ]).finally(() => abort.abort());
  };
  // Windows has no signals: pg_ctl speaks PostgreSQL's own.
  const send = (mode: 'fast' | 'immediate'): void => {
    if (process.platform === 'win32')
      spawn(binaries.pgCtl, ['stop', '-D', cluster, '-m', mode, '--no-wait'], { stdio: 'ignore' });
    else signal(server.pid as number, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  };
  send('fast');
  if (await within(FAST_STOP_MS)) return;
  send('immediate');
  if (await within(IMMEDIATE_STOP_MS)) return;
  server.kill('SIGKILL');
  await exited;
}
