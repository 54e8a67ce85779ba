import { type Comparable, listSince, match } from '../../../src/handoff/matching.js';

const ATTEMPT = new Date('2026-11-30T12:00:00.700Z');
const at = (ms: number): Date => new Date(ATTEMPT.getTime() + ms);
const record = (more: Partial<Comparable> = {}): Comparable => ({
  carrierRef: 'SM1',
  isToIt: true,
  isFromUs: true,
  createdAt: at(900),
  ...more,
});
const look = (
  records: readonly Comparable[],
  { bound = [], rivals = 0 }: { bound?: string[]; rivals?: number } = {},
) => match(records, { attemptAt: ATTEMPT, boundRefs: new Set(bound), rivals });
const NONE = { kind: 'none' };
const UNCLEAR = { kind: 'unclear' };

describe('what of a list a hand-off is', () => {
  test('one that went to its number since the attempt is it', () => {
    expect(look([record()])).toEqual({ kind: 'one', carrierRef: 'SM1' });
  });

  test.each<[string, Partial<Comparable>]>([
    ['its sender is not said, as with a Messaging Service', { isFromUs: undefined }],
    ["the carrier's time is in whole seconds, and so a little earlier", { createdAt: at(-700) }],
    ["the carrier's clock is some seconds behind", { createdAt: at(-4_000) }],
    ['it was taken long after it was sent', { createdAt: at(90_000) }],
  ])('also where %s', (_, more) => {
    expect(look([record(more)])).toEqual({ kind: 'one', carrierRef: 'SM1' });
  });

  test.each<[string, Partial<Comparable>]>([
    ['went to another number, the filter having been ignored', { isToIt: false }],
    ['came from another sender', { isFromUs: false }],
    ['was made before, whatever the clocks say', { createdAt: at(-600_001) }],
  ])('what %s is none of it', (_, more) => {
    expect(look([record(more)])).toEqual(NONE);
    const own = record({ carrierRef: 'SM2' });
    expect(look([record(more), own])).toEqual({ kind: 'one', carrierRef: 'SM2' });
  });

  test("what is another hand-off's is left out", () => {
    expect(look([record()], { bound: ['SM1'] })).toEqual(NONE);
    expect(look([record(), record({ carrierRef: 'SM2' })], { bound: ['SM1'] })).toEqual({
      kind: 'one',
      carrierRef: 'SM2',
    });
  });

  test.each<[string, Partial<Comparable>]>([
    ['no number can be read', { isToIt: undefined }],
    ['no time can be read', { createdAt: undefined }],
    ['it was made a little before, which a clock may say wrongly', { createdAt: at(-60_000) }],
    ['it was made nearly ten minutes before', { createdAt: at(-599_000) }],
  ])('nothing follows where %s: it may be there', (_, more) => {
    expect(look([record(more)])).toEqual(UNCLEAR);
    expect(look([record(), record({ carrierRef: 'SM2', ...more })])).toEqual(UNCLEAR);
  });

  test('of several nothing follows', () => {
    expect(look([record(), record({ carrierRef: 'SM2' })])).toEqual(UNCLEAR);
  });

  test('one may be that of another without an id; none is none for both', () => {
    expect(look([record()], { rivals: 1 })).toEqual(UNCLEAR);
    expect(look([], { rivals: 1 })).toEqual(NONE);
  });

  test('a list is read as far back as doubts reach', () => {
    expect(listSince(ATTEMPT)).toEqual(at(-600_000));
  });
});
