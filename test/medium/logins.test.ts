import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openLogins, urlFor } from '../../src/embedded/databases.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

// Real: PostgreSQL.

const LOGIN = `dingline_probe_${randomBytes(4).toString('hex')}`;
let own: TestDatabase;
beforeAll(async () => {
  own = await createDatabase();
});
afterAll(async () => {
  await query(own.ownerUrl, `DROP ROLE IF EXISTS ${LOGIN}`);
  await own.drop();
});

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

test("what somebody set at a login is gone when the logins are opened again, and its password is the setting's", async () => {
  const passwords = new Map([[LOGIN, 'from the settings']]);
  await openLogins(own.ownerUrl, passwords);
  const stolen = urlFor(own.ownerUrl, LOGIN, 'from the settings', 'postgres');
  await query(stolen, `ALTER ROLE ${LOGIN} SET statement_timeout = '50s'`);
  await query(stolen, `ALTER ROLE ${LOGIN} PASSWORD 'of the thief'`);
  await openLogins(own.ownerUrl, passwords);
  expect(await query(stolen, 'SHOW statement_timeout')).toEqual([{ statement_timeout: '0' }]);
});

test('no login takes all connections of the server', async () => {
  await openLogins(own.ownerUrl, new Map([[LOGIN, 'from the settings']]));
  const [row] = (await query(
    own.ownerUrl,
    `
      SELECT rolconnlimit AS most, current_setting('max_connections')::int AS all
      FROM pg_roles
      WHERE rolname = '${LOGIN}'
    `,
  )) as [{ most: number; all: number }];
  expect(row.most).toBeGreaterThan(0);
  expect(row.most).toBeLessThan(row.all);
});
