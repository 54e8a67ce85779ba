import { TeamsService } from '../../src/accounts/teams.service.js';
import { Database } from '../../src/kernel/database.js';
import { Problem } from '../../src/kernel/problem.js';
import { account, PASSWORD, type Person, team } from '../support/make.js';
import { World } from '../support/world.js';

// Real: `api` over HTTP with its own login, PostgreSQL. The clock is moved by hand.

const MINUTE = 60_000;
const DAY = 86_400_000;
const ORIGIN = 'https://dingline.example';
const NOBODY = '01890a5d-ac96-774b-bcce-b302099a8057';

let world: World;
let ann: Person;
let bob: Person;
let eve: Person;
let next = 0;
/** A number that no test here uses; phones are of no matter. */
const number = (): string => `+4477009${String(10_000 + next++).slice(-5)}`;

beforeAll(async () => {
  world = await World.start({ roles: ['api'], env: { TRUSTED_PROXIES: '127.0.0.1' } });
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.advance(DAY); // every limit is whole again
  [ann, bob, eve] = await Promise.all([
    account(world, 'Ann', number()),
    account(world, 'Bob', number(), 'zh'),
    account(world, 'Eve', number()),
  ]);
});

const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });
const signIn = (login: string, password: string, more: Parameters<World['call']>[3] = {}) =>
  world.call<{ token?: string; code?: string }>('POST', '/v1/sessions', { login, password }, more);
const get = <T = Record<string, unknown>>(path: string, who: Person) =>
  world.call<T>('GET', path, undefined, who);
const retryAfter = (answer: { headers: Headers }) => Number(answer.headers.get('retry-after'));

const replaceCode = (id: string, wish?: object) =>
  world.call<{ inviteCode: string; inviteEndsAt: string; inviteUses: number }>(
    'POST',
    `/v1/teams/${id}/invite-code`,
    wish,
    ann,
  );

describe('someone who signs up', () => {
  test('signs in, reads and changes their account, signs out, and the token is worth nothing then', async () => {
    expect((await get('/v1/me', ann)).body).toEqual({
      id: ann.id,
      login: ann.login,
      name: 'Ann',
      language: 'en',
      number: null,
      notices: [],
    });
    const changed = await world.call(
      'PATCH',
      '/v1/me',
      { name: ' Ann of Cleves ', language: 'zh' },
      ann,
    );
    expect(changed.body).toMatchObject({ name: 'Ann of Cleves', language: 'zh' });
    expect((await world.call('PATCH', '/v1/me', { name: 'Ann' }, ann)).body).toMatchObject({
      name: 'Ann',
      language: 'zh',
    });
    expect((await world.call('DELETE', '/v1/sessions/current', undefined, ann)).status).toBe(204);
    expect((await get('/v1/me', ann)).body).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('has the login for themself, in upper and lower case', async () => {
    const taken = await world.call('POST', '/v1/accounts', {
      login: ann.login.toUpperCase(),
      password: PASSWORD,
      name: 'Another',
      language: 'en',
    });
    expect([taken.status, taken.body['code']]).toEqual([409, 'LOGIN_TAKEN']);
    expect((await signIn(ann.login.toUpperCase(), PASSWORD)).status).toBe(201);
  });

  test('can not take the login for the password, nor a number for the login', async () => {
    for (const [login, password] of [
      ['annabelle-lee-of-the-sea', 'Annabelle-Lee-of-the-Sea'],
      ['+447700900123', PASSWORD],
      ['447700900123', PASSWORD],
      ['ab', PASSWORD],
    ]) {
      const refused = await world.call('POST', '/v1/accounts', {
        login,
        password,
        name: 'A',
        language: 'en',
      });
      expect([refused.status, refused.body['code']]).toEqual([400, 'INVALID_INPUT']);
    }
  });

  test('finds neither password nor token in what is stored and logged', async () => {
    await signIn(ann.login, `${PASSWORD}, nearly`);
    const stored = JSON.stringify([
      ...(await world.rows('SELECT a::text FROM accounts a')),
      ...(await world.rows('SELECT p::text FROM account_passwords p')),
      ...(await world.rows('SELECT s::text FROM sessions s')),
    ]);
    for (const secret of [PASSWORD, ann.token]) {
      expect(stored).not.toContain(secret);
      expect(world.logs.join('')).not.toContain(secret);
    }
    expect(stored).toContain('$argon2id$');
  });
});

describe('signing in', () => {
  test('is refused in the same words for a wrong password and for a login that nobody has', async () => {
    const [wrong, nobody] = [
      await signIn(ann.login, 'wrong'),
      await signIn('nobody-at-all', PASSWORD),
    ];
    expect(wrong.status).toBe(401);
    const words = (text: string) => text.replace(/urn:uuid:[0-9a-f-]{36}/, 'urn:uuid:');
    expect(words(wrong.text)).toBe(words(nobody.text));
    expect(wrong.body.code).toBe('WRONG_CREDENTIALS');
  });

  test('is refused after 10 tries for a login from one address, whether right or wrong, for a quarter of an hour, but not from elsewhere', async () => {
    for (let i = 0; i < 10; i++)
      expect((await signIn(eve.login, 'wrong', from('192.0.2.1'))).status).toBe(401);
    const refused = await signIn(eve.login, PASSWORD, from('192.0.2.1'));
    expect([refused.status, refused.body.code, retryAfter(refused)]).toEqual([
      429,
      'TOO_MANY_REQUESTS',
      900,
    ]);
    expect((await signIn(eve.login, PASSWORD, from('192.0.2.2'))).status).toBe(201);
    world.clock.advance(15 * MINUTE - 1);
    expect((await signIn(eve.login, PASSWORD, from('192.0.2.1'))).status).toBe(429);
    world.clock.advance(1);
    expect((await signIn(eve.login, PASSWORD, from('192.0.2.1'))).status).toBe(201);
  });

  test('is refused so for a login that nobody has, too: the limit tells nothing', async () => {
    for (let i = 0; i < 10; i++) await signIn('nobody-at-all', 'wrong', from('192.0.2.3'));
    expect((await signIn('nobody-at-all', 'wrong', from('192.0.2.3'))).body.code).toBe(
      'TOO_MANY_REQUESTS',
    );
  });

  test('is refused after 100 tries for a login in an hour, from wherever', async () => {
    // Eve's own sign-in was the first of the hundred.
    for (let i = 0; i < 99; i += 11) {
      const all = await Promise.all(
        Array.from({ length: 11 }, (_, j) =>
          signIn(eve.login, 'wrong', from(`198.51.100.${i + j}`)),
        ),
      );
      for (const { status } of all) expect(status).toBe(401);
    }
    const refused = await signIn(eve.login, PASSWORD, from('203.0.113.9'));
    expect([refused.status, retryAfter(refused)]).toEqual([429, 3_600]);
    expect((await signIn(ann.login, PASSWORD, from('203.0.113.9'))).status).toBe(201);
    world.clock.advance(60 * MINUTE);
    expect((await signIn(eve.login, PASSWORD, from('203.0.113.9'))).status).toBe(201);
  });

  test('is refused after 30 tries from one network in five minutes; an IPv6 subscriber is one network', async () => {
    const ip = (i: number) => `2001:db8:1:2::${(i + 1).toString(16)}`;
    for (let i = 0; i < 30; i++)
      expect((await signIn(`nobody-${i}`, 'wrong', from(ip(i)))).status).toBe(401);
    expect((await signIn(ann.login, PASSWORD, from(ip(40)))).status).toBe(429);
    expect((await signIn(ann.login, PASSWORD, from('2001:db8:1:3::1'))).status).toBe(201);
    world.clock.advance(5 * MINUTE);
    expect((await signIn(ann.login, PASSWORD, from(ip(40)))).status).toBe(201);
  });

  test('up, is refused after 20 accounts from one address in an hour', async () => {
    const up = (i: number) =>
      world.call(
        'POST',
        '/v1/accounts',
        { login: `many-${next}-${i}`, password: PASSWORD, name: 'Many', language: 'en' },
        from('192.0.2.20'),
      );
    for (let i = 0; i < 20; i++) expect((await up(i)).status).toBe(201);
    expect((await up(20)).body).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryAfter: 3_600 });
    world.clock.advance(60 * MINUTE);
    expect((await up(20)).status).toBe(201);
  });
});

describe('a session', () => {
  test('ends 30 days after it began, and its row goes with the next', async () => {
    world.clock.advance(30 * DAY - 1);
    expect((await get('/v1/me', ann)).status).toBe(200);
    world.clock.advance(1);
    expect((await get('/v1/me', ann)).status).toBe(401);
    await signIn(ann.login, PASSWORD);
    expect(await world.rows('SELECT 1 FROM sessions WHERE account_id = $1', [ann.id])).toHaveLength(
      1,
    );
  });

  const cookieOf = async (): Promise<string> => {
    const answer = await world.call(
      'POST',
      '/v1/sessions',
      { login: ann.login, password: PASSWORD, kind: 'cookie' },
      { headers: { origin: ORIGIN } },
    );
    expect(answer.status).toBe(201);
    expect(answer.body).not.toHaveProperty('token');
    const [cookie = '', device = ''] = answer.headers.getSetCookie();
    expect(device).toMatch(
      /^__Host-dingline-device=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=34560000$/,
    );
    expect(cookie).toMatch(
      /^__Host-dingline=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict; Max-Age=2592000$/,
    );
    return cookie.split(';')[0] as string;
  };

  test('by cookie reads from anywhere, and changes something only with our own Origin', async () => {
    const cookie = await cookieOf();
    expect((await world.call('GET', '/v1/me', undefined, { headers: { cookie } })).status).toBe(
      200,
    );
    const rename = (origin?: string) =>
      world.call(
        'PATCH',
        '/v1/me',
        { name: 'Changed' },
        { headers: { cookie, ...(origin === undefined ? {} : { origin }) } },
      );
    for (const origin of [
      undefined,
      'null',
      'https://evil.example',
      'http://dingline.example',
      `${ORIGIN}.evil.example`,
      `${ORIGIN}:444`,
      `${ORIGIN}/`,
    ]) {
      const refused = await rename(origin);
      expect([origin, refused.status, refused.body['code']]).toEqual([
        origin,
        403,
        'ORIGIN_REFUSED',
      ]);
    }
    expect((await get('/v1/me', ann)).body).toMatchObject({ name: 'Ann' });
    expect((await rename(ORIGIN)).status).toBe(200);
    const out = await world.call('DELETE', '/v1/sessions/current', undefined, {
      headers: { cookie, origin: ORIGIN },
    });
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      '__Host-dingline=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0',
    ]);
    expect((await world.call('GET', '/v1/me', undefined, { headers: { cookie } })).status).toBe(
      401,
    );
  });

  test('by cookie does not begin from a foreign page', async () => {
    for (const headers of [{}, { origin: 'https://evil.example' }] as Record<string, string>[]) {
      const refused = await world.call(
        'POST',
        '/v1/sessions',
        { login: ann.login, password: PASSWORD, kind: 'cookie' },
        { headers },
      );
      expect([refused.status, refused.headers.get('set-cookie')]).toEqual([403, null]);
    }
  });

  test('by token needs no Origin', async () => {
    expect(
      (
        await world.call(
          'PATCH',
          '/v1/me',
          { name: 'Ann' },
          { ...ann, headers: { origin: 'https://app.example' } },
        )
      ).status,
    ).toBe(200);
  });

  test('works only in the way that it was given out', async () => {
    const cookie = await cookieOf();
    expect(
      (await world.call('GET', '/v1/me', undefined, { token: cookie.split('=')[1] as string }))
        .status,
    ).toBe(401);
    expect(
      (
        await world.call('GET', '/v1/me', undefined, {
          headers: { cookie: `__Host-dingline=${ann.token}` },
        })
      ).status,
    ).toBe(401);
    expect(
      (
        await world.call('GET', '/v1/me', undefined, {
          headers: { cookie, authorization: 'Bearer nonsense' },
        })
      ).status,
    ).toBe(401);
    expect(
      (
        await world.call('GET', '/v1/me', undefined, {
          headers: { authorization: `Basic ${ann.token}` },
        })
      ).status,
    ).toBe(401);
  });
});

describe('a team', () => {
  interface Members {
    members: {
      accountId: string;
      name: string;
      role: string;
      mayBeRung: boolean;
      isReachable: boolean;
    }[];
  }
  const create = () =>
    world.call<{ id: string; inviteCode: string }>(
      'POST',
      '/v1/teams',
      { name: 'Night shift' },
      ann,
    );
  const join = (who: Person, inviteCode: string) =>
    world.call('POST', '/v1/teams/join', { inviteCode }, who);

  test('is joined by whoever has its code, however they type it, and shows who is in it', async () => {
    const { body } = await create();
    expect((await join(bob, body.inviteCode.toLowerCase().replace(/-/g, ' '))).body).toEqual({
      id: body.id,
      name: 'Night shift',
    });
    expect((await join(bob, body.inviteCode)).status).toBe(200); // twice is once
    expect((await get('/v1/teams', bob)).body).toEqual({
      teams: [{ id: body.id, name: 'Night shift', role: 'member' }],
    });
    expect((await get(`/v1/teams/${body.id}`, bob)).body).toEqual({
      id: body.id,
      name: 'Night shift',
      role: 'member',
      members: [
        {
          accountId: ann.id,
          name: 'Ann',
          role: 'owner',
          mayBeRung: false,
          mayBeInvited: false,
          isReachable: false,
        },
        {
          accountId: bob.id,
          name: 'Bob',
          role: 'member',
          mayBeRung: false,
          mayBeInvited: false,
          isReachable: false,
        },
      ],
      next: null,
    });
    expect(JSON.stringify(await world.rows('SELECT t::text FROM teams t'))).not.toContain(
      body.inviteCode,
    );
  });

  test('does not exist for a stranger: byte for byte the answer for a team that never was', async () => {
    const id = await team(world, [ann, bob]);
    const routes: [string, string, unknown?][] = [
      ['GET', ''],
      ['POST', '/invite-code'],
      ['DELETE', '/members/me'],
      ['DELETE', `/members/${bob.id}`],
      ['PUT', '/consent', { version: '1' }],
      ['DELETE', '/consent'],
    ];
    for (const [method, rest, body] of routes) {
      const answers = await Promise.all(
        [id, NOBODY, 'no-id', 'x'.repeat(3_000)].map((one) =>
          world.call(method, `/v1/teams/${one}${rest}`, body, eve),
        ),
      );
      for (const answer of answers) {
        expect([method, rest, answer.status, answer.text]).toEqual([
          method,
          rest,
          404,
          answers[0]?.text,
        ]);
        const headers = (one: typeof answer) =>
          [...one.headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
        expect(headers(answer)).toEqual(headers(answers[0] as typeof answer));
      }
    }
    expect(
      (await get<Members>(`/v1/teams/${id}`, ann)).body.members.map((member) => member.accountId),
    ).toEqual([ann.id, bob.id]);
  });

  test('gets a new code from its owner alone, and the old one opens nothing', async () => {
    const { body } = await create();
    await join(bob, body.inviteCode);
    expect(
      (await world.call('POST', `/v1/teams/${body.id}/invite-code`, undefined, bob)).status,
    ).toBe(404);
    const fresh = await world.call<{ inviteCode: string }>(
      'POST',
      `/v1/teams/${body.id}/invite-code`,
      undefined,
      ann,
    );
    expect(fresh.status).toBe(201);
    expect([
      (await join(eve, body.inviteCode)).status,
      (await join(eve, fresh.body.inviteCode)).status,
    ]).toEqual([404, 200]);
  });

  test('has a code that ends after a week, or as soon as its owner wishes', async () => {
    const { body } = await create();
    const short = await replaceCode(body.id, { lastsHours: 2 });
    expect(short.body.inviteEndsAt).toBe(
      new Date(world.clock.now().getTime() + 120 * MINUTE).toISOString(),
    );
    world.clock.advance(120 * MINUTE - 1);
    expect((await join(bob, short.body.inviteCode)).status).toBe(200);
    world.clock.advance(1);
    expect((await join(eve, short.body.inviteCode)).status).toBe(404);
    const usual = await replaceCode(body.id);
    expect(usual.body).toMatchObject({
      inviteEndsAt: new Date(world.clock.now().getTime() + 7 * DAY).toISOString(),
      inviteUses: 100,
    });
    world.clock.advance(7 * DAY);
    expect((await join(eve, usual.body.inviteCode)).status).toBe(404);
    for (const wish of [{ lastsHours: 169 }, { lastsHours: 0 }, { uses: 101 }, { uses: 0 }])
      expect((await replaceCode(body.id, wish)).status).toBe(400);
  });

  test('has a code that lets in as many as its owner wishes, also those who come at once', async () => {
    const { body } = await create();
    const { inviteCode } = (await replaceCode(body.id, { uses: 1 })).body;
    const joined = await Promise.all([join(bob, inviteCode), join(eve, inviteCode)]);
    expect(joined.map(({ status }) => status).sort()).toEqual([200, 404]);
    const [inside] = joined[0].status === 200 ? [bob, eve] : [eve, bob];
    expect((await join(inside, inviteCode)).status).toBe(404);
  });

  test('lets nobody try codes: 10 in ten minutes', async () => {
    const { body } = await create();
    for (let i = 0; i < 10; i++)
      expect((await join(eve, `0000-0000-0000-000${i}`)).status).toBe(404);
    expect((await join(eve, body.inviteCode)).body).toMatchObject({
      code: 'TOO_MANY_REQUESTS',
      retryAfter: 600,
    });
    world.clock.advance(10 * MINUTE);
    expect((await join(eve, body.inviteCode)).status).toBe(200);
  });

  test('whose owner leaves belongs to whoever has been in it longest; left by all, it is entered by nobody', async () => {
    const { body } = await create();
    await join(bob, body.inviteCode);
    world.clock.advance(1);
    await join(eve, body.inviteCode);
    expect(
      (await world.call('DELETE', `/v1/teams/${body.id}/members/me`, undefined, ann)).status,
    ).toBe(204);
    expect((await get(`/v1/teams/${body.id}`, ann)).status).toBe(404);
    expect(
      (await get<Members>(`/v1/teams/${body.id}`, eve)).body.members.map(({ name, role }) => [
        name,
        role,
      ]),
    ).toEqual([
      ['Bob', 'owner'],
      ['Eve', 'member'],
    ]);
    for (const who of [bob, eve])
      await world.call('DELETE', `/v1/teams/${body.id}/members/me`, undefined, who);
    expect((await join(ann, body.inviteCode)).status).toBe(404);
  });

  test('made twice with one Idempotency-Key is one team, and its code is told once', async () => {
    const make = (name: string, key: string) =>
      world.call<{ id: string; inviteCode: string | null; code?: string }>(
        'POST',
        '/v1/teams',
        { name },
        { ...ann, headers: { 'idempotency-key': key } },
      );
    const [first, again] = [await make('Day shift', 'team-1'), await make('Day shift', 'team-1')];
    expect(again.body).toEqual({
      id: first.body.id,
      name: 'Day shift',
      inviteCode: null,
      inviteEndsAt: null,
      inviteUses: null,
    });
    expect((await get<{ teams: unknown[] }>('/v1/teams', ann)).body.teams).toHaveLength(1);
    const reused = await make('Late shift', 'team-1');
    expect([reused.status, reused.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    for (const key of ['two words', 'ä', 'k'.repeat(256)])
      expect((await make('Late shift', key)).body.code).toBe('INVALID_IDEMPOTENCY_KEY');
  });
});

describe('consent to be rung by a team', () => {
  let id: string;
  beforeEach(async () => {
    id = await team(world, [ann, bob], { withConsent: false });
  });
  const grant = (who: Person, body: object = { version: '1' }) =>
    world.call('PUT', `/v1/teams/${id}/consent`, body, who);
  const withdraw = (who: Person) => world.call('DELETE', `/v1/teams/${id}/consent`, undefined, who);
  const mayRing = (sender: Person, recipient: Person) => {
    const app = world.apps.get('api')?.app;
    if (app === undefined) throw new Error('no api');
    return app
      .get(TeamsService, { strict: false })
      .requireMayRing(app.get(Database).sql, sender.id, [recipient.id], 'ring')
      .then(
        () => 'ok',
        (error: unknown) => (error instanceof Problem ? error.code : error),
      );
  };
  const history = () =>
    world.rows<{ action: string; version: string; language: string; sha: string; at: Date }>(
      `
        SELECT action, version, language, encode(text_sha256, 'hex') AS sha, at
        FROM consent_events
        WHERE team_id = $1
        ORDER BY id
      `,
      [id],
    );

  test('is in words that anyone can read, with the hash that is kept of them', async () => {
    const { body } = await world.call<{
      version: string;
      texts: { en: { text: string; sha256: string }; zh: { sha256: string } };
    }>('GET', '/v1/consents/ring');
    expect(body.version).toBe('1');
    expect(body.texts.en.text).toContain('withdraw this at any time');
    await grant(bob);
    await grant(ann, { version: '1', language: 'zh' });
    await grant(ann, { version: '1', language: 'en' });
    expect((await history()).map(({ language, sha, at }) => [language, sha, at])).toEqual([
      ['zh', body.texts.zh.sha256, world.clock.now()],
      ['zh', body.texts.zh.sha256, world.clock.now()],
      ['en', body.texts.en.sha256, world.clock.now()],
    ]);
  });

  test('is to the text in force, or it is none', async () => {
    const outdated = await grant(bob, { version: '0' });
    expect([outdated.status, outdated.body['code']]).toEqual([409, 'CONSENT_OUTDATED']);
    expect(await history()).toEqual([]);
  });

  test('allows a Ding from the team to the one who gave it, until it is withdrawn', async () => {
    expect(await mayRing(ann, bob)).toBe('NO_CONSENT');
    expect((await grant(bob)).status).toBe(204);
    expect([
      await mayRing(ann, bob),
      await mayRing(bob, ann),
      await mayRing(eve, bob),
      await mayRing(bob, bob),
    ]).toEqual(['ok', 'NO_CONSENT', 'NOT_FOUND', 'NOT_FOUND']);
    const { members } = (
      await get<{ members: { name: string; mayBeRung: boolean }[] }>(`/v1/teams/${id}`, ann)
    ).body;
    expect(members.map(({ name, mayBeRung }) => [name, mayBeRung])).toEqual([
      ['Ann', false],
      ['Bob', true],
    ]);
    expect((await withdraw(bob)).status).toBe(204);
    expect(await mayRing(ann, bob)).toBe('NO_CONSENT');
  });

  test('in one common team is enough, whatever was said in another', async () => {
    await team(world, [ann, bob]);
    expect(await mayRing(ann, bob)).toBe('ok');
    await withdraw(bob);
    expect(await mayRing(ann, bob)).toBe('ok');
  });

  test('given to an older version of the text goes on, until it is withdrawn', async () => {
    await grant(bob);
    await world.rows(`UPDATE consent_events SET version = '0' WHERE team_id = $1`, [id]);
    expect(await mayRing(ann, bob)).toBe('ok');
    await withdraw(bob);
    expect(await mayRing(ann, bob)).toBe('NO_CONSENT');
    expect((await history()).map(({ action, version }) => [action, version])).toEqual([
      ['granted', '0'],
      ['withdrawn', '0'],
    ]);
  });

  test('ends when its giver leaves, and does not come back with them; what was said stays on record', async () => {
    const { inviteCode } = (await replaceCode(id)).body;
    await grant(bob);
    await world.call('DELETE', `/v1/teams/${id}/members/me`, undefined, bob);
    expect(await mayRing(ann, bob)).toBe('NOT_FOUND');
    await world.call('POST', '/v1/teams/join', { inviteCode }, bob);
    expect(await mayRing(ann, bob)).toBe('NO_CONSENT');
    expect((await history()).map(({ action }) => action)).toEqual(['granted', 'withdrawn']);
  });

  test('ends when the owner removes its giver, who is told, and cannot come back by the code', async () => {
    await grant(bob);
    const { inviteCode } = (await replaceCode(id)).body;
    const remove = (who: Person, whom: Person) =>
      world.call('DELETE', `/v1/teams/${id}/members/${whom.id}`, undefined, who);
    expect((await remove(ann, eve)).status).toBe(404); // a stranger
    await world.call('POST', '/v1/teams/join', { inviteCode }, eve);
    // By a member: the owner, another member; by the owner: herself.
    for (const [who, whom] of [
      [bob, ann],
      [eve, bob],
      [ann, ann],
    ] as const)
      expect((await remove(who, whom)).status).toBe(404);
    expect(await mayRing(ann, bob)).toBe('ok');
    expect((await remove(ann, bob)).status).toBe(204);
    expect(await mayRing(ann, bob)).toBe('NOT_FOUND');
    expect((await history()).map(({ action }) => action)).toEqual(['granted', 'withdrawn']);
    expect((await get(`/v1/teams/${id}`, bob)).status).toBe(404);
    expect((await get<{ notices: object[] }>('/v1/me', bob)).body.notices).toMatchObject([
      { kind: 'removed_from_team' },
    ]);
    expect((await world.call('POST', '/v1/teams/join', { inviteCode }, bob)).status).toBe(404);
    expect((await remove(ann, bob)).status).toBe(404);
  });

  test('said twice is written once; withdrawn without being given, not at all', async () => {
    await withdraw(bob);
    await grant(bob);
    await grant(bob);
    await withdraw(bob);
    await withdraw(bob);
    expect((await history()).map(({ action }) => action)).toEqual(['granted', 'withdrawn']);
  });
});
