import { getCountries, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' };
import {
  isPrefix,
  judge,
  NO_RULES,
  parseDenyFile,
  type Rules,
} from '../../../src/plaintext/number-policy.js';
import { PhoneNumber } from '../../../src/plaintext/phone-number.js';

const rules = (more: { countries?: string[]; denied?: string[][] }): Rules => ({
  countries: new Set(more.countries),
  denied: (more.denied ?? []).map((prefixes) => new Set(prefixes)),
});
/** `sms,voice`, `voice`, or the code of the refusal. */
const verdict = (e164: string, by: Rules = NO_RULES): string => {
  const judged = PhoneNumber.judge(e164, by);
  return judged.kind === 'ok' ? judged.channels.join() : judged.code;
};

describe('by its type a number', () => {
  // One of each type that the library knows, so that a type it learns is judged here first.
  test.each([
    ['MOBILE', '+41781234567', 'sms,voice'],
    ['MOBILE', '+4915123456789', 'sms,voice'],
    ['FIXED_LINE', '+442071838750', 'voice'],
    ['FIXED_LINE', '+4930123456', 'voice'],
    ['FIXED_LINE', '+81312345678', 'voice'],
    ['FIXED_LINE_OR_MOBILE', '+12025550123', 'sms,voice'],
    ['FIXED_LINE_OR_MOBILE', '+525512345678', 'sms,voice'],
    ['VOIP', '+815012345678', 'sms,voice'],
    ['PERSONAL_NUMBER', '+15005550006', 'sms,voice'],
    ['PERSONAL_NUMBER', '+447012345678', 'NUMBER_TYPE_REFUSED'],
    ['PERSONAL_NUMBER', '+41878123456', 'NUMBER_TYPE_REFUSED'],
    ['PREMIUM_RATE', '+41900123456', 'NUMBER_TYPE_REFUSED'],
    ['PREMIUM_RATE', '+19005550199', 'NUMBER_TYPE_REFUSED'],
    ['SHARED_COST', '+41840123456', 'NUMBER_TYPE_REFUSED'],
    ['TOLL_FREE', '+41800123456', 'NUMBER_TYPE_REFUSED'],
    ['PAGER', '+41742123456', 'NUMBER_TYPE_REFUSED'],
    ['UAN', '+41581234567', 'NUMBER_TYPE_REFUSED'],
    ['VOICEMAIL', '+41860123456789', 'NUMBER_TYPE_REFUSED'],
  ])('%s, %s: %s', (type, e164, expected) => {
    expect(parsePhoneNumberFromString(e164)?.getType()).toBe(type);
    expect(verdict(e164)).toBe(expected);
  });

  test.each([
    '+870773111632',
    '+878101234567890',
    '+881612345678',
    '+8823421234',
    '+883510012345',
    '+979123456789',
    '+80012345678',
    '+80812345678',
    '+88812345678901',
  ])('of a satellite or of the whole world is refused: %s', (e164) => {
    expect(parsePhoneNumberFromString(e164)?.isValid()).toBe(true);
    expect(verdict(e164)).toBe('NUMBER_TYPE_REFUSED');
  });

  test("is refused by its calling code also if the library takes that for a country's, and by belonging to none whatever its code", () => {
    const line = {
      number: '+1',
      type: 'MOBILE',
      country: undefined,
      isNonGeographic: false,
    } as const;
    for (const countryCallingCode of [
      '870',
      '878',
      '881',
      '882',
      '883',
      '979',
      '800',
      '808',
      '888',
    ])
      expect([countryCallingCode, judge({ ...line, countryCallingCode }, NO_RULES).kind]).toEqual([
        countryCallingCode,
        'refused',
      ]);
    expect(judge({ ...line, countryCallingCode: '49' }, NO_RULES).kind).toBe('ok');
    expect(judge({ ...line, countryCallingCode: '49', isNonGeographic: true }, NO_RULES).kind).toBe(
      'refused',
    );
    expect(judge({ ...line, countryCallingCode: '49' }, rules({ countries: ['DE'] }))).toEqual({
      kind: 'refused',
      code: 'COUNTRY_REFUSED',
    });
  });

  test("of every country's mobiles gets an SMS", () => {
    const others = Object.entries(examples as Record<string, string>)
      .map(
        ([country, national]) =>
          [country, parsePhoneNumberFromString(national, country as 'DE')?.number ?? ''] as const,
      )
      .filter(([, e164]) => verdict(e164) !== 'sms,voice');
    expect(others).toEqual([]);
  });

  test('that is none is invalid, whatever the rules', () => {
    for (const text of ['', '+999123456789', '+1911', 'x'])
      expect(verdict(text, rules({ countries: ['US'] }))).toBe('INVALID_NUMBER');
  });
});

describe('a list of countries', () => {
  test('empty lets all in', () => {
    for (const e164 of ['+12025550123', '+8613800138000', '+4915123456789'])
      expect(verdict(e164, rules({ countries: [] }))).toBe('sms,voice');
  });

  test('lets its own in and refuses the others, also those that share a calling code', () => {
    const by = rules({ countries: ['US', 'DE'] });
    expect(
      ['+12025550123', '+4915123456789', '+4930123456'].map((e164) => verdict(e164, by)),
    ).toEqual(['sms,voice', 'sms,voice', 'voice']);
    expect(
      ['+8613800138000', '+14165550123', '+18765550123', '+447400123456'].map((e164) =>
        verdict(e164, by),
      ),
    ).toEqual(Array(4).fill('COUNTRY_REFUSED'));
    expect(parsePhoneNumberFromString('+14165550123')?.country).toBe('CA');
  });

  test('a refused type is told as that, before its country', () => {
    expect(verdict('+41900123456', rules({ countries: ['DE'] }))).toBe('NUMBER_TYPE_REFUSED');
  });

  test("the library has no country that isn't two letters", () => {
    expect(getCountries().filter((code) => !/^[A-Z]{2}$/.test(code))).toEqual([]);
  });
});

describe('a list of denied prefixes', () => {
  test('refuses what begins with one of any list, and nothing else', () => {
    const by = rules({ denied: [['+4477'], ['+1876', '+8']] });
    expect(
      ['+447740123456', '+18765550123', '+8613800138000', '+815012345678'].map((e164) =>
        verdict(e164, by),
      ),
    ).toEqual(Array(4).fill('PREFIX_REFUSED'));
    expect(
      ['+447400123456', '+12025550123', '+442071838750'].map((e164) => verdict(e164, by)),
    ).toEqual(['sms,voice', 'sms,voice', 'voice']);
  });

  test('takes prefixes of one digit up to ten', () => {
    for (let digits = 1; digits <= 10; digits += 1) {
      const prefix = '+4915123456789'.slice(0, digits + 1);
      expect([prefix, verdict('+4915123456789', rules({ denied: [[prefix]] }))]).toEqual([
        prefix,
        'PREFIX_REFUSED',
      ]);
      expect(
        verdict(
          '+4915999999999',
          rules({ denied: [[`${prefix.slice(0, -1)}${prefix.endsWith('0') ? '1' : '0'}`]] }),
        ),
      ).toBe('sms,voice');
    }
  });
});

describe('a prefix', () => {
  test.each(['+1', '+44', '+8817', '+1876555', '+491512345', '+4915123456'])('is %s', (text) =>
    expect(isPrefix(text)).toBe(true),
  );
  test.each([
    '',
    '+',
    '44',
    '0044',
    '+0',
    '+44x',
    ' +44',
    '+44 77',
    '+12025550123',
    '+49151234567',
    '+4915123456789',
    '+3544101000',
  ])('is not %j', (text) => expect(isPrefix(text)).toBe(false));

  test('is not a whole number of a country whose numbers are short', () => {
    expect('+3544101000'.length).toBeLessThanOrEqual(11);
    expect(parsePhoneNumberFromString('+3544101000')?.isValid()).toBe(true);
  });
});

describe('a file of prefixes', () => {
  test('has one a line, comments and empty lines', () => {
    expect([
      ...(parseDenyFile('\ufeff# since March\r\n+4477 # pumping\n\n  +1876\n#+49\n+1876') ?? []),
    ]).toEqual(['+4477', '+1876']);
    expect([...(parseDenyFile('') ?? ['x'])]).toEqual([]);
  });

  test.each([
    '+4477\n+1876,+1877',
    '+4477 +1876',
    '4477',
    '+4477;x',
    '+4915123456789',
    '<html>',
    '\0',
  ])('is taken whole or not at all: %j', (text) => {
    expect(parseDenyFile(`+1\n${text}`)).toBeUndefined();
  });
});
