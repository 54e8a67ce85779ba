import { eventually } from '../support/eventually.js';
import { account, crowd, team, verify, type Person, type Someone } from '../support/make.js';
import { HeldRows } from '../support/held-rows.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP with their own logins and pools, PostgreSQL with a connection for each, the queue.
// Fake: the telephone network (simulator). What one account waits for is held by a lock of the test's own, so that
// "at the same time" is no matter of luck.

const MANY = 300;
const next = numbersOf(83);
let world: World;
let ann: Person;
let bob: Person;
let dingId: string;
let held: HeldRows;

beforeAll(async () => {
  world = await World.start({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next())];
  for (const one of [ann, bob]) await verify(world, one);
  await team(world, [ann, bob]);
  await world.pass(120_000);
  const { body } = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [bob.id], text: 'The pump has stopped.' },
    ann,
  );
  dingId = body.id;
  await bob.phone.expectRing();
  await eventually('the caller ID', async () => (await look(bob)).status === 200);
  world.clock.advance(60_000);
  held = await HeldRows.open(world);
});
afterAll(async () => {
  await held.close();
  await world.call('POST', `/v1/dings/${dingId}/recall`, undefined, ann);
  await world.close();
});

const from = (who: { token: string }, ip: string) => ({
  token: who.token,
  headers: { 'x-forwarded-for': ip },
});
const look = (who: Someone, ip = '192.0.2.1') =>
  world.call('GET', `/v1/dings/${dingId}/caller-id`, undefined, from(who, ip));
const me = (who: Someone, ip: string) => world.call('GET', '/v1/me', undefined, from(who, ip));

describe('three hundred requests at once by one account', () => {
  test('for one caller ID take three connections, and everybody else is answered meanwhile', async () => {
    const others = await crowd(world, 5);
    let most = 0;
    await held.during('SELECT FROM calls WHERE id = $1 FOR UPDATE', [dingId], async () => {
      const looks = Array.from({ length: MANY }, () => look(bob));
      await eventually('the first to wait', async () => (await held.countWaiting()) > 0);
      for (let round = 0; round < 4; round++) {
        const answers = await Promise.all(others.map((one, i) => me(one, `198.51.100.${i}`)));
        expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
        most = Math.max(most, await held.countWaiting());
      }
      // Nobody is kept waiting: who doesn't get the lock in a quarter of a second is told to come again.
      const statuses = (await Promise.all(looks)).map(({ status }) => status);
      expect(new Set(statuses)).toEqual(new Set([429]));
    });
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(0);
  });

  test('for Dings hold no more, and are done one after the other or told to come again', async () => {
    const [other] = await crowd(world, 1);
    const ding = () =>
      world.call(
        'POST',
        '/v1/dings',
        { recipientIds: [bob.id], text: 'Again.', channel: 'app' },
        from(ann, '192.0.2.2'),
      );
    await held.during(
      'SELECT FROM account_numbers WHERE account_id = $1 FOR UPDATE',
      [ann.id],
      async () => {
        const dings = Array.from({ length: MANY }, ding);
        await eventually('three to wait', async () => (await held.countWaiting()) === 3);
        for (let round = 0; round < 5; round++)
          expect((await me(other, '198.51.100.9')).status).toBe(200);
        expect(await held.countWaiting()).toBe(3);
        await held.letGo();
        const statuses = (await Promise.all(dings)).map(({ status }) => status);
        expect(statuses.filter((status) => status !== 201 && status !== 429)).toEqual([]);
        expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(0);
      },
    );
  });

  test('by an account that is signed in a hundred times are as many as by one session', async () => {
    const others = await crowd(world, 1);
    const token = (n: number) => `${'s'.repeat(40)}${String(n).padStart(3, '0')}`;
    await world.rows(
      `
        INSERT INTO sessions (id, account_id, token_hash, kind, created_at, used_at, expires_at)
        SELECT gen_random_uuid(), $1,
          sha256(sha256((repeat('s', 40) || lpad(n::text, 3, '0'))::bytea)), 'bearer', $2, $2,
          $2::timestamptz + interval '1 day'
        FROM generate_series(0, 99) n
      `,
      [bob.id, world.clock.now()],
    );
    await held.during('SELECT FROM calls WHERE id = $1 FOR UPDATE', [dingId], async () => {
      const looks = Array.from({ length: 100 }, (_, n) =>
        look({ id: bob.id, token: token(n) }, `203.0.113.${n}`),
      );
      await eventually('the first to wait', async () => (await held.countWaiting()) > 0);
      expect(await held.countWaiting()).toBeLessThanOrEqual(3);
      expect((await me(others[0], '198.51.100.20')).status).toBe(200);
      await Promise.all(looks);
    });
  });
});

test('to a stranger a call that is busy is no other than one that never was', async () => {
  const [eve] = await crowd(world, 1);
  const nobodys = '01890a5d-ac96-774b-bcce-b302099a8057';
  const ask = async (id: string) => {
    const answers = [];
    for (const [method, path] of [
      ['GET', `/v1/dings/${id}/caller-id`],
      ['GET', `/v1/conferences/${id}/caller-id`],
      ['POST', `/v1/dings/${id}/recall`],
      ['POST', `/v1/dings/${id}/confirm`],
      ['POST', `/v1/conferences/${id}/end`],
      ['POST', `/v1/conferences/${id}/call-me`],
      ['DELETE', `/v1/conferences/${id}/participants/${nobodys}`],
    ] as const)
      answers.push(await world.call(method, path, undefined, from(eve, '192.0.2.40')));
    return answers.map(({ status, text }) => [status, text]);
  };
  const never = await ask(nobodys);
  expect(new Set(never.map(([status]) => status))).toEqual(new Set([404]));
  await held.during('SELECT FROM calls WHERE id = $1 FOR UPDATE', [dingId], async () => {
    expect(await ask(dingId)).toEqual(never);
    // Its own initiator sees nothing of it either, and needs no lock to be told so.
    expect((await look(ann)).status).toBe(404);
  });
});

test('a live stream takes no turn: its person has three requests at once beside it', async () => {
  const streams: AbortController[] = [];
  for (let i = 0; i < 4; i++) {
    const controller = new AbortController();
    streams.push(controller);
    const { status } = await fetch(`${world.urls.get('api')}/v1/events`, {
      headers: { authorization: `Bearer ${ann.token}` },
      signal: controller.signal,
    });
    expect(status).toBe(200);
  }
  expect((await me(ann, '192.0.2.30')).status).toBe(200);
  for (const stream of streams) stream.abort();
});
