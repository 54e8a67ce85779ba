import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { bindCode, Code } from '../../../src/plaintext/code.js';

const pepper = Buffer.alloc(32, 7);
const parse = (text: string): Code => {
  const code = Code.parse(text);
  if (code === undefined) throw new Error('refused');
  return code;
};

describe('a code', () => {
  test('has six digits, leading zeros included, and is not twice the same', () => {
    const codes = Array.from({ length: 2_000 }, () => Code.random(6).forCarrier());
    for (const code of codes) expect(code).toMatch(/^\d{6}$/);
    for (const digits of [4, 10]) expect(Code.random(digits).forCarrier()).toHaveLength(digits);
    expect(codes.some((code) => code.startsWith('0'))).toBe(true);
    expect(new Set(codes).size).toBeGreaterThan(1_980); // 2,000 draws of a million: 2 pairs expected
  });

  test.each([
    ['123456', '123456'],
    ['1234', '1234'],
    ['0123456789', '0123456789'],
    [' 123 456 ', '123456'],
    ['123-456', '123456'],
    ['１２３４５６', '123456'],
    ['१२३४५६', '123456'],
    ['١٢٣ ٤٥٦', '123456'],
    ['\u2068123\u2013456\u2069', '123456'],
    ['1\u20122\u22123\u30fc4\u00ad5\u200b6', '123456'],
    ['123\u00a0456\ufe0f', '123456'],
  ])('is read from %j', (text, digits) => expect(parse(text).forCarrier()).toBe(digits));

  test.each([
    ['123'],
    ['12345678901'],
    ['12345a'],
    [''],
    ['12345⑥'],
    ['12345⁶'],
    ['1'.repeat(5_000)],
    ['123456\u0000'],
  ])('is not read from %j', (text) => expect(Code.parse(text)).toBeUndefined());

  test('is never printed', () => {
    const code = parse('123456');
    const printed = [
      `${code}`,
      JSON.stringify({ code }),
      inspect({ code }, { showHidden: true }),
      inspect(new Error('x', { cause: code })),
    ].join('\n');
    expect(printed).toContain('<redacted>');
    expect(printed).not.toMatch(/123/);
  });

  test('is stored as HMAC(HMAC(pepper, code), verification id)', () => {
    const id = '018f0000-0000-7000-8000-000000000001';
    const expected = createHmac('sha256', createHmac('sha256', pepper).update('123456').digest())
      .update(id)
      .digest();
    expect(bindCode(parse('123456').hashUnder(pepper), id)).toEqual(expected);
  });

  test('matches only itself, at its own verification, under its own pepper', () => {
    const stored = bindCode(parse('123456').hashUnder(pepper), 'a');
    expect(bindCode(parse('123456').hashUnder(pepper), 'a')).toEqual(stored);
    expect(bindCode(parse('123457').hashUnder(pepper), 'a')).not.toEqual(stored);
    expect(bindCode(parse('123456').hashUnder(pepper), 'b')).not.toEqual(stored);
    expect(bindCode(parse('123456').hashUnder(Buffer.alloc(32, 8)), 'a')).not.toEqual(stored);
  });

  test('comes back from storage as it went', () => {
    expect(Code.fromStored(parse('001234').forStorage()).forCarrier()).toBe('001234');
    expect(() => Code.fromStored(Buffer.from('+12025550123'))).toThrow(
      /^what was opened is not a code$/,
    );
  });
});
