import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, mkdir, open, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { ExpectedError, explainDisk } from './expected-error.js';

/**
 * Raised when a folder of the version before can't be used as it is. A newer one is refused: going
 * back loses data.
 */
const DATA_VERSION = 1;

/**
 * Makes DATA_DIR if need be. For root others may pass through it: PostgreSQL does (place.ts). What
 * they may not read is closed itself.
 */
export async function makeDataDir(given: string): Promise<string> {
  try {
    const made = await mkdir(given, { recursive: true });
    if (made !== undefined) await chmod(given, process.getuid?.() === 0 ? 0o711 : 0o700);
    return await realpath(given);
  } catch (error) {
    throw explainDisk(error, given);
  }
}

/** Refuses a folder that a newer version wrote, and marks a new one. */
export async function checkDataVersion(dataDir: string): Promise<void> {
  const path = join(dataDir, 'version');
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    await writeFile(path, `${DATA_VERSION}\n`, { flush: true }).catch((error: unknown) => {
      throw explainDisk(error, dataDir);
    });
    return;
  }
  const version = /^\d+$/.test(text.trim()) ? Number(text) : Infinity;
  if (version > DATA_VERSION)
    throw new ExpectedError(
      `DATA_DIR: ${dataDir} was written by a newer version of Dingline; start that one, or ` +
        'set DATA_DIR to another folder',
    );
}

/**
 * Takes DATA_DIR for this process, so that two starts don't fight over it, and returns how to give
 * it back.
 *
 * The system releases it when the process ends, however it ends, so there is nothing stale to
 * recognise after kill -9 (a file with a pid must be told from a later process with that number,
 * and two starts may both take over a stale one). Linux: a socket in the abstract namespace, named
 * by the folder's device and inode; it tells who holds it. Elsewhere: a file opened for this
 * process alone, which Node's own flags have no name for.
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  const inUse = (holder: string): ExpectedError =>
    new ExpectedError(
      `DATA_DIR: ${dataDir} is in use by another start${holder}; stop it, or set DATA_DIR to another folder`,
    );
  if (process.platform !== 'linux') {
    const exclusively = process.platform === 'win32' ? 0x1000_0000 : 0x20 | constants.O_NONBLOCK;
    const file = await open(
      join(dataDir, 'lock'),
      constants.O_RDWR | constants.O_CREAT | exclusively,
      0o600,
    ).catch((error: unknown) => {
      if (['EAGAIN', 'EWOULDBLOCK', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? ''))
        throw inUse('');
      throw explainDisk(error, dataDir);
    });
    return () => file.close();
  }
  const { dev, ino } = await stat(dataDir, { bigint: true });
  const name = `\0dingline-${createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 32)}`;
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(String(process.pid));
  });
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve);
    server.listen(name, () => resolve(undefined));
  });
  if (error?.code === 'EADDRINUSE') throw inUse(await findHolder(name));
  if (error) throw error;
  server.unref();
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
    });
}

function findHolder(name: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(name);
    socket.setTimeout(500, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(/^\d{1,10}$/.test(text) ? ` (pid ${text})` : ''));
  });
}
