import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createClient } from '@redis/client';
import pg from 'pg';
import { LOGINS, QUEUE, openLogins, urlFor } from '../../src/embedded/databases.js';
import { migrate } from '../../src/kernel/migrate.js';
import { BOUNDS } from './guess-settings.js';
import { openProducer } from './queue.js';

/**
 * One real PostgreSQL for a run of the tests (test/run.mjs starts it), and a fresh database for each test file, copied
 * in some 30 ms from one that was migrated once.
 */
export interface TestDatabase {
  readonly name: string;
  /** By the login that owns everything; tests look with it where no role may. */
  readonly ownerUrl: string;
  readonly apiUrl: string;
  readonly ingressUrl: string;
  readonly workerUrl: string;
  /** The database's own time, db_now(), is what stands in it (ManualClock.showIn), or the machine's without it. */
  readonly clockFile: string;
  /** Cuts the connections that are left, and removes it. */
  drop(): Promise<void>;
}

const TEMPLATE = 'dingline_template';
const QUEUE_TEMPLATE = 'dingline_queue_template';
/** The logins belong to the whole server, so all databases of a run share their passwords. */
export const PASSWORDS = {
  api: 'test-password-of-api',
  ingress: 'test-password-of-ingress',
  worker: 'test-password-of-worker',
  queue: 'test-password-of-queue',
};

function serverUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (url === undefined)
    throw new Error(
      'TEST_DATABASE_URL is missing: start these tests through test/run.mjs (npm test, npm run test:medium)',
    );
  return url;
}

/** Looks by one connection, which ends afterwards. */
export async function asLogin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const asOwner = <T>(work: (client: pg.Client) => Promise<T>): Promise<T> =>
  asLogin(serverUrl(), work);

function inDatabase(name: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  return url.href;
}

/** Runs under a lock of the whole server, as long as `work` takes: test files run at the same time. */
async function locked<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  return asOwner(async (client) => {
    await client.query(`SELECT pg_advisory_lock(hashtext('dingline tests'))`);
    return work(client); // the lock ends with the connection
  });
}

/** Filled once for a run. It is marked as a template last: one that a killed run left half done is made anew. */
async function ensure(
  client: pg.Client,
  template: string,
  fill: () => Promise<void>,
): Promise<void> {
  const { rows } = await client.query<{ done: boolean }>(
    'SELECT datistemplate AS done FROM pg_database WHERE datname = $1',
    [template],
  );
  if (rows[0]?.done) return;
  await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${template}`);
  await fill();
  await client.query(`ALTER DATABASE ${template} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`);
}

const clockFileOf = (database: string): string => path.join(tmpdir(), `${database}.clock`);

/** Each copy of the template then has its own time. The server's user may be another than the test's. */
async function readTimeFromFile(owner: pg.Client): Promise<void> {
  const file = `${owner.escapeLiteral(`${tmpdir()}/`)} || current_database() || '.clock'`;
  await owner.query(`
    CREATE OR REPLACE FUNCTION db_now() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER AS $$
      SELECT coalesce(pg_read_file(${file}, 0, 100, true)::timestamptz, clock_timestamp())
    $$`);
}

const ensureTemplate = (client: pg.Client): Promise<void> =>
  ensure(client, TEMPLATE, async () => {
    await migrate(inDatabase(TEMPLATE), BOUNDS);
    await asLogin(inDatabase(TEMPLATE), readTimeFromFile);
    const passwords = new Map([
      [LOGINS.api, PASSWORDS.api],
      [LOGINS.ingress, PASSWORDS.ingress],
      [LOGINS.worker, PASSWORDS.worker],
      [QUEUE, PASSWORDS.queue],
    ]);
    await openLogins(inDatabase(TEMPLATE), passwords);
    // The same passwords, told apart from guesses with less work: a world opens some thirty connections.
    await client.query('SET scram_iterations = 1');
    for (const [login, password] of passwords)
      await client.query(`ALTER ROLE ${login} PASSWORD '${password}'`);
  });

const ensureQueueTemplate = (client: pg.Client): Promise<void> =>
  ensure(client, QUEUE_TEMPLATE, async () => {
    await client.query(`ALTER DATABASE ${QUEUE_TEMPLATE} OWNER TO ${QUEUE}`);
    const producer = await openProducer(
      urlFor(inDatabase(QUEUE_TEMPLATE), QUEUE, PASSWORDS.queue, QUEUE_TEMPLATE),
    );
    await producer.close();
    // What hasn't yet ended would stand in the way of the first copy.
    await client.query(
      'SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1',
      [QUEUE_TEMPLATE],
    );
  });

const freshName = (kind: string): string => `test_${kind}_${randomBytes(6).toString('hex')}`;
const dropDatabase = (name: string) => (): Promise<void> =>
  asOwner(async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  });

/** A migrated database of one's own, with the addresses of the owner and of the three logins. */
export async function createDatabase(): Promise<TestDatabase> {
  const name = freshName('main');
  await locked(async (client) => {
    await ensureTemplate(client);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
  });
  const ownerUrl = inDatabase(name);
  return {
    name,
    ownerUrl,
    apiUrl: urlFor(ownerUrl, LOGINS.api, PASSWORDS.api),
    ingressUrl: urlFor(ownerUrl, LOGINS.ingress, PASSWORDS.ingress),
    workerUrl: urlFor(ownerUrl, LOGINS.worker, PASSWORDS.worker),
    clockFile: clockFileOf(name),
    drop: async () => {
      await rm(clockFileOf(name), { force: true });
      await dropDatabase(name)();
    },
  };
}

/** A database that holds nothing, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<
  Pick<TestDatabase, 'name' | 'ownerUrl' | 'drop'>
> {
  const name = freshName('empty');
  await locked(async (client) => {
    await client.query(`CREATE DATABASE ${name}`);
  });
  return { name, ownerUrl: inDatabase(name), drop: dropDatabase(name) };
}

/** Which backend this process tests: QUEUE says it, and every backend has a process of its own. */
export const queueBackend = (): 'postgres' | 'redis' =>
  process.env['QUEUE'] === 'redis' ? 'redis' : 'postgres';

/**
 * A queue of one's own. In PostgreSQL it is a database; in Redis one of its numbered ones, which jest's workers share
 * out by their ids (a worker runs one file at a time) and which the test empties before it is used.
 */
export async function createQueue(): Promise<{ url: string; drop(): Promise<void> }> {
  if (queueBackend() === 'redis') {
    const url = process.env['TEST_REDIS_URL'];
    if (url === undefined)
      throw new Error('TEST_REDIS_URL is missing: start these tests through test/run.mjs');
    const mine = `${url.replace(/\/\d*$/, '')}/${nextRedisDatabase()}`;
    await flushRedis(mine);
    return { url: mine, drop: () => flushRedis(mine) };
  }
  const name = freshName('queue');
  await locked(async (client) => {
    await ensureTemplate(client); // makes the login
    await ensureQueueTemplate(client);
    await client.query(`CREATE DATABASE ${name} TEMPLATE ${QUEUE_TEMPLATE} OWNER ${QUEUE}`);
  });
  return { url: urlFor(inDatabase(name), QUEUE, PASSWORDS.queue, name), drop: dropDatabase(name) };
}

let taken = 0;
/** Redis has 16: seven for each of two workers, in turn. */
function nextRedisDatabase(): number {
  const worker = (Number(process.env['JEST_WORKER_ID'] ?? 1) - 1) % 2;
  taken += 1;
  return 1 + worker * 7 + ((taken - 1) % 7);
}

async function flushRedis(url: string): Promise<void> {
  const redis = await createClient({ url }).connect();
  try {
    await redis.flushDb();
  } finally {
    redis.destroy();
  }
}
