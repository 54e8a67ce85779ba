import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { createClient } from '@redis/client';
import { asLogin } from './postgres.js';

export interface Dump {
  /** `table` to all its rows: as text, and each column of bytes once more as it is. */
  tables: Map<string, Buffer>;
}

/** Every row of every table of a database, with the owner's eyes. */
export function dumpPostgres(url: string): Promise<Dump> {
  return asLogin(url, async (client) => {
    const { rows: tables } = await client.query<{ name: string }>(
      `
        SELECT format('%I.%I', schemaname, tablename) AS name
        FROM pg_tables
        WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
      `,
    );
    const dump = new Map<string, Buffer>();
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(
        `SELECT t::text AS text FROM ${name} t`,
      );
      const parts: Buffer[] = rows.map((row) => Buffer.from(row.text));
      const { rows: raw } = await client.query<Record<string, unknown>>(`SELECT * FROM ${name}`);
      for (const row of raw)
        for (const value of Object.values(row)) if (Buffer.isBuffer(value)) parts.push(value);
      dump.set(
        name.replace(/^public\./, ''),
        Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')])),
      );
    }
    return { tables: dump };
  });
}

/** Every key of a Redis database: text of whatever type it has. */
export async function dumpRedis(url: string): Promise<Dump> {
  const redis = await createClient({ url, RESP: 2 }).connect();
  try {
    const tables = new Map<string, Buffer>();
    for (const key of await redis.keys('*')) {
      const type = await redis.type(key);
      const value =
        type === 'string'
          ? await redis.get(key)
          : type === 'hash'
            ? await redis.hGetAll(key)
            : type === 'list'
              ? await redis.lRange(key, 0, -1)
              : type === 'set'
                ? await redis.sMembers(key)
                : type === 'zset'
                  ? await redis.zRangeWithScores(key, 0, -1)
                  : type === 'stream'
                    ? await redis.xRange(key, '-', '+')
                    : undefined;
      if (value === undefined) throw new Error(`a key of type ${type} can't be looked into`);
      // What JSON would escape stands as it is.
      tables.set(key, Buffer.from(`${key}\n${JSON.stringify(value).replaceAll('\\"', '"')}`));
    }
    return { tables };
  } finally {
    redis.destroy();
  }
}

export const dumpQueue = (url: string): Promise<Dump> =>
  url.startsWith('redis') ? dumpRedis(url) : dumpPostgres(url);

/** Where the write-ahead log stands now: what is written from here on is in this segment or a later one. */
export const walSegment = (ownerUrl: string): Promise<string> =>
  asLogin(
    ownerUrl,
    async (client) =>
      (
        await client.query<{ name: string }>(
          'SELECT pg_walfile_name(pg_current_wal_insert_lsn()) AS name',
        )
      ).rows[0]?.name ?? '',
  );

/**
 * PostgreSQL's own files: the write-ahead log since `fromSegment`, each named database's folder
 * after a checkpoint (dead rows, indexes and toast included), and the server's log. The log first:
 * a checkpoint may remove segments.
 */
export async function* rawFiles(
  ownerUrl: string,
  databases: readonly string[],
  fromSegment: string,
): AsyncGenerator<{ name: string; bytes: Buffer; kind: 'wal' | 'data' | 'log' }> {
  const { directory, oids } = await asLogin(ownerUrl, async (client) => ({
    directory:
      (await client.query<{ data_directory: string }>('SHOW data_directory')).rows[0]
        ?.data_directory ?? '',
    oids: (
      await client.query<{ oid: string; datname: string }>(
        'SELECT oid::text, datname FROM pg_database WHERE datname = ANY($1)',
        [databases],
      )
    ).rows,
  }));
  if (oids.length !== databases.length)
    throw new Error(`not all of ${databases.join(', ')} are there`);
  if (!existsSync(path.join(directory, 'pg_wal')))
    throw new Error(
      `PostgreSQL's files in ${directory} can't be read: is the server on another machine?`,
    );
  // Looked for anew after each: one that a checkpoint has done with gets a later name, and what
  // stands in it stays for a while.
  const seen = new Set<number>();
  const unseen = (): string | undefined =>
    readdirSync(path.join(directory, 'pg_wal')).find(
      (file) =>
        /^[0-9A-F]{24}$/.test(file) &&
        file >= fromSegment &&
        !seen.has(
          statSync(path.join(directory, 'pg_wal', file), { throwIfNoEntry: false })?.ino ?? NaN,
        ),
    );
  for (let name = unseen(); name !== undefined; name = unseen()) {
    const file = readIfThere(path.join(directory, 'pg_wal', name));
    if (file === undefined) continue;
    seen.add(file.ino);
    yield { name: `pg_wal/${name}`, bytes: file.bytes, kind: 'wal' };
  }
  await asLogin(ownerUrl, (client) => client.query('CHECKPOINT'));
  for (const { oid, datname } of oids) {
    const folder = path.join(directory, 'base', oid);
    for (const name of readdirSync(folder)) {
      const file = readIfThere(path.join(folder, name));
      if (file !== undefined) yield { name: `${datname}/${name}`, bytes: file.bytes, kind: 'data' };
    }
  }
  for (const name of readdirSync(path.dirname(directory)).filter((file) => file.endsWith('.log'))) {
    const file = readIfThere(path.join(path.dirname(directory), name));
    if (file !== undefined) yield { name, bytes: file.bytes, kind: 'log' };
  }
}

/**
 * The server may take a file away between the look and the reading. `ino` is of what was read,
 * whatever its name is by then.
 */
function readIfThere(name: string): { bytes: Buffer; ino: number } | undefined {
  let file: number;
  try {
    file = openSync(name, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return { bytes: readFileSync(file), ino: fstatSync(file).ino };
  } finally {
    closeSync(file);
  }
}
