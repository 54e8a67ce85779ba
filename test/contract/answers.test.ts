import { formatSid } from '../../src/apps/app.js';
import { account, app, type Client, PASSWORD, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { Description, type Document } from '../support/openapi.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).

const UNKNOWN = '01890a5d-ac96-774b-bcce-b302099a8057';
const next = numbersOf(20261130);
let world: World;
let api: Description;
let ann: Person;
let shop: Client;

beforeAll(async () => {
  world = await World.start({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  api = new Description(
    (await world.call<Document & Record<string, unknown>>('GET', '/openapi.json')).body,
  );
  ann = await account(world, 'Ann', next());
  shop = await app(world, 'Pump shop');
});
afterAll(() => world.close());

const fill = (path: string): string => path.replace(/\{[^}]+\}/g, UNKNOWN);
const isForApps = (path: string): boolean => path.startsWith('/v1/app');

test('a parameter that an address does not name is refused, at every address of ours', async () => {
  for (const { method, path } of api.operations.filter(({ path }) => path.startsWith('/v1/'))) {
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
    const who = isForApps(path) ? shop : ann;
    const answer = await world.call(method, `${fill(path)}?nobody=1`, body, who);
    expect([method, path, answer.status, answer.body]).toEqual([
      method,
      path,
      400,
      expect.objectContaining({
        code: 'INVALID_INPUT',
        errors: [{ path: '', message: 'unknown field: nobody' }],
      }),
    ]);
  }
});

test('an address says which methods it takes, and what is none is a 404', async () => {
  const methods = new Map<string, Set<string>>();
  for (const { method, path } of api.operations) {
    const known = methods.get(path) ?? new Set();
    methods.set(path, known.add(method));
    if (method === 'GET') known.add('HEAD');
  }
  for (const [path, known] of methods) {
    const answer = await world.call('OPTIONS', fill(path), undefined, ann);
    expect([path, answer.status, answer.body['code']]).toEqual([path, 405, 'METHOD_NOT_ALLOWED']);
    const allowed = (answer.headers.get('allow') ?? '').split(', ');
    expect([path, [...known].filter((method) => !allowed.includes(method))]).toEqual([path, []]);
  }
  const foreign = await world.call(
    'DELETE',
    `/v2/Services/${formatSid('VA', UNKNOWN)}`,
    undefined,
    shop,
  );
  expect([foreign.status, foreign.body['code'], foreign.headers.get('allow')]).toEqual([
    405,
    20004,
    'GET, HEAD, POST',
  ]);
  for (const path of [
    '/v1',
    '/v1/ding',
    '/v1/dings/1/2/3',
    '/docs/../',
    '/docs/../x',
    '/docs/%2e%2e/x',
  ])
    expect([path, (await raw(path)).status]).toEqual([path, 404]);
});

/** As it stands: fetch would take the dots out. */
async function raw(path: string): Promise<{ status: number; text: string }> {
  const { request } = await import('node:http');
  const { hostname, port } = new URL(world.urls.get('api') as string);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (part: string) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode as number, text }));
    })
      .on('error', reject)
      .end();
  });
}

test('a 401 names what opens that door, and a page is never asked for a password by its browser', async () => {
  const challenge = async (path: string, headers: Record<string, string> = {}) =>
    (await world.call('GET', path, undefined, { headers })).headers.get('www-authenticate');
  const basic = 'Basic realm="Dingline"';
  const wrong = { authorization: `Basic ${Buffer.from('AC:no').toString('base64')}` };
  for (const headers of [{}, wrong, { authorization: 'Bearer no' }]) {
    expect(await challenge('/v1/me', headers)).toBe('Bearer');
    expect(await challenge('/v1/app', headers)).toBe(basic);
    expect(await challenge(`/v2/Services/${formatSid('VA', UNKNOWN)}`, headers)).toBe(basic);
    expect(await challenge(`/v1/verifications/${UNKNOWN}`, headers)).toBe(`Bearer, ${basic}`);
  }
  expect(await challenge(`/v1/verifications/${UNKNOWN}`, { 'sec-fetch-site': 'same-origin' })).toBe(
    'Bearer',
  );
});

test("nobody keeps what is answered here, but for the texts that are everybody's", async () => {
  const kept = new Set(['GET /v1/risk-notice']);
  for (const { method, path } of api.operations.filter(({ path }) => path !== '/v1/events')) {
    const body = ['POST', 'PUT', 'PATCH'].includes(method) ? {} : undefined;
    const { headers, status } = await world.call(
      method,
      fill(path),
      body,
      isForApps(path) ? shop : ann,
    );
    if (path === '/v1/sessions/current') {
      const again = await world.call<{ token: string }>('POST', '/v1/sessions', {
        login: ann.login,
        password: PASSWORD,
      });
      ann = { ...ann, token: again.body.token };
    }
    expect([method, path, status, headers.get('cache-control')]).toEqual([
      method,
      path,
      status,
      kept.has(`${method} ${path}`) ? 'public, max-age=86400' : 'no-store',
    ]);
  }
  const service = `/v2/Services/${formatSid('VA', shop.serviceId)}`;
  expect((await world.call('GET', service, undefined, shop)).headers.get('cache-control')).toBe(
    'no-store',
  );
});

test('a client is the same behind a proxy that writes its port beside its address', async () => {
  const tries: number[] = [];
  for (let i = 0; i < 31; i += 1)
    tries.push(
      (
        await world.call(
          'POST',
          '/v1/sessions',
          { login: `nobody${String(i)}`, password: 'wrong' },
          { headers: { 'x-forwarded-for': `192.0.2.77:${String(4_000 + i)}` } },
        )
      ).status,
    );
  expect(tries).toEqual([...Array<number>(30).fill(401), 429]);
  for (const header of ['[2001:db8::7]:443', 'unknown', '192.0.2.78:99999999', ''])
    expect(
      (
        await world.call(
          'POST',
          '/v1/sessions',
          { login: 'nobody', password: 'wrong' },
          { headers: { 'x-forwarded-for': header } },
        )
      ).status,
    ).toBe(401);
});
