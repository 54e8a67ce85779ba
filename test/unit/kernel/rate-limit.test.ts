import fc from 'fast-check';
import { nextAllowedAt, type Rule } from '../../../src/kernel/rate-limit.js';

const now = new Date('2026-03-01T12:00:00Z');
const rules = fc.array(
  fc.record({ max: fc.integer({ min: 1, max: 6 }), windowMs: fc.integer({ min: 1, max: 100 }) }),
  { minLength: 1, maxLength: 3 },
);
const hits = fc.array(
  fc.integer({ min: -150, max: 0 }).map((offset) => new Date(now.getTime() + offset)),
  { maxLength: 15 },
);

/** The rule in words: fewer than `max` hits in the window that ends at `at`. */
const isAllowed = (before: readonly Date[], all: readonly Rule[], at: number): boolean =>
  all.every(
    ({ max, windowMs }) => before.filter((hit) => hit.getTime() > at - windowMs).length < max,
  );

test('the time that is named is the first at which every rule holds', () => {
  fc.assert(
    fc.property(hits, rules, (before, all) => {
      const at = nextAllowedAt(before, all, now).getTime();
      expect(at).toBeGreaterThanOrEqual(now.getTime());
      expect(isAllowed(before, all, at)).toBe(true);
      for (let earlier = now.getTime(); earlier < at; earlier++)
        expect(isAllowed(before, all, earlier)).toBe(false);
    }),
  );
});

test('whoever waits as told never exceeds a limit in any window', () => {
  fc.assert(
    fc.property(
      rules,
      fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 20 }),
      (all, waits) => {
        const taken: Date[] = [];
        let time = now;
        for (const wait of waits) {
          time = nextAllowedAt(taken, all, new Date(time.getTime() + wait));
          taken.push(time);
        }
        for (const { max, windowMs } of all) {
          for (const end of taken)
            expect(
              taken.filter((hit) => hit <= end && hit.getTime() > end.getTime() - windowMs).length,
            ).toBeLessThanOrEqual(max);
        }
      },
    ),
  );
});

test('the order in which hits are told does not matter', () => {
  fc.assert(
    fc.property(hits, rules, (before, all) => {
      expect(nextAllowedAt([...before].reverse(), all, now)).toEqual(
        nextAllowedAt(before, all, now),
      );
    }),
  );
});
