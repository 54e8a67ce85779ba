import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Cluster, ENVIRONMENT, explainOutput } from './cluster.js';
import { ExpectedError } from './expected-error.js';
import { readPostmaster, sendSignal } from './postmaster.js';

const FAST_STOP_MS = 1500;
const IMMEDIATE_STOP_MS = 1000;
/**
 * Recovery after a crash replays at most max_wal_size, which took under 3 s; a slow disk may need
 * more.
 */
const START_MS = 60_000;

export interface LaunchOptions {
  readonly port: number;
  /** A pid in PostgreSQL's lock file that is no server of ours. */
  readonly notAServer: number | undefined;
  readonly isThrowaway: boolean;
  /** Gives the start up. */
  readonly signal: AbortSignal | undefined;
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
  // No statement, no row and no parameter is in the log: those who ask get their errors, and hold
  // what may be in them.
  'log_min_messages=log',
  'log_min_error_statement=panic',
  'log_error_verbosity=terse',
  'log_statement=none',
  'log_checkpoints=off',
];

/**
 * Tests have nothing to lose, and run several whole products at once, each of which may open some
 * 80 connections.
 */
const THROWAWAY: readonly string[] = ['fsync=off', 'max_connections=300'];

/** Runs the server on its cluster, and returns when it takes connections. */
export async function launchServer(
  cluster: Cluster,
  options: LaunchOptions,
): Promise<ChildProcess> {
  const { dataDir, place } = cluster;
  const logPath = join(place.dir, 'postgres.log');
  for (const until = Date.now() + START_MS; ;) {
    const { server, exited } = await spawnServer(cluster, options, logPath);
    const ready = isReadyBefore(until, server, cluster, options);
    if (await Promise.race([exited.then(() => false), ready])) {
      server.unref();
      return server;
    }
    if (!hasExited(server)) {
      sendSignal(server.pid as number, 'SIGQUIT');
      await exited;
      options.signal?.throwIfAborted();
      throw new ExpectedError(
        `DATA_DIR: PostgreSQL was not ready after ${START_MS / 1000} s; its log is ${logPath}`,
      );
    }
    const output = await readFile(logPath, 'utf8').catch(() => '');
    // After kill -9 its other processes take a moment to notice.
    if (!output.includes('pre-existing shared memory block') || Date.now() > until)
      throw explainOutput(output, dataDir, options.port, logPath);
    await sleep(100);
  }
}

async function spawnServer(
  { place, binaries, dir }: Cluster,
  { port, notAServer, isThrowaway }: LaunchOptions,
  logPath: string,
): Promise<{ server: ChildProcess; exited: Promise<unknown> }> {
  const settings = [...SETTINGS, ...(isThrowaway ? THROWAWAY : [])];
  const args = ['-D', dir, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  // PostgreSQL takes a lock file for stale if it names this pid, and still looks whether the memory
  // of a dead server is in use. To remove the file ourselves would skip that look.
  const grandparent = notAServer === undefined ? {} : { PG_GRANDPARENT_PID: String(notAServer) };
  // A file, not a pipe: a server that outlives us keeps a place to write to.
  const file = await open(logPath, 'w', 0o600);
  const server = spawn(binaries.postgres, args, {
    ...place.runAs,
    cwd: place.dir,
    detached: true,
    stdio: ['ignore', file.fd, file.fd],
    env: { ...ENVIRONMENT, ...grandparent },
  });
  // Its end is listened for at once: it may come while the file is closed.
  const exited = once(server, 'exit');
  await file.close();
  return { server, exited };
}

async function isReadyBefore(
  until: number,
  server: ChildProcess,
  { dir }: Cluster,
  { port, signal }: LaunchOptions,
): Promise<boolean> {
  while (Date.now() < until && !signal?.aborted && !hasExited(server)) {
    const state = await readPostmaster(dir);
    if (state?.pid === server.pid && state?.isReady && (await isAnswering(port))) return true;
    await sleep(10);
  }
  return false;
}

const hasExited = (server: ChildProcess): boolean =>
  server.exitCode !== null || server.signalCode !== null;

function isAnswering(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Ends the server: connections are cut, and what was committed is on disk. */
export async function stopServer(server: ChildProcess, cluster: Cluster): Promise<void> {
  if (hasExited(server)) return;
  server.ref();
  const exited = once(server, 'exit');
  const within = (ms: number): Promise<boolean> => {
    const abort = new AbortController();
    const late = sleep(ms, false, { signal: abort.signal });
    return Promise.race([exited.then(() => true), late]).finally(() => abort.abort());
  };
  askToStop(server, cluster, 'fast');
  if (await within(FAST_STOP_MS)) return;
  askToStop(server, cluster, 'immediate');
  if (await within(IMMEDIATE_STOP_MS)) return;
  server.kill('SIGKILL');
  await exited;
}

/** Windows has no signals: pg_ctl speaks PostgreSQL's own. */
function askToStop(
  server: ChildProcess,
  { binaries, dir }: Cluster,
  mode: 'fast' | 'immediate',
): void {
  if (process.platform !== 'win32') {
    sendSignal(server.pid as number, mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    return;
  }
  const args = ['stop', '-D', dir, '-m', mode, '--no-wait'];
  spawn(binaries.pgCtl, args, { stdio: 'ignore' });
}
