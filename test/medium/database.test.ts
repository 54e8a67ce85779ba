import pg from 'pg';
import { ownSql } from '../../src/kernel/build-sql.js';
import { Database } from '../../src/kernel/database.js';
import { Redacted } from '../../src/kernel/redacted.js';
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

test('a process whose functions are gone is not ready any more', async () => {
  database = new Database(new Redacted(temporary.apiUrl), 'test', () => {});
  await expect(database.ping()).resolves.toBeUndefined();
  const owner = new pg.Client({ connectionString: temporary.ownerUrl });
  await owner.connect();
  await owner.query(`SET client_min_messages = warning; DROP SCHEMA ${schema} CASCADE`);
  await owner.end();
  await expect(database.ping()).rejects.toThrow(schema);
});
