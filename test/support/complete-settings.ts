import { planFor } from '../../src/embedded/plan.js';
import { SettingsError, parseSettings, parseStackSettings } from '../../src/settings.js';

export const key = (seed: number): string =>
  Buffer.from(Array.from({ length: 32 }, (_, i) => (i * i * 7 + seed * 31 + i) % 256)).toString(
    'base64url',
  );
/** All that three roles apart need. */
export const complete: Record<string, string> = {
  API_DATABASE_URL: 'postgres://a:pw-a@127.0.0.1:1/d',
  INGRESS_DATABASE_URL: 'postgres://i:pw-i@127.0.0.1:1/d',
  WORKER_DATABASE_URL: 'postgres://w:pw-w@127.0.0.1:1/d',
  QUEUE_URL: 'redis://:pw-q@127.0.0.1:2',
  VAULT_PUBLIC_KEY: key(1),
  VAULT_PRIVATE_KEYS: `${key(2)},${key(3)}`,
  LIMITER_KEY: key(4),
  CODE_PEPPER: key(5),
  PRESENTATION_KEY: key(6),
  PRESENTATION_SIGNING_KEY: key(10),
  PRESENTATION_VERIFYING_KEY: key(11),
  IDEMPOTENCY_KEY: key(7),
  NUMBER_INDEX_KEY: key(8),
  WEBHOOK_KEY: key(9),
  INGRESS_PROBE_KEY: key(12),
  CARRIER_BASE_URL: 'http://127.0.0.1:3003',
  CARRIER_ACCOUNT_SID: `AC${'5'.repeat(32)}`,
  CARRIER_AUTH_TOKEN: 'token-of-the-account',
  CARRIER_WEBHOOK_TOKENS: 'token-of-webhooks',
  CARRIER_SENDER_NUMBER: '+15005550006',
};
export const live = {
  ...complete,
  CARRIER_BASE_URL: 'https://api.twilio.com',
  INGRESS_PUBLIC_URL: 'https://ding.example',
};

export function linesOf(env: Record<string, string | undefined>): readonly string[] {
  try {
    parseSettings(env);
  } catch (error) {
    if (error instanceof SettingsError) return error.lines;
    throw error;
  }
  return [];
}

/** The names of what a start that gives `env` is told to be missing. */
export function missingIn(env: Record<string, string>): string[] {
  try {
    parseStackSettings(env, planFor(env).promised);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.lines.map((line) => /^(\w+) is missing: /.exec(line)?.[1] ?? line).sort();
  }
  return [];
}
