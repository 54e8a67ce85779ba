import fc from 'fast-check';
import {
  decodePosition,
  encodePosition,
  isAsNew,
  isSeen,
  newerSnapshot,
  parseSnapshot,
  printSnapshot,
  type Position,
  type Snapshot,
} from '../../../src/realtime/position.js';
import { runs } from '../../support/runs.js';

const AT = new Date('2026-03-01T12:00:00Z');
const snapshot = (text: string): Snapshot => parseSnapshot(text);

/** A server's life: transactions begin in order and end in any; each step's snapshot, and what had ended by then. */
const life = fc
  .array(fc.oneof(fc.constant('begin' as const), fc.nat({ max: 5 })), {
    minLength: 1,
    maxLength: 40,
  })
  .map((steps) => {
    let next = 1_000n;
    let completed = 999n;
    const running: bigint[] = [];
    const ended = new Set<bigint>();
    const take = (): { snapshot: Snapshot; ended: Set<bigint> } => {
      const xmax = completed + 1n;
      const below = running.filter((xid) => xid < xmax);
      return { snapshot: { xmin: below[0] ?? xmax, xmax, running: below }, ended: new Set(ended) };
    };
    const seen = [take()];
    for (const step of steps) {
      if (step === 'begin') running.push(next++);
      else {
        const [xid] = running.splice(step % Math.max(1, running.length), 1);
        if (xid !== undefined) {
          ended.add(xid);
          if (xid > completed) completed = xid;
        }
      }
      seen.push(take());
    }
    return { seen, last: next };
  });

describe('a snapshot', () => {
  test('shows exactly the transactions that had ended', () => {
    fc.assert(
      fc.property(life, ({ seen, last }) => {
        for (const { snapshot: one, ended } of seen) {
          const all = Array.from({ length: Number(last - 1_000n) }, (_, i) => 1_000n + BigInt(i));
          expect(all.filter((xid) => isSeen(xid, one) !== ended.has(xid))).toEqual([]);
        }
      }),
    );
  });

  test('is as new as another if it shows all that the other does', () => {
    fc.assert(
      fc.property(life, ({ seen }) => {
        for (const [i, a] of seen.entries()) {
          const before = seen.slice(0, i + 1);
          expect(before.filter((b) => !isAsNew(a.snapshot, b.snapshot))).toEqual([]);
          expect(before.map((b) => newerSnapshot(b.snapshot, a.snapshot))).toEqual(
            before.map(() => a.snapshot),
          );
          expect(
            before.filter((b) => a.ended.size > b.ended.size && isAsNew(b.snapshot, a.snapshot)),
          ).toEqual([]);
        }
      }),
    );
  });

  test('is read and written as PostgreSQL does', () => {
    for (const text of [
      '735:735:',
      '735:740:735,738',
      '9007199254740993:9007199254740999:9007199254740995',
    ])
      expect(printSnapshot(snapshot(text))).toBe(text);
  });
});

describe("an event's id", () => {
  const positions: Position[] = [
    { seen: snapshot('735:735:') },
    { seen: snapshot('735:740:735,738'), part: { until: snapshot('738:744:738,741'), id: 12n } },
    {
      seen: snapshot('9007199254740993:9007199254740999:9007199254740995'),
      part: { until: snapshot('9007199254740999:9007199254740999:'), id: 9223372036854775807n },
    },
  ];

  test('gives back the position and the second', () => {
    for (const position of positions)
      expect(decodePosition(encodePosition(position, AT))).toEqual({ position, at: AT });
    fc.assert(
      fc.property(life, fc.bigInt(1n, 2n ** 62n), ({ seen }, id) => {
        const [first, last] = [seen[0]?.snapshot as Snapshot, seen.at(-1)?.snapshot as Snapshot];
        expect(
          decodePosition(encodePosition({ seen: first, part: { until: last, id } }, AT))?.position,
        ).toEqual({ seen: first, part: { until: last, id } });
      }),
    );
  });

  test('is short, of letters, digits, dots and dashes', () => {
    const id = encodePosition(positions[1] as Position, AT);
    expect(id).toMatch(/^[0-9a-z.-]{10,40}$/);
  });

  test.each([
    ['nothing', ''],
    ['a number', '42'],
    ['another version', '2.t3hlc0.kf-0'],
    ['no snapshot', '1.t3hlc0'],
    ['half a part', '1.t3hlc0.kf-0.kf-0'],
    ['a part too many', '1.t3hlc0.kf-0.kf-0.c.c'],
    ['capitals', '1.T3HLC0.kf-0'],
    ['a sign', '1.t3hlc0.kf--1'],
    ['leading zeros', '1.t3hlc0.0kf-0'],
    ['transaction 0, which PostgreSQL refuses', '1.t3hlc0.0-0'],
    ['running transactions out of order', '1.t3hlc0.kf-5-3-1'],
    ['one twice', '1.t3hlc0.kf-5-1-1'],
    ['one that is not before the end', '1.t3hlc0.kf-5-5'],
    ['more than 63 bits', '1.t3hlc0.zzzzzzzzzzzzz-0'],
    ['a width that leads beyond', '1.t3hlc0.1y2p0ij32e8e7-1'],
    ['a second snapshot that is older', '1.t3hlc0.kf-5.kf-3.c'],
    ['a time that no calendar has', '1.zzzzzzzzz.kf-0'],
    ['something endless', `1.t3hlc0.kf-${'0-'.repeat(4_000)}`],
    ['NUL', '1.t3hlc0.kf-0\0'],
  ])('is not taken from %s', (_what, text) => {
    expect(decodePosition(text)).toBeUndefined();
  });

  test('whatever is taken is one that we would have given', () => {
    const digits = fc.string({ unit: fc.constantFrom(...'0123kz-.'.split('')), maxLength: 40 });
    fc.assert(
      fc.property(digits, (text) => {
        const taken = decodePosition(`1.${text}`);
        if (taken !== undefined) expect(encodePosition(taken.position, taken.at)).toBe(`1.${text}`);
      }),
      { numRuns: runs(1_000, 20_000) },
    );
  });
});
