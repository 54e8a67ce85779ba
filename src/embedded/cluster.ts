import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from './binaries.js';
import { ExpectedError, diskFull, portTaken } from './expected-error.js';
import type { Place } from './place.js';

/** The folder of a PostgreSQL server's data, and the programs that run on it. */
export interface Cluster {
  readonly dataDir: string;
  readonly place: Place;
  readonly binaries: Binaries;
  readonly dir: string;
}

export const OWNER = 'dingline_owner';

/**
 * The environment of PostgreSQL's programs. Ours is not passed on: it may hold the carrier's
 * password, and `nobody` can read the environment of its processes. Messages are in English, since
 * they are read.
 */
export const ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/bin:/bin' };

const INITDB_OPTIONS: readonly string[] = [
  `--username=${OWNER}`,
  '--auth=scram-sha-256',
  // PostgreSQL's own UTF-8 is equal on every system, whatever locales it has.
  '--encoding=UTF8',
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--no-instructions',
];

/** Makes the cluster under another name and renames it: one that exists is whole. */
export async function ensureCluster(cluster: Cluster, password: string): Promise<void> {
  const { dataDir, place, binaries, dir } = cluster;
  const version = await readFile(join(dir, 'PG_VERSION'), 'utf8').then(Number, () => undefined);
  if (version === binaries.major) return;
  if (version !== undefined)
    throw new ExpectedError(
      `DATA_DIR: ${dataDir} was made by PostgreSQL ${version}, and this version of Dingline ` +
        `brings ${binaries.major}; use the version that made it, or set DATA_DIR to another folder`,
    );
  const partial = `${dir}.partial`;
  const passwordFile = join(place.dir, 'password.partial');
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (place.runAs)
    for (const path of [partial, passwordFile]) await chown(path, place.runAs.uid, place.runAs.gid);
  try {
    const { code, output } = await runProgram(
      binaries.initdb,
      ['--pgdata', partial, '--pwfile', passwordFile, ...INITDB_OPTIONS],
      place,
    );
    if (code !== 0) throw explainOutput(output, dataDir, 0, 'initdb');
    await rename(partial, dir);
  } finally {
    await rm(passwordFile, { force: true });
    await rm(partial, { recursive: true, force: true });
  }
}

async function runProgram(
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
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** What PostgreSQL printed, as a line that names the setting. */
export function explainOutput(
  output: string,
  dataDir: string,
  port: number,
  source: string,
): Error {
  if (/No space left on device|Disk quota exceeded/.test(output))
    return new ExpectedError(diskFull(dataDir));
  if (/Address already in use/.test(output))
    return new ExpectedError(portTaken('POSTGRES_PORT', port));
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const failures = lines.filter((line) => /FATAL|PANIC|error:/.test(line));
  const last = failures.at(-1) ?? lines.at(-1) ?? 'it said nothing';
  const reason = last.replace(/^.*?(FATAL|PANIC|error):\s*/, '');
  return new ExpectedError(`DATA_DIR: PostgreSQL did not start: ${reason} (${source})`);
}
