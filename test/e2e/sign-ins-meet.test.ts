import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { account, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { sha256, signInAs, steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: PostgreSQL by the login of api. Of sign-ins that meet something else at the same moment.

const KEY = Buffer.alloc(32, 7);
let world: World;
let api: pg.Client;
let bob: Person;
let login: string;
beforeAll(async () => {
  world = await World.start();
  api = await steal(world, 'apiUrl');
  bob = await account(world, 'Bob', numberPool(Date.now())().e164);
  login = (await one<{ login: string }>('SELECT login FROM accounts WHERE id = $1', [bob.id]))
    ?.login as string;
  await world.rows(
    'UPDATE account_passwords SET key_hash = sha256($2), wrong_at = $3 WHERE account_id = $1',
    [bob.id, KEY, []],
  );
});
afterAll(async () => {
  await api?.end();
  await world?.close();
});
const one = async <R extends object>(text: string, values: unknown[]): Promise<R | undefined> =>
  (await world.rows<R>(text, values))[0];

test('nobody is signed in who waited while the account was blocked', async () => {
  const { rows } = await api.query<{ id: string }>('SELECT guess_sign_in($1, $2, $3) AS id', [
    login,
    KEY,
    KEY,
  ]);
  const operator = new pg.Client({ connectionString: world.database.ownerUrl });
  await operator.connect();
  await operator.query('BEGIN');
  await operator.query('SELECT FROM account_passwords WHERE account_id = $1 FOR UPDATE', [bob.id]);
  await operator.query('UPDATE accounts SET blocked_at = now() WHERE id = $1', [bob.id]);
  await api.query(`SET lock_timeout = '10s'`);
  const late = api.query(`SELECT * FROM sign_in($1, $2, 'bearer', $3)`, [
    rows[0]?.id,
    sha256('a token'),
    KEY,
  ]);
  await eventually(
    'it waits',
    async () =>
      (
        await world.rows(
          `SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%sign_in(%'`,
        )
      ).length > 0,
  );
  await operator.query('COMMIT');
  await operator.end();
  expect((await late).rowCount).toBe(0);
  await world.rows('UPDATE accounts SET blocked_at = NULL WHERE id = $1', [bob.id]);
});

test('a right password leaves no wrong one behind, while time goes on', async () => {
  const [clock] = await world.rows<{ now: string }>(
    `SELECT pg_get_functiondef('db_now'::regproc) AS now`,
  );
  await world.rows(`
    CREATE OR REPLACE FUNCTION db_now() RETURNS timestamptz LANGUAGE sql VOLATILE SECURITY DEFINER
    AS 'SELECT clock_timestamp()'
  `);
  expect((await signInAs(api, login, KEY)).rowCount).toBe(1);
  expect(
    await one(
      'SELECT cardinality(wrong_at) AS wrong FROM account_passwords WHERE account_id = $1',
      [bob.id],
    ),
  ).toEqual({ wrong: 0 });
  await world.rows(clock?.now as string);
});
