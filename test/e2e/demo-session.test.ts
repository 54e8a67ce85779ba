import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { insertDemoSignIn } from '../../src/accounts/demo-sign-ins.repository.js';
import { Database } from '../../src/kernel/database.js';
import { sha256 } from '../../src/kernel/digest.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { account, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { REFUSED, steal } from '../support/thief.js';
import { World, type Answer } from '../support/world.js';

// Real: the roles as `npm run demo` composes them, PostgreSQL by each login. Fake: the network and the clock. Where the
// route is not composed is in demo-mode.test.ts.

const ROUTE = '/v1/demo/session';
const ORIGIN = 'https://dingline.example';
const MINUTE_MS = 60_000;

let world: World;
let ann: Person;
let thief: pg.Client;
beforeAll(async () => {
  world = await World.start({
    env: { TRUSTED_PROXIES: '127.0.0.1' },
    defaultMode: { isDemo: true, phonesOrigin: 'http://localhost:3003' },
  });
  ann = await account(world, 'Ann', numberPool(Date.now())().e164);
  thief = await steal(world, 'apiUrl');
});
afterAll(async () => {
  await thief.end();
  await world.close();
});

/** As the demo does when its story has ended. */
async function print(): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  const owner = new Database(new Redacted(world.database.ownerUrl), 'test', () => {}, 1);
  await owner.transaction((trx) => insertDemoSignIn(trx, ann.id, sha256(token)));
  await owner.close();
  return token;
}

const open = (token: unknown, headers: Record<string, string> = { origin: ORIGIN }) =>
  world.call('POST', ROUTE, { token }, { headers });

const codeOf = ({ status, body }: Answer): string => `${String(status)} ${String(body['code'])}`;
const countSessions = async (): Promise<number> =>
  (await world.rows('SELECT FROM sessions WHERE account_id = $1', [ann.id])).length;

test('what the demo has printed signs one browser in by a cookie, once', async () => {
  const token = await print();
  const { status, text, headers } = await open(token);
  expect([status, text]).toEqual([204, '']);
  const [cookie = '', ...attributes] = (headers.get('set-cookie') ?? '').split('; ');
  expect(attributes).toEqual(
    expect.arrayContaining(['Path=/', 'Secure', 'HttpOnly', 'SameSite=Strict']),
  );
  const me = await world.call('GET', '/v1/me', undefined, { headers: { cookie } });
  expect(me.body).toMatchObject({ id: ann.id });
  const sessions = await countSessions();
  const again = await open(token);
  expect(codeOf(again)).toBe('401 WRONG_CREDENTIALS');
  expect(again.headers.get('set-cookie')).toBeNull();
  expect(await countSessions()).toBe(sessions);
});

test('of two browsers at once one is signed in', async () => {
  const token = await print();
  const answers = await Promise.all([open(token), open(token), open(token)]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 401, 401]);
});

test('after ten minutes it opens nothing, and the next one takes it out of the database', async () => {
  const [early, late] = [await print(), await print()];
  await world.pass(10 * MINUTE_MS - 1000);
  expect((await open(early)).status).toBe(204);
  await world.pass(1000);
  expect(codeOf(await open(late))).toBe('401 WRONG_CREDENTIALS');
  expect(await world.rows('SELECT FROM demo_sign_ins')).toHaveLength(1);
  const next = await print();
  expect(await world.rows('SELECT FROM demo_sign_ins')).toHaveLength(1);
  expect((await open(next)).status).toBe(204);
});

test('what was never printed opens nothing, nor does nothing', async () => {
  await print();
  const sessions = await countSessions();
  for (const token of [randomBytes(32).toString('base64url'), 'a', ''])
    expect(codeOf(await open(token))).toBe('401 WRONG_CREDENTIALS');
  for (const token of [undefined, null, 7])
    expect(codeOf(await open(token))).toBe('400 INVALID_INPUT');
  expect(await countSessions()).toBe(sessions);
});

test('nobody is signed in who was blocked since', async () => {
  const token = await print();
  await world.rows('UPDATE accounts SET blocked_at = now() WHERE id = $1', [ann.id]);
  expect(codeOf(await open(token))).toBe('401 WRONG_CREDENTIALS');
  await world.rows('UPDATE accounts SET blocked_at = NULL WHERE id = $1', [ann.id]);
});

test('only our own pages on this machine may ask, and who may not uses nothing up', async () => {
  const token = await print();
  for (const headers of [{}, { origin: 'https://evil.example' }, { origin: 'null' }])
    expect(codeOf(await open(token, headers))).toBe('403 ORIGIN_REFUSED');
  const never = await world.call('POST', '/v1/demo/never', { token });
  const proxied = await open(token, { origin: ORIGIN, 'x-forwarded-for': '203.0.113.7' });
  expect([proxied.status, proxied.text]).toEqual([404, never.text]);
  expect((await open(token)).status).toBe(204);
});

test('no description of the API has it, not even here', async () => {
  const { text } = await world.call('GET', '/openapi.json');
  expect(text).toContain('/v1/sessions');
  expect(text).not.toContain('demo');
});

test('no row, no log and no answer holds it', async () => {
  const token = await print();
  const kept = await world.rows('SELECT FROM demo_sign_ins WHERE token_hash = $1', [
    sha256(sha256(token)),
  ]);
  expect(kept).toHaveLength(1);
  await open(token);
  await open(token);
  const said = [...world.logs, ...world.answers.map(({ text }) => text)].join('\n');
  expect(said).not.toContain(token);
  expect(said).not.toContain(sha256(token).toString('hex'));
});

describe("api's login alone", () => {
  test('makes none, reads none and keeps none alive', async () => {
    await print();
    const attempt = (text: string, values: unknown[] = []) => thief.query(text, values);
    const mine = sha256(sha256('mine'));
    await expect(
      attempt(`INSERT INTO demo_sign_ins VALUES ($1, $2, 'infinity')`, [mine, ann.id]),
    ).rejects.toThrow(REFUSED);
    for (const text of [
      'SELECT * FROM demo_sign_ins',
      "UPDATE demo_sign_ins SET ends_at = 'infinity'",
      'DELETE FROM demo_sign_ins',
      "UPDATE secret_bounds SET lasts = '1 day' WHERE name = 'demo_sign_in'",
    ])
      await expect(attempt(text)).rejects.toThrow(REFUSED);
    await expect(
      attempt(`SELECT begin_session($1, $2, 'cookie', now())`, [ann.id, mine]),
    ).rejects.toThrow(REFUSED);
  });

  test('has no session by a wrong one, by a digest from the row, or by none', async () => {
    await print();
    const { length } = await world.rows('SELECT FROM sessions');
    const rows = await world.rows<{ token_hash: Buffer }>('SELECT token_hash FROM demo_sign_ins');
    for (const shown of [randomBytes(32), rows[0]?.token_hash, Buffer.alloc(0), null]) {
      const made = await thief.query('SELECT * FROM sign_in_by_demo($1, $2)', [
        shown,
        randomBytes(32),
      ]);
      expect(made.rows).toEqual([]);
    }
    expect(await world.rows('SELECT FROM sessions')).toHaveLength(length);
  });

  test('uses one up without a session for itself, if it shows no token of its own', async () => {
    const token = await print();
    const made = await thief.query('SELECT * FROM sign_in_by_demo($1, NULL)', [sha256(token)]);
    expect(made.rows).toEqual([]);
    expect((await open(token)).status).toBe(204);
  });
});
