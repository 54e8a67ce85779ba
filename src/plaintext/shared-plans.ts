import {
  type CountryCode,
  getCountryCallingCode,
  getExampleNumber,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/mobile/examples';

/** A country of an allow-list that lets no mobile in. */
export interface UnmatchedCountry {
  country: string;
  /** Its mobiles are taken as this one's, if they are anyone's. */
  takenAs: string | undefined;
}

/**
 * Finds the countries of an allow-list that let no mobile in: where countries share a calling code
 * and a plan (GP, BL and MF), a mobile doesn't tell which it is of, and is taken as the main one's.
 * What is taken as another on the list is let in. Asked of the numbering plans themselves, since
 * they change. Pure; up to 150 ms for each country that is named, and next to none for others.
 */
export function findUnmatched(countries: readonly string[]): readonly UnmatchedCountry[] {
  return countries.flatMap((country) => {
    const example = getExampleNumber(country as CountryCode, examples);
    if (example === undefined) return [];
    const takenAs = parsePhoneNumberFromString(example.number)?.country;
    if (takenAs === country || countries.includes(takenAs ?? '')) return [];
    return hasMobile(country, example.nationalNumber) ? [] : [{ country, takenAs }];
  });
}

/** Some mobiles of a country may be told by their first digits where its example isn't. */
function hasMobile(country: string, example: string): boolean {
  const callingCode = getCountryCallingCode(country as CountryCode);
  for (let i = 0; i < 10 ** FIRST_DIGITS; i += 1) {
    const national = String(i).padStart(FIRST_DIGITS, '0') + example.slice(FIRST_DIGITS);
    const number = parsePhoneNumberFromString(`+${callingCode}${national}`);
    if (number?.country === country && MOBILE.has(number.getType() ?? '')) return true;
  }
  return false;
}
const FIRST_DIGITS = 4;
const MOBILE: ReadonlySet<string> = new Set(['MOBILE', 'FIXED_LINE_OR_MOBILE']);
