import { Commands, startCommand, type CommandResult } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { account, PASSWORD, type Person, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the operator's command (as a process of its own where it says so), the roles over HTTP, PostgreSQL, the
// queue. Fake: the telephone network (simulator). The clock is moved by hand.

const MINUTE = 60_000;
const DAY = 86_400_000;
const NEW_PASSWORD = 'eleven rusty garden gates';
const CODE = /^ {2}code {6}(([0-9A-Z]{4}-){3}[0-9A-Z]{4})$/m;

let world: World;
let commands: Commands;
let env: Record<string, string>;
let ann: Person;
const next = numbersOf(79);

beforeAll(async () => {
  world = await World.start();
  commands = new Commands();
  env = { DATABASE_URL: world.database.ownerUrl, API_PUBLIC_URL: 'https://dingline.example' };
});
afterAll(async () => {
  await commands.close();
  await world.close();
});
beforeEach(async () => {
  world.clock.advance(DAY); // every limit is whole again
  ann = await account(world, 'Ann', next());
});

const order = (...words: string[]): Promise<CommandResult> =>
  commands.run(['accounts', ...words], env);
const good = async (...words: string[]): Promise<string> => {
  const { status, out, err } = await order(...words);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out;
};
const codeIn = (out: string): string => CODE.exec(out)?.[1] ?? '';
const signIn = async (login: string, password = PASSWORD) => {
  const { status, body } = await world.call<{ token: string; code?: string }>(
    'POST',
    '/v1/sessions',
    { login, password },
  );
  return { status, token: body.token, code: body.code };
};
const isSignedIn = async (who: { token: string }): Promise<boolean> =>
  (await world.call('GET', '/v1/me', undefined, who)).status === 200;
const setPassword = (login: string, code: string, password = NEW_PASSWORD) =>
  world.call<{ code?: string }>('POST', '/v1/password-resets', { login, code, password });
test('an operator finds an account by its whole login, and no part of a number or secret', async () => {
  await verify(world, ann);
  const { status, out } = await startCommand(['accounts', 'find', ann.login.toUpperCase()], env);
  expect(status).toBe(0);
  expect(out).toContain(`${ann.login}: ${ann.id}\n`);
  expect(out).toMatch(/^ {2}sessions {2}1, last used at 20/m);
  expect(out).toMatch(/^ {2}number {4}proved at 20/m);
  expect(out).not.toContain(ann.number.slice(-4));
  expect(await order('find', ann.login.slice(0, -1))).toMatchObject({ status: 1, out: '' });
});

describe('a reset', () => {
  test('takes the password and all sessions from whoever has them, and its code sets one new password, once', async () => {
    const thief = await signIn(ann.login);
    const code = codeIn(await good('reset', ann.login));
    expect([await isSignedIn(thief), await isSignedIn(ann)]).toEqual([false, false]);
    expect((await signIn(ann.login)).status).toBe(401);
    expect((await setPassword(ann.login, code.toLowerCase().replace(/-/g, ''))).status).toBe(204);
    expect(await setPassword(ann.login, code, 'a third password of mine')).toMatchObject({
      status: 403,
      body: { code: 'WRONG_RESET_CODE' },
    });
    const fresh = await signIn(ann.login, NEW_PASSWORD);
    expect(fresh.status).toBe(201);
    const me = await world.call<{ notices: { kind: string }[] }>('GET', '/v1/me', undefined, fresh);
    expect(me.body.notices.map(({ kind }) => kind).sort()).toEqual([
      'password_changed',
      'password_reset',
    ]);
  });

  test('has a code for its own account, in force for a day, and only until the next', async () => {
    const eve = await account(world, 'Eve', next());
    const first = codeIn(await good('reset', ann.login));
    expect((await setPassword(eve.login, first)).status).toBe(403);
    const second = codeIn(await good('reset', ann.login));
    expect((await setPassword(ann.login, first)).status).toBe(403);
    expect((await setPassword(ann.login, second, ann.login)).status).toBe(400);
    world.clock.advance(DAY);
    expect((await setPassword(ann.login, second)).status).toBe(403);
    const third = codeIn(await good('reset', ann.login));
    world.clock.advance(DAY - 1);
    expect((await setPassword(ann.login, third)).status).toBe(204);
    expect((await signIn(eve.login)).status).toBe(201);
  });

  test('is tried ten times in a quarter of an hour from one address', async () => {
    const code = codeIn(await good('reset', ann.login));
    for (let i = 0; i < 10; i++)
      expect((await setPassword(ann.login, `0000-0000-0000-000${i}`)).status).toBe(403);
    expect(await setPassword(ann.login, code)).toMatchObject({ status: 429 });
    world.clock.advance(15 * MINUTE);
    expect((await setPassword(ann.login, code)).status).toBe(204);
  });

  test('leaves nothing of its code in the database', async () => {
    const code = codeIn(await good('reset', ann.login));
    const stored = JSON.stringify(await world.rows('SELECT r::text FROM password_resets r'));
    expect(stored).not.toContain(code);
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha256').update(code.replace(/-/g, '')).digest('hex');
    expect(stored).not.toContain(digest);
  });
});

test('an account that an operator makes has no password until its person sets one', async () => {
  const code = codeIn(await good('create', 'made.by-operator', '--name', 'Made'));
  expect((await signIn('made.by-operator', '')).status).toBe(400);
  expect((await setPassword('made.by-operator', code)).status).toBe(204);
  expect((await signIn('made.by-operator', NEW_PASSWORD)).status).toBe(201);
  expect(await order('create', 'made.by-operator', '--name', 'Made')).toMatchObject({ status: 1 });
});

describe('a blocked account', () => {
  test('is not signed in to, by password or reset, rings nobody and is not rung, until it is unblocked', async () => {
    const bob = await account(world, 'Bob', next());
    for (const one of [ann, bob]) await verify(world, one);
    await team(world, [ann, bob]);
    await team(world, [bob, ann]);
    world.clock.advance(MINUTE);
    const ding = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'Pay at once.' },
      ann,
    );
    const ring = await bob.phone.expectRing();
    expect(await good('block', ann.login, 'sends', 'extortion')).toContain(
      '1 session ended, and 1 call that it began',
    );
    await ring.expectEnded('canceled');
    await eventually(
      'the Ding to end',
      async () =>
        (await world.call('GET', `/v1/dings/${ding.body.id}`, undefined, bob)).body['state'] ===
        'ended',
    );
    expect([await isSignedIn(ann), (await signIn(ann.login)).status]).toEqual([false, 401]);
    const code = codeIn(await good('reset', ann.login));
    expect((await setPassword(ann.login, code)).status).toBe(403);
    const back = await world.call('POST', '/v1/dings', { recipientIds: [ann.id], text: 'x' }, bob);
    expect(back.body['code']).toBe('RECIPIENT_UNREACHABLE');
    expect(await good('find', ann.login)).toContain(': sends extortion\n');
    await good('unblock', ann.login);
    expect((await setPassword(ann.login, code)).status).toBe(204);
    expect((await signIn(ann.login, NEW_PASSWORD)).status).toBe(201);
  });

  test('is not signed in to by whoever is just doing so', async () => {
    const [signedIn] = await Promise.all([signIn(ann.login), good('block', ann.login, 'why')]);
    expect(signedIn.token === undefined || !(await isSignedIn(signedIn))).toBe(true);
  });
});

test('one command ends all sessions that began or were used since a time, and no other', async () => {
  const bob = await account(world, 'Bob', next());
  const carl = await account(world, 'Carl', next());
  world.clock.advance(60 * MINUTE);
  const came = world.clock.now();
  expect(await isSignedIn(bob)).toBe(true); // used since
  const dora = await account(world, 'Dora', next()); // begun since
  world.clock.advance(10 * MINUTE);
  expect(await good('end-sessions', '--since', came.toISOString())).toMatch(/^2 sessions ended/);
  expect([await isSignedIn(bob), await isSignedIn(dora)]).toEqual([false, false]);
  expect([await isSignedIn(ann), await isSignedIn(carl)]).toEqual([true, true]);
  expect(await good('end-sessions', carl.login)).toBe(`${carl.login}: 1 session ended\n`);
  expect([await isSignedIn(carl), await isSignedIn(ann)]).toEqual([false, true]);
});

test('a session that was used in the minutes before that its use is not written in ends, too', async () => {
  world.clock.advance(10 * MINUTE);
  await isSignedIn(ann); // written
  world.clock.advance(4 * MINUTE);
  const came = world.clock.now();
  world.clock.advance(1);
  await isSignedIn(ann); // not written
  await good('end-sessions', '--since', came.toISOString());
  expect(await isSignedIn(ann)).toBe(false);
});

test('mistyped words change nothing and are not said back', async () => {
  for (const words of [
    [],
    ['find'],
    ['find', '+447700900123'],
    ['reset', ann.login, 'more'],
    ['block', ann.login],
    ['create', 'newcomer'],
    ['create', 'newcomer', '--name', 'N', '--language', 'xx'],
    ['end-sessions'],
    ['end-sessions', '--since', '2026-11-28 10:00'],
    ['end-sessions', ann.login, '--since', '2026-11-28T10:00Z'],
    ['invite', 'ann'],
    ['find', ann.login, '--secret', 'hunter2'],
  ]) {
    const { status, out, err } = await order(...words);
    expect([words, status, out]).toEqual([words, 2, '']);
    expect(err).not.toMatch(/447700900123|hunter2/);
  }
  expect(await isSignedIn(ann)).toBe(true);
});
