import { getCountries } from 'libphonenumber-js/max';
import { findUnmatched } from '../../../src/plaintext/shared-plans.js';

const named = (...countries: string[]): string[] =>
  findUnmatched(countries).map(({ country, takenAs }) => `${country} as ${takenAs ?? 'none'}`);

describe('a country on a list that lets no mobile in', () => {
  test.each([
    ['MF', 'MF as GP'],
    ['BL', 'BL as GP'],
    ['AX', 'AX as FI'],
    ['SJ', 'SJ as NO'],
    ['VA', 'VA as IT'],
    ['EH', 'EH as MA'],
    ['CC', 'CC as AU'],
    ['CX', 'CX as AU'],
  ])('is %s', (country, found) => expect(named('DE', country)).toEqual([found]));

  test('is none whose main country is on the list too: its mobiles are let in by that', () => {
    expect(named('MF', 'GP', 'AX', 'FI')).toEqual([]);
    expect(named('MF', 'BL')).toEqual(['MF as GP', 'BL as GP']);
  });

  test('is none whose mobiles are told by their first digits, though not all of them', () => {
    expect(named('IM', 'GG', 'JE', 'KZ', 'CA', 'PR', 'YT')).toEqual([]);
  });

  test('is none on a list of all countries, or none', () => {
    expect(named(...getCountries())).toEqual([]);
    expect(named()).toEqual([]);
  });
});
