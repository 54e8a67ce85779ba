import { parseReason } from '../../../src/cli/reason.js';
import { UsageError } from '../../../src/cli/usage-error.js';

test('why an operator does something is one line, as those read it whom it is about', () => {
  expect(parseReason(['Ann', 'says:', 'no code'], 200)).toBe('Ann says: no code');
  expect(parseReason([' a\nb\u001b[31m\u202e\u200b '], 200)).toBe('a b [31m');
  expect(parseReason(['x'.repeat(200)], 200)).toHaveLength(200);
});

test.each([[], [''], ['  ', '\t'], ['\u0301'], ['\u200b'], ['\u3164'], ['x'.repeat(201)]])(
  'it can not be %j',
  (...words) => {
    expect(() => parseReason(words, 200)).toThrow(UsageError);
  },
);
