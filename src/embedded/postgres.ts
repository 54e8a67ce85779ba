import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinaries } from './binaries.js';
import { ensureCluster, OWNER } from './cluster.js';
import { makeDataDir } from './data-dir.js';
import { ExpectedError, explainDisk } from './expected-error.js';
import { ensureKey, keyFile } from './keys.js';
import { findPlace, type Place } from './place.js';
import { findPort } from './ports.js';
import { launchServer, stopServer } from './postgres-server.js';
import { findServer, sendSignal, stopLeftover } from './postmaster.js';

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
  /**
   * The last resort of a second SIGINT: sends the signal and waits for nothing. The next start
   * replays the log.
   */
  abandon(): void;
}

export interface PostgresOptions {
  readonly dataDir: string;
  /** 0: any free one. */
  readonly port: number;
  readonly log: (line: string) => void;
  /** Gives the start up; what runs is stopped. */
  readonly signal?: AbortSignal;
  /**
   * For tests: nothing of it need outlive the machine, so it doesn't wait for the disk. A killed
   * process loses nothing even so.
   */
  readonly isThrowaway?: boolean;
}

/**
 * Starts the real PostgreSQL that npm installed, on 127.0.0.1 only, with its files in DATA_DIR;
 * from an empty folder in about a second.
 *
 * It is detached: a terminal's SIGINT reaches it not by the terminal but by `stop`, after those who
 * use it are done. So it outlives a parent that is killed, and the next start stops it first and
 * takes the files over. Adopting it as it is was left: its settings may be another version's, and
 * the end of a process that isn't our child can't be awaited.
 *
 * @throws ExpectedError one line that names the setting, for a taken port, a full disk, files of a
 * newer PostgreSQL
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const dataDir = await makeDataDir(options.dataDir);
  try {
    return await startIn(dataDir, options);
  } catch (error) {
    throw explainDisk(error, dataDir);
  }
}

async function startIn(dataDir: string, options: PostgresOptions): Promise<EmbeddedPostgres> {
  const place = await findPlace(dataDir);
  const binaries = await findBinaries(place.runAs, place.dir);
  const password = await ensureKey(dataDir, 'POSTGRES_PASSWORD');
  const cluster = { dataDir, place, binaries, dir: clusterIn(place) };
  await ensureCluster(cluster, password);
  const notAServer = await stopLeftover(cluster.dir, password, options.log);
  const port = await findPort('POSTGRES_PORT', options.port, '127.0.0.1');
  const server = await launchServer(cluster, {
    port,
    notAServer,
    isThrowaway: options.isThrowaway ?? false,
    signal: options.signal,
  });
  const pid = server.pid as number;
  return {
    ownerUrl: (database) => ownerUrl(password, port, database),
    port,
    pid,
    place,
    ended: once(server, 'exit').then(() => undefined),
    stop: () => stopServer(server, cluster),
    abandon: () => sendSignal(pid, 'SIGQUIT'),
  };
}

const clusterIn = (place: Place): string => join(place.dir, 'cluster');

const ownerUrl = (password: string, port: number, database: string): string =>
  `postgres://${OWNER}:${password}@127.0.0.1:${port}/${database}`;

/**
 * The address of the server that runs in DATA_DIR for another start, if one does.
 *
 * @throws ExpectedError when DATA_DIR holds no database
 */
export async function findRunningPostgres(
  dataDir: string,
  database: string,
): Promise<string | undefined> {
  const existing = await readFile(keyFile(dataDir, 'POSTGRES_PASSWORD'), 'utf8').catch(
    () => undefined,
  );
  if (existing === undefined)
    throw new ExpectedError(
      `DATA_DIR: ${dataDir} holds no database; set DATA_DIR to the folder of your start, ` +
        'or DATABASE_URL to its database',
    );
  const cluster = clusterIn(await findPlace(dataDir));
  const password = await ensureKey(dataDir, 'POSTGRES_PASSWORD');
  const running = await findServer(cluster, password);
  return running?.isReady ? ownerUrl(password, running.port, database) : undefined;
}
