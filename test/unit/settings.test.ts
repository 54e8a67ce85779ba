import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { getCountries } from 'libphonenumber-js/max';
import { Redacted } from '../../src/kernel/redacted.js';
import { planFor } from '../../src/embedded/plan.js';
import {
  SETTINGS,
  SettingsError,
  parseSettings,
  parseStackSettings,
  settingsTable,
} from '../../src/settings.js';

const key = (seed: number): string =>
  Buffer.from(Array.from({ length: 32 }, (_, i) => (i * i * 7 + seed * 31 + i) % 256)).toString(
    'base64url',
  );
/** All that three roles apart need. */
const complete: Record<string, string> = {
  API_DATABASE_URL: 'postgres://a:pw-a@127.0.0.1:1/d',
  INGRESS_DATABASE_URL: 'postgres://i:pw-i@127.0.0.1:1/d',
  WORKER_DATABASE_URL: 'postgres://w:pw-w@127.0.0.1:1/d',
  QUEUE_URL: 'redis://:pw-q@127.0.0.1:2',
  VAULT_PUBLIC_KEY: key(1),
  VAULT_PRIVATE_KEYS: `${key(2)},${key(3)}`,
  LIMITER_KEY: key(4),
  CODE_PEPPER: key(5),
  PRESENTATION_KEY: key(6),
  IDEMPOTENCY_KEY: key(7),
  NUMBER_INDEX_KEY: key(8),
  WEBHOOK_KEY: key(9),
  CARRIER_BASE_URL: 'http://127.0.0.1:3003',
  CARRIER_ACCOUNT_SID: `AC${'5'.repeat(32)}`,
  CARRIER_AUTH_TOKEN: 'token-of-the-account',
  CARRIER_WEBHOOK_TOKENS: 'token-of-webhooks',
  CARRIER_SENDER_NUMBER: '+15005550006',
};
const live = {
  ...complete,
  CARRIER_BASE_URL: 'https://api.twilio.com',
  INGRESS_PUBLIC_URL: 'https://ding.example',
};

function linesOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    parseSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  return [];
}

/** The names of what a start that gives `env` is told to be missing. */
function missingIn(env: Record<string, string>): string[] {
  try {
    parseStackSettings(env, planFor(env).promised);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.lines.map((line) => /^(\w+) is missing: /.exec(line)?.[1] ?? line).sort();
  }
  return [];
}

describe('each role gets its own settings', () => {
  it('gives api no carrier secret, no private key and no other login', () => {
    const { api } = parseSettings(complete);
    expect(Object.keys(api ?? {}).sort()).toEqual([
      'apiPort',
      'apiPublicUrl',
      'autoVoiceAfterMs',
      'callAfterSmsMs',
      'callWaitsMs',
      'callsAtMost',
      'carrierBaseUrl',
      'checksAtMost',
      'codePepper',
      'databaseUrl',
      'guessesADay',
      'guessesInARow',
      'guessesKeptForOwner',
      'guessesPerAddressAnHour',
      'guessesPerAppAnHour',
      'host',
      'idempotencyKey',
      'isLive',
      'limiterKey',
      'logLevel',
      'numberCountries',
      'numberDenyFile',
      'presentationKey',
      'proofLastsMs',
      'queueUrl',
      'readsAMinute',
      'sendsADay',
      'sendsInTenMinutes',
      'sendsKeptForKnown',
      'sendsPerAddressAMinute',
      'smsWaitsMs',
      'testNumbers',
      'trustedProxies',
      'vaultPublicKey',
    ]);
    expect(api?.databaseUrl.reveal()).toBe(complete['API_DATABASE_URL']);
  });

  it('gives ingress no key that opens', () => {
    const { ingress } = parseSettings(complete);
    expect(Object.keys(ingress ?? {}).sort()).toEqual([
      'carrierBaseUrl',
      'carrierWebhookTokens',
      'databaseUrl',
      'host',
      'ingressPort',
      'ingressPublicUrl',
      'isLive',
      'logLevel',
      'trustedProxies',
      'unreachableLimit',
      'vaultPublicKey',
    ]);
  });

  it('asks for nothing of a role that does not run here', () => {
    const {
      WORKER_DATABASE_URL: _w,
      VAULT_PRIVATE_KEYS: _p,
      CARRIER_AUTH_TOKEN: _t,
      NUMBER_INDEX_KEY: _n,
      WEBHOOK_KEY: _k,
      ...rest
    } = complete;
    const settings = parseSettings({ ...rest, ROLES: 'api,ingress' });
    expect(settings.worker).toBeUndefined();
    expect(settings.roles).toEqual(['api', 'ingress']);
  });

  it('is frozen, and keys are 32 bytes', () => {
    const settings = parseSettings(complete);
    expect(
      [settings, settings.api, settings.ingress, settings.worker, settings.roles].every((part) =>
        Object.isFrozen(part),
      ),
    ).toBe(true);
    expect(settings.worker?.vaultPrivateKeys.reveal().map((bytes) => bytes.length)).toEqual([
      32, 32,
    ]);
    expect(Object.isFrozen(settings.worker?.vaultPrivateKeys.reveal())).toBe(true);
  });

  it('lets the public addresses follow the ports', () => {
    const settings = parseSettings({ ...complete, API_PORT: '4000', INGRESS_PORT: '4001' });
    expect(settings.api?.apiPublicUrl).toBe('http://localhost:4000');
    expect(settings.worker?.ingressPublicUrl).toBe('http://127.0.0.1:4001');
  });
});

describe('what is wrong is told by name and never by value', () => {
  const canary = 'c4nary value/with ünusual text';
  const anything = new Set([
    'DATA_DIR',
    'NUMBER_DENY_FILE',
    'PRICES_FILE',
    'CARRIER_AUTH_TOKEN',
    'CARRIER_WEBHOOK_TOKENS',
  ]); // any text of a fitting length will do

  it.each(SETTINGS.map(({ name }) => name).filter((name) => !anything.has(name)))('%s', (name) => {
    const lines = linesOf({ ...complete, [name]: canary });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name} must be `));
    expect(lines.join()).not.toContain(canary);
  });

  it.each(['CARRIER_AUTH_TOKEN', 'CARRIER_WEBHOOK_TOKENS'])('%s that is too short', (name) => {
    const lines = linesOf({ ...complete, [name]: 'sh0rt' });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name} must be `));
    expect(lines.join()).not.toContain('sh0rt');
  });

  it('names all that is missing at once, a line each', () => {
    const lines = linesOf({});
    expect(lines.map((line) => line.split(' ')[0]).sort()).toEqual(Object.keys(complete).sort());
    expect(lines.every((line) => line.includes('is missing'))).toBe(true);
  });

  it('counts an empty setting as a missing one', () => {
    expect(linesOf({ ...complete, CODE_PEPPER: '' })).toEqual([
      expect.stringMatching(/^CODE_PEPPER is missing/),
    ]);
  });

  it('refuses a key of 31 or 33 bytes', () => {
    for (const length of [31, 33])
      expect(
        linesOf({ ...complete, LIMITER_KEY: Buffer.alloc(length, 7).toString('base64url') }),
      ).toHaveLength(1);
  });

  it('refuses a role that is named twice or unknown', () => {
    for (const ROLES of ['api,api', 'api,admin', ','])
      expect(linesOf({ ...complete, ROLES })).toEqual([expect.stringMatching(/^ROLES must be/)]);
  });
});

describe('secrets', () => {
  it('are not printed by templates, JSON or inspect', () => {
    const secret = new Redacted({ text: 'hidden-value' });
    const settings = parseSettings(complete);
    for (const text of [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
      inspect(settings, { depth: 9, showHidden: true }),
      JSON.stringify(settings),
    ])
      for (const value of [
        'hidden-value',
        'pw-a',
        'pw-w',
        'pw-q',
        complete['CODE_PEPPER'],
        'token-of',
        '5005550006',
      ])
        expect(text).not.toContain(value);
    expect(`${secret}`).toBe('<redacted>');
    expect(JSON.stringify(secret)).toBe('"<redacted>"');
    expect(inspect(secret)).toBe('<redacted>');
    expect(secret.reveal()).toEqual({ text: 'hidden-value' });
  });

  it('may be files', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'settings-'));
    try {
      const file = path.join(folder, 'pepper');
      writeFileSync(file, `${key(9)}\n`);
      const { CODE_PEPPER, ...rest } = complete;
      expect(
        Buffer.from(
          parseSettings({ ...rest, CODE_PEPPER_FILE: file }).api?.codePepper.reveal() ?? [],
        ).toString('base64url'),
      ).toBe(key(9));
      expect(linesOf({ ...rest, CODE_PEPPER, CODE_PEPPER_FILE: file })).toEqual([
        'CODE_PEPPER is given twice, by itself and by CODE_PEPPER_FILE',
      ]);
      expect(linesOf({ ...rest, CODE_PEPPER_FILE: path.join(folder, 'none') })).toEqual([
        "CODE_PEPPER_FILE can't be read (ENOENT)",
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

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

describe('what the stack brings', () => {
  it('is everything, when nothing is given', () => {
    const plan = planFor({});
    expect(plan).toMatchObject({
      isApart: false,
      hasPostgres: true,
      hasQueue: true,
      hasSimulator: true,
    });
    expect([...plan.promised].sort()).toEqual(Object.keys(complete).sort());
    expect(parseStackSettings({}, plan.promised)).toMatchObject({
      apiPort: 3000,
      postgresPort: 3004,
      dataDir: '.data',
    });
  });

  it('is nothing, when the roles are given their own logins', () => {
    const plan = planFor({ API_DATABASE_URL: 'x' });
    expect(plan).toMatchObject({
      isApart: true,
      hasPostgres: false,
      hasQueue: false,
      hasSimulator: false,
    });
    expect(plan.promised.size).toBe(0);
  });

  it.each(['api', 'ingress', 'worker', 'api,ingress', 'ingress, worker', 'worker,api'])(
    'is nothing for ROLES=%s alone: each setting that these roles lack is named',
    (named) => {
      expect(planFor({ ROLES: named })).toMatchObject({
        isApart: true,
        hasPostgres: false,
        hasQueue: false,
        hasSimulator: false,
      });
      const needed = SETTINGS.filter(
        ({ name, roles }) => name in complete && roles.some((role) => named.includes(role)),
      );
      expect(missingIn({ ROLES: named })).toEqual(needed.map(({ name }) => name).sort());
    },
  );

  it("is everything for all three roles, named or not, and for some beside a database of one's own", () => {
    for (const ROLES of [undefined, '', 'api,ingress,worker', 'worker,ingress,api'])
      expect(planFor({ ROLES })).toMatchObject({ isApart: false, hasPostgres: true });
    expect(planFor({ ROLES: 'api', DATABASE_URL: 'x' })).toMatchObject({
      isApart: false,
      hasPostgres: false,
    });
  });

  it('is not judged by roles that there are not: ROLES is named, and nothing else', () => {
    const plan = planFor({ ROLES: 'wrker' });
    expect(() => parseStackSettings({ ROLES: 'wrker' }, plan.promised)).toThrow(
      /^ROLES must be [^\n]*$/,
    );
  });

  it("is no simulator for one who gives an account but forgets the carrier's address", () => {
    const env = { CARRIER_ACCOUNT_SID: complete['CARRIER_ACCOUNT_SID'] };
    const plan = planFor(env);
    expect(plan.hasSimulator).toBe(false);
    expect(() => parseStackSettings(env, plan.promised)).toThrow(/CARRIER_BASE_URL is missing/);
  });

  it('is no private key for one who gives a public key alone', () => {
    expect(planFor({ VAULT_PUBLIC_KEY: 'x' }).promised.has('VAULT_PRIVATE_KEYS')).toBe(false);
    expect(planFor({ VAULT_PRIVATE_KEYS: 'x' }).promised.has('VAULT_PUBLIC_KEY')).toBe(true);
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
