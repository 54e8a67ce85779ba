import { ASKED_FOR_RULES, RING_RULES, ringAt } from '../../../src/handoff/ring-limit.js';

const LASTS_MS = 15 * 60_000;
const now = new Date('2026-03-01T12:00:00Z');
const ago = (...minutes: number[]): Date[] =>
  minutes.map((one) => new Date(now.getTime() - one * 60_000));
const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * 60_000);

test('a phone that nobody has called rings at once', () => {
  expect(ringAt([], RING_RULES, LASTS_MS, now)).toEqual({ at: now, isInTime: true });
});

test('a phone rings at most once a minute, 3 times in 15 minutes and 5 times an hour', () => {
  expect(ringAt(ago(0.25), RING_RULES, LASTS_MS, now).at).toEqual(inMinutes(0.75));
  expect(ringAt(ago(2, 5, 9), RING_RULES, LASTS_MS, now).at).toEqual(inMinutes(6));
  expect(ringAt(ago(18, 27, 35, 44, 52), RING_RULES, LASTS_MS, now)).toEqual({
    at: inMinutes(8),
    isInTime: true,
  });
  expect(ringAt(ago(1, 16, 31, 45, 60), RING_RULES, LASTS_MS, now).at).toEqual(now);
});

test('a ring that would come when nobody wants it any more is not in time', () => {
  expect(ringAt(ago(16, 17, 18, 30, 44), RING_RULES, LASTS_MS, now)).toEqual({
    at: inMinutes(16),
    isInTime: false,
  });
  expect(
    ringAt(
      [new Date(now.getTime() + LASTS_MS - 60_000)],
      [{ max: 1, windowMs: 60_000 }],
      LASTS_MS,
      now,
    ).isInTime,
  ).toBe(false);
});

test('a call that one has asked for waits for no minute, up to 5 in 10 minutes', () => {
  expect(ringAt(ago(0.25), ASKED_FOR_RULES, LASTS_MS, now).at).toEqual(now);
  expect(ringAt(ago(0.25, 0.5), ASKED_FOR_RULES, LASTS_MS, now).at).toEqual(inMinutes(0.5));
  expect(ringAt(ago(2, 3, 4, 5, 6), ASKED_FOR_RULES, LASTS_MS, now).at).toEqual(inMinutes(4));
});
