import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { Redacted } from '../../src/kernel/redacted.js';
import { SETTINGS, parseSettings } from '../../src/settings.js';
import { complete, key, linesOf } from '../support/complete-settings.js';

describe('each role gets its own settings', () => {
  it('gives api no carrier secret, no private key and no other login', () => {
    const { api } = parseSettings(complete);
    expect(Object.keys(api ?? {}).sort()).toEqual([
      'apiPort',
      'apiPublicUrl',
      'autoVoiceAfterMs',
      'callAfterSmsMs',
      'callWaitsMs',
      'callerIdLooksAMinute',
      'callsAtMost',
      'carrierBaseUrl',
      'codePepper',
      'conferenceMinutesADay',
      'conferencesAtOnce',
      'databaseUrl',
      'dingSmsToOneAnHour',
      'dingsAnHour',
      'guessesPerAddressAnHour',
      'guessesPerAppAnHour',
      'host',
      'idempotencyKey',
      'isLive',
      'limiterKey',
      'logLevel',
      'metricsHost',
      'metricsPort',
      'numberCountries',
      'numberDenyFile',
      'numbersADay',
      'presentationKey',
      'presentationSigningKey',
      'proofLastsMs',
      'queueUrl',
      'readsAMinute',
      'sendsADay',
      'sendsInTenMinutes',
      'sendsKeptForKnown',
      'sendsPerAddressAMinute',
      'signUp',
      'signUpsPerAddressAnHour',
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
      'ingressProbeKey',
      'ingressPublicUrl',
      'isLive',
      'logLevel',
      'metricsHost',
      'metricsPort',
      'trustedProxies',
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
    'HIGH_WATER_FILE',
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
