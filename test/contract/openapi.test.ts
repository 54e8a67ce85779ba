import { Validator } from '@seriousme/openapi-schema-validator';
import { eventually } from '../support/eventually.js';
import { account, app, PASSWORD, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { Description, type Document, listFields } from '../support/openapi.js';
import { sealed } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).

let world: World;
let api: Description;
beforeAll(async () => {
  world = await World.start();
  api = new Description(
    (await world.call<Document & Record<string, unknown>>('GET', '/openapi.json')).body,
  );
});
afterAll(() => world.close());

describe('the description at /openapi.json', () => {
  test('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(
      structuredClone(api.document) as unknown as Record<string, unknown>,
    );
    expect(result).toEqual({ valid: true });
    expect(api.document.openapi).toMatch(/^3\.1\./);
  });

  test('has every route that the running api answers, and no other', () => {
    const described = api.operations.map(({ method, path }) => `${method} ${path}`).sort();
    expect(described).toEqual(
      routesOf(world)
        .filter(
          (route) =>
            !/ \/(docs|openapi\.json|c$|v2\/|app[*/]|app$|dingline-verify\.js$|$)/.test(route),
        )
        .sort(),
    );
    expect(described.length).toBeGreaterThan(20);
  });

  test('names every operation once, and says what it answers when all goes well', () => {
    const ids = api.operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const titles = api.operations.map(({ operation }) => operation.summary);
    expect(titles.filter((title) => title === undefined)).toEqual([]);
    expect(new Set(titles).size).toBe(titles.length);
    for (const { method, path, operation } of api.operations) {
      const good = Object.entries(operation.responses).filter(([status]) => status.startsWith('2'));
      expect([method, path, good.length]).toEqual([method, path, 1]);
      for (const [status, response] of good) {
        expect(response.description).not.toBe('');
        expect([method, path, response.content === undefined]).toEqual([
          method,
          path,
          status === '204',
        ]);
      }
      expect([method, path, Object.keys(operation.responses)]).toEqual([
        method,
        path,
        expect.arrayContaining(['500']),
      ]);
      if (operation.requestBody)
        expect(Object.keys(operation.requestBody.content)).toEqual(['application/json']);
    }
  });

  test('asks for a session wherever the api does', async () => {
    const open = [
      'GET /livez',
      'GET /readyz',
      'GET /v1/consents/conference',
      'GET /v1/consents/ring',
      'GET /v1/risk-notice',
      'POST /v1/accounts',
      'POST /v1/ding-links/confirm',
      'POST /v1/ding-links/read',
      'POST /v1/password-resets',
      'POST /v1/sessions',
    ];
    for (const { method, path, operation } of api.operations) {
      const answer = await world.call(
        method,
        path.replace(/\{[^}]+\}/g, '01890a5d-ac96-774b-bcce-b302099a8057'),
        ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined,
      );
      const isOpen = open.includes(`${method} ${path}`);
      expect([method, path, answer.status === 401]).toEqual([method, path, !isOpen]);
      // An operation that says nothing leaves it to the reader to guess.
      expect([method, path, operation.security?.length !== 0]).toEqual([method, path, !isOpen]);
      expect([method, path, operation.security]).toEqual([method, path, expect.any(Array)]);
    }
  });

  test('takes an Idempotency-Key wherever something is made or sent', () => {
    const taking = api.operations
      .filter(({ operation }) =>
        operation.parameters?.some(({ name }) => name === 'Idempotency-Key'),
      )
      .map(({ method, path }) => `${method} ${path}`);
    expect(taking.sort()).toEqual([
      'POST /v1/conferences',
      'POST /v1/dings',
      'POST /v1/teams',
      'POST /v1/verifications',
      'POST /v1/verifications/{id}/sends',
    ]);
  });
});

test('what the api answers is what it describes, on the whole way from sign-up to a confirmed Ding, mistakes included', async () => {
  const since = world.answers.length;
  const next = numbersOf(20261124);
  const [ann, bob, carl] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Carl', next()),
  ];
  for (const one of [ann, bob, carl]) await verify(world, one);
  const id = await team(world, [ann, bob, carl]);
  const session = await world.call(
    'POST',
    '/v1/sessions',
    { login: bob.login, password: 'correct horse battery staple', kind: 'cookie' },
    { headers: { origin: 'https://dingline.example' } },
  );
  expect(session.status).toBe(201);
  await world.call('GET', '/v1/teams', undefined, ann);
  await world.call('GET', `/v1/teams/${id}`, undefined, bob);
  await world.call('POST', `/v1/teams/${id}/invite-code`, undefined, ann);
  await world.call(
    'POST',
    '/v1/teams',
    { name: 'Twice' },
    { ...ann, headers: { 'idempotency-key': 'a' } },
  );
  await world.call(
    'POST',
    '/v1/teams',
    { name: 'Twice' },
    { ...ann, headers: { 'idempotency-key': 'a' } },
  );
  await world.call(
    'POST',
    '/v1/teams',
    { name: 'Other' },
    { ...ann, headers: { 'idempotency-key': 'a' } },
  );
  await world.call(
    'POST',
    '/v1/teams',
    { name: 'Other' },
    { ...ann, headers: { 'idempotency-key': 'a b' } },
  );
  await world.call('PUT', `/v1/teams/${id}/consent`, { version: '0' }, bob);
  await world.call('POST', '/v1/teams', { name: 7 }, ann);
  await world.call('POST', '/v1/teams', { name: 'x', more: 1 }, ann);
  await world.call('POST', '/v1/sessions', { login: bob.login, password: 'wrong' });
  await world.call('POST', '/v1/accounts', {
    login: bob.login,
    password: 'correct horse',
    name: 'B',
    language: 'en',
  });

  const ding = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [bob.id], text: 'The pump has stopped.' },
    ann,
  );
  expect(ding.status).toBe(201);
  const ring = await bob.phone.expectRing({ from: 'withheld' });
  await world.phones.settled();
  // It is sealed a moment after the ring.
  await eventually(
    'the caller ID',
    async () =>
      (await world.call('GET', `/v1/dings/${ding.body.id}/caller-id`, undefined, bob)).status ===
      200,
  );
  for (const who of [ann, bob])
    for (const rest of ['', '/caller-id'])
      await world.call('GET', `/v1/dings/${ding.body.id}${rest}`, undefined, who);
  await world.call('GET', '/v1/dings', undefined, ann);
  await ring.answer();
  await ring.expectSaid(/press 1/);
  await ring.press('1');
  await ring.expectEnded('completed');
  await world.phones.settled();
  await world.call('GET', `/v1/dings/${ding.body.id}`, undefined, bob);
  await world.call('POST', `/v1/dings/${ding.body.id}/recall`, undefined, ann);

  await world.pass(3_600_000);
  const { body: conference } = await world.call<{
    id: string;
    participants: { participantId: string; accountId: string }[];
  }>('POST', '/v1/conferences', { accountIds: [bob.id, carl.id] }, ann);
  const at = `/v1/conferences/${conference.id}`;
  for (const one of [ann, bob]) {
    const call = await one.phone.expectRing({ from: 'withheld' });
    await call.answer();
    await call.press('1');
    await call.expectInRoom();
  }
  await (await carl.phone.expectRing()).decline();
  await world.phones.settled();
  await sealed(world);
  const itsBob = conference.participants.find(({ accountId }) => accountId === bob.id);
  const bobs = `${at}/participants/${itsBob?.participantId}`;
  for (const what of ['', '/caller-id'])
    for (const who of [ann, carl]) await world.call('GET', `${at}${what}`, undefined, who);
  await world.call('GET', '/v1/conferences', undefined, ann);
  for (const what of ['mute', 'unmute'])
    await world.call('POST', `${bobs}/${what}`, undefined, ann);
  await world.call('POST', `${at}/call-me`, undefined, bob);
  await world.call('POST', `${at}/hang-up`, undefined, bob);
  await world.call('DELETE', bobs, undefined, ann);
  await world.call('POST', `${at}/participants`, { accountIds: [bob.id] }, ann);
  await world.call('POST', `${at}/end`, undefined, carl);
  await world.call('POST', `${at}/end`, undefined, ann);
  await world.phones.settled();
  const note = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [carl.id], text: 'The pump runs again.', channel: 'app' },
    ann,
  );
  await world.call('GET', `/v1/dings/${note.body.id}`, undefined, carl);
  await world.call('GET', '/v1/me', undefined, ann);
  await world.call('GET', '/v1/me/notices', undefined, ann);
  await world.call('PATCH', '/v1/me', { name: 'Ann' }, ann);
  await world.call('POST', '/v1/ding-links/read', { token: 'nobody' });
  await world.call('GET', '/v1/ledger', undefined, ann);
  const client = await app(world, 'Pump shop');
  const users = next();
  const started = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number: users },
    client,
  );
  await world.phones.phone(users).expectSms(/#\d{6}$/);
  await world.call('POST', `/v1/verifications/${started.body.id}/sends`, {}, client); // too soon
  for (const path of ['/v1/app', '/v1/app/figures'])
    expect((await world.call('GET', path, undefined, client)).status).toBe(200);
  await world.call('GET', '/livez');
  await world.call('GET', '/readyz');
  await world.call('GET', '/v1/consents/ring');
  await world.call('GET', '/v1/consents/conference');
  for (const query of ['', '?language=de', '?language=tlh', '?more=1'])
    await world.call('GET', `/v1/risk-notice${query}`);
  await world.call('DELETE', `/v1/teams/${id}/consent?purpose=conference`, undefined, bob);
  await world.call('DELETE', `/v1/teams/${id}/consent?purpose=any`, undefined, bob);
  await world.call('DELETE', `/v1/teams/${id}/consent`, undefined, bob);
  await world.call('POST', '/v1/dings', { recipientIds: [bob.id], text: 'No consent.' }, ann);
  await world.call('DELETE', `/v1/teams/${id}/members/me`, undefined, bob);
  await world.call('DELETE', '/v1/sessions/current', undefined, bob);
  await world.call('DELETE', `/v1/teams/${id}/members/${carl.id}`, undefined, ann);
  const { sessions } = (
    await world.call<{ sessions: { id: string }[] }>('GET', '/v1/sessions', undefined, ann)
  ).body;
  for (const newPassword of ['ann', 'eleven rusty garden gates'])
    await world.call('PUT', '/v1/me/password', { oldPassword: PASSWORD, newPassword }, ann);
  for (const password of ['wrong', PASSWORD])
    await world.call('POST', '/v1/me/close', { password }, carl);
  await world.call('DELETE', '/v1/sessions', undefined, ann);
  await world.call('DELETE', `/v1/sessions/${sessions[0]?.id}`, undefined, ann);

  const answers = world.answers.slice(since);
  const complaints = answers.map(({ method, path, status, body, text }) =>
    api.complaint({
      method,
      path,
      status,
      body,
      type: /\["content-type","([^"]+)"\]/.exec(text)?.[1] ?? null,
    }),
  );
  expect(complaints.filter((complaint) => complaint !== undefined)).toEqual([]);
  // Described or not, nothing on this way is our own failure.
  expect(
    answers
      .filter(({ status }) => status >= 500)
      .map(({ method, path, status }) => [method, path, status]),
  ).toEqual([]);
  // The journey has been everywhere: a route that nobody takes is one that nobody checks.
  // And it has seen every field: one that no answer has is one that nobody needs to read of.
  expect(listUnseen(answers).sort()).toEqual(UNSEEN);
  const refusals = answers.filter(({ status }) => status >= 400).map(({ body }) => body);
  expect([...new Set(refusals.flatMap((body) => Object.keys(body as object)))].sort()).toEqual(
    api.listFieldsOfProblems().sort(),
  );
  const taken = new Set(
    answers
      .filter(({ status }) => status < 300)
      .map(({ method, path }) => `${method} ${api.find(method, path)?.path}`),
  );
  const left = api.operations
    .map(({ method, path }) => `${method} ${path}`)
    .filter((route) => !taken.has(route));
  expect(left.sort()).toEqual(LEFT);
});

/** Whose 2xx other journeys take (test/e2e). */
const LEFT = [
  'GET /v1/events',
  'GET /v1/verifications/{id}',
  'POST /v1/ding-links/confirm',
  'POST /v1/ding-links/read',
  'POST /v1/dings/{id}/confirm',
  'POST /v1/dings/{id}/recall',
  'POST /v1/password-resets',
  'POST /v1/verifications/{id}/cancel',
  'POST /v1/verifications/{id}/sends',
];

test('/docs is a page of our own that loads nothing from elsewhere', async () => {
  const page = await world.call('GET', '/docs/');
  expect(page.headers.get('content-security-policy')).toMatch(
    /^default-src 'none'; script-src 'self';/,
  );
  const links = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)]
    .map((match) => match[1] as string)
    .filter((link) => !link.startsWith('#'));
  expect(links.length).toBeGreaterThan(3);
  for (const link of links) {
    const url = new URL(link, 'http://self/docs/');
    expect(url.origin).toBe('http://self');
    expect([link, (await world.call('GET', url.pathname)).status]).toEqual([link, 200]);
  }
  expect(page.text).not.toMatch(/<script>(?!\s*<)/); // inline scripts would be blocked
});

/** Method and path of each route of the running server, as the router itself prints them. */
function routesOf(from: World): string[] {
  const server = from.apps.get('api')?.app.getHttpAdapter().getInstance() as unknown as {
    printRoutes(options: object): string;
  };
  const routes: string[] = [];
  const above: string[] = [];
  for (const line of server.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^((?:[│ ] {3})*)(?:├|└)── (\S*)(?: \((.+)\))?$/.exec(line);
    if (!match) continue;
    const [, indent = '', part = '', methods] = match;
    const depth = indent.length / 4;
    above.length = depth;
    above.push(part);
    const path = above.join('').replace(/:(\w+)/g, '{$1}');
    for (const method of methods?.split(', ') ?? [])
      if (method !== 'HEAD') routes.push(`${method} ${path}`);
  }
  return routes;
}

/** The fields of good answers on the way that are described, and that no answer had. */
function listUnseen(answers: World['answers']): string[] {
  const seen = new Map<string, Set<string>>();
  const described = new Map<string, string[]>();
  for (const { method, path, status, body } of answers.filter((one) => one.status < 300)) {
    const route = `${method} ${api.find(method, path)?.path ?? path}`;
    const fields = seen.get(route) ?? new Set();
    seen.set(route, fields);
    for (const field of listFields(body)) fields.add(field);
    described.set(route, api.listFields(method, path, status, 'application/json'));
  }
  return [...described].flatMap(([route, fields]) =>
    fields.filter((field) => seen.get(route)?.has(field) !== true).map((one) => `${route} ${one}`),
  );
}

/** What other journeys see: that an SMS came to nothing, and that a number must be proved again. */
const UNSEEN = [
  ...['channel', 'count', 'reason'].map((field) => `GET /v1/app/figures .undelivered[].${field}`),
  ...['GET', 'PATCH'].flatMap((method) =>
    ['because', 'since'].map((field) => `${method} /v1/me .number.mustProveAgain.${field}`),
  ),
];
