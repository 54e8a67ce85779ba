import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { hmacSha256 } from '../../../src/kernel/digest.js';
import { Redacted } from '../../../src/kernel/redacted.js';
import { Code } from '../../../src/plaintext/code.js';
import { PhoneNumber } from '../../../src/plaintext/phone-number.js';
import { padKey } from '../../../src/plaintext/test-number-rows.service.js';
import { TestNumbers } from '../../../src/plaintext/test-numbers.js';

const pepper = new Redacted<Uint8Array>(Buffer.alloc(32, 3));
const given = new Redacted([
  { e164: '+12025550100', code: '123456' },
  { e164: '+447400123400', code: '0000' },
]);
const number = (e164: string): PhoneNumber => PhoneNumber.parse(e164) as PhoneNumber;

test('a test number is found however it was written, with its own code, and no other is', () => {
  const known = new TestNumbers(given, pepper);
  const [first, second] = known.registered;
  expect(known.findIndex(number('+1 (202) 555-0100'))).toEqual(first?.index);
  expect(known.findIndex(number('+447400123400'))).toEqual(second?.index);
  expect(known.registered.map(({ keyedCode }) => keyedCode)).toEqual(
    ['123456', '0000'].map((digits) => Code.parse(digits)?.hashUnder(pepper.reveal())),
  );
  expect(known.findIndex(number('+12025550101'))).toBeUndefined();
  expect(new TestNumbers(undefined, pepper).findIndex(number('+12025550100'))).toBeUndefined();
});

test("its index is the same in each process, and another number's or pepper's is another", () => {
  const index = (by: TestNumbers, e164: string) => by.findIndex(number(e164))?.toString('hex');
  const one = index(new TestNumbers(given, pepper), '+12025550100');
  expect(one).toMatch(/^[0-9a-f]{64}$/);
  expect(index(new TestNumbers(given, pepper), '+12025550100')).toBe(one);
  expect(index(new TestNumbers(given, pepper), '+447400123400')).not.toBe(one);
  expect(
    index(new TestNumbers(given, new Redacted<Uint8Array>(Buffer.alloc(32, 4))), '+12025550100'),
  ).not.toBe(one);
});

test("a key in two halves is all of an HMAC's: with SHA-256 alone it comes to the same", () => {
  for (const key of [randomBytes(32), randomBytes(20)]) {
    const [inner, outer] = [padKey(key, 0x36), padKey(key, 0x5c)];
    const digest = (...parts: (Buffer | string)[]): Buffer =>
      parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
    expect(digest(outer, digest(inner, 'some text'))).toEqual(hmacSha256(key, 'some text'));
  }
});

test('neither number nor code is printed', () => {
  const known = new TestNumbers(given, pepper);
  expect(inspect(known, { depth: 9, showHidden: true }) + JSON.stringify(known)).not.toMatch(
    /2025550100|7400123400|123456/,
  );
});

test('one that nobody can have is refused at the start by its place, not its value', () => {
  const make = (e164: string) => () =>
    new TestNumbers(
      new Redacted([
        { e164: '+12025550100', code: '123456' },
        { e164, code: '123456' },
      ]),
      pepper,
    );
  for (const e164 of ['+12021', '+18005550199', '+999123456789']) {
    expect(make(e164)).toThrow(
      /^TEST_NUMBERS must be numbers that can be reached: number 2 is none$/,
    );
    expect(make(e164)).not.toThrow(e164);
  }
});
