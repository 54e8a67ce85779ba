import { guessCountry, readNumber, typeNumber } from '../../../src/web/app/pages/number/typing.js';

const IN_US = { country: 'US', text: '' } as const;
const IN_GERMANY = { country: 'DE', text: '' } as const;

it.each([
  ['as it is dialled at home', IN_US, '(202) 555-0143', '+12025550143'],
  ['with its country', IN_US, '+49 30 901820', '+4930901820'],
  ['with 00 in place of the +', IN_GERMANY, '0033 1 42 68 53 00', '+33142685300'],
  ['from a link', IN_US, 'tel:+1-202-555-0143', '+12025550143'],
  [
    'between marks that a contact list puts',
    IN_US,
    '\u202a+1 202\u00a0555\u20110143\u202c',
    '+12025550143',
  ],
  ['in other digits', IN_US, '＋８１ ３ １２３４ ５６７８', '+81312345678'],
  ['with the zero of its country', IN_GERMANY, '030 901820', '+4930901820'],
])('a number that is pasted %s is read', (_, before, text, number) => {
  expect(readNumber(typeNumber(before, text))).toBe(number);
});

it('a number in international form chooses its country', () => {
  expect(typeNumber(IN_US, '+49 30 901820').country).toBe('DE');
  expect(typeNumber(IN_US, '+').country).toBe('US');
});

it('what is typed at the end is formatted; what is corrected within stays where it is', () => {
  const typed = [...'2025550143'].reduce<{ country: 'US'; text: string }>(
    (before, digit) => typeNumber(before, before.text + digit) as typeof before,
    IN_US,
  );
  expect(typed.text).toBe('(202) 555-0143');
  expect(typeNumber(typed, '(202) 555-014').text).toBe('(202) 555-014');
  expect(typeNumber(typed, '(202) 5555-0143', false).text).toBe('(202) 5555-0143');
});

it('what is no number is sent as it was typed, for the server to refuse', () => {
  expect(readNumber(typeNumber(IN_US, 'my phone'))).toBe('my phone');
});

it.each([
  [['de-AT', 'en'], 'AT'],
  [['ja'], 'JP'],
  [['x-nonsense-', 'fr-CA'], 'CA'],
  [[], 'US'],
])('the languages %j point to %s', (languages, country) => {
  expect(guessCountry(languages)).toBe(country);
});
