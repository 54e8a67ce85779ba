import { parseRetryAfter } from '../../../../../src/plaintext/carriers/twilio/retry-after.js';

const DATE = 'Mon, 30 Nov 2026 12:00:00 GMT';

test.each([
  ['20', undefined, 20_000],
  [' 7 ', DATE, 7_000],
  ['Mon, 30 Nov 2026 12:01:30 GMT', DATE, 90_000],
  // Nothing of ours waits longer than a day, and a time must stay one that can be written.
  ['99999999999999999999', DATE, 86_400_000],
  ['Mon, 30 Nov 2126 12:00:00 GMT', DATE, 86_400_000],
])('a carrier that says %s, at %s, asks to be left alone for %i ms', (retryAfter, date, ms) => {
  expect(parseRetryAfter(retryAfter, date)).toBe(ms);
});

test.each([
  [undefined, DATE],
  ['', DATE],
  ['0', DATE],
  ['-5', DATE],
  ['1.5', DATE],
  ['soon', DATE],
  [['20', '30'], DATE],
  ['Mon, 30 Nov 2026 12:01:30 GMT', undefined],
  ['Mon, 30 Nov 2026 11:59:59 GMT', DATE],
])('%j, at %s, asks for nothing', (retryAfter, date) => {
  expect(parseRetryAfter(retryAfter, date)).toBeUndefined();
});
