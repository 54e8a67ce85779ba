import { describeStatus, formatStatus } from '../../../src/cli/status/describe.js';
import type { CarrierRun, Status } from '../../../src/cli/status/read.js';

const AT = '2026-01-01T03:00:00.000Z';
/** So many seconds from AT. */
const at = (seconds: number): string => new Date(Date.parse(AT) + seconds * 1000).toISOString();
const APP = '0190a1b2-0000-7000-8000-000000000001';

const GOOD: Status = {
  at: AT,
  carrier: [
    { channel: 'sms', acceptedAt: at(-12), runs: [] },
    { channel: 'voice', acceptedAt: null, runs: [] },
  ],
  workers: 2,
  connections: { api: 3, ingress: 1, worker: 8 },
  stops: [],
  waiting: [],
  spending: [],
  capped: 0,
  blocks: [],
  webhooks: [],
};
const run = (more: Partial<CarrierRun>): CarrierRun => ({
  kind: 'not_taken',
  stage: 1,
  outcome: 'unavailable',
  carrierCode: 20429,
  count: 14,
  since: at(-600),
  lastAt: at(-3),
  ...more,
});
const withRuns = (...runs: CarrierRun[]): Partial<Status> => ({
  carrier: [{ channel: 'sms', acceptedAt: null, runs }],
});
const waiting = (why: Status['waiting'][number]['why'], seconds: number): Partial<Status> => ({
  waiting: [{ purpose: 'verification', channel: 'sms', why, count: 4, first: at(seconds) }],
});
const format = (more: Partial<Status>): string[] =>
  describeStatus({ ...GOOD, ...more }).map(
    ({ isWrong, part, text }) => `${isWrong ? '!' : '-'} ${part}: ${text}`,
  );

test('where nothing is wrong it says so, and each part in its line', () => {
  expect(formatStatus(GOOD)).toEqual([
    'dingline at 2026-01-01T03:00:00.000Z: nothing is wrong',
    '  carrier sms    ok, took the last 12 s ago',
    '  carrier voice  nothing was tried in the last half hour',
    '  workers        2 workers; connections to the database: api 3, ingress 1, worker 8',
    '  queue          nothing waits',
    '  spent today    nothing',
  ]);
});

test('what is wrong stands first, in the order of the way', () => {
  const all = formatStatus({
    ...GOOD,
    ...withRuns(run({})),
    ...waiting('due', -90),
    spending: [{ subject: 'all', spent: 99.987, cap: 100 }],
    stops: [{ purpose: 'ding', channel: 'voice', since: at(-7_200) }],
  });
  expect(all).toEqual([
    'dingline at 2026-01-01T03:00:00.000Z: 4 lines to look at',
    '! carrier sms             away: it takes nothing since 2026-01-01T02:50:00Z, 10 min: 14 in a row, the last 3 s ago: unavailable, code 20429',
    '! stop ding voice         held back by an operator since 2026-01-01T01:00:00Z, 2 h; dingline resume',
    '! waits verification sms  4: due, the first for 90 s: the carrier is away',
    '! spent today             99.99 of 100.00, what does not fit is refused until the next UTC day',
    '  workers                 2 workers; connections to the database: api 3, ingress 1, worker 8',
  ]);
});

test.each<[string, Partial<Status>, string]>([
  [
    'a run of one code',
    withRuns(run({ kind: 'refused', outcome: 'rejected', carrierCode: 21211 })),
    '! carrier sms: it refuses each since 2026-01-01T02:50:00Z, 10 min: 14 in a row, the last 3 s ago: rejected, code 21211',
  ],
  [
    'what is not delivered',
    withRuns(run({ kind: 'not_delivered', outcome: 'accepted', carrierCode: 30003 })),
    '! carrier sms: it delivers nothing since 2026-01-01T02:50:00Z, 10 min: 14 in a row, the last 3 s ago: accepted, code 30003',
  ],
  [
    'one try that failed is no outage',
    withRuns(run({ stage: 0, count: 1, carrierCode: null })),
    '- carrier sms: 1 try came to unavailable',
  ],
  [
    'two of them, after one that was taken',
    { carrier: [{ channel: 'sms', acceptedAt: at(-300), runs: [run({ stage: 0, count: 2 })] }] },
    '- carrier sms: ok, took the last 5 min ago; 2 tries since then came to unavailable, code 20429',
  ],
  [
    'no worker',
    { workers: 0 },
    '! workers: none runs, so nothing goes out; connections to the database: api 3, ingress 1, worker 8',
  ],
  [
    'what is due, and nobody takes it',
    { ...waiting('due', -1), workers: 0 },
    '! waits verification sms: 4: due, the first for 1 s: no worker runs',
  ],
  [
    'what has just become due',
    waiting('due', -2),
    '- waits verification sms: 4: due, the first for 2 s',
  ],
  [
    'what is stuck',
    waiting('due', -3_600),
    '! waits verification sms: 4: due, the first for 60 min: is the queue away, or is there more than the workers can do?',
  ],
  [
    'what an operator holds back',
    waiting('stop', -5),
    '! waits verification sms: 4: held back by an operator (dingline stops)',
  ],
  [
    'what the carrier did not take',
    waiting('retry', 30),
    '- waits verification sms: 4: the carrier took nothing, and is asked again, the first in 30 s',
  ],
  [
    'what a budget puts off',
    waiting('limit', 400),
    '- waits verification sms: 4: put off: its phone was reached as often as it may be for now, the first in 7 min',
  ],
  [
    'an app without a cap',
    { spending: [{ subject: `app:${APP}`, spent: 3, cap: null }] },
    `- spent app ${APP}: 3.00, no cap`,
  ],
  [
    'an account near its cap',
    { spending: [{ subject: `account:${APP}`, spent: 16, cap: 20 }] },
    `! spent account ${APP}: 16.00 of 20.00, what does not fit is refused until the next UTC day`,
  ],
  ['what a cap has ended', { capped: 1 }, '! spend cap: it ended 1 hand-off in the last hour'],
  [
    'a blocked country',
    { blocks: [{ id: APP, kind: 'country', country: 'DE', until: at(600) }] },
    '! block 0190a1b2: SMS pumping: a country, DE, until 2026-01-01T03:10:00Z, for 10 min; dingline guard list',
  ],
  [
    'a blocked prefix',
    { blocks: [{ id: APP, kind: 'prefix', country: null, until: at(600) }] },
    '! block 0190a1b2: SMS pumping: a prefix, until 2026-01-01T03:10:00Z, for 10 min; dingline guard list',
  ],
  [
    'a webhook that is off',
    { webhooks: [{ appId: APP, state: 'off', at: null }] },
    `! webhook ${APP}: off, since its server failed for long or said that it is gone`,
  ],
  [
    'a webhook that is paused',
    { webhooks: [{ appId: APP, state: 'paused', at: at(90) }] },
    `! webhook ${APP}: its server asks us to wait until 2026-01-01T03:01:30Z, for 90 s`,
  ],
  [
    'a webhook that fails',
    { webhooks: [{ appId: APP, state: 'failing', at: at(-90_000) }] },
    `! webhook ${APP}: fails since 2025-12-31T02:00:00Z, 25 h`,
  ],
])('%s', (_, more, line) => {
  expect(format(more)).toContainEqual(line);
});

test('of many countries, apps and accounts those that cost most are shown, and all that are near a cap', () => {
  const spending = ['country', 'app', 'account'].flatMap((kind) =>
    Array.from({ length: 9 }, (_, nth) => ({
      subject: `${kind}:${nth}`,
      spent: nth === 8 ? 9 : 1,
      cap: 10,
    })),
  );
  const shown = format({ spending }).flatMap((line) => /spent (\w+ \d)/.exec(line)?.[1] ?? []);
  expect(shown).toEqual([
    'country 8',
    'app 8',
    'account 8',
    ...['0', '1', '2', '3', '4'].map((nth) => `country ${nth}`),
    ...['0', '1', '2'].map((nth) => `app ${nth}`),
  ]);
});

test('where too much waits to be counted, it says so', () => {
  const [first] = waiting('limit', 60).waiting as [Status['waiting'][number]];
  expect(format({ waiting: [{ ...first, count: 10_000 }] })).toContainEqual(
    '! queue: 10000 or more wait: the first 10000 are counted',
  );
});
