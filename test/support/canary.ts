import { createHash, randomBytes } from 'node:crypto';
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
import pg from 'pg';
import type { TestNumber } from './numbers.js';

/**
 * Looks for a number in all the forms in which it could have leaked: as it is written, coded, packed, or under a hash
 * that anyone can compute for every number there is.
 */
interface Needle {
  what: string;
  bytes: Buffer;
}

const CALLING_CODE: Record<TestNumber['country'], string> = {
  US: '1',
  CN: '86',
  GB: '44',
  DE: '49',
};

/** What follows the calling code stands in E.164, in the national form and in percent-encoding alike. */
const significant = (number: TestNumber): string =>
  number.e164.slice(1 + CALLING_CODE[number.country].length);

function formsOf(number: TestNumber): Needle[] {
  const [digits, core] = [number.e164.slice(1), significant(number)];
  const needles: Needle[] = [];
  const add = (what: string, bytes: Buffer | string): void =>
    void needles.push({ what: `${what} of ${number.e164}`, bytes: Buffer.from(bytes as string) });

  add('digits', core);
  for (const separator of [' ', '-', '.', '\u00a0', '%20', '+', '/']) {
    for (const sizes of [
      [3, 3, 4],
      [3, 4, 4],
      [2, 4, 4],
      [4, 6],
      [4, 7],
      [3, 3, 5],
      [3, 7],
      [3, 8],
      [2, 8],
    ]) {
      if (sizes.reduce((sum, size) => sum + size, 0) !== core.length) continue;
      let at = 0;
      add('groups', sizes.map((size) => core.slice(at, (at += size))).join(separator));
    }
    add('pairs', (core.match(/../g) ?? []).join(separator));
  }
  add('national form', number.national);
  add('national form, percent-encoded', encodeURIComponent(number.national));
  add('UTF-16 LE', Buffer.from(core, 'utf16le'));
  add('UTF-16 BE', Buffer.from(core, 'utf16le').swap16());
  add('hex', Buffer.from(core).toString('hex'));
  add('digits backwards', [...core].reverse().join(''));
  for (const offset of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(offset), Buffer.from(core)])
      .toString('base64')
      .replace(/=+$/, '');
    // Only the characters that depend on nothing but the number.
    add(
      `base64 at offset ${String(offset)}`,
      whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + core.length) * 8) / 6)),
    );
  }
  // As GSM packs a number: two digits a byte, the first in the lower half, filled up with F.
  const swapped = (`${digits}${digits.length % 2 === 0 ? '' : 'f'}`.match(/../g) ?? [])
    .map((pair) => `${pair[1] ?? ''}${pair[0] ?? ''}`)
    .join('');
  add('reversed nibbles', Buffer.from(swapped, 'hex'));
  add('reversed nibbles in hex', swapped);
  add('reversed nibbles in hex, capitals', swapped.toUpperCase());
  for (const text of [
    number.e164,
    digits,
    core,
    `0${core}`,
    number.national,
    `tel:${number.e164}`,
  ]) {
    for (const algorithm of ['md5', 'sha1', 'sha256']) {
      const hash = createHash(algorithm).update(text).digest();
      add(algorithm, hash);
      add(`${algorithm} in hex`, hash.toString('hex'));
      add(`${algorithm} in hex, capitals`, hash.toString('hex').toUpperCase());
      add(`${algorithm} in base64`, hash.toString('base64').replace(/=+$/, ''));
      add(`${algorithm} in base64url`, hash.toString('base64url'));
    }
  }
  return needles;
}

/** A text that must not be somewhere: as it is, in UTF-16, hex or base64. */
function formsOfText(text: string): Needle[] {
  const bytes = Buffer.from(text);
  const needles: Needle[] = [
    { what: `"${text}"`, bytes },
    { what: `"${text}" in UTF-16 LE`, bytes: Buffer.from(text, 'utf16le') },
    { what: `"${text}" in hex`, bytes: Buffer.from(bytes.toString('hex')) },
  ];
  for (const offset of [0, 1, 2]) {
    const whole = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    needles.push({
      what: `"${text}" in base64`,
      bytes: Buffer.from(
        whole.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6)),
      ),
    });
  }
  return needles;
}

/** Finds any of many needles in one pass: the first three bytes of each lead to it. */
export class Search {
  private readonly isFirst = new Uint8Array(1 << 24);
  private readonly byFirst = new Map<number, Needle[]>();

  constructor(what: { numbers?: readonly TestNumber[]; texts?: readonly string[] }) {
    const needles = [
      ...(what.numbers ?? []).flatMap(formsOf),
      ...(what.texts ?? []).flatMap(formsOfText),
    ];
    const seen = new Set<string>();
    for (const needle of needles) {
      const key = needle.bytes.toString('latin1');
      if (needle.bytes.length < 6)
        throw new Error(`too short to be told from chance: ${needle.what}`);
      if (seen.has(key)) continue;
      seen.add(key);
      const first = needle.bytes.readUIntBE(0, 3);
      this.isFirst[first] = 1;
      this.byFirst.set(first, [...(this.byFirst.get(first) ?? []), needle]);
    }
  }

  /** What was found, and where: `store: what (… around it …)`. */
  in(store: string, content: Buffer | string): string[] {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    const found = new Set<string>();
    let window = bytes.length < 3 ? 0 : bytes.readUInt16BE(0);
    for (let at = 2; at < bytes.length; at += 1) {
      window = ((window << 8) | (bytes[at] as number)) & 0xffffff;
      if (this.isFirst[window] === 0) continue;
      for (const needle of this.byFirst.get(window) ?? []) {
        const from = at - 2;
        if (
          bytes.compare(
            needle.bytes,
            0,
            needle.bytes.length,
            from,
            Math.min(bytes.length, from + needle.bytes.length),
          ) === 0
        ) {
          const around = bytes
            .subarray(Math.max(0, from - 60), from + needle.bytes.length + 20)
            .toString('latin1')
            .replace(/[^\x20-\x7e]+/g, '.');
          found.add(`${store}: ${needle.what} (… ${around} …)`);
        }
      }
    }
    return [...found];
  }
}

/** Six digits are no proof among other digits: a code counts where it stands by itself. */
export function codesIn(store: string, codes: readonly string[], text: string): string[] {
  return codes
    .filter((code) => new RegExp(`(?<![0-9A-Za-z.-])${code}(?![0-9A-Za-z-])`).test(text))
    .map((code) => `${store}: the code ${code}`);
}

async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export interface Dump {
  /** `table` to all its rows: as text, and each column of bytes once more as it is. */
  tables: Map<string, Buffer>;
}

/** Every row of every table of a database, with the owner's eyes. */
export function dumpPostgres(url: string): Promise<Dump> {
  return connected(url, async (client) => {
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
  connected(
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
  const { directory, oids } = await connected(ownerUrl, async (client) => ({
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
  await connected(ownerUrl, (client) => client.query('CHECKPOINT'));
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

/** A seed to draw this run's numbers by; CANARY_SEED repeats a run. */
export function canarySeed(): number {
  const seed = Number(process.env['CANARY_SEED'] ?? randomBytes(4).readUInt32BE());
  process.stderr.write(`canary seed: CANARY_SEED=${String(seed)}\n`);
  return seed;
}
