import { sql } from 'kysely';
import pg from 'pg';
import { ownSql } from '../../src/kernel/build-sql.js';
import { Database, type Executor, type Transaction } from '../../src/kernel/database.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { eventually } from '../support/eventually.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

// Real: PostgreSQL, and the connections of one role to it.

let temporary: TestDatabase;
let database: Database;
const { schema } = ownSql();

beforeEach(async () => {
  temporary = await createDatabase();
});
afterEach(async () => {
  await database.close();
  await temporary.drop();
});

async function settingOf(name: string, address: string): Promise<string | undefined> {
  database = new Database(new Redacted(address), 'test', () => {});
  const [row] = await database.run<{ value: string }>(
    { name: 'setting', text: 'SELECT current_setting($1) AS value' },
    [name],
  );
  return row?.value;
}

test('every connection calls the functions of its own build, whatever else its address sets', async () => {
  const address = `${temporary.apiUrl}?options=-c%20work_mem%3D7MB`;
  expect(await settingOf('work_mem', address)).toBe('7MB');
  const [row] = await database.run<{ path: string; home: string }>(
    {
      name: 'home',
      text: `SELECT current_setting('search_path') AS path, 'take_hit'::regproc::text AS home`,
    },
    [],
  );
  expect(row).toEqual({ path: `${schema},public`, home: 'take_hit' });
  const held = await database.hold(() => {});
  expect(await held.query(`SELECT current_setting('search_path') AS path`)).toEqual([
    { path: `${schema},public` },
  ]);
  await held.end();
});

test('whoever waits for a transaction that nobody goes on with is not ended before that is', async () => {
  database = new Database(new Redacted(temporary.workerUrl), 'test', () => {});
  const lock = (trx: Transaction) => sql`SELECT pg_advisory_xact_lock(77)`.execute(trx);
  let locked!: () => void;
  const isLocked = new Promise<void>((resolve) => (locked = resolve));
  const left = database.transaction(async (trx) => {
    await lock(trx);
    locked();
    await waiting;
  });
  const ended = expect(left).rejects.toThrow();
  const waiting = isLocked.then(() => database.transaction(lock));
  await waiting;
  await ended;
});

test('a connection of a machine that is gone holds nobody back for long: PostgreSQL ends it', async () => {
  expect(await settingOf('idle_in_transaction_session_timeout', temporary.workerUrl)).toBe('8s');
  // A socket on the same machine has none of these, and none is needed.
  const [own] = await database.run<{ isRemote: boolean }>(
    { name: 'own', text: 'SELECT inet_client_addr() IS NOT NULL AS "isRemote"' },
    [],
  );
  if (own?.isRemote !== true) return;
  for (const [name, value] of Object.entries({
    tcp_keepalives_idle: '10',
    tcp_keepalives_interval: '5',
    tcp_keepalives_count: '3',
    tcp_user_timeout: '25000',
  })) {
    const [row] = await database.run<{ value: string }>(
      { name, text: `SELECT current_setting('${name}') AS value` },
      [],
    );
    expect({ name, value: row?.value }).toEqual({ name, value });
  }
});

test('what a connection runs often is prepared on it, and what is run now and then is not', async () => {
  database = new Database(new Redacted(temporary.apiUrl), 'test', () => {});
  const often = (trx: Executor, n: number): Promise<unknown> =>
    sql`SELECT ${n}::int AS often`.execute(trx);
  const prepared = await database.transaction(async (trx) => {
    await sql`SELECT ${1}::int AS seldom`.execute(trx);
    for (let n = 1; n <= 5; n += 1)
      expect(await often(trx, n)).toMatchObject({ rows: [{ often: n }] });
    const { rows } = await sql<{ statement: string; runs: string }>`
      SELECT statement, generic_plans + custom_plans AS runs FROM pg_prepared_statements
    `.execute(trx);
    return rows;
  });
  expect(prepared).toEqual([{ statement: 'SELECT $1::int AS often', runs: '3' }]);
});

test('a prepared statement goes on when its table gets a column, and sees what is so now', async () => {
  database = new Database(new Redacted(temporary.workerUrl), 'test', () => {});
  const owner = new pg.Client({ connectionString: temporary.ownerUrl });
  await owner.connect();
  const read = (): Promise<string[]> =>
    database.transaction(async (trx) => {
      const { rows } = await sql<{ name: string }>`
        SELECT name FROM sweeps WHERE name <> ${'none'} ORDER BY name
      `.execute(trx);
      return rows.map(({ name }) => name);
    });
  for (let n = 0; n < 10; n += 1) await read();
  await owner.query(`ALTER TABLE sweeps ADD COLUMN more int`);
  await owner.query(`INSERT INTO sweeps (name) VALUES ('newer')`);
  await owner.end();
  expect(await read()).toContain('newer');
});

test('a process whose functions are gone is not ready any more', async () => {
  database = new Database(new Redacted(temporary.apiUrl), 'test', () => {});
  await expect(database.ping()).resolves.toBeUndefined();
  const owner = new pg.Client({ connectionString: temporary.ownerUrl });
  await owner.connect();
  await owner.query(`SET client_min_messages = warning; DROP SCHEMA ${schema} CASCADE`);
  await owner.end();
  await expect(database.ping()).rejects.toThrow(schema);
});

test('a connection that can’t listen is none: it is ended, and whoever wanted it is told', async () => {
  database = new Database(new Redacted(temporary.workerUrl), 'test', () => {});
  const countConnections = async (): Promise<number> =>
    (
      await database.run<{ count: number }>(
        {
          name: 'connections',
          text: `SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database()`,
        },
        [],
      )
    )[0]?.count ?? 0;
  const before = await countConnections();
  let losses = 0;
  // PostgreSQL refuses a name that is empty.
  const listening = database.listen(
    ['first', ''],
    () => {},
    () => (losses += 1),
  );
  await expect(listening).rejects.toThrow('zero-length');
  await eventually('it is gone', async () => (await countConnections()) === before);
  expect(losses).toBe(0);
});
