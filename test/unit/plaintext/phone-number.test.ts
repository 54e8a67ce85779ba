import { inspect } from 'node:util';
import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { PhoneNumber } from '../../../src/plaintext/phone-number.js';
import { numberPool, randomNumber, seeded } from '../../support/numbers.js';

const parse = (text: string): PhoneNumber => {
  const number = PhoneNumber.parse(text);
  if (number === undefined) throw new Error('refused');
  return number;
};

describe('a phone number', () => {
  test.each([
    ['E.164', '+12025550123', '+12025550123'],
    ['with separators', ' +1 (202) 555-0123 ', '+12025550123'],
    ['with dots and no-break spaces', '+1\u00a0202.555.0123', '+12025550123'],
    ['with full-width digits', '＋８６ 138 ００１３ 8000', '+8613800138000'],
    ['from a contact list', '\u202a+1\u00ad\u202c (202)\u200b 555\u22120123\u2069', '+12025550123'],
    ['with a figure dash', '+1 202\u2012555\u20120123', '+12025550123'],
    ['by a Japanese keyboard', '＋８１ー９０ー１２３４ー５６７８', '+819012345678'],
    ['in Arabic digits', '\u200f+٩٦٦ ٥٠ ١٢٣ ٤٥٦٧', '+966501234567'],
    ['in Devanagari', '+९१ ९८७६५ ४३२१०', '+919876543210'],
    ['each sign with a mark', [...'+12025550123'].join('\u2068\u2069'), '+12025550123'],
    ['with the national zero in brackets', '+44 (0) 7400 123456', '+447400123456'],
    ['German', '+49 1512 3456789', '+4915123456789'],
    ["Twilio's magic sender", '+15005550006', '+15005550006'],
  ])('is taken %s', (_, text, e164) => {
    expect(parse(text).forCarrier()).toBe(e164);
    expect(parse(text).forParticipant()).toBe(e164);
  });

  test.each([
    ['empty', ''],
    ['national', '2025550123'],
    ['with 00', '0012025550123'],
    ['with circled digits', '+1202555012③'],
    ['with superscript digits', '+1202555012³'],
    ['too short', '+1202555'],
    ['too long', '+120255501234567'],
    ['invalid in its plan', '+447700900123x'],
    ['of no plan', '+999123456789'],
    ['an emergency number', '+112'],
    ['an emergency number after its country', '+1911'],
    ['a short number after its country', '+49110'],
    ['another short number after its country', '+8610086'],
    ['a URI', 'tel:+12025550123'],
    ['with an extension', '+12025550123;ext=5'],
    ['with an extension in words', '+12025550123 x5'],
    ['two numbers', '+12025550123 +12025550124'],
    ['letters', '+1800FLOWERS'],
    ['toll free', '+18005550199'],
    ['premium', '+19005550199'],
    ['British premium', '+449098790000'],
    ['British shared cost', '+448431234567'],
    ['British personal', '+447012345678'],
    ['British pager', '+447640123456'],
    ['British company', '+445512345678'],
    ['Inmarsat', '+870773111632'],
    ['universal personal', '+878101234567890'],
    ['satellite 881', '+881612345678'],
    ['global 882', '+8823421234'],
    ['global 883', '+883510012345'],
    ['international premium', '+979123456789'],
    ['international toll free', '+80012345678'],
    ['international shared cost', '+80812345678'],
    ['disaster relief', '+88812345678901'],
    ['an array in disguise', '+1202555012\u0000'],
    ['absurdly long', `+1202555${'0'.repeat(10_000)}`],
  ])('is refused when %s', (_, text) => {
    expect(PhoneNumber.parse(text)).toBeUndefined();
  });

  test.each([
    ['2025550123', true],
    [' (030) 123-4567', true],
    ['0012025550123', true],
    ['12025550123', true], // what a form makes of a bare +
    ['٠٥٠ ١٢٣ ٤٥٦٧', true],
    ['+49110', undefined],
    ['hello', undefined],
    ['', undefined],
  ])('%j is known to be without its country: %s', (text, isWithoutPlus) => {
    const judged = PhoneNumber.judge(text, { countries: new Set(), denied: [] });
    expect('isWithoutPlus' in judged ? judged.isWithoutPlus : undefined).toBe(isWithoutPlus);
  });

  test('the refused kinds above are refused for their kind, not for being invalid', () => {
    for (const text of [
      '+18005550199',
      '+19005550199',
      '+449098790000',
      '+448431234567',
      '+447012345678',
      '+447640123456',
      '+445512345678',
      '+870773111632',
      '+881612345678',
      '+8823421234',
      '+883510012345',
      '+979123456789',
      '+80012345678',
      '+80812345678',
      '+88812345678901',
    ])
      expect([text, parsePhoneNumberFromString(text)?.isValid()]).toEqual([text, true]);
  });

  test('is never printed', () => {
    const number = parse('+12025550123');
    const holder = { number, list: [number], map: new Map([[number, number]]) };
    const printed = [
      `${number}`,
      String(number),
      number + '',
      JSON.stringify(holder),
      inspect(number, { showHidden: true, depth: 10 }),
      inspect(holder, { showHidden: true, depth: 10 }),
      inspect(Object.assign(new Error('x', { cause: holder }), { stack: '' })),
      JSON.stringify(structuredClone({ ...number })),
      Object.keys(number).join(),
      JSON.stringify(Object.getOwnPropertyDescriptors(number)),
    ].join('\n');
    expect(printed).toContain('<redacted>');
    expect(printed).not.toMatch(/202|555|123/);
  });

  test('comes back from storage as it went', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { e164 } = randomNumber(seeded(seed));
        expect(PhoneNumber.fromStored(parse(e164).forStorage()).forCarrier()).toBe(e164);
      }),
    );
  });

  test('is not made of stored bytes that are none, and the error does not quote them', () => {
    for (const text of ['', '12025550123', '+0123456789', '+1202555012x', '+12025550123456789'])
      expect(() => PhoneNumber.fromStored(Buffer.from(text))).toThrow(
        /^what was opened is not a number$/,
      );
  });

  test('that was taken is refused by rules that have changed since: its country or its prefix, never its type', () => {
    const isRefused = (e164: string, countries: string[], denied: string[] = []) =>
      PhoneNumber.fromStored(Buffer.from(e164)).isRefusedBy({
        countries: new Set(countries),
        denied: [new Set(), new Set(denied)],
      });
    expect(isRefused('+447400123456', [])).toBe(false);
    expect(isRefused('+447400123456', ['GB', 'US'])).toBe(false);
    expect(isRefused('+447400123456', ['US'])).toBe(true);
    expect(isRefused('+14165550123', ['US'])).toBe(true); // Canada
    expect(isRefused('+447400123456', [], ['+1', '+4474'])).toBe(true);
    expect(isRefused('+447400123456', [], ['+4475'])).toBe(false);
    expect(isRefused('+881612345678', [])).toBe(false);
  });

  test('equal numbers have equal indexes under one key, and others under another', () => {
    const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
    expect(parse('+12025550123').indexUnder(one)).toEqual(parse('+1 202 555 0123').indexUnder(one));
    expect(parse('+12025550123').indexUnder(one)).not.toEqual(
      parse('+12025550124').indexUnder(one),
    );
    expect(parse('+12025550123').indexUnder(one)).not.toEqual(
      parse('+12025550123').indexUnder(two),
    );
  });

  test('the numbers of the tests are taken, are distinct, and are the same for the same seed', () => {
    const [draw, again] = [numberPool(7), numberPool(7)];
    const numbers = Array.from({ length: 2_000 }, draw);
    expect(new Set(numbers.map((number) => number.e164)).size).toBe(2_000);
    expect(Array.from({ length: 2_000 }, again)).toEqual(numbers);
    for (const { e164, national, country } of numbers) {
      expect([e164, PhoneNumber.parse(e164)?.forCarrier()]).toEqual([e164, e164]);
      expect([e164, parsePhoneNumberFromString(national, country)?.number]).toEqual([e164, e164]);
    }
  });
});
