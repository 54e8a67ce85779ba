import type { CallMoment } from '../../../../src/calls/call-script.js';
import type { CallContext } from '../../../../src/calls/outage-script.js';
import {
  keyMoment,
  keysAddress,
  parseCallContext,
  contextQuery,
  parseRetry,
  sameAddress,
} from '../../../../src/plaintext/carriers/call-context.js';

const query = (address: string): Record<string, string> =>
  Object.fromEntries(new URL(address, 'http://x/carrier/c/answer').searchParams);
const lines: CallContext[] = [
  { language: 'en', about: 'ding' },
  { language: 'zh', about: 'verification' },
  { language: 'zh', about: undefined },
];

test.each(lines)('what a call is about comes back as it was given (%j)', (line) => {
  expect(parseCallContext(query(`answer?${contextQuery(line)}`))).toEqual(line);
  expect(parseCallContext(query(keysAddress(line, { turn: 3 })))).toEqual(line);
});

test.each<CallMoment>([
  { kind: 'key', digit: '1', turn: 1 },
  { kind: 'key', digit: '#', turn: 12 },
  { kind: 'key', digit: '*', turn: 2, wrongKeys: '#' },
  { kind: 'key', digit: undefined, turn: 4, wrongKeys: '7' },
])('a moment comes back from an outage as it was (%j)', (moment) => {
  const back = query(sameAddress({ language: 'en', about: 'ding' }, moment, 2));
  expect(keyMoment(back, undefined)).toEqual(moment);
  expect(parseRetry(back)).toBe(2);
});

test('a key that is pressed counts, and the retries begin anew', () => {
  const back = query(keysAddress({ language: 'en', about: 'ding' }, { turn: 2, wrongKeys: '7' }));
  expect(keyMoment(back, '5')).toEqual({ kind: 'key', digit: '5', turn: 2, wrongKeys: '7' });
  expect(parseRetry(back)).toBe(0);
});

test('what is no key, turn or language of ours means none, the first and English', () => {
  for (const strange of ['12', 'A', '', ' ', ['1'], undefined, '１'])
    expect(keyMoment({ turn: 'x' }, strange)).toEqual({ kind: 'key', digit: undefined, turn: 1 });
  expect(keyMoment({ turn: '-1', digit: 'no', wrong: 'x7' }, undefined)).toEqual({
    kind: 'key',
    digit: undefined,
    turn: 1,
  });
  expect(parseCallContext({ lang: 'tlh', for: 'sale' })).toEqual({
    language: 'en',
    about: undefined,
  });
  expect([parseRetry({ retry: '9'.repeat(40) }), parseRetry({ retry: '-1' })]).toEqual([0, 0]);
});
