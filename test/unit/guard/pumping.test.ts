import {
  blockMs,
  type Counts,
  type Evidence,
  judge,
  type Thresholds,
} from '../../../src/guard/pumping.js';

const THRESHOLDS: Thresholds = { conversion: 0.2, prefixSends: 10, countrySends: 50 };
const counts = (sends: number, approvals: number, numbers = sends): Counts => ({
  sends,
  approvals,
  numbers,
});
const NOTHING = counts(0, 0);
const evidence = (more: Partial<Evidence>): Evidence => ({
  hour: NOTHING,
  burst: NOTHING,
  sendsBefore: 0,
  level: 0,
  ...more,
});

describe('a prefix', () => {
  test.each<[string, Partial<Evidence>, string | undefined]>([
    ['with nothing sent', {}, undefined],
    ['where most type their code in', { hour: counts(100, 70) }, undefined],
    ['where a fifth do', { hour: counts(10, 2) }, undefined],
    ['where fewer do', { hour: counts(10, 1) }, 'conversion'],
    ['with too few sends to tell', { hour: counts(9, 0) }, undefined],
    ['of two slow people who ask for many', { hour: counts(20, 0, 2) }, undefined],
    ['of five such people', { hour: counts(20, 0, 5) }, 'conversion'],
    ['with a burst that nobody types in', { burst: counts(10, 0) }, 'burst'],
    ['with a burst of which one in ten is typed in', { burst: counts(20, 2) }, undefined],
    ['with a burst of two people', { burst: counts(10, 0, 2) }, undefined],
    [
      'with three times as many as ever, and no codes typed in',
      { burst: counts(34, 0), sendsBefore: 121 },
      'burst',
    ],
    [
      'with as many as ever, and no codes typed in just now',
      { burst: counts(33, 0), sendsBefore: 121 },
      undefined,
    ],
  ])('%s', (_, more, verdict) => {
    expect(judge('prefix', evidence(more), THRESHOLDS)).toBe(verdict);
  });

  test('that was blocked before is judged by half as many sends each time, and never by fewer than three', () => {
    const needed = (level: number) =>
      [...Array(20).keys()].find(
        (sends) =>
          judge('prefix', evidence({ hour: counts(sends, 0), level }), THRESHOLDS) !== undefined,
      );
    expect([0, 1, 2, 3, 9].map(needed)).toEqual([10, 5, 3, 3, 3]);
  });
});

test('a country needs more sends than a prefix, and never fewer than ten', () => {
  const needed = (level: number) =>
    [...Array(200).keys()].find(
      (sends) =>
        judge('country', evidence({ burst: counts(sends, 0), level }), THRESHOLDS) !== undefined,
    );
  expect([0, 1, 2, 3, 9].map(needed)).toEqual([50, 25, 13, 10, 10]);
});

test('with a share of 0 the guard is off', () => {
  expect(
    judge('country', evidence({ hour: counts(10_000, 0), burst: counts(10_000, 0) }), {
      ...THRESHOLDS,
      conversion: 0,
    }),
  ).toBeUndefined();
});

test('a block lasts five minutes, twice as long each time, and twelve hours at most', () => {
  expect([0, 1, 2, 3, 7, 8, 60].map((level) => blockMs(level) / 60_000)).toEqual([
    5, 10, 20, 40, 640, 720, 720,
  ]);
});
