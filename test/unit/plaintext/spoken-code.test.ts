import { randomBytes, randomUUID } from 'node:crypto';
import { Code } from '../../../src/plaintext/code.js';
import { openSpoken, sealSpoken } from '../../../src/plaintext/spoken-code.js';

const capability = randomBytes(32).toString('base64url');
const handoffId = randomUUID();
const codeOf = (text: string): Code => Code.parse(text) as Code;

test('what was sealed for a call opens with the capability in its URL, whatever the length', () => {
  for (const text of ['1234', '004711', '0123456789']) {
    const sealed = sealSpoken(codeOf(text), capability, handoffId);
    expect(sealed).toHaveLength(45); // the length says nothing
    expect(openSpoken(sealed, capability, handoffId).forCarrier()).toBe(text);
  }
});

test('it opens with no other capability and for no other call', () => {
  const sealed = sealSpoken(codeOf('123456'), capability, handoffId);
  for (const [other, id] of [
    [randomBytes(32).toString('base64url'), handoffId],
    [`${capability}A`, handoffId],
    ['', handoffId],
    [capability, randomUUID()],
  ] as const) {
    expect(() => openSpoken(sealed, other, id)).toThrow();
  }
});

test('it does not open when any bit of it is changed', () => {
  const sealed = sealSpoken(codeOf('123456'), capability, handoffId);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const altered = Buffer.from(sealed);
    altered[bit >> 3] = (altered[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(() => openSpoken(altered, capability, handoffId)).toThrow();
  }
  expect(() => openSpoken(sealed.subarray(1), capability, handoffId)).toThrow();
});

test('it is never the same twice', () => {
  expect(
    new Set(
      Array.from({ length: 200 }, () =>
        sealSpoken(codeOf('123456'), capability, handoffId).toString('hex'),
      ),
    ).size,
  ).toBe(200);
});
