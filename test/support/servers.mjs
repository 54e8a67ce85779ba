// The real servers that tests and benchmarks run against: each starts its own, in a folder that goes with it. `undo`
// collects what ends them, to be run from its end.
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export async function temporaryFolder(prefix, undo) {
  const folder = await mkdtemp(path.join(tmpdir(), prefix));
  // So that root's PostgreSQL, which runs as another user, can have its files in it; else they
  // would go elsewhere, and a run that is killed would leave them there.
  await chmod(folder, 0o711);
  undo.push(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The embedded PostgreSQL of the built product; `more` are options of its own. */
export async function startPostgresIn(folder, undo, log, more = {}) {
  const { startPostgres } = await import('../../dist/embedded/postgres.js');
  const postgres = await startPostgres({
    dataDir: path.join(folder, 'data'),
    port: 0,
    log,
    ...more,
  });
  // A root that no other user may enter (TMPDIR in root's home) has it elsewhere: nothing of a run is to stay.
  if (postgres.place.isElsewhere)
    undo.push(() => rm(postgres.place.dir, { recursive: true, force: true }));
  undo.push(() => postgres.stop());
  return postgres;
}

/** Undefined where redis-server is not installed. */
export async function startRedisIn(folder, undo) {
  const program = (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((dir) => path.join(dir, 'redis-server'))
    .find((file) => existsSync(file));
  if (program === undefined) return undefined;
  const port = await freePort();
  const server = spawn(
    program,
    [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--maxmemory-policy',
      'noeviction',
      '--dir',
      folder,
    ],
    { stdio: 'ignore', detached: true },
  );
  const ended = once(server, 'exit');
  undo.push(async () => {
    server.kill('SIGTERM');
    await ended;
  });
  for (
    const until = Date.now() + 10_000;
    Date.now() < until && server.exitCode === null;
    await sleep(50)
  ) {
    if (await answers(port)) return `redis://127.0.0.1:${port}`;
  }
  throw new Error('redis-server did not start');
}

/**
 * A port that is free now, for addresses that must be known before their server listens. Below those that the system
 * hands out by itself (32768 and up on Linux), since one of them could be somebody's a moment later.
 */
export async function freePort() {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

export function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.end();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
