import { calculateWait, parseRetryAfter } from '../../../src/webhooks/webhook-retry.js';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

test('it is tried ten times over three days, as the specification shows', () => {
  const waits = Array.from({ length: 9 }, (_, i) => calculateWait(i + 1, undefined, 0));
  expect(waits).toEqual([
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
  ]);
  expect(waits.reduce<number>((sum, ms) => sum + (ms ?? 0), 0)).toBe(
    75 * HOUR + 35 * MINUTE + 5 * SECOND,
  );
  expect(calculateWait(10, undefined, 0)).toBeUndefined();
  expect(calculateWait(10, MINUTE, 0)).toBeUndefined();
  expect(calculateWait(11, undefined, 0)).toBeUndefined();
});

test('a wait is never shorter than it is written, and up to a tenth longer', () => {
  expect(calculateWait(4, undefined, 1)).toBe(132 * MINUTE);
  expect(calculateWait(4, undefined, 0.5)).toBe(126 * MINUTE);
});

test("an endpoint that asks for longer is given longer, and for less doesn't get it sooner", () => {
  expect(calculateWait(1, MINUTE, 0)).toBe(MINUTE);
  expect(calculateWait(2, MINUTE, 0)).toBe(5 * MINUTE);
});

const now = new Date('2026-03-01T12:00:00Z');
test.each<[status: number, header: string | undefined, ms: number | undefined]>([
  [429, '120', 120 * SECOND],
  [503, '1', SECOND],
  [503, 'Sun, 01 Mar 2026 12:10:00 GMT', 10 * MINUTE],
  [429, '999999999', 24 * HOUR],
  [503, 'Tue, 01 Mar 2033 12:10:00 GMT', 24 * HOUR], // not for ever
  [429, undefined, undefined],
  [429, '0', undefined],
  [429, '-5', undefined],
  [429, '1.5e3', undefined],
  [429, 'soon', undefined],
  [503, 'Sun, 01 Mar 2026 11:00:00 GMT', undefined],
  [429, '9'.repeat(400), undefined],
  [500, '120', undefined],
  [301, '120', undefined],
])('%s with Retry-After %s asks for %s ms', (status, header, ms) => {
  expect(parseRetryAfter(status, header, now)).toBe(ms);
});
