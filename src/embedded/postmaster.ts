import { readFileSync } from 'node:fs';
import { readFile, readlink, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { OWNER } from './cluster.js';
import { ExpectedError } from './expected-error.js';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/** Reads PostgreSQL's own file about its running server. */
export async function readPostmaster(cluster: string): Promise<Postmaster | undefined> {
  const lines = await readFile(join(cluster, 'postmaster.pid'), 'utf8').then(
    (text) => text.split('\n'),
    () => undefined,
  );
  const pid = Number(lines?.[0]);
  return lines === undefined || !Number.isInteger(pid) || pid <= 1
    ? undefined
    : { pid, port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' };
}

/** The server that runs in our cluster, if one does. */
export async function findServer(
  cluster: string,
  password: string,
): Promise<Postmaster | undefined> {
  const server = await readPostmaster(cluster);
  if (server === undefined || !isAlive(server.pid)) return undefined;
  return (await isOurs(server, cluster, password)) ? server : undefined;
}

/**
 * Stops a server that outlived its parent. It returns a pid that is no server of ours, for
 * PostgreSQL to know: it takes a zombie, and any program of the same user, for a server that runs.
 */
export async function stopLeftover(
  cluster: string,
  password: string,
  log: (line: string) => void,
): Promise<number | undefined> {
  const left = await readPostmaster(cluster);
  if (left === undefined) return undefined;
  if (!isAlive(left.pid) || !(await isOurs(left, cluster, password))) return left.pid;
  log(`stopping the PostgreSQL (pid ${left.pid}) that an earlier run left behind`);
  sendSignal(left.pid, 'SIGINT');
  if (await hasEndedWithin(left.pid, 5000)) return undefined;
  sendSignal(left.pid, 'SIGQUIT');
  if (await hasEndedWithin(left.pid, 5000)) return undefined;
  throw new ExpectedError(
    `DATA_DIR: a PostgreSQL of an earlier run (pid ${left.pid}) does not stop; ` +
      'end it, then start again',
  );
}

/**
 * Whether the process works in our cluster, or (where the system doesn't say) whether the server on
 * its port takes our password and names our cluster. A pid alone isn't believed: the number may be
 * another program's by now.
 */
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
  // A container's first process may never collect the orphans that have ended: those are zombies.
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

export function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone, which is what was wanted.
  }
}

async function hasEndedWithin(pid: number, ms: number): Promise<boolean> {
  for (const until = Date.now() + ms; isAlive(pid);) {
    if (Date.now() > until) return false;
    await sleep(15);
  }
  return true;
}
