import {
  AsYouType,
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
} from 'libphonenumber-js/min';

// How a person's own number looks while they type it. What it is is for the server to say, which
// gets what was typed where nothing can be made of it here.

export interface Typed {
  readonly country: CountryCode;
  readonly text: string;
}

/** Blanks of every kind but the plain one, and the marks that contact lists put around a number. */
const UNSEEN = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/** What is pasted may be `tel:` and what follows, or begin with 00 in place of +. */
const clean = (text: string): string =>
  text
    .replace(UNSEEN, '')
    .replace(/^\s*tel:/i, '')
    .replace(/^\s*(00(?=\s*\d)|\uff0b)/, '+');

/** Takes what stands in the field now. A number in international form names its own country. */
export function typeNumber(before: Typed, text: string, isAtEnd = true): Typed {
  const cleaned = clean(text);
  const typing = new AsYouType(before.country);
  const formatted = typing.input(cleaned);
  const country = cleaned.trim().startsWith('+')
    ? (typing.getCountry() ?? before.country)
    : before.country;
  // Within a number, or while it gets shorter, the signs must stay where the finger is.
  const isTyped = isAtEnd && cleaned.length > before.text.length;
  return { country, text: isTyped && formatted !== '' ? formatted : cleaned };
}

/** The number as it is sent: E.164 where it can be read so, or what was typed. */
export function readNumber({ country, text }: Typed): string {
  const parsed = parsePhoneNumberFromString(text, country);
  return parsed?.number ?? text;
}

/** The number for its own person's eyes. */
export const showNumber = (number: string): string =>
  parsePhoneNumberFromString(number)?.formatInternational() ?? number;

/** The country of an ISO 3166 code, if numbers have it. */
export const parseCountry = (code: string | undefined): CountryCode | undefined =>
  code !== undefined && isSupportedCountry(code) ? code : undefined;

/** The country that a browser's languages point to: `de-AT` to Austria, `ja` to Japan. */
export function guessCountry(languages: readonly string[]): CountryCode {
  for (const tag of languages) {
    const region = findRegion(tag);
    const country = parseCountry(region);
    if (country !== undefined) return country;
  }
  return 'US';
}

function findRegion(tag: string): string | undefined {
  try {
    return new Intl.Locale(tag).maximize().region;
  } catch {
    return undefined;
  }
}

/** Every country by its name in a language, in that language's order. */
export function listCountries(language: string): [country: CountryCode, label: string][] {
  const names = new Intl.DisplayNames(language, { type: 'region' });
  const { compare } = new Intl.Collator(language);
  return getCountries()
    .map((country) => ({ country, name: names.of(country) ?? country }))
    .sort((a, b) => compare(a.name, b.name))
    .map(({ country, name }) => [country, `${name} +${getCountryCallingCode(country)}`]);
}
