import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ExpectedError } from './expected-error.js';

/** Whom a program is started as; undefined: as ourselves. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}
/** Where the embedded PostgreSQL's files are, and as whom it runs. */
export interface Place {
  readonly dir: string;
  readonly runAs: RunAs | undefined;
  /** The files are not in DATA_DIR. */
  readonly isElsewhere: boolean;
}

/** In DATA_DIR: says where the files are, if they are elsewhere. */
const POINTER = 'postgres.path';

/**
 * PostgreSQL refuses to run as root, so root starts it as `nobody`: a user that every system has,
 * so that no account is added. `nobody` must reach its files. If DATA_DIR lies in a folder that
 * others can't enter (root's home), they go to a folder of their own where a system keeps the state
 * of services, and DATA_DIR holds a pointer to it. Its name is random: a new DATA_DIR at the same
 * path must not find the old one's data, whose password and keys are gone. It is not below /tmp or
 * /var/tmp: systems clean those by age.
 *
 * The folder is root's, and only the cluster in it is `nobody`'s: other programs that run as
 * `nobody` could read the tables' files, but can't put a program or a link in root's way.
 */
export async function findPlace(dataDir: string): Promise<Place> {
  const inside = join(dataDir, 'postgres');
  if (process.getuid?.() !== 0) {
    await mkdir(inside, { recursive: true, mode: 0o700 });
    return { dir: inside, runAs: undefined, isElsewhere: false };
  }
  const pointer = join(dataDir, POINTER);
  const target = await readFile(pointer, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
  if (target) {
    if (await isFolder(target)) return { dir: target, runAs: await nobody(), isElsewhere: true };
    throw new ExpectedError(
      `DATA_DIR: the database that ${pointer} points to is gone; put it back, or set DATA_DIR to another folder`,
    );
  }
  // Made by an ordinary user: it stays theirs.
  const made = await stat(join(inside, 'cluster')).catch(() => undefined);
  if (made && made.uid !== 0)
    return { dir: inside, runAs: { uid: made.uid, gid: made.gid }, isElsewhere: false };
  if (await mayOthersEnter(dataDir)) {
    await makeEnterable(inside);
    return { dir: inside, runAs: await nobody(), isElsewhere: false };
  }
  const dir = join(await stateDirectory(), `dingline-${randomBytes(6).toString('hex')}`);
  await makeEnterable(dir);
  await writeFile(pointer, `${dir}\n`, { mode: 0o600, flush: true });
  return { dir, runAs: await nobody(), isElsewhere: true };
}

/** Others may pass through to what they own in it, and may list nothing. */
async function makeEnterable(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await chmod(dir, 0o711);
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );

async function nobody(): Promise<RunAs> {
  const passwd = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const [, uid, gid] = /^nobody:[^:]*:(-?\d+):(-?\d+):/m.exec(passwd) ?? [];
  // macOS writes -2 for 4294967294.
  return { uid: Number(uid ?? 65_534) >>> 0, gid: Number(gid ?? 65_534) >>> 0 };
}

/**
 * Whether every folder from the root to `path` lets others through. Access lists and group
 * memberships aren't asked: then the answer is no, and the files go elsewhere.
 */
async function mayOthersEnter(path: string): Promise<boolean> {
  for (let dir = resolve(path); ; dir = dirname(dir)) {
    if (((await stat(dir)).mode & 0o001) === 0) return false;
    if (dir === dirname(dir)) return true;
  }
}

async function stateDirectory(): Promise<string> {
  for (const dir of ['/var/lib', '/usr/local/var', '/opt', '/srv']) {
    if ((await isFolder(dir)) && (await mayOthersEnter(dir))) return dir;
  }
  throw new ExpectedError(
    "DATA_DIR: root starts PostgreSQL as `nobody`, which can't enter it; set DATA_DIR to a " +
      'folder that others can enter, such as one below /srv',
  );
}
