import { serveMetrics, type MetricsServer } from '../../src/embedded/metrics-server.js';
import { CODES, FAMILIES } from '../../src/kernel/metrics.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK, the port for Prometheus.
// Fake: the telephone network (simulator).

let world: World;
let server: MetricsServer;
let ann: Person;
/** What files before this one have counted in the same process. */
let before: Series[] = [];
/** From the worker to PostgreSQL. */
let cable: Cuttable;
const next = numbersOf(12);

beforeAll(async () => {
  world = await World.start({
    env: { SPEND_CAP_A_DAY: '0.40', SMS_PRICE: '0.05' },
    wire: async (env) => {
      cable = await Cuttable.before(env['WORKER_DATABASE_URL'] ?? '', 5432);
      env['WORKER_DATABASE_URL'] = cable.url;
    },
  });
  server = await serveMetrics('127.0.0.1', 0);
  before = await scrape();
  ann = await account(world, 'Ann', next());
});
afterAll(async () => {
  await server.close();
  await world.close();
  await cable.cut();
});

const ask = (path: string, method = 'GET'): Promise<Response> =>
  fetch(`http://127.0.0.1:${server.port}${path}`, { method });

interface Series {
  name: string;
  labels: Record<string, string>;
  value: number;
}
async function scrape(): Promise<Series[]> {
  const text = await (await ask('/metrics')).text();
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      return {
        name,
        labels: Object.fromEntries(
          [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, label = '', text = '']) => [
            label,
            text,
          ]),
        ),
        value: Number(value),
      };
    });
}
/** The sum of a metric's series that have these labels; undefined: there are none. */
function sum(
  series: readonly Series[],
  name: string,
  labels: Record<string, string>,
): number | undefined {
  const found = series.filter(
    (one) =>
      one.name === name &&
      Object.entries(labels).every(([label, value]) => one.labels[label] === value),
  );
  return found.length === 0 ? undefined : found.reduce((all, { value }) => all + value, 0);
}
/** What a level is, and what a counter has counted since this file began. */
async function read(
  name: string,
  labels: Record<string, string> = {},
): Promise<number | undefined> {
  const now = sum(await scrape(), name, labels);
  const counted = name.endsWith('_total') ? (sum(before, name, labels) ?? 0) : 0;
  return now === undefined ? undefined : now - counted;
}
const reads = (name: string, labels: Record<string, string>, value: number): Promise<true> =>
  eventually(`${name} ${JSON.stringify(labels)} is ${String(value)}`, async () =>
    (await read(name, labels)) === value ? true : undefined,
  );

const start = async (number: string): Promise<string> => {
  const { status, body, text } = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number },
    ann,
  );
  if (status !== 201) throw new Error(text);
  return body.id;
};
const check = (id: string, code: string) =>
  world.call('POST', `/v1/verifications/${id}/check`, { code }, ann);

test('a code that is sent, mistyped and typed counts at each step', async () => {
  const number = next();
  const id = await start(number);
  const [, code = ''] = await world.phones.phone(number).expectSms(/#(\d{6})$/);
  await check(id, code === '111111' ? '222222' : '111111');
  await check(id, code);
  await reads('dingline_verifications_started_total', { starter: 'account', channel: 'sms' }, 1);
  await reads('dingline_verification_codes_sent_total', { channel: 'sms' }, 1);
  await reads('dingline_verification_wrong_codes_total', { starter: 'account' }, 1);
  await reads('dingline_verifications_approved_total', { starter: 'account' }, 1);
  const accepted = { purpose: 'verification', channel: 'sms', outcome: 'accepted', code: 'none' };
  await reads('dingline_handoffs_total', accepted, 1);
  await reads('dingline_carrier_events_total', { channel: 'sms', event: 'delivered' }, 1);
  expect(
    await read('dingline_callbacks_total', { kind: 'message', result: 'taken' }),
  ).toBeGreaterThan(0);
});

test('what the carrier refuses counts with its code, what it drops with the reason', async () => {
  const [refused, dropped] = [next(), next()];
  await world.phones.trouble({ kind: 'error', code: 21606, number: refused, times: 1 });
  await start(refused);
  const outcome = { purpose: 'verification', outcome: 'misconfigured', code: '21606' };
  await reads('dingline_handoffs_total', outcome, 1);
  await world.phones.trouble({ kind: 'undelivered', code: 30005, number: dropped, times: 1 });
  await start(dropped);
  const lost = { event: 'undelivered', reason: 'bad_number', code: '30005' };
  await reads('dingline_carrier_events_total', lost, 1);
});

test('a callback with a wrong signature, and one that comes twice, count as what they are', async () => {
  const number = next();
  const before = (await read('dingline_callbacks_total', { result: 'forged' })) ?? 0;
  await world.phones.trouble({
    kind: 'callbacks-forged',
    extra: true,
    events: ['delivered'],
    number,
    times: 1,
  });
  await start(number);
  await world.phones.phone(number).expectSms(/#(\d{6})$/);
  await reads('dingline_callbacks_total', { result: 'forged' }, before + 1);

  const twice = next();
  await world.phones.trouble({
    kind: 'callbacks-duplicated',
    events: ['delivered'],
    number: twice,
    times: 1,
  });
  await start(twice);
  await world.phones.phone(twice).expectSms(/#(\d{6})$/);
  await reads('dingline_callbacks_total', { result: 'repeated' }, 1);
});

test('what waits, and for how long, is read from the rows; a stop shows, and what it held goes out', async () => {
  const number = next();
  await world.rows(
    `INSERT INTO stops (purpose, channel, reason, since) VALUES ('verification', 'sms', 'x', now())`,
  );
  const held = { purpose: 'verification', channel: 'sms' };
  await reads('dingline_stops', held, 1);
  await start(number);
  world.clock.advance(90_000);
  await reads('dingline_handoffs_waiting', held, 1);
  await reads('dingline_handoff_oldest_wait_seconds', held, 90);
  await world.rows('DELETE FROM stops');
  await world.phones.phone(number).expectSms(/#(\d{6})$/);
  await reads('dingline_stops', held, 0);
  await reads('dingline_handoffs_waiting', held, 0);
  await reads('dingline_handoff_oldest_wait_seconds', held, 0);
  expect(await read('dingline_database_up')).toBe(1);
});

test('the cap of a day shows, what is spent, and what it refuses', async () => {
  expect(await read('dingline_spending_cap_today')).toBe(0.4);
  const spent = (await read('dingline_spending_today')) ?? 0;
  expect(spent).toBeGreaterThan(0);
  for (let left = Math.floor((0.4 - spent) / 0.05 + 0.5); left > 0; left -= 1) {
    const number = next();
    await start(number);
    await world.phones.phone(number).expectSms(/#(\d{6})$/);
  }
  await start(next());
  await reads('dingline_spend_cap_refusals_total', { scope: 'all' }, 1);
  const withheld = { purpose: 'verification', channel: 'sms', reason: 'spend_cap' };
  await reads('dingline_handoffs_withheld_total', withheld, 1);
});

test('answers count by class of status, and problems by code', async () => {
  const counted = { role: 'api', code: 'UNAUTHENTICATED' };
  const before = (await read('dingline_problems_total', counted)) ?? 0;
  await world.call('GET', '/v1/me');
  await reads('dingline_problems_total', counted, before + 1);
  expect(
    await read('dingline_http_requests_total', { role: 'api', status: '4xx' }),
  ).toBeGreaterThan(0);
  expect(
    await read('dingline_http_requests_total', { role: 'ingress', status: '2xx' }),
  ).toBeGreaterThan(0);
});

test('no label has a value that its family does not list, and nothing is in it that a test has sent', async () => {
  const families = new Map(FAMILIES.map((family) => [family.name, family]));
  const own = (await scrape()).filter(({ name }) => name.startsWith('dingline_'));
  expect(own.length).toBeGreaterThan(100);
  for (const { name, labels } of own) {
    const described = families.get(name)?.labels ?? {};
    expect(Object.keys(labels).sort()).toEqual(Object.keys(described).sort());
    for (const [label, value] of Object.entries(labels)) {
      const values = described[label];
      if (values === CODES) expect(value).toMatch(/^(none|other|\d{1,5})$/);
      else
        expect([name, label, [...(values ?? []), 'other']]).toEqual([
          name,
          label,
          expect.arrayContaining([value]),
        ]);
    }
  }
  const text = await (await ask('/metrics')).text();
  for (const said of [ann.id, ann.login, ann.number.slice(1), 'Ann'])
    expect(text).not.toContain(said);
});

test('the port answers GET /metrics and nothing else', async () => {
  const answer = await ask('/metrics');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(await answer.text()).toMatch(/^nodejs_eventloop_lag_p99_seconds /m);
  expect((await ask('/metrics', 'HEAD')).status).toBe(200);
  expect((await ask('/metrics', 'POST')).status).toBe(405);
  for (const path of ['/', '/metrics/x', '/v1/me', '/readyz'])
    expect((await ask(path)).status).toBe(404);
  for (const role of ['api', 'ingress', 'worker'] as const)
    expect((await fetch(`${world.urls.get(role)}/metrics`)).status).toBe(404);
});

test('while the database is away a scrape says so, and shows no old figures', async () => {
  await cable.cut();
  await reads('dingline_database_up', {}, 0);
  expect(await read('dingline_handoffs_waiting')).toBeUndefined();
  expect(await read('dingline_spending_today')).toBeUndefined();
  expect(
    await read('dingline_database_connections_lost_total', { role: 'worker' }),
  ).toBeGreaterThan(0);
  await cable.mend();
  await reads('dingline_database_up', {}, 1);
});
