import { createHmac, randomBytes } from 'node:crypto';
import { askedDigit } from '../../../src/calls/asked-digit.js';

const secrets = Array.from({ length: 5_000 }, () => randomBytes(32).toString('base64url'));

test('a digit follows from the secret, the turn and the wrong keys alone', () => {
  const hash = createHmac('sha256', 'secret')
    .update('dingline asked digit 1\0' + '2\0' + '7')
    .digest();
  expect(askedDigit('secret', 2, '7')).toBe('012345689'[hash.readUIntBE(0, 6) % 9]);
  expect(askedDigit('secret', 2, '7')).toBe(askedDigit('secret', 2, '7'));
});

test('all ten digits are asked for, none much more often than another', () => {
  const counts = new Map<string, number>();
  for (const secret of secrets)
    counts.set(askedDigit(secret, 1), (counts.get(askedDigit(secret, 1)) ?? 0) + 1);
  expect([...counts.keys()].sort().join('')).toBe('0123456789');
  for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(150); // seven standard deviations
});

test('each turn asks for another digit, as far as chance goes', () => {
  const same = secrets.filter((secret) => askedDigit(secret, 1) === askedDigit(secret, 2)).length;
  expect(Math.abs(same - 500)).toBeLessThan(150);
});

test('a wrong key is not asked for afterwards', () => {
  const askedAgain = secrets.flatMap((secret) =>
    ['4', '*', '#', '09'].filter((wrong) => wrong.includes(askedDigit(secret, 2, wrong))),
  );
  expect(askedAgain).toEqual([]);
});
