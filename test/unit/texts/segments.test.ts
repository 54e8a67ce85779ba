import { cutToUnits, findLongestBeginning, measureSms } from '../../../src/texts/segments.js';

const FAMILY = '👨‍👩‍👧‍👦';

test.each([
  ['nothing', '', 'GSM-7', 0, 1],
  ['160 septets', 'a'.repeat(160), 'GSM-7', 160, 1],
  ['161 septets', 'a'.repeat(161), 'GSM-7', 161, 2],
  ['two full segments of several', 'a'.repeat(306), 'GSM-7', 306, 2],
  ['one septet more', 'a'.repeat(307), 'GSM-7', 307, 3],
  ['an extension character within 160', `${'a'.repeat(158)}€`, 'GSM-7', 160, 1],
  ['an extension character beyond', `${'a'.repeat(159)}€`, 'GSM-7', 161, 2],
  ['an escape that would be split', `${'a'.repeat(152)}€${'a'.repeat(152)}`, 'GSM-7', 306, 3],
  ['all accents of the basic table', '@£$¥èéùìòÇØøÅåÆæßÉÄÖÑÜäöñüà', 'GSM-7', 27, 1],
  ['70 characters of UCS-2', '码'.repeat(70), 'UCS-2', 70, 1],
  ['71 characters of UCS-2', '码'.repeat(71), 'UCS-2', 71, 2],
  ['134 characters of UCS-2', '码'.repeat(134), 'UCS-2', 134, 2],
  ['135 characters of UCS-2', '码'.repeat(135), 'UCS-2', 135, 3],
  ['a surrogate pair, which counts two', '🔔'.repeat(35), 'UCS-2', 70, 1],
  ['a surrogate pair beyond', `${'🔔'.repeat(35)}a`, 'UCS-2', 71, 2],
  [
    'a surrogate pair that would be split',
    `${'a'.repeat(66)}🔔${'码'.repeat(66)}`,
    'UCS-2',
    134,
    3,
  ],
  [
    'an emoji of several that would be split',
    `${'码'.repeat(60)}${FAMILY}${'码'.repeat(60)}`,
    'UCS-2',
    131,
    3,
  ],
  ['a letter that no segment holds', `${'码'.repeat(66)}e${'\u0301'.repeat(134)}`, 'UCS-2', 201, 3],
  ...['ê', 'ç', 'á', 'í', 'ó', 'ú', '…', '`'].map(
    (one) => [`${one}, which is in no table`, `a${one}`, 'UCS-2', 2, 1] as const,
  ),
] as const)('%s', (_title, text, alphabet, units, segments) => {
  expect(measureSms(text)).toEqual({ alphabet, units, segments });
});

test('the longest beginning ends between two characters, and one more would be a segment too many', () => {
  const write = (beginning: string) => `${beginning}!`;
  expect(findLongestBeginning('a'.repeat(500), 2, write)).toBe('a'.repeat(305));
  expect(findLongestBeginning('€'.repeat(500), 1, write)).toBe('€'.repeat(79));
  expect(findLongestBeginning(FAMILY.repeat(20), 1, write)).toBe(FAMILY.repeat(6));
  expect(findLongestBeginning('e\u0301'.repeat(100), 1, write)).toBe('e\u0301'.repeat(34));
  expect(findLongestBeginning('abc', 1, write)).toBe('abc');
  expect(findLongestBeginning('abc', 1, (text) => text + 'x'.repeat(160))).toBe('');
  expect(findLongestBeginning('', 1, write)).toBe('');
});

test('what is cut to a length ends between two characters', () => {
  expect(cutToUnits('Ann', 3)).toBe('Ann');
  expect(cutToUnits('Anne', 3)).toBe('Ann');
  expect(cutToUnits(`Ann${FAMILY}`, 13)).toBe('Ann');
  expect(cutToUnits(FAMILY, 10)).toBe('');
});
