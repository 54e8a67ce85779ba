import {
  blankUnspeakable,
  findNameProblem,
  hasHidden,
  isSeen,
  showName,
} from '../../../src/texts/characters.js';

const ALL = Array.from({ length: 0x110000 }, (_, code) => code);
const write = (code: number): string => String.fromCodePoint(code);
const name = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

/** XML 1.0, section 2.2, production 2, without what it advises against. */
const isXml = (code: number): boolean =>
  code === 0x9 ||
  code === 0xa ||
  (code >= 0x20 && code < 0x7f) ||
  (code > 0x9f && code < 0xd800) ||
  (code > 0xdfff && (code & 0xfffe) !== 0xfffe && !(code >= 0xfdd0 && code <= 0xfdef));

describe('a text', () => {
  test('keeps every character that XML holds, and has a blank or a line break for every other', () => {
    const wrong = ALL.filter((code) => {
      const became = blankUnspeakable(`a${write(code)}b`).slice(1, -1);
      if ([0xd, 0x85, 0x2028, 0x2029].includes(code)) return became !== '\n';
      return became !== (isXml(code) ? write(code) : ' ');
    });
    expect(wrong.map(name)).toEqual([]);
  });

  test('of a log keeps what can be read of it', () => {
    expect(blankUnspeakable('db-1 \u001b[31mDOWN\r\nnow\rand\u2028then\0')).toBe(
      'db-1  [31mDOWN\nnow\nand\nthen ',
    );
    expect(blankUnspeakable('\ud83d and \udd14 and 🔔')).toBe('  and   and 🔔');
  });
});

describe('a name', () => {
  test('is refused with any control, format, private or ignored character between its letters', () => {
    const kinds =
      /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/u;
    const taken = ALL.filter(
      (code) => kinds.test(write(code)) && findNameProblem(`a${write(code)}b`) === undefined,
    );
    expect(taken.map(name)).toEqual([]);
  });

  test('is taken with any letter, mark, number, sign or blank that is none of these', () => {
    const kinds = /[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]/u;
    const refused = ALL.filter(
      (code) =>
        kinds.test(write(code)) &&
        !/\p{Default_Ignorable_Code_Point}/u.test(write(code)) &&
        findNameProblem(`a${write(code)}b`) !== undefined,
    );
    expect(refused.map(name)).toEqual([
      'U+2800',
      'U+FFFC',
      'U+13441',
      'U+13442',
      'U+16FE4',
      'U+1D159',
    ]);
  });

  test.each([
    'Ann',
    'O’Brien-Müller',
    'Иван',
    '李',
    '山田　太郎',
    'ישראל',
    'محمد',
    'علی\u200cرضا', // Persian: what is written apart without a blank
    'ক্\u200dষ',
    'മോഹന്\u200d', // an old chillu at the end of a word
    'രാജ്\u200c', // a virama that is to be seen there
    'শরত্\u200d', // an old khanda ta
    'علیِ\u200cرضا', // with a vowel, which is of several scripts
    '葛\u{e0100}城', // the form of a character in a Japanese name
    '👨\u200d👩\u200d👧\u200d👦',
    '👩🏽\u200d🚀',
    '🏳\ufe0f\u200d🌈',
    'Ann ❤\ufe0f',
    '1\ufe0f\u20e3',
    '🇩🇪',
    '?',
  ])('%s is taken as it is, and shown as it is', (one) => {
    expect(findNameProblem(one)).toBeUndefined();
    expect(showName(one)).toBe(one);
  });

  test.each([
    ['a zero-width blank', 'A\u200bnn', 'Ann'],
    ['a letter that is nothing (Hangul)', '\u3164', '?'],
    ['a blank of Braille', '\u2800\u2800', '?'],
    ['the mark of an Arabic letter alone', '\u061c', '?'],
    ['a mark that turns right to left', 'Ann\u200f', 'Ann'],
    ['an override', '\u202ennA', 'nnA'],
    ['an isolate', '\u2066Ann\u2069', 'Ann'],
    ['tags', 'Ann\u{e0041}\u{e0042}', 'Ann'],
    ['a flag made of tags', '🏴\u{e0067}\u{e0062}\u{e007f}', '🏴'],
    ['a soft hyphen', 'An\u00adn', 'Ann'],
    ['a byte-order mark', '\ufeffAnn', 'Ann'],
    ['a joiner between Latin letters', 'A\u200dnn', 'Ann'],
    ['a selector after a Latin letter', 'A\ufe0fnn', 'Ann'],
    ['a joiner at its end', 'علی\u200c', 'علی'],
    ['a joiner after an accent', 'e\u0301\u200cx', 'e\u0301x'],
    ['two joiners', 'علی\u200c\u200cرضا', 'علیرضا'],
    ['a joiner after an emoji, and nothing', '👨\u200d', '👨'],
    ['nothing but an accent', '\u0301', '?'],
    ['nothing', '', '?'],
    ['blanks', ' \u3000 ', '?'],
    ['a line break', 'Ann\nConfirm', 'Ann Confirm'],
    ['an escape', 'Ann\u001b[31m', 'Ann [31m'],
    ['NUL', 'Ann\0', 'Ann'],
    ['half a pair', 'Ann\ud83d', 'Ann'],
    ['a noncharacter', 'Ann\ufffe', 'Ann'],
    ['a private character', 'Ann\uf8ff', 'Ann'],
  ])('with %s is refused; one from before is shown without', (_what, one, shown) => {
    expect(findNameProblem(one)).toEqual(expect.any(String));
    expect(showName(one)).toBe(shown);
    expect(hasHidden(showName(one))).toBe(false);
  });
});

test('there is something to be seen, or not', () => {
  for (const seen of ['a', '1', '.', '🔔', '\u200bx']) expect(isSeen(seen)).toBe(true);
  for (const unseen of ['', ' ', '\n', '\u200b', '\u3164', '\u2800', '\u0301', '\u{e0041}'])
    expect(isSeen(unseen)).toBe(false);
});
