import { randomBytes, randomUUID } from 'node:crypto';
import { digestSecret } from '../../src/apps/app.js';
import { account, app, type Person, verify } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { REFUSED, steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by a role's login. Fake: the network.
// By its id, or its index, somebody is known: none is chosen by a login, nor exchanged.

let world: World;
let carl: Person;
beforeAll(async () => {
  world = await World.start();
  carl = await account(world, 'Carl', numberPool(Date.now())().e164);
  await verify(world, carl);
});
afterAll(() => world?.close());

test('nobody chooses the id of an account or a service, by which another may be known', async () => {
  const shop = await app(world, 'Shop');
  const api = await steal(world, 'apiUrl');
  await expect(
    api.query(`SELECT sign_up($1, 'shop', 'Shop', 'en', 'x', $2, NULL)`, [
      shop.serviceId,
      randomBytes(32),
    ]),
  ).rejects.toThrow(/does not exist/);
  await api.query('BEGIN');
  await api.query('SELECT identify_by_app_secret($1, $2)', [shop.id, digestSecret(shop.secret)]);
  await expect(
    api.query(
      `
        INSERT INTO verify_services (id, app_id, is_default, name, code_length, code_lasts_s, channels, created_at)
        SELECT $1, app_id, false, 'Mine', code_length, code_lasts_s, channels, created_at
        FROM verify_services
        WHERE id = $2
      `,
      [carl.id, shop.serviceId],
    ),
  ).rejects.toThrow(REFUSED);
  await api.end();
});

test("the worker's login exchanges nobody's sealed number, and makes nobody's a test number", async () => {
  const worker = await steal(world, 'workerUrl');
  const [row] = await world.rows<{ id: string; number_index: Buffer; sealed: Buffer }>(
    `
      SELECT n.id, n.number_index, n.sealed
      FROM numbers n JOIN account_numbers a ON a.number_ref = n.id
      WHERE a.account_id = $1
    `,
    [carl.id],
  );
  if (row === undefined) throw new Error('Carl has a number');
  const hex = (bytes: Buffer) => `\\x${bytes.toString('hex')}`;
  const keys = hex(randomBytes(64));
  const own = { sealed: hex(randomBytes(row.sealed.length)), inner_key: keys, outer_key: keys };
  const index = hex(row.number_index);
  // In his row; in a row that shows itself as a test number's; and once more, as one that was made.
  const fresh = randomUUID();
  for (const given of [
    { ...own, number_ref: row.id, number_index: index },
    { ...own, number_ref: row.id, number_index: hex(randomBytes(32)) },
    { ...own, number_ref: fresh, number_index: hex(randomBytes(32)) },
    { ...own, number_ref: row.id, number_index: index },
  ])
    await worker.query('SELECT set_test_numbers($1)', [JSON.stringify([given])]);
  expect(await world.rows('SELECT number_ref FROM test_numbers')).toEqual([]);
  expect(await world.rows('SELECT sealed FROM numbers WHERE id = $1', [row.id])).toEqual([
    { sealed: row.sealed },
  ]);
  for (const index of [null, randomBytes(32)])
    await expect(
      worker.query('UPDATE numbers SET number_index = $2 WHERE id = $1', [row.id, index]),
    ).rejects.toThrow(REFUSED);
  await worker.end();
});
