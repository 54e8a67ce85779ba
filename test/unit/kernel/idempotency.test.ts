import fc from 'fast-check';
import { candidates } from '../../../src/kernel/idempotency.js';

const today = Buffer.from('today');
const yesterday = Buffer.from('yesterday');

describe('two requests are the same request', () => {
  const same = (a: unknown, b: unknown): boolean =>
    candidates('POST /v1/x', a)[0] === candidates('POST /v1/x', b)[0];

  test('whatever the order of their fields, and whether an optional one is left out or undefined', () => {
    expect(same({ a: 1, b: { c: [1, 2], d: 'e' } }, { b: { d: 'e', c: [1, 2] }, a: 1 })).toBe(true);
    expect(same({ a: 1 }, { a: 1, b: undefined })).toBe(true);
  });

  test('but not with another value, another type, another order in a list, another nesting', () => {
    for (const [a, b] of [
      [{ a: 1 }, { a: 2 }],
      [{ a: 1 }, { a: '1' }],
      [
        [1, 2],
        [2, 1],
      ],
      [{ a: { b: 1 } }, { a: 1, b: 1 }],
      [{ a: null }, {}],
      [['a,b'], ['a', 'b']],
    ]) {
      expect(same(a, b)).toBe(false);
    }
  });

  test('only at the same address', () =>
    expect(candidates('POST /v1/x', {})).not.toEqual(candidates('POST /v1/y', {})));

  test('exactly if JSON says that they mean the same', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const sorted = (value: unknown): string =>
          JSON.stringify(value, (_, part: unknown) =>
            typeof part === 'object' && part !== null && !Array.isArray(part)
              ? Object.fromEntries(
                  Object.entries(part)
                    .sort(([x], [y]) => (x < y ? -1 : 1))
                    .map(([k, v]) => [` ${k}`, v]),
                )
              : part,
          );
        return same(a, b) === (sorted(a) === sorted(b)) && same(a, JSON.parse(JSON.stringify(a)));
      }),
    );
  });
});

describe('a number in a body is told apart by its keyed hashes', () => {
  const body = (...fingerprints: Buffer[]) => ({
    number: { fingerprints, secret: '+447700900123' },
    language: 'en',
  });

  test('of today first, then of yesterday: a replay after midnight finds what was written before', () => {
    const before = candidates('r', body(yesterday, Buffer.from('the day before')))[0];
    const after = candidates('r', body(today, yesterday));
    expect(after).toHaveLength(2);
    expect(after[0]).not.toBe(before);
    expect(after[1]).toBe(before);
  });

  test('and by nothing else of it', () =>
    expect(candidates('r', body(today)).join()).not.toContain('447700900123'));

  test('which no body that is JSON can imitate', () => {
    const [real] = candidates('r', body(today));
    for (const fake of [
      { fingerprint: today.toString('base64') },
      { fingerprints: [today.toString('base64')] },
      { fingerprints: [] },
    ]) {
      expect(candidates('r', { number: fake, language: 'en' })[0]).not.toBe(real);
    }
  });

  test('without any it is an error, not a fingerprint that all share', () => {
    class Submitted {
      readonly fingerprints: Buffer[] = [];
    }
    expect(() => candidates('r', { number: new Submitted() })).toThrow('no fingerprint');
  });
});
