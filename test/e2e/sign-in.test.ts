import { account, PASSWORD, type Person } from '../support/make.js';
import { World } from '../support/world.js';

// Real: `api` over HTTP with its own login, PostgreSQL. The clock is moved by hand.
// A stranger knows a person's login, and means to keep them out.

const MINUTE = 60_000;
const DAY = 86_400_000;
const ORIGIN = 'https://dingline.example';

let world: World;
let ann: Person;
let device: string;
let next = 0;

beforeAll(async () => {
  world = await World.start({ roles: ['api'], env: { TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.advance(DAY); // every limit is whole again
  ann = await account(world, 'Ann', `+4477009${String(10_000 + next++).slice(-5)}`);
  device = (await signIn(PASSWORD)).device as string;
  world.clock.advance(60 * MINUTE);
});

interface Try {
  ip?: string;
  device?: string;
  login?: string;
}
async function signIn(password: string, { ip = '192.0.2.1', device: shown, login }: Try = {}) {
  const { status, body } = await world.call<{ deviceToken?: string }>(
    'POST',
    '/v1/sessions',
    { login: login ?? ann.login, password },
    {
      headers: {
        'x-forwarded-for': ip,
        ...(shown === undefined ? {} : { 'dingline-device': shown }),
      },
    },
  );
  return { status, device: body.deviceToken };
}
/** A hundred wrong tries from as many addresses: all that a login has in an hour. */
async function useUpTries(): Promise<void> {
  const statuses: number[] = [];
  for (let i = 0; i < 100; i += 10) {
    const ten = Array.from({ length: 10 }, (_, j) =>
      signIn('wrong', { ip: `198.51.100.${i + j}` }),
    );
    statuses.push(...(await Promise.all(ten)).map(({ status }) => status));
  }
  expect(statuses).toEqual(Array(100).fill(401));
}

/** What PostgreSQL has counted after those, without the minute that they take. */
const countTries = () =>
  world.rows(
    `
      UPDATE account_passwords SET wrong_at = array_fill($2::timestamptz, ARRAY[100])
      WHERE account_id = $1
    `,
    [ann.id, world.clock.now()],
  );

describe('a hundred wrong tries from elsewhere', () => {
  test('keep nobody out who signs in from where they have signed in before', async () => {
    await useUpTries();
    expect((await signIn(PASSWORD)).status).toBe(429);
    expect((await signIn(PASSWORD, { device })).status).toBe(201);
    world.clock.advance(60 * MINUTE);
    expect((await signIn(PASSWORD)).status).toBe(201);
  });

  test('keep a browser in which somebody has signed in before from nothing either', async () => {
    const byCookie = (cookie?: string) =>
      world.call(
        'POST',
        '/v1/sessions',
        { login: ann.login, password: PASSWORD, kind: 'cookie' },
        {
          headers: {
            origin: ORIGIN,
            'x-forwarded-for': '192.0.2.9',
            ...(cookie === undefined ? {} : { cookie }),
          },
        },
      );
    const first = await byCookie();
    const [session, known] = first.headers.getSetCookie().map((one) => one.split(';')[0]);
    await world.call('DELETE', '/v1/sessions/current', undefined, {
      headers: { origin: ORIGIN, cookie: session as string },
    });
    world.clock.advance(60 * MINUTE);
    await countTries();
    expect((await byCookie()).status).toBe(401);
    expect((await byCookie(known)).status).toBe(201);
  });

  test('are not let through to guess by a device that is known to another account, or made up', async () => {
    const eve = await account(world, 'Eve', `+4477009${String(10_000 + next++).slice(-5)}`);
    const eves = (await signIn(PASSWORD, { login: eve.login })).device as string;
    world.clock.advance(60 * MINUTE);
    await countTries();
    for (const shown of [eves, 'A'.repeat(43), 'nonsense'])
      expect((await signIn(PASSWORD, { device: shown })).status).toBe(401);
  });
});

describe('a device that has signed in before', () => {
  test('guesses no more than ten times in a quarter of an hour, and takes nothing from the others', async () => {
    for (let i = 0; i < 10; i++) expect((await signIn(`wrong ${i}`, { device })).status).toBe(401);
    expect((await signIn(PASSWORD, { device })).status).toBe(429);
    await world.rows('DELETE FROM limits'); // whoever lifts the limits of `api` has those of PostgreSQL
    expect((await signIn(PASSWORD, { device })).status).toBe(401);
    expect((await signIn(PASSWORD)).status).toBe(201);
    world.clock.advance(15 * MINUTE);
    expect((await signIn(PASSWORD, { device })).status).toBe(201);
  });

  test('is known by a digest alone, and for one account', async () => {
    const stored = JSON.stringify(await world.rows('SELECT d::text FROM account_devices d'));
    expect(stored).not.toContain(device);
    const { createHash } = await import('node:crypto');
    expect(stored).not.toContain(createHash('sha256').update(device).digest('hex'));
    expect(world.logs.join('')).not.toContain(device);
  });

  test('is a stranger again when the password was changed, so that a thief has no tries of his own', async () => {
    const changed = { oldPassword: PASSWORD, newPassword: 'eleven rusty garden gates' };
    expect((await world.call('PUT', '/v1/me/password', changed, ann)).status).toBe(204);
    await countTries();
    expect((await signIn(changed.newPassword, { device })).status).toBe(401);
  });

  test('is one of twenty: the one that was not used for longest is forgotten', async () => {
    for (let i = 0; i < 20; i++) {
      world.clock.advance(10 * MINUTE);
      expect((await signIn(PASSWORD, { ip: `203.0.113.${i}` })).status).toBe(201);
    }
    expect(
      await world.rows('SELECT FROM account_devices WHERE account_id = $1', [ann.id]),
    ).toHaveLength(20);
    world.clock.advance(60 * MINUTE);
    await countTries();
    expect((await signIn(PASSWORD, { device })).status).toBe(401);
  });
});

describe('one IPv6 network', () => {
  test('of a /56 is two subscribers, of a /48 four: its many /64s are no more', async () => {
    const tries = async (ip: (i: number) => string): Promise<number> => {
      for (let i = 0; i < 200; i++)
        if ((await signIn('wrong', { login: `nobody-${i}`, ip: ip(i) })).status === 429) return i;
      return Infinity;
    };
    const hex = (n: number): string => n.toString(16);
    expect(await tries((i) => `2001:db8:1:1::${hex(i + 1)}`)).toBe(30);
    expect(await tries((i) => `2001:db8:2:1${hex(i % 16)}${hex(i % 7)}::1`)).toBe(60);
    expect(await tries((i) => `2001:db8:3:${hex((i + 1) * 256)}::1`)).toBe(120);
  });

  test("of a /48 does not use up a login's tries: others may still sign in to it", async () => {
    let refused = 0;
    for (let i = 0; i < 150; i++)
      if (
        (await signIn('wrong', { ip: `2001:db8:4:${(i * 256 + i).toString(16)}::1` })).status ===
        429
      )
        refused += 1;
    expect(refused).toBe(110); // forty in a quarter of an hour
    expect((await signIn(PASSWORD, { ip: '203.0.113.50' })).status).toBe(201);
  });
});

describe('a password that is to be set', () => {
  test.each([
    ['short and sweet', undefined],
    ['short', 'at least 15 characters'],
    ['\ufdfa', 'at least 15 characters'],
    ['passwordpassword', 'too common: others would guess it'],
    ['1234567890123456', 'too common: others would guess it'],
  ])('such as %s is refused for a reason that is told, or taken', async (password, reason) => {
    const { status, body } = await world.call<{ errors?: { path: string; message: string }[] }>(
      'POST',
      '/v1/accounts',
      { login: `set-${next++}-x`, password, name: 'Set', language: 'en' },
    );
    expect(body.errors?.[0]).toEqual(
      reason === undefined ? undefined : { path: 'password', message: reason },
    );
    expect(status).toBe(reason === undefined ? 201 : 400);
  });
});
