import { eventually } from '../support/eventually.js';
import { HeldRows } from '../support/held-rows.js';
import { account, app, crowd } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP with their own logins and pools, PostgreSQL with a connection for each, the queue.
// Fake: the telephone network (simulator). What an app, or a stranger, waits for is held by a lock of the test's own.

const MANY = 300;
const next = numbersOf(84);
let world: World;
let held: HeldRows;

beforeAll(async () => {
  world = await World.start({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  held = await HeldRows.open(world);
});
afterAll(async () => {
  await held.close();
  await world.close();
});

describe.each([
  ['cancel', () => undefined],
  ['sends', () => ({ channel: 'sms' })],
])('three hundred requests at once by one app, for the %s of one verification', (what, body) => {
  test('take three connections, and are told to come again while everybody else is answered', async () => {
    const shop = await app(world, `Shop for ${what}`);
    const number = next();
    const started = await world.call<{ id: string }>('POST', '/v1/verifications', { number }, shop);
    const { id } = started.body;
    await world.phones.phone(number).expectSms(/#\d{6}$/);
    await world.pass(120_000);
    const [other] = await crowd(world, 1);
    const another = await app(world, `Another than for ${what}`);
    let most = 0;
    await held.during('SELECT FROM verifications WHERE id = $1 FOR UPDATE', [id], async () => {
      const many = Array.from({ length: MANY }, (_, n) =>
        world.call('POST', `/v1/verifications/${id}/${what}`, body(), {
          // By a key of its own every other one is done in a transaction.
          headers: {
            ...shop.headers,
            ...(n % 2 === 0 ? { 'idempotency-key': `${what}-${n}` } : {}),
          },
        }),
      );
      await eventually('three to wait', async () => (await held.countWaiting()) === 3);
      for (let round = 0; round < 5; round++) {
        expect((await world.call('GET', '/v1/me', undefined, other)).status).toBe(200);
        expect((await world.call('GET', '/v1/app', undefined, another)).status).toBe(200);
        most = Math.max(most, await held.countWaiting());
      }
      const statuses = (await Promise.all(many)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([429]));
    });
    expect(most).toBeLessThanOrEqual(3);
    const again = await world.call('POST', `/v1/verifications/${id}/${what}`, body(), shop);
    expect(again.status).toBe(what === 'cancel' ? 200 : 201);
    if (what === 'sends') await world.phones.phone(number).expectSms(/#\d{6}$/);
  });
});

test('codes that are typed while their verification is held are told to come again, and those of others are compared', async () => {
  const shop = await app(world, 'Shop of checks');
  const start = async (number: string) => {
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number },
      shop,
    );
    const [, code = ''] = await world.phones.phone(number).expectSms(/#(\d{6})$/);
    return { id: body.id, code };
  };
  const [one, other] = [await start(next()), await start(next())];
  const check = ({ id, code }: { id: string; code: string }) =>
    world.call<{ isCorrect: boolean }>('POST', `/v1/verifications/${id}/check`, { code }, shop);
  await held.during('SELECT FROM verifications WHERE id = $1 FOR UPDATE', [one.id], async () => {
    const answers = await Promise.all([check(one), check(other), check(one)]);
    expect(answers.map(({ status }) => status)).toEqual([429, 200, 429]);
    expect(answers[1]?.body.isCorrect).toBe(true);
  });
  expect((await check(one)).body.isCorrect).toBe(true);
});

test('of those who only say that they are apps, where apps have no business, no more go on than of any network', async () => {
  let refused = 0;
  await held.during('LOCK TABLE limits', [], async () => {
    const many = Array.from({ length: MANY }, async () => {
      const headers = {
        authorization: 'Basic bm9ib2R5Om5vdGhpbmc=',
        'x-forwarded-for': '203.0.113.9',
      };
      const body = { login: 'nobody-at-all', password: 'no password at all', kind: 'bearer' };
      if ((await world.call('POST', '/v1/sessions', body, { headers })).status === 429)
        refused += 1;
    });
    // Sixteen go on, two hundred wait.
    await eventually('the rest to be refused', () => Promise.resolve(refused >= MANY - 216));
    await held.letGo();
    await Promise.all(many);
  });
});

test('a password that many try at once is held for none of them, and takes no connection for long', async () => {
  const [other] = await crowd(world, 1);
  const bob = await account(world, 'Bob', next());
  await held.during(
    'SELECT FROM account_passwords WHERE account_id = $1 FOR UPDATE',
    [bob.id],
    async () => {
      const tries = Array.from({ length: 60 }, (_, n) =>
        world.call(
          'POST',
          '/v1/sessions',
          { login: bob.login, password: 'no password of his', kind: 'bearer' },
          { headers: { 'x-forwarded-for': `203.0.${n}.1` } },
        ),
      );
      await eventually('some to wait', async () => (await held.countWaiting()) > 0);
      expect((await world.call('GET', '/v1/me', undefined, other)).status).toBe(200);
      const statuses = (await Promise.all(tries)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([429]));
    },
  );
});
