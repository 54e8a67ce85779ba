import { formatSid } from '../../src/apps/app.js';
import { app, type Client } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

const next = numbersOf(20261129);
const [THIEF, HONEST] = ['2001:db8:5::1', '2001:db8:6::1'];
let world: World;
let shop: Client;

beforeAll(async () => {
  world = await World.start({
    env: { GUESSES_PER_ADDRESS_AN_HOUR: '3', GUESSES_PER_APP_AN_HOUR: '3' },
  });
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.pass(3_600_000);
  shop = await app(world, `shop ${world.clock.now().toISOString()}`);
});

async function post(path: string, form: Record<string, string>) {
  const url = `${world.urls.get('api')}/v2/Services/${formatSid('VA', shop.serviceId)}/${path}`;
  const body = new URLSearchParams(form);
  const response = await fetch(url, { method: 'POST', headers: shop.headers, body });
  const { status = '', valid, code } = (await response.json()) as Record<string, unknown>;
  return { http: response.status, status, valid, code, after: response.headers.get('retry-after') };
}
const check = (To: string, Code: string) => post('VerificationCheck', { To, Code });

/** A verification, and the code that its phone has got. */
async function start(deviceIp?: string): Promise<{ to: string; right: string; wrong: string }> {
  const to = next();
  const form = { To: to, Channel: 'sms', ...(deviceIp && { DeviceIp: deviceIp }) };
  expect((await post('Verifications', form)).http).toBe(201);
  const [, right = ''] = await world.phones.phone(to).expectSms(/#(\d{6})$/);
  return { to, right, wrong: right === '111111' ? '222222' : '111111' };
}

test('wrong codes count by the DeviceIp of their start, and lock out nobody else of the app', async () => {
  const first = await start(THIEF);
  for (let i = 0; i < 3; i += 1)
    expect(await check(first.to, first.wrong)).toMatchObject({ http: 200, valid: false });
  expect(await check(first.to, first.right)).toMatchObject({ http: 429, after: '3600' });
  const [another, honest, unknown] = [await start(THIEF), await start(HONEST), await start()];
  expect(await check(another.to, another.right)).toMatchObject({ http: 429 });
  for (const one of [honest, unknown])
    expect(await check(one.to, one.right)).toMatchObject({ http: 200, status: 'approved' });
  await world.pass(3_600_000);
  const later = await start(THIEF);
  expect(await check(later.to, later.right)).toMatchObject({ status: 'approved' });
});

test('without one they count by the app, and those with one are compared all the same', async () => {
  const first = await start();
  for (let i = 0; i < 3; i += 1) await check(first.to, first.wrong);
  const [unknown, honest] = [await start(), await start(HONEST)];
  expect(await check(unknown.to, unknown.right)).toMatchObject({ http: 429 });
  expect(await check(honest.to, honest.right)).toMatchObject({ status: 'approved' });
});

test('of wrong codes that come at one moment no more are compared than their address may guess', async () => {
  const some = await Promise.all([start(THIEF), start(THIEF), start(THIEF)]);
  const all = await Promise.all(
    some.flatMap(({ to, wrong }) => [1, 2, 3].map(() => check(to, wrong))),
  );
  expect(all.filter(({ http }) => http === 200)).toHaveLength(3);
});

test('a service with codes that are easily guessed is made, with a warning in the log', async () => {
  const lines = () => world.logs.filter((line) => line.includes('"short_codes"'));
  const make = (CodeLength: string) =>
    fetch(`${world.urls.get('api')}/v2/Services`, {
      method: 'POST',
      headers: shop.headers,
      body: new URLSearchParams({ FriendlyName: 'Till', CodeLength }),
    });
  expect((await make('6')).status).toBe(201);
  expect(lines()).toEqual([]);
  expect((await make('4')).status).toBe(201);
  expect(lines()).toEqual([expect.stringContaining('100 times as easily')]);
});
