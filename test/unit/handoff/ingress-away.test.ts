import { addFailure, type Failures, isIngressAway } from '../../../src/handoff/ingress-away.js';

const at = (seconds: number): Date => new Date(1_700_000_000_000 + seconds * 1_000);
const fail = (...seconds: number[]): Failures | undefined =>
  seconds.reduce<Failures | undefined>((before, one) => addFailure(before, at(one)), undefined);

test('one failure is chance, and two in a row are none', () => {
  expect(isIngressAway(undefined, undefined, at(0))).toBe(false);
  expect(isIngressAway(fail(0), undefined, at(0))).toBe(false);
  expect(isIngressAway(fail(0, 1), undefined, at(1))).toBe(true);
});

test('a callback before the first failure says nothing; one since then holds for a minute', () => {
  const failures = fail(10, 11, 16);
  expect(isIngressAway(failures, at(9), at(16))).toBe(true);
  expect(isIngressAway(failures, at(10), at(16))).toBe(true);
  expect(isIngressAway(failures, at(10.5), at(16))).toBe(false);
  expect(isIngressAway(failures, at(12), at(72))).toBe(false);
  expect(isIngressAway(failures, at(12), at(72.001))).toBe(true);
});

test('failures in a row count from the first of them', () => {
  expect(fail(10, 11, 16)).toEqual({ count: 3, since: at(10) });
});
