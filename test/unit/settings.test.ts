import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { getCountries } from 'libphonenumber-js/max';
import { SETTINGS, parseSettings, settingsTable } from '../../src/settings.js';
import { complete, key, linesOf, live } from '../support/complete-settings.js';

test('not all guesses of a day can be kept for the owner', () => {
  expect(linesOf({ ...complete, GUESSES_A_DAY: '3', GUESSES_KEPT_FOR_OWNER: '2' })).toEqual([]);
  expect(linesOf({ ...complete, GUESSES_A_DAY: '3', GUESSES_KEPT_FOR_OWNER: '3' })).toEqual([
    'GUESSES_KEPT_FOR_OWNER must be less than GUESSES_A_DAY',
  ]);
  expect(linesOf({ ...complete, SENDS_A_DAY: '2', SENDS_KEPT_FOR_KNOWN: '1' })).toEqual([]);
  expect(linesOf({ ...complete, SENDS_A_DAY: '2' })).toEqual([
    'SENDS_KEPT_FOR_KNOWN must be less than SENDS_A_DAY',
  ]);
});

describe('the countries of NUMBER_COUNTRIES', () => {
  it('are all by default, and those that libphonenumber knows', () => {
    expect(parseSettings(complete).api?.numberCountries).toEqual([]);
    expect(
      parseSettings({ ...complete, NUMBER_COUNTRIES: getCountries().join(', ') }).api
        ?.numberCountries,
    ).toEqual(getCountries());
    const setting = SETTINGS.find(({ name }) => name === 'NUMBER_COUNTRIES');
    const codes = Array.from({ length: 26 * 26 }, (_, i) =>
      String.fromCharCode(65 + Math.floor(i / 26), 65 + (i % 26)),
    );
    const taken = codes.filter((code) => setting?.parse.safeParse(`DE,${code}`).success);
    expect(taken).toEqual(codes.filter((code) => getCountries().includes(code as 'DE')));
  });

  it('are refused when one is unknown or written otherwise', () => {
    for (const text of ['ZZ', 'de', 'DEU', 'DE;FR', 'EU', 'DE FR', '+49'])
      expect(linesOf({ ...complete, NUMBER_COUNTRIES: text })).toEqual([
        expect.stringMatching(/^NUMBER_COUNTRIES must be ISO/),
      ]);
  });
});

describe('TEST_NUMBERS', () => {
  const numbers = '+12025550100=123456, +4915123456789=0000';

  it('are numbers with their codes, kept from print', () => {
    const { api } = parseSettings({ ...complete, TEST_NUMBERS: numbers });
    expect(api?.testNumbers?.reveal()).toEqual([
      { e164: '+12025550100', code: '123456' },
      { e164: '+4915123456789', code: '0000' },
    ]);
    expect(inspect(api, { depth: 9, showHidden: true }) + JSON.stringify(api)).not.toMatch(
      /2025550100|123456/,
    );
    expect(parseSettings(complete).api?.testNumbers).toBeUndefined();
  });

  it('are refused when malformed or twice, without their value', () => {
    for (const text of [
      '+12025550100',
      '+12025550100=12',
      '12025550100=123456',
      `${numbers},`,
      '+12025550100=123456,+12025550100=654321',
      '+12025550100=12345x',
    ]) {
      const lines = linesOf({ ...complete, TEST_NUMBERS: text });
      expect(lines).toEqual([expect.stringMatching(/^TEST_NUMBERS must be numbers with a code/)]);
      expect(lines.join().replace('+12025550100=123456)', '')).not.toMatch(/2025550100|12345/);
    }
  });

  it('are refused with a live carrier, whichever roles run and however they are given, without their value', () => {
    const refused = [
      'TEST_NUMBERS is refused: CARRIER_BASE_URL is a live carrier, and anybody could prove these numbers',
    ];
    for (const ROLES of ['api,ingress,worker', 'api', 'worker'])
      expect(linesOf({ ...live, TEST_NUMBERS: numbers, ROLES })).toEqual(refused);
    const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
    try {
      const file = path.join(folder, 'numbers');
      writeFileSync(file, numbers);
      expect(linesOf({ ...live, TEST_NUMBERS_FILE: file })).toEqual(refused);
      expect(linesOf({ ...complete, TEST_NUMBERS_FILE: file })).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(linesOf(live)).toEqual([]);
  });
});

describe('a live carrier', () => {
  it('is any that is not loopback', () => {
    expect(parseSettings(live)).toMatchObject({
      isLive: true,
      api: { isLive: true },
      ingress: { isLive: true },
      worker: { isLive: true },
    });
    for (const CARRIER_BASE_URL of [
      'http://127.0.0.1:1',
      'http://127.8.9.1',
      'http://localhost:9',
      'http://[::1]:9',
      'https://127.0.0.1',
    ])
      expect(parseSettings({ ...complete, CARRIER_BASE_URL }).isLive).toBe(false);
    // Addresses that only look like loopback.
    for (const CARRIER_BASE_URL of [
      'https://127.0.0.1.example',
      'https://localhost.example',
      'https://10.0.0.1',
    ])
      expect(parseSettings({ ...live, CARRIER_BASE_URL }).isLive).toBe(true);
  });

  it.each([
    ['zeros', Buffer.alloc(32)],
    ['one byte repeated', Buffer.alloc(32, 0xab)],
    ['counting', Buffer.from(Array.from({ length: 32 }, (_, i) => i))],
    ['words', Buffer.from('this is a sample key, change me!')],
    ["an RFC's", Buffer.from('XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os', 'base64url')],
  ])('refuses a sample key: %s', (_, bytes) => {
    const sample = bytes.toString('base64url');
    for (const name of ['CODE_PEPPER', 'NUMBER_INDEX_KEY', 'VAULT_PUBLIC_KEY']) {
      expect(linesOf({ ...live, [name]: sample })).toEqual([
        `${name} is a published sample key: refused with a live carrier`,
      ]);
      expect(linesOf({ ...complete, [name]: sample })).toEqual([]);
    }
    expect(linesOf({ ...live, VAULT_PRIVATE_KEYS: `${key(2)},${sample}` })).toHaveLength(1);
  });

  it("refuses the simulator, clear text, and an address that the carrier can't reach", () => {
    expect(linesOf({ ...live, SIMULATOR_PORT: '3003' })).toEqual([
      expect.stringMatching(/^SIMULATOR_PORT is refused/),
    ]);
    expect(linesOf({ ...live, CARRIER_BASE_URL: 'http://api.twilio.com' })).toEqual([
      expect.stringMatching(/^CARRIER_BASE_URL must be https/),
    ]);
    expect(linesOf({ ...live, INGRESS_PUBLIC_URL: undefined })).toEqual([
      expect.stringMatching(/^INGRESS_PUBLIC_URL must be https/),
    ]);
  });
});

it('docs/settings.md holds the table of settings as it is (npm run build && node dist/embedded/settings-table.js writes it)', () => {
  const page = readFileSync(path.join(__dirname, '../../docs/settings.md'), 'utf8');
  const [, table] = /<!-- settings -->\n([\s\S]*?)\n<!-- \/settings -->/.exec(page) ?? [];
  expect(table).toBe(settingsTable());
});

test('reverse proxies are named by address or network, and anything else is refused without repeating it', () => {
  expect(parseSettings(complete).api?.trustedProxies).toEqual([]);
  const proxies = (text: string) =>
    parseSettings({ ...complete, TRUSTED_PROXIES: text }).api?.trustedProxies;
  expect(proxies('10.0.0.0/8, 192.0.2.7,2001:db8::/32')).toEqual([
    '10.0.0.0/8',
    '192.0.2.7',
    '2001:db8::/32',
  ]);
  for (const text of [
    'all',
    '10.0.0.0/33',
    '10.0.0',
    '2001:db8::/129',
    '10.0.0.0/8/8',
    '10.0.0.1/',
    'true',
  ]) {
    expect(() => proxies(text)).toThrow(/^TRUSTED_PROXIES must be IP addresses or networks/);
    expect(() => proxies(text)).not.toThrow(new RegExp(`"${text}"`));
  }
});

test.each([
  ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ['https://Dingline.Example/', 'https://dingline.example'],
  ['https://dingline.example:443', 'https://dingline.example'],
  ['http://localhost:3000', 'http://localhost:3000'],
])('the public address %s is used as browsers write it: %s', (given, used) => {
  const { api } = parseSettings({ ...complete, API_PUBLIC_URL: given });
  expect(api?.apiPublicUrl).toBe(used);
});

test.each([
  'https://a.example/path',
  'https://a.example?x',
  'https://u:p@a.example',
  'ftp://a.example',
])('the public address %s is refused', (given) => {
  expect(linesOf({ ...complete, API_PUBLIC_URL: given })).toEqual([
    expect.stringMatching(/^API_PUBLIC_URL must be/),
  ]);
});
