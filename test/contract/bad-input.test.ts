import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { eventually } from '../support/eventually.js';
import { PASSWORD, account, type Person, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { Description, type Document } from '../support/openapi.js';
import { runs } from '../support/runs.js';
import { readTables } from '../support/stored.js';
import { type Answer, World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).

/** In every text that is sent here and that no answer may repeat. */
const MARK = 'zQ7x';
const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057';

/** A body that each route would take. A new route that takes one needs a line here. */
const GOOD: Record<string, Record<string, unknown>> = {
  'POST /v1/accounts': { login: 'somebody', password: PASSWORD, name: 'Some Body', language: 'en' },
  'PATCH /v1/me': { name: 'Ann', language: 'en' },
  'PUT /v1/me/password': { oldPassword: PASSWORD, newPassword: 'another long password' },
  'POST /v1/me/close': { password: PASSWORD },
  'POST /v1/password-resets': {
    login: 'somebody',
    code: '0000-0000-0000-0000',
    password: 'another long password',
  },
  'POST /v1/sessions': { login: 'somebody', password: PASSWORD, kind: 'bearer' },
  'POST /v1/teams': { name: 'Night shift' },
  'POST /v1/teams/join': { inviteCode: '0000-0000-0000-0000' },
  'POST /v1/teams/{id}/invite-code': { uses: 1, lastsHours: 1 },
  'PUT /v1/teams/{id}/consent': { version: '1', language: 'en' },
  'POST /v1/verifications': { number: '+12015550123', language: 'en', channel: 'voice' },
  'POST /v1/verifications/{id}/sends': { channel: 'voice' },
  'POST /v1/verifications/{id}/check': { code: '000000' },
  'POST /v1/dings': { recipientIds: [UNKNOWN], text: 'Come.' },
  'POST /v1/ding-links/read': { token: 'x'.repeat(43) },
  'POST /v1/ding-links/confirm': { token: 'x'.repeat(43) },
  'POST /v1/conferences': {
    accountIds: [UNKNOWN, '01890a5d-ac96-774b-bcce-b302099a8058'],
    endsWithInitiator: true,
    maxMinutes: 5,
  },
  'POST /v1/conferences/{id}/participants': { accountIds: [UNKNOWN] },
};

let world: World;
let ann: Person;
let bob: Person;
let eve: Person;
let api: Description;
let bodies: {
  name: string;
  method: string;
  path: string;
  schema: { properties: Record<string, object>; required?: string[] };
}[];
let ids: { team: string; verification: string; ding: string; conference: string };
const idIn = (path: string): string =>
  ids[
    (/^\/v1\/(team|verification|ding|conference)s\//.exec(path)?.[1] ?? 'ding') as keyof typeof ids
  ];

beforeAll(async () => {
  world = await World.start();
  const next = numbersOf(20261125);
  [ann, bob, eve] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Eve', next()),
  ];
  const carl = await account(world, 'Carl', next());
  for (const one of [ann, bob, carl]) await verify(world, one);
  const teamId = await team(world, [ann, bob, carl]);
  const ding = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [bob.id], text: 'Come.' },
    ann,
  );
  await (await bob.phone.expectRing({ from: 'withheld' })).decline();
  await bob.phone.expectSms(/Ann/);
  await world.phones.settled();
  world.clock.advance(86_400_000);
  // The sweeper's change, not one of those looked for below.
  await eventually(
    'the Ding is over',
    async () =>
      (
        await world.rows('SELECT 1 FROM calls WHERE id = $1 AND ended_at IS NOT NULL', [
          ding.body.id,
        ])
      ).length > 0,
  );
  const conference = await world.call<{ id: string }>(
    'POST',
    '/v1/conferences',
    { accountIds: [bob.id, carl.id] },
    ann,
  );
  for (const one of [ann, bob, carl])
    await (await one.phone.expectRing({ from: 'withheld' })).decline();
  await world.phones.settled();
  const third = next();
  const pending = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number: third },
    ann,
  );
  await world.phones.phone(third).expectSms(/#(\d{6})$/);
  await world.phones.settled();
  ids = {
    team: teamId,
    verification: pending.body.id,
    ding: ding.body.id,
    conference: conference.body.id,
  };
  expect(Object.values(ids).every(Boolean)).toBe(true);
  // What it erases in the meantime would not be a change of the tests'.
  await world.stop('worker');

  api = new Description(
    (await world.call<Document & Record<string, unknown>>('GET', '/openapi.json')).body,
  );
  bodies = api.operations.flatMap(({ method, path, operation }) => {
    const schema = operation.requestBody?.content['application/json']?.schema;
    return schema === undefined
      ? []
      : [
          {
            name: `${method} ${path}`,
            method,
            path: path.replace('{id}', idIn(path)),
            schema: schema as (typeof bodies)[number]['schema'],
          },
        ];
  });
});
afterAll(() => world.close({ quietly: true }));

function expectRefusal(answer: Answer, status: number, ...codes: string[]): void {
  expect([status, codes]).toEqual([answer.status, expect.arrayContaining([answer.body['code']])]);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.text).not.toContain(MARK);
}

test('no body, said to be JSON, is none: good where none is needed, refused by the schema where one is', async () => {
  expect(await world.call('POST', `/v1/teams/${ids.team}/invite-code`, '', ann)).toMatchObject({
    status: 201,
    body: { inviteCode: expect.any(String) as string },
  });
  expect(await world.call('POST', '/v1/teams', '', ann)).toMatchObject({
    status: 400,
    body: { code: 'INVALID_INPUT' },
  });
  expect(await world.call('POST', '/v1/verifications', '', ann)).toMatchObject({
    status: 400,
    body: { code: 'INVALID_INPUT' },
  });
});

test('there is a good body for every route that takes one, and each is good', () => {
  expect(Object.keys(GOOD).sort()).toEqual(bodies.map(({ name }) => name).sort());
  for (const { name, schema } of bodies)
    expect([name, validator(schema)(GOOD[name])]).toEqual([name, true]);
});

const validator = (schema: object) =>
  addFormats.default(new Ajv2020.default({ strict: false })).compile(schema);

describe('bad input gets a clear problem, changes nothing and is not repeated', () => {
  let before: string;
  beforeEach(async () => {
    before = await readTables(world);
  });
  afterEach(async () => {
    expect(await readTables(world)).toBe(before);
  });

  test('a field of a wrong type, a field too few, a field too many', async () => {
    for (const { name, method, path, schema } of bodies) {
      const good = GOOD[name] as Record<string, unknown>;
      const isGood = validator(schema);
      for (const field of Object.keys(schema.properties)) {
        let refused = 0;
        for (const wrong of [null, 7, true, [], {}, [MARK], { $ne: MARK }, ['a', 'b'], '']) {
          if (isGood({ ...good, [field]: wrong })) continue;
          const answer = await world.call(method, path, { ...good, [field]: wrong }, ann);
          expect([name, field, wrong, answer.status]).toEqual([name, field, wrong, 400]);
          expectRefusal(answer, 400, 'INVALID_INPUT', 'INVALID_NUMBER');
          refused++;
        }
        if (refused < 7) throw new Error(`${name} takes almost anything as ${field}`);
      }
      for (const field of schema.required ?? []) {
        const { [field]: _, ...rest } = good;
        expectRefusal(await world.call(method, path, rest, ann), 400, 'INVALID_INPUT');
      }
      for (const more of [
        { admin: MARK },
        { [`${MARK}+447700900123`]: 1 },
        { constructor: { prototype: {} } },
      ]) {
        const answer = await world.call(method, path, { ...good, ...more }, ann);
        expectRefusal(answer, 400, 'INVALID_INPUT');
        expect(answer.text).not.toContain('447700900123');
      }
    }
  });

  test('a text with NUL in it, in whichever field and with a session or without', async () => {
    const tries = bodies.flatMap(({ name, method, path }) => {
      const good = GOOD[name] as Record<string, unknown>;
      return Object.keys(good)
        .filter((field) => typeof good[field] === 'string' && name !== 'POST /v1/dings')
        .flatMap((field) =>
          [`\0${MARK}`, `${String(good[field])}\0`].map((wrong) => ({
            name: `${name} ${field}`,
            send: (who?: Person) => world.call(method, path, { ...good, [field]: wrong }, who),
          })),
        );
    });
    expect(tries.length).toBeGreaterThan(40);
    for (const { name, send } of tries) {
      const answer = await send(ann);
      expect([name, answer.status]).toEqual([name, 400]);
      expectRefusal(answer, 400, 'INVALID_INPUT', 'INVALID_NUMBER');
      const without = await send();
      expect([name, [400, 401].includes(without.status)]).toEqual([name, true]);
    }
    expect(
      (await world.call('POST', '/v1/sessions', { login: 'ann\0', password: PASSWORD })).body,
    ).toMatchObject({
      code: 'INVALID_INPUT',
      errors: [{ path: 'login', message: 'must be without the character NUL' }],
    });
    for (const path of ['/v1/teams/%00', `/v1/${MARK}%00`, `/v1/dings/${ids.ding}%00`, '/%00'])
      expectRefusal(await world.call('GET', path, undefined, ann), 404, 'NOT_FOUND');
    expectRefusal(
      await world.call('GET', `/v1/teams/${ids.team}?after=%00`, undefined, ann),
      400,
      'INVALID_INPUT',
    );
  });

  test('a body that is no object, no JSON, of another type, or absurdly large', async () => {
    for (const { name, method, path, schema } of bodies) {
      for (const body of [
        '[]',
        'null',
        '7',
        `"${MARK}"`,
        '',
        '{',
        `{"a":"${MARK}`,
        `{"__proto__":{"a":"${MARK}"}}`,
        '{"a":1}{"b":2}',
        '\u0000',
      ]) {
        if (body === '' && schema.required === undefined) continue; // no body is one without fields
        const answer = await world.call(method, path, body, ann);
        expect([name, body, answer.status]).toEqual([name, body, 400]);
        expectRefusal(answer, 400, 'INVALID_INPUT');
        if (/^\{$|^\{"a":"[^"]*$|__proto__|\}\{|\0/.test(body))
          expect([body, answer.body['errors']]).toEqual([
            body,
            [{ path: '', message: 'expected JSON, without __proto__' }],
          ]);
      }
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
        `x/${MARK}`,
        'application/json-patch+json',
      ]) {
        expectRefusal(
          await world.call(method, path, JSON.stringify(GOOD[name]), {
            ...ann,
            headers: { 'content-type': type },
          }),
          415,
          'UNSUPPORTED_MEDIA_TYPE',
        );
      }
      expectRefusal(
        await world.call(method, path, { a: MARK.repeat(10_000) }, ann),
        413,
        'PAYLOAD_TOO_LARGE',
      );
      const [field] = Object.keys(GOOD[name] as object) as [string];
      expectRefusal(
        await world.call(method, path, { ...GOOD[name], [field]: MARK.repeat(5_000) }, ann),
        400,
        'INVALID_INPUT',
        'INVALID_NUMBER',
      );
      const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
      expectRefusal(
        await world.call(method, path, `{"${field}":${deep}}`, ann),
        400,
        'INVALID_INPUT',
        'INVALID_NUMBER',
      );
    }
  });

  test('whatever the description refuses, the api refuses', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 }).map((part) => `${MARK}${part}.`);
    const value = fc.oneof(
      text,
      fc.constantFrom('en', '1', 'bearer'),
      fc.integer(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.array(text, { maxLength: 3 }),
      fc.dictionary(text, text, { maxKeys: 2 }),
    );
    for (const { method, path, schema } of bodies) {
      const isGood = validator(schema);
      const body = fc.record(
        Object.fromEntries(
          [...Object.keys(schema.properties), 'more'].map((field) => [field, value]),
        ),
        { requiredKeys: [] },
      );
      await fc.assert(
        fc.asyncProperty(body, async (one) => {
          fc.pre(!isGood(one));
          const answer = await world.call(method, path, one, ann);
          expectRefusal(answer, 400, 'INVALID_INPUT', 'INVALID_NUMBER');
        }),
        { numRuns: runs(15, 100) },
      );
    }
  });

  test('an address that does not decode, that is too long, that nobody has', async () => {
    for (const [path, status, code] of [
      [`/v1/${MARK}%ff`, 400, 'INVALID_INPUT'],
      [`/v1/teams/%zz${MARK}`, 400, 'INVALID_INPUT'],
      [`/${MARK}`, 404, 'NOT_FOUND'],
      [`/v1/teams/${MARK.repeat(1_000)}`, 404, 'NOT_FOUND'],
      [`/v1/me?${MARK.repeat(3_000)}`, 400, 'INVALID_INPUT'],
      [`/v1/teams/${ids.team.toUpperCase()}`, 200, undefined],
      [`/v1//me`, 404, 'NOT_FOUND'],
      [`/v1/${MARK.repeat(6_000)}`, 413, 'PAYLOAD_TOO_LARGE'],
    ] as const) {
      const answer = await world.call('GET', path, undefined, ann);
      expect([path.slice(0, 40), answer.status, answer.body['code']]).toEqual([
        path.slice(0, 40),
        status,
        code,
      ]);
      expect(answer.text).not.toContain(MARK);
    }
  });

  test('headers of other shapes than ours', async () => {
    for (const headers of [
      { authorization: `Bearer ${MARK}` },
      { authorization: `${MARK} x` },
      { cookie: `__Host-dingline=${MARK}` },
      { cookie: `${MARK}; ;=;` },
      { authorization: `Bearer ${'x'.repeat(43)}` },
    ] as Record<string, string>[])
      expectRefusal(
        await world.call('GET', '/v1/me', undefined, { headers }),
        401,
        'UNAUTHENTICATED',
      );
    for (const key of [`${MARK} ${MARK}`, 'k'.repeat(256), `${MARK}é`]) {
      expectRefusal(
        await world.call(
          'POST',
          '/v1/teams',
          { name: 'x' },
          { ...ann, headers: { 'idempotency-key': key } },
        ),
        400,
        'INVALID_IDEMPOTENCY_KEY',
      );
    }
  });

  test("other people's ids: byte for byte the answer for what never was", async () => {
    let tried = 0;
    for (const { method, path } of api.operations.filter((one) => one.path.includes('{id}'))) {
      const body = GOOD[`${method} ${path}`];
      const [a, b] = (await Promise.all(
        [idIn(path), UNKNOWN].map((id) =>
          world.call(
            method,
            path.replace('{id}', id).replace('{participantId}', UNKNOWN),
            body,
            eve,
          ),
        ),
      )) as [Answer, Answer];
      expect([method, path, a.status, a.text]).toEqual([method, path, 404, b.text]);
      tried++;
    }
    expect(tried).toBeGreaterThan(10);
    // An id in a body: someone of another team, and no one.
    const [stranger, nobody] = (await Promise.all(
      [eve.id, UNKNOWN].map((recipientId) =>
        world.call('POST', '/v1/dings', { recipientIds: [recipientId], text: 'Come.' }, ann),
      ),
    )) as [Answer, Answer];
    expect([stranger.status, stranger.text]).toEqual([404, nobody.text]);
  });
});
