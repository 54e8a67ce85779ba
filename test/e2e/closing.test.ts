import { Retention } from '../../src/kernel/retention.service.js';
import { Commands } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { account, PASSWORD, type Person, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the operator's command. Fake: the telephone network
// (simulator). The clock is moved by hand, and the worker is told to erase.

const MINUTE = 60_000;
const next = numbersOf(81);
let world: World;
let ann: Person;
let bob: Person;
let teamId: string;

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.pass(24 * 60 * MINUTE);
  [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next())];
  for (const one of [ann, bob]) await verify(world, one);
  teamId = await team(world, [bob, ann]);
  await team(world, [ann, bob]);
  await world.pass(2 * MINUTE);
});

const close = (who: Person, password = PASSWORD) =>
  world.call<{ code?: string }>('POST', '/v1/me/close', { password }, who);
const ding = (from: Person, to: Person) =>
  world.call<{ id: string; code?: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [to.id], text: 'The pump has stopped.' },
    from,
  );
const erase = () => world.apps.get('worker')?.app.get(Retention).run();
/** Every table that says of whom a row is, but what is meant to stay. */
async function tracesOf(who: Person): Promise<string[]> {
  const columns = await world.rows<{ table: string; column: string }>(`
    SELECT c.table_name AS table, c.column_name AS column
    FROM information_schema.columns c
    JOIN information_schema.tables t USING (table_schema, table_name)
    WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.data_type = 'uuid'
  `);
  const traces: string[] = [];
  for (const { table, column } of columns) {
    const [{ count } = { count: 0 }] = await world.rows<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${table} WHERE ${column} = $1`,
      [who.id],
    );
    if (count > 0) traces.push(`${table}.${column}`);
  }
  return traces;
}

describe('an account that its person closes', () => {
  test('is asked for its password, by a session that guesses it no more than ten times an hour', async () => {
    for (let i = 0; i < 10; i++)
      expect(await close(ann, `wrong ${i}`)).toMatchObject({
        status: 401,
        body: { code: 'WRONG_CREDENTIALS' },
      });
    expect((await close(ann)).status).toBe(429);
    await world.rows('DELETE FROM limits'); // whoever lifts the limits of `api` has those of PostgreSQL
    expect((await close(ann)).status).toBe(401);
    await world.pass(60 * MINUTE);
    expect((await close(ann)).status).toBe(204);
  });

  test('ends at once what it sent and what rings for it, its sessions, memberships and proof', async () => {
    await ding(ann, bob);
    const bobs = await bob.phone.expectRing();
    expect((await ding(bob, ann)).status).toBe(201);
    const anns = await ann.phone.expectRing();
    expect((await close(ann)).status).toBe(204);
    await bobs.expectEnded('canceled');
    await anns.expectEnded('canceled');
    await world.phones.settled();
    expect([ann, bob].map((one) => one.phone.messages().length)).toEqual([1, 1]); // their codes
    expect((await world.call('GET', '/v1/me', undefined, ann)).status).toBe(401);
    const again = { login: ann.login, password: PASSWORD };
    expect((await world.call('POST', '/v1/sessions', again)).status).toBe(401);
    const { body } = await world.call<{ members: { accountId: string }[] }>(
      'GET',
      `/v1/teams/${teamId}`,
      undefined,
      bob,
    );
    expect(body.members.map(({ accountId }) => accountId)).toEqual([bob.id]);
    expect((await ding(bob, ann)).body.code).toBe('NOT_FOUND');
    expect(
      await world.rows('SELECT FROM account_numbers WHERE account_id = $1', [ann.id]),
    ).toHaveLength(0);
  });

  test('is erased an hour later with all that is kept of it, and the ledger keeps what tells nobody', async () => {
    await ding(ann, bob);
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/The pump has stopped/);
    const entries = async () =>
      (await world.rows<{ count: number }>('SELECT count(*)::int AS count FROM ledger_entries'))[0];
    const readable = () =>
      world.rows('SELECT FROM ledger_readable WHERE subject_id = $1', [ann.id]);
    expect(await readable()).not.toHaveLength(0);
    // What the worker has just claimed is written, and goes with the account's row.
    await eventually(
      'the worker to be done',
      async () =>
        (await world.rows(`SELECT FROM handoffs WHERE state IN ('queued', 'sending')`)).length ===
        0,
    );
    await close(ann);
    expect(await readable()).toHaveLength(0);
    await erase();
    expect(await world.rows('SELECT FROM accounts WHERE id = $1', [ann.id])).toHaveLength(1);
    await world.pass(60 * MINUTE);
    const before = await entries();
    await erase();
    expect(await tracesOf(ann)).toEqual(['handoffs.account_id']);
    expect(await entries()).toEqual(before);
    const fresh = await world.call('POST', '/v1/accounts', {
      login: ann.login,
      password: PASSWORD,
      name: 'Another',
      language: 'en',
    });
    expect(fresh.status).toBe(201); // the login is free
    await world.pass(100 * 24 * 60 * MINUTE);
    await erase();
    expect(await tracesOf(ann)).toEqual([]);
  });

  test('is not erased while a call goes on that it was in', async () => {
    const carl = await account(world, 'Carl', next());
    await verify(world, carl);
    await team(world, [bob, carl]);
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/conferences',
      { accountIds: [ann.id, carl.id] },
      bob,
    );
    expect(body).toHaveProperty('id');
    await (await carl.phone.expectRing()).decline();
    const bobs = await bob.phone.expectRing();
    await bobs.answer();
    await bobs.press('1');
    await bobs.expectInRoom();
    const anns = await ann.phone.expectRing();
    await close(ann);
    await anns.expectEnded('canceled');
    await world.pass(60 * MINUTE);
    await erase();
    expect(await world.rows('SELECT FROM accounts WHERE id = $1', [ann.id])).toHaveLength(1);
    await world.call('POST', `/v1/conferences/${body.id}/end`, undefined, bob);
    await bobs.expectEnded('completed');
    await eventually(
      'the conference to end',
      async () =>
        (await world.rows('SELECT FROM calls WHERE id = $1 AND ended_at IS NOT NULL', [body.id]))
          .length === 1,
    );
    await erase();
    expect(await world.rows('SELECT FROM accounts WHERE id = $1', [ann.id])).toHaveLength(0);
    expect((await world.call('GET', `/v1/conferences/${body.id}`, undefined, bob)).status).toBe(
      200,
    );
  });
});

test('an operator removes an account that is blocked, as its person would close it', async () => {
  const commands = new Commands();
  const order = (...words: string[]) =>
    commands.run(['accounts', ...words], { DATABASE_URL: world.database.ownerUrl });
  try {
    expect(await order('remove', ann.login)).toMatchObject({ status: 1, out: '' });
    expect(await order('block', ann.login, 'spam')).toMatchObject({ status: 0 });
    expect(await order('remove', ann.login)).toMatchObject({ status: 0, err: '' });
    expect(await order('reset', ann.login)).toMatchObject({ status: 1 });
    expect((await ding(bob, ann)).body.code).toBe('NOT_FOUND');
    await world.pass(60 * MINUTE);
    await erase();
    expect(await tracesOf(ann)).toEqual(['handoffs.account_id']);
  } finally {
    await commands.close();
  }
});
