import { type Budget, BUDGETS, budgetKey, reachAt } from '../../../src/handoff/budgets.js';
import { CHANNELS, getTraits } from '../../../src/handoff/channels.js';
import { PURPOSES } from '../../../src/handoff/handoff.js';

const { usual: RING_RULES } = BUDGETS.voice.ding as Budget;
const { askedFor: ASKED_FOR_RULES } = BUDGETS.voice.conference as Budget;

const LASTS_MS = 15 * 60_000;
const now = new Date('2026-03-01T12:00:00Z');
const ago = (...minutes: number[]): Date[] =>
  minutes.map((one) => new Date(now.getTime() - one * 60_000));
const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

test('a phone that nobody has called rings at once', () => {
  expect(reachAt([], RING_RULES, LASTS_MS, now)).toEqual({ at: now, isInTime: true });
});

test('a phone rings for Dings at most once a minute, 3 times in 15 minutes and 5 times an hour', () => {
  expect(reachAt(ago(0.25), RING_RULES, LASTS_MS, now).at).toEqual(inMinutes(0.75));
  expect(reachAt(ago(2, 5, 9), RING_RULES, LASTS_MS, now).at).toEqual(inMinutes(6));
  expect(reachAt(ago(18, 27, 35, 44, 52), RING_RULES, LASTS_MS, now)).toEqual({
    at: inMinutes(8),
    isInTime: true,
  });
  expect(reachAt(ago(1, 16, 31, 45, 60), RING_RULES, LASTS_MS, now).at).toEqual(now);
});

test('a ring that would come when nobody wants it any more is not in time', () => {
  expect(reachAt(ago(16, 17, 18, 30, 44), RING_RULES, LASTS_MS, now)).toEqual({
    at: inMinutes(16),
    isInTime: false,
  });
  expect(
    reachAt(
      [new Date(now.getTime() + LASTS_MS - 60_000)],
      [{ max: 1, windowMs: 60_000 }],
      LASTS_MS,
      now,
    ).isInTime,
  ).toBe(false);
});

test('a call that one has asked for waits for no minute, up to 5 in 10 minutes', () => {
  expect(reachAt(ago(0.25), ASKED_FOR_RULES, LASTS_MS, now).at).toEqual(now);
  expect(reachAt(ago(0.25, 0.5), ASKED_FOR_RULES, LASTS_MS, now).at).toEqual(inMinutes(0.5));
  expect(reachAt(ago(2, 3, 4, 5, 6), ASKED_FOR_RULES, LASTS_MS, now).at).toEqual(inMinutes(4));
});

test('for whatever purposes a phone rings, it stays below 15 times an hour, where carriers see spam', () => {
  const HOUR = 3_600_000;
  const anHour = ({ usual, askedFor }: Budget): number =>
    Math.max(
      ...[usual, askedFor].map((rules) =>
        Math.min(...rules.map(({ max, windowMs }) => max * Math.floor(HOUR / windowMs))),
      ),
    );
  for (const channel of CHANNELS.filter((one) => getTraits(one).form === 'call')) {
    const budgets = PURPOSES.map((purpose) => BUDGETS[channel][purpose]);
    expect(budgets).not.toContain(undefined);
    const sum = budgets.reduce((total, one) => total + anHour(one as Budget), 0);
    expect(sum).toBeLessThan(15);
    expect(sum).toBe(14);
  }
});

test('no purpose uses up the budget of another, and no channel that of another', () => {
  const index = Buffer.alloc(32, 7);
  const keys = CHANNELS.flatMap((channel) =>
    PURPOSES.map((purpose) => budgetKey(index, channel, purpose).toString('hex')),
  );
  expect(new Set(keys).size).toBe(CHANNELS.length * PURPOSES.length);
});
