import { readTyped } from '../../../src/plaintext/typed-digits.js';

const every = (is: RegExp): string[] =>
  Array.from({ length: 0x110000 }, (_, code) => code)
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code))
    .filter((sign) => is.test(sign));

describe('what people type or paste', () => {
  test('has the digits of every script, each by its value', () => {
    const digits = every(/\p{Nd}/u);
    expect(digits.length).toBeGreaterThan(600);
    for (let i = 0; i < digits.length; i += 10)
      expect(digits.slice(i, i + 10).map(readTyped)).toEqual([...'0123456789']);
    // Unicode's own compatibility forms say the same of those that have one.
    for (const digit of digits.filter((sign) => /^\d$/.test(sign.normalize('NFKC'))))
      expect(readTyped(digit)).toBe(digit.normalize('NFKC'));
  });

  test('has no digit where no decimal digit stands: circled, superscript, fractions, any sign', () => {
    const others = every(/\P{Nd}/u);
    expect(others.filter((sign) => /^\d+$/.test(readTyped(sign)))).toEqual([]);
    for (const sign of '①¹₁½Ⅷ⒈⑴❶🄁') expect(readTyped(sign)).toBe(sign);
  });

  test.each([
    ['marks of direction', '\u200e\u200f\u061c'],
    ['embeddings and overrides', '\u202a\u202b\u202c\u202d\u202e'],
    ['isolates', '\u2066\u2067\u2068\u2069'],
    ['a soft hyphen', '\u00ad'],
    ['zero-width blanks and joiners', '\u200b\u200c\u200d\u2060\ufeff'],
    ['variation selectors', '\ufe0e\ufe0f\u{e0100}'],
  ])('is read without %s', (_, marks) => {
    for (const mark of marks) expect(readTyped(`${mark}+1${mark}2${mark}`)).toBe('+12');
  });

  test('has one dash, one blank and one plus', () => {
    expect(every(/\p{Pd}/u).filter((dash) => readTyped(dash) !== '-')).toEqual([]);
    for (const dash of '\u2012\u2212\u30fc\uff70\u02d7\u2043\u2500')
      expect(readTyped(dash)).toBe('-');
    expect(every(/\s/u).filter((blank) => !/^1 *2$/.test(readTyped(`1${blank}2`)))).toEqual([]);
    expect(readTyped('\u00a0＋（１）．２ ')).toBe('+(1).2');
  });

  test('keeps all else, for whoever reads it to refuse', () => {
    for (const text of ['1\u00002', '1a', '1️⃣'.replace('\ufe0f', ''), '+1;ext=5', '+1\u20282x'])
      expect(readTyped(text)).not.toMatch(/^[\d +-]*$/);
  });
});
