import { computeCost, parsePrices, getPrice } from '../../../src/guard/prices.js';

const standard = { sms: 0.05, voice: 0.07 };

test("a price is the country's where the file has one, and the standard one else", () => {
  const countries = parsePrices(
    '\ufeff# prices\r\nGB sms 0.04\nGB voice 1 # by call\n\nDE sms 0.0775\n',
  );
  if (countries === undefined) throw new Error('refused');
  const prices = { standard, countries };
  expect([
    getPrice(prices, 'GB', 'sms'),
    getPrice(prices, 'GB', 'voice'),
    getPrice(prices, 'DE', 'sms'),
    getPrice(prices, 'DE', 'voice'),
    getPrice(prices, 'FR', 'sms'),
    getPrice(prices, null, 'voice'),
  ]).toEqual([0.04, 1, 0.0775, 0.07, 0.05, 0.07]);
});

test.each([
  'GB 0.04',
  'GB sms',
  'gb sms 0.04',
  'GBR sms 0.04',
  'GB fax 0.04',
  'GB sms -1',
  'GB sms 0,04',
  'GB sms 0.04567',
  'GB sms 1e3',
  'GB sms 0.04\nGB sms 0.05',
  '+44 sms 0.04',
  'GB sms 0.04 EUR',
])('a file with the line %j is refused whole', (line) => {
  expect(parsePrices(`DE sms 0.07\n${line}\n`)).toBeUndefined();
});

test("sends cost what each channel's do; more than there were are counted as none, and what isn't told apart is an SMS", () => {
  const priceBy = (channel: 'sms' | 'voice'): number => standard[channel];
  expect(computeCost(10, { sms: 7, voice: 3 }, priceBy)).toBeCloseTo(7 * 0.05 + 3 * 0.07, 9);
  expect(computeCost(2, { sms: 9, voice: 5 }, priceBy)).toBeCloseTo(2 * 0.07, 9);
  expect(computeCost(4, { sms: 0, voice: 0 }, priceBy)).toBeCloseTo(4 * 0.05, 9);
});
