import fc from 'fast-check';
import {
  CarrierCodes,
  CODES,
  EventCounter,
  formatMetrics,
  Level,
  readBeforeScrapes,
} from '../../../src/kernel/metrics.js';

/** Each series of a family with its value, as a scrape has it. */
async function series(name: string): Promise<Record<string, number>> {
  const { text } = await formatMetrics();
  return Object.fromEntries(
    text
      .split('\n')
      .filter((line) => line.startsWith(name))
      .map((line) => {
        const at = line.lastIndexOf(' ');
        return [line.slice(name.length, at), Number(line.slice(at + 1))];
      }),
  );
}

describe('a counter', () => {
  it('has every series from the first scrape on, at 0, so that the first event is a rise', async () => {
    const counted = new EventCounter({
      name: 'test_listed_total',
      help: 'x',
      labels: { way: ['sms', 'voice'], code: CODES },
    });
    expect(await series('test_listed_total')).toEqual({
      '{way="sms",code="none"}': 0,
      '{way="voice",code="none"}': 0,
    });
    counted.add({ way: 'sms', code: undefined });
    counted.add({ way: 'sms', code: 30034 });
    expect(await series('test_listed_total')).toEqual({
      '{way="sms",code="none"}': 1,
      '{way="sms",code="30034"}': 1,
      '{way="voice",code="none"}': 0,
    });
  });

  it('has only series that its description allows, whatever it is given', async () => {
    const counted = new EventCounter({
      name: 'test_bounded_total',
      help: 'x',
      labels: { way: ['sms', 'voice'], code: CODES },
    });
    const anything = fc.oneof(
      fc.string(),
      fc.constantFrom('+12025550143', 'sms', '__proto__', 'a"} 1\nother 1'),
      fc.uuid(),
    );
    fc.assert(
      fc.property(anything, fc.oneof(fc.integer(), fc.double()), (way, code) => {
        counted.add({ way: way as 'sms', code });
      }),
      { numRuns: 2_000 },
    );
    const names = Object.keys(await series('test_bounded_total'));
    expect(names.length).toBeGreaterThan(3);
    // Three ways; fifty codes, none and other.
    expect(names.length).toBeLessThanOrEqual(3 * 52);
    for (const name of names)
      expect(name).toMatch(/^\{way="(sms|voice|other)",code="(\d{1,5}|none|other)"\}$/);
  });
});

describe("a carrier's codes", () => {
  it('are the first fifty that come, and others after that', () => {
    const codes = new CarrierCodes();
    const bounded = Array.from({ length: 60 }, (_, i) => codes.bound(21_000 + i));
    expect(bounded.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, i) => String(21_000 + i)));
    expect(new Set(bounded.slice(50))).toEqual(new Set(['other']));
    expect(codes.bound(21_000)).toBe('21000');
  });

  it.each([12_025_550_143, 100_000, -1, 1.5, NaN, Infinity])(
    'are no such number as %d is',
    (code) => {
      expect(new CarrierCodes().bound(code)).toBe('other');
    },
  );
});

describe('a level', () => {
  it('is absent while nobody knows it', async () => {
    const level = new Level({ name: 'test_level', help: 'x', labels: {} });
    expect(await series('test_level')).toEqual({});
    level.set({}, 7);
    expect(await series('test_level')).toEqual({ '': 7 });
    level.clear();
    expect(await series('test_level')).toEqual({});
  });
});

describe('what is read for a scrape', () => {
  it('is read once for scrapes that come together, and anew for the next', async () => {
    let reads = 0;
    const stop = readBeforeScrapes({
      read: () => {
        reads += 1;
        return new Promise((resolve) => setImmediate(resolve));
      },
      fail: () => {},
    });
    await Promise.all([formatMetrics(), formatMetrics(), formatMetrics()]);
    expect(reads).toBe(1);
    await formatMetrics();
    expect(reads).toBe(2);
    stop();
    await formatMetrics();
    expect(reads).toBe(2);
  });

  it('says that it does not know when it fails or is late, and is not asked twice meanwhile', async () => {
    const level = new Level({ name: 'test_known', help: 'x', labels: {} });
    const fail = (): void => level.set({}, 0);
    const stopFailing = readBeforeScrapes({ read: () => Promise.reject(new Error('away')), fail });
    expect(await series('test_known')).toEqual({ '': 0 });
    stopFailing();

    level.clear();
    let reads = 0;
    const stopHanging = readBeforeScrapes(
      {
        read: () => {
          reads += 1;
          return new Promise(() => {});
        },
        fail,
      },
      1,
    );
    for (const round of [1, 2])
      expect([round, await series('test_known')]).toEqual([round, { '': 0 }]);
    expect(reads).toBe(1);
    stopHanging();
  });
});
