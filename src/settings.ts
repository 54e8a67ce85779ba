import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { z } from 'zod';
import { Redacted } from './kernel/redacted.js';
import { LONGEST_CODE, problemsOfAll } from './texts/code-sms.js';

/**
 * Every setting of the product, described once: SETTINGS below is the parser, the types and the table in docs/settings.md.
 *
 * To add one, add a row. Its text is parsed by `parse` (a zod schema from string), its value appears as
 * `settings.<role>.<camelCaseName>` for each role that is named in `roles`, and nowhere else: a role is given its own
 * settings only. `${NAME}` in a default stands for another setting's text.
 *
 * Messages say what a setting must be and never what it was: zod's own messages aren't used.
 */
export const ROLES = ['api', 'ingress', 'worker'] as const;
export type Role = (typeof ROLES)[number];
/** `stack` is what starts the roles (src/embedded): it knows the owner's login and where the data is. */
export type Reader = Role | 'stack';

interface Setting {
  readonly name: string;
  readonly roles: readonly Reader[];
  /** Wrapped in Redacted, and may be given as a file: NAME_FILE=/path. */
  readonly secret?: boolean;
  readonly default?: string;
  /** May be absent: its value is then undefined. */
  readonly optional?: boolean;
  /** The field's name, where the camel case of `name` would repeat the role. */
  readonly as?: string;
  readonly parse: z.ZodType<unknown, string>;
  /** Completes "NAME must be ...". */
  readonly must: string;
  /** Stands in the table in place of a default, where the stack makes a missing one. */
  readonly made?: string;
  readonly what: string;
}
/** Keeps the literal types of a row, from which the types of the settings are computed. */
const row = <const S extends Setting>(setting: S): S => setting;

const isLoopback = (url: URL): boolean =>
  url.hostname === 'localhost' ||
  url.hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(url.hostname);

const fail = (context: z.RefinementCtx): never => {
  context.addIssue({ code: 'custom', message: 'invalid' });
  return z.NEVER;
};
const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().max(65_535));
const PORT = 'a port from 0 to 65535 (0: any free one)';

const address = (protocols: readonly string[]) =>
  z.string().transform((text, context) => {
    if (!URL.canParse(text)) return fail(context);
    const url = new URL(text);
    return protocols.includes(url.protocol) && url.hostname !== ''
      ? text.replace(/\/$/, '')
      : fail(context);
  });
const databaseUrl = address(['postgres:', 'postgresql:']);
const DATABASE_URL = 'a postgres:// address';
const origin = address(['http:', 'https:']).refine(
  (text) => new URL(text).origin === text.toLowerCase(),
);
const ORIGIN = 'an http:// or https:// address without a path';

const key = z
  .string()
  .regex(/^[A-Za-z0-9_-]{43}=?$/)
  .transform((text, context): Uint8Array => {
    const bytes = Buffer.from(text, 'base64url');
    return bytes.length === 32 ? new Uint8Array(bytes) : fail(context);
  });
const KEY = 'base64url of 32 bytes';
const list = <T>(item: z.ZodType<T, string>, most: number) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1).max(most))
    .transform((items): readonly T[] => Object.freeze(items));

const network = z.string().refine((text) => {
  const [ip = '', bits, more] = text.split('/');
  const version = isIP(ip);
  return (
    version !== 0 &&
    more === undefined &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
  );
});
const addresses = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(z.array(network).max(64))
  .transform((items): readonly string[] => Object.freeze(items));

/** The countries of ISO 3166 that have a numbering plan; a test compares them with libphonenumber's. */
const COUNTRIES: ReadonlySet<string> = new Set(
  (
    'AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN ' +
    'CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN ' +
    'HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ' +
    'ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW ' +
    'SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI ' +
    'VN VU WF WS XK YE YT ZA ZM ZW'
  ).split(' '),
);
/** ISO 3166 codes with commas between them. */
export const countries = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )
  .pipe(z.array(z.string().refine((code) => COUNTRIES.has(code))))
  .transform((items): readonly string[] => Object.freeze(items));

/** A number whose code is always the same. */
export interface TestNumber {
  readonly e164: string;
  readonly code: string;
}
const testNumbers = z.string().transform((text, context): readonly TestNumber[] => {
  const items = text
    .split(',')
    .map((part): TestNumber | undefined => {
      const [, e164, code] = /^(\+[1-9]\d{6,14})=(\d{4,10})$/.exec(part.trim()) ?? [];
      return e164 === undefined || code === undefined ? undefined : { e164, code };
    })
    .filter((item) => item !== undefined);
  const isWhole =
    items.length === text.split(',').length &&
    new Set(items.map(({ e164 }) => e164)).size === items.length;
  return isWhole && items.length <= 100 ? Object.freeze(items) : fail(context);
});

/** A whole number, for limits: `parse: count(1, 100), must: COUNT(1, 100)`. */
export const count = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .transform(Number)
    .pipe(z.number().min(least).max(most));
export const COUNT = (least: number, most: number): string =>
  `a whole number from ${least} to ${most}`;

/** An amount of money in the operator's currency. */
const amount = z
  .string()
  .regex(/^\d{1,6}(\.\d{1,4})?$/)
  .transform(Number);
const AMOUNT = 'an amount with up to four decimals (0.05)';
const cap = z.union([z.literal('none').transform(() => undefined), amount]);

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const toMs = (text: string): number | undefined => {
  const [, digits, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNIT_MS[unit as keyof typeof UNIT_MS];
};
/** A duration with its unit (500ms, 30s, 10m, 2h, 1d), parsed to milliseconds: give it `as: '...Ms'`. Bounds likewise. */
export const duration = (least: string, most: string) =>
  z.string().transform((text, context): number => {
    const ms = toMs(text);
    return ms === undefined || ms < (toMs(least) ?? 0) || ms > (toMs(most) ?? 0)
      ? fail(context)
      : ms;
  });
/** Several of them, with commas between. */
const durations = (least: string, most: string, items: number) =>
  list(duration(least, most), items);
const DURATIONS = (least: string, most: string, items: number): string =>
  `one to ${items} durations with their units (ms, s, m, h, d) from ${least} to ${most}, with commas between them`;
export const DURATION = (least: string, most: string): string =>
  `a duration with its unit (ms, s, m, h, d) from ${least} to ${most}`;

export const SETTINGS = [
  row({
    name: 'ROLES',
    roles: ['stack'],
    default: 'api,ingress,worker',
    must: `some of ${ROLES.join(', ')}, with commas between them`,
    parse: list(z.enum(ROLES), ROLES.length).refine(
      (roles) => new Set(roles).size === roles.length,
    ),
    what: 'The roles that this process runs.',
  }),
  row({
    name: 'DATA_DIR',
    roles: ['stack'],
    default: '.data',
    parse: z.string().refine((text) => !text.includes('\0')),
    must: 'a folder',
    what: 'Where the embedded PostgreSQL and the generated keys are.',
  }),
  row({
    name: 'LOG_LEVEL',
    roles: ['stack', 'api', 'ingress', 'worker'],
    default: 'info',
    parse: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    must: 'fatal, error, warn, info, debug, trace or silent',
    what: 'The least severe log lines that are written.',
  }),
  row({
    name: 'HOST',
    roles: ['stack', 'api', 'ingress', 'worker'],
    default: '127.0.0.1',
    parse: z.string().regex(/^[\w.:-]+$/),
    must: 'an address of this machine',
    what: 'The address that the roles listen on. The embedded PostgreSQL and the simulator stay on 127.0.0.1.',
  }),
  row({
    name: 'API_PORT',
    roles: ['stack', 'api'],
    default: '3000',
    parse: port,
    must: PORT,
    what: 'The port of the API.',
  }),
  row({
    name: 'INGRESS_PORT',
    roles: ['stack', 'ingress'],
    default: '3001',
    parse: port,
    must: PORT,
    what: "The port for the carrier's requests.",
  }),
  row({
    name: 'WORKER_PORT',
    roles: ['stack', 'worker'],
    default: '3002',
    parse: port,
    must: PORT,
    what: "The port of the worker's health routes.",
  }),
  row({
    name: 'SIMULATOR_PORT',
    roles: ['stack'],
    default: '3003',
    parse: port,
    must: PORT,
    what: 'The port of the simulator; refused with a live carrier.',
  }),
  row({
    name: 'POSTGRES_PORT',
    roles: ['stack'],
    default: '3004',
    parse: port,
    must: PORT,
    what: 'The port of the embedded PostgreSQL.',
  }),
  row({
    name: 'API_PUBLIC_URL',
    roles: ['api', 'worker'],
    default: 'http://localhost:${API_PORT}',
    parse: origin,
    must: ORIGIN,
    what: 'Where people reach the API; its host is the `@host` in an SMS.',
  }),
  row({
    name: 'ANDROID_APP_HASH',
    roles: ['worker'],
    optional: true,
    parse: z.string().regex(/^[A-Za-z0-9+/]{11}$/),
    must: "the 11 characters of an app's hash (SMS Retriever)",
    what: 'Stands after the code in an SMS, so that your Android app is given it.',
  }),
  row({
    name: 'TRUSTED_PROXIES',
    roles: ['api', 'ingress'],
    default: '',
    parse: addresses,
    must: 'IP addresses or networks (10.0.0.0/8) with commas between them, or empty',
    what: "Reverse proxies whose X-Forwarded-For is believed. Empty: nobody's, and behind a proxy all people share one address and its limits.",
  }),
  row({
    name: 'INGRESS_PUBLIC_URL',
    roles: ['ingress', 'worker'],
    default: 'http://127.0.0.1:${INGRESS_PORT}',
    parse: origin,
    must: ORIGIN,
    what: 'Where the carrier reaches `ingress`; https and not loopback with a live carrier.',
  }),
  row({
    name: 'DATABASE_URL',
    roles: ['stack'],
    secret: true,
    optional: true,
    made: 'the embedded PostgreSQL',
    parse: databaseUrl,
    must: DATABASE_URL,
    what: 'PostgreSQL, by a login that may create roles: migrates, and sets the passwords of the three logins.',
  }),
  row({
    name: 'API_DATABASE_URL',
    roles: ['api'],
    as: 'databaseUrl',
    secret: true,
    made: 'from DATABASE_URL',
    parse: databaseUrl,
    must: DATABASE_URL,
    what: 'PostgreSQL by the login of `api`. Given without DATABASE_URL, nothing is migrated or generated.',
  }),
  row({
    name: 'INGRESS_DATABASE_URL',
    roles: ['ingress'],
    as: 'databaseUrl',
    secret: true,
    made: 'from DATABASE_URL',
    parse: databaseUrl,
    must: DATABASE_URL,
    what: 'The same for `ingress`.',
  }),
  row({
    name: 'WORKER_DATABASE_URL',
    roles: ['worker'],
    as: 'databaseUrl',
    secret: true,
    made: 'from DATABASE_URL',
    parse: databaseUrl,
    must: DATABASE_URL,
    what: 'The same for `worker`.',
  }),
  row({
    name: 'QUEUE_URL',
    roles: ['api', 'worker'],
    secret: true,
    made: 'a database of its own beside DATABASE_URL',
    parse: address(['redis:', 'rediss:', 'postgres:', 'postgresql:']),
    must: 'a redis://, rediss:// or postgres:// address',
    what: 'Where the queue is.',
  }),
  row({
    name: 'VAULT_PUBLIC_KEY',
    roles: ['api', 'ingress'],
    secret: true,
    made: 'generated',
    parse: key,
    must: `${KEY} (X25519)`,
    what: 'Seals numbers. No secret, but kept as one: who exchanges it reads what is sealed from then on.',
  }),
  row({
    name: 'VAULT_PRIVATE_KEYS',
    roles: ['worker'],
    secret: true,
    made: 'generated',
    parse: list(key, 16),
    must: `one or more of ${KEY} (X25519), with commas between them`,
    what: "Open numbers: the first is the public key's, the others are older ones.",
  }),
  row({
    name: 'LIMITER_KEY',
    roles: ['api'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'Counts and finds numbers for two days.',
  }),
  row({
    name: 'CODE_PEPPER',
    roles: ['api'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'Hashes codes.',
  }),
  row({
    name: 'PRESENTATION_KEY',
    roles: ['api'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'Wraps the daily keys of caller IDs.',
  }),
  row({
    name: 'IDEMPOTENCY_KEY',
    roles: ['api'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'Fingerprints requests that carry an `Idempotency-Key`.',
  }),
  row({
    name: 'NUMBER_INDEX_KEY',
    roles: ['worker'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'The permanent index of numbers.',
  }),
  row({
    name: 'WEBHOOK_KEY',
    roles: ['worker'],
    secret: true,
    made: 'generated',
    parse: key,
    must: KEY,
    what: 'The secrets that webhooks are signed with are computed from it: another key, and every app needs its new secret.',
  }),
  row({
    name: 'NUMBER_COUNTRIES',
    roles: ['api'],
    default: '',
    parse: countries,
    must: 'ISO 3166 codes of countries (DE,FR) in capitals, with commas between them, or empty',
    what: 'The countries whose numbers may be verified. Empty: all.',
  }),
  row({
    name: 'NUMBER_DENY_FILE',
    roles: ['api'],
    optional: true,
    parse: z.string().refine((text) => !text.includes('\0')),
    must: 'a file',
    what: 'A file of prefixes whose numbers are refused, one a line (`+8817`), with `#` comments; read again when it changes. While it has never been read, all numbers are. `npm run deny` edits a list beside it.',
  }),
  row({
    name: 'TEST_NUMBERS',
    roles: ['api'],
    secret: true,
    optional: true,
    parse: testNumbers,
    must: 'numbers with a code of 4 to 10 digits each (+12025550100=123456), with commas between them, at most 100, each once',
    what: 'Numbers whose code is always the same: nothing is sent to verify them, and no limit of sends holds. Refused with a live carrier. The rules for countries and prefixes hold for them too.',
  }),
  row({
    name: 'SMS_WAITS',
    roles: ['api', 'worker'],
    as: 'smsWaitsMs',
    default: '60s,120s,300s,600s',
    parse: durations('1s', '1d', 8),
    must: DURATIONS('1s', '1d', 8),
    what: 'What passes between an SMS with a code and the next to the same number by the same starter; the last for all that follow.',
  }),
  row({
    name: 'CALL_AFTER_SMS',
    roles: ['api', 'worker'],
    as: 'callAfterSmsMs',
    default: '60s',
    parse: duration('0s', '1d'),
    must: DURATION('0s', '1d'),
    what: 'What passes between the first SMS and a call with the code. No wait where no SMS reaches the number.',
  }),
  row({
    name: 'CALL_WAITS',
    roles: ['api', 'worker'],
    as: 'callWaitsMs',
    default: '60s,300s',
    parse: durations('1s', '1d', 8),
    must: DURATIONS('1s', '1d', 8),
    what: 'What passes between a call with a code and the next.',
  }),
  row({
    name: 'CALLS_AT_MOST',
    roles: ['api', 'worker'],
    default: '3',
    parse: count(0, 20),
    must: COUNT(0, 20),
    what: 'Calls with a code to one number by one starter, until an hour has passed without a send, or the number is proved.',
  }),
  row({
    name: 'SENDS_IN_TEN_MINUTES',
    roles: ['api', 'worker'],
    default: '5',
    parse: count(1, 100),
    must: COUNT(1, 100),
    what: 'Codes, by SMS or call, to one number in ten minutes, whoever asks.',
  }),
  row({
    name: 'SENDS_A_DAY',
    roles: ['api', 'worker'],
    default: '5',
    parse: count(1, 100),
    must: COUNT(1, 100),
    what: 'The same in 24 hours.',
  }),
  row({
    name: 'SENDS_KEPT_FOR_KNOWN',
    roles: ['api', 'worker'],
    default: '2',
    parse: count(0, 99),
    must: `${COUNT(0, 99)}, less than SENDS_A_DAY`,
    what: 'Of these, how many only a session or device may use that has proved the number before.',
  }),
  row({
    name: 'SENDS_PER_ADDRESS_A_MINUTE',
    roles: ['api', 'worker'],
    default: '10',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Codes asked for from one IP address (IPv6: one /64) in a minute.',
  }),
  row({
    name: 'AUTO_VOICE_AFTER',
    roles: ['api', 'worker'],
    as: 'autoVoiceAfterMs',
    default: '60s',
    parse: duration('10s', '10m'),
    must: DURATION('10s', '10m'),
    what: 'With the channel `auto`, how long the carrier has to say that the SMS was delivered before a call is made.',
  }),
  row({
    name: 'READS_A_MINUTE',
    roles: ['api'],
    default: '60',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Looks at verifications by one account, or at one verification by an app, in a minute.',
  }),
  row({
    name: 'CHECKS_AT_MOST',
    roles: ['api'],
    default: '5',
    parse: count(1, 10),
    must: COUNT(1, 10),
    what: 'Codes that are compared in one verification.',
  }),
  row({
    name: 'GUESSES_PER_ADDRESS_AN_HOUR',
    roles: ['api'],
    default: '30',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Wrong codes from one IP address (IPv6: one /64) in an hour, over all numbers.',
  }),
  row({
    name: 'GUESSES_PER_APP_AN_HOUR',
    roles: ['api'],
    default: '1000',
    parse: count(1, 100_000),
    must: COUNT(1, 100_000),
    what: 'The same by one app that does not say from where its users come.',
  }),
  row({
    name: 'GUESSES_A_DAY',
    roles: ['api'],
    default: '10',
    parse: count(1, 1000),
    must: COUNT(1, 1000),
    what: 'Wrong codes that are compared for one number in 24 hours, over all its verifications.',
  }),
  row({
    name: 'GUESSES_KEPT_FOR_OWNER',
    roles: ['api'],
    default: '3',
    parse: count(0, 1000),
    must: `${COUNT(0, 1000)}, less than GUESSES_A_DAY`,
    what: 'Of these, how many only the account that has the number may use, or a session or device that has proved it before.',
  }),
  row({
    name: 'GUESSES_IN_A_ROW',
    roles: ['api'],
    default: '100',
    parse: count(1, 1000),
    must: COUNT(1, 1000),
    what: 'Wrong codes for one number after which only the account that has it may guess, until it is proved or 30 days have passed.',
  }),
  row({
    name: 'PROOF_LASTS',
    as: 'proofLastsMs',
    roles: ['api', 'worker'],
    default: '365d',
    parse: duration('1d', '3650d'),
    must: DURATION('1d', '3650d'),
    what: 'How long the proof of a number holds. After that the number rings nobody and is not rung until it is proved again; its person is told a week before.',
  }),
  row({
    name: 'UNREACHABLE_LIMIT',
    roles: ['ingress', 'worker'],
    default: '3',
    parse: count(1, 100),
    must: COUNT(1, 100),
    what: 'After so many Dings and conference calls in a row to a number of which the carrier says that there is no such number, it must be proved again.',
  }),
  row({
    name: 'SMS_PRICE',
    roles: ['worker'],
    default: '0.05',
    parse: amount,
    must: AMOUNT,
    what: 'What an SMS with a code costs, for the caps below; in your currency.',
  }),
  row({
    name: 'CALL_PRICE',
    roles: ['worker'],
    default: '0.05',
    parse: amount,
    must: AMOUNT,
    what: 'What a call with a code costs.',
  }),
  row({
    name: 'PRICES_FILE',
    roles: ['worker'],
    optional: true,
    parse: z.string().refine((text) => !text.includes('\0')),
    must: 'a file',
    what: 'Prices by country, one a line (`GB sms 0.04`, `GB voice 0.02`), with `#` comments; read again when it changes.',
  }),
  row({
    name: 'SPEND_CAP_A_DAY',
    roles: ['worker'],
    default: '100',
    parse: cap,
    must: `${AMOUNT}, or none`,
    what: 'What codes may cost in a UTC day, all together: then no more are sent that day.',
  }),
  row({
    name: 'SPEND_CAP_COUNTRY_A_DAY',
    roles: ['worker'],
    default: '50',
    parse: cap,
    must: `${AMOUNT}, or none`,
    what: 'The same for each country.',
  }),
  row({
    name: 'GUARD_CONVERSION',
    roles: ['worker'],
    default: '0.2',
    parse: z
      .string()
      .regex(/^(0(\.\d{1,3})?|1)$/)
      .transform(Number),
    must: 'a share from 0 to 1 (0.2)',
    what: 'A prefix or country where fewer codes than this share are typed in is blocked for a while: [pumping.md](pumping.md). 0: the guard is off.',
  }),
  row({
    name: 'GUARD_PREFIX_SENDS',
    roles: ['worker'],
    default: '10',
    parse: count(3, 100_000),
    must: COUNT(3, 100_000),
    what: 'So many sends before a prefix (a number without its last four digits) is judged.',
  }),
  row({
    name: 'GUARD_COUNTRY_SENDS',
    roles: ['worker'],
    default: '50',
    parse: count(10, 1_000_000),
    must: COUNT(10, 1_000_000),
    what: 'The same for a country.',
  }),
  row({
    name: 'CARRIER_BASE_URL',
    roles: ['stack', 'api', 'ingress', 'worker'],
    made: 'the simulator',
    parse: origin,
    must: `${ORIGIN}; https unless it is loopback`,
    what: 'The carrier: `https://api.twilio.com` is Twilio. Anything but loopback is *live*. Every role is told, so that none takes itself for a toy.',
  }),
  row({
    name: 'CARRIER_ACCOUNT_SID',
    roles: ['worker'],
    secret: true,
    made: 'generated for the simulator',
    parse: z.string().regex(/^AC[0-9a-f]{32}$/),
    must: 'AC and 32 hex digits',
    what: 'The account at the carrier.',
  }),
  row({
    name: 'CARRIER_AUTH_TOKEN',
    roles: ['worker'],
    secret: true,
    made: 'generated for the simulator',
    parse: z.string().min(8).max(128),
    must: '8 to 128 characters',
    what: 'Its password.',
  }),
  row({
    name: 'CARRIER_WEBHOOK_TOKENS',
    roles: ['ingress'],
    secret: true,
    made: 'generated for the simulator',
    parse: list(z.string().min(8).max(128), 2),
    must: 'one or two tokens of 8 to 128 characters, with a comma between them',
    what: 'What the carrier signs its requests with: the auth token, and during a change the next one.',
  }),
  row({
    name: 'CARRIER_SENDER_NUMBER',
    roles: ['worker'],
    secret: true,
    made: 'a number of the simulator',
    parse: z.string().regex(/^\+[1-9]\d{6,14}$/),
    must: 'a number that begins with +',
    what: 'The number that SMS and calls come from.',
  }),
  row({
    name: 'CARRIER_DISCARDS_CONTENT',
    roles: ['worker'],
    default: 'false',
    parse: z.enum(['true', 'false']).transform((text) => text === 'true'),
    must: 'true or false',
    what: 'Asks the carrier to keep neither text nor number of a message longer than it must. Twilio refuses it to accounts that have not been allowed to.',
  }),
  row({
    name: 'RETENTION_CALLS_DAYS',
    roles: ['worker'],
    default: '30',
    parse: count(1, 3650),
    must: COUNT(1, 3650),
    what: 'How long an ended Ding or conference is kept, with its text and its participants.',
  }),
  row({
    name: 'RETENTION_VERIFICATIONS_DAYS',
    roles: ['worker'],
    default: '1',
    parse: count(1, 3650),
    must: COUNT(1, 3650),
    what: 'How long a finished verification is kept, with its reason.',
  }),
  row({
    name: 'RETENTION_NOTICES_DAYS',
    roles: ['worker'],
    default: '365',
    parse: count(1, 3650),
    must: COUNT(1, 3650),
    what: 'How long a notice to a person is kept.',
  }),
  row({
    name: 'RETENTION_WEBHOOKS_DAYS',
    roles: ['worker'],
    default: '7',
    parse: count(1, 3650),
    must: COUNT(1, 3650),
    what: 'How long what an app was told by a webhook is kept, after it was delivered or given up.',
  }),
] as const;

type Row = (typeof SETTINGS)[number];
type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<Camel<Tail>>}`
  : Lowercase<S>;
type Field<S extends Row> = S extends { as: infer A extends string } ? A : Camel<S['name']>;
type Plain<S extends Row> = z.output<S['parse']>;
type Wrapped<S extends Row> = S extends { secret: true } ? Redacted<Plain<S>> : Plain<S>;
type Value<S extends Row> = S extends { optional: true } ? Wrapped<S> | undefined : Wrapped<S>;
type SettingsOf<R extends Reader> = {
  readonly [S in Row as R extends S['roles'][number] ? Field<S> : never]: Value<S>;
} & {
  /** The carrier is a real one: people are rung and money is spent. */
  readonly isLive: boolean;
};

export type StackSettings = Omit<SettingsOf<'stack'>, 'isLive' | 'carrierBaseUrl'>;
export type ApiSettings = SettingsOf<'api'>;
export type IngressSettings = SettingsOf<'ingress'>;
export type WorkerSettings = SettingsOf<'worker'>;
export interface Settings {
  readonly roles: readonly Role[];
  readonly isLive: boolean;
  readonly logLevel: StackSettings['logLevel'];
  /** Each is there only if ROLES names it. */
  readonly api?: ApiSettings;
  readonly ingress?: IngressSettings;
  readonly worker?: WorkerSettings;
}
export type SettingName = Row['name'];
export type Environment = Readonly<Record<string, string | undefined>>;
/** What the stack supplies for settings that the environment doesn't give. */
export type Supplied = Readonly<Partial<Record<SettingName, string>>>;

/** One line for each setting that is missing or malformed; it names the setting and never shows a value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/**
 * Keys that were ever printed in a document, here or elsewhere, and keys that nobody's random generator gave: one byte
 * repeated, counting up from a byte, or words. With a live carrier they are refused.
 */
const SAMPLE_KEYS: ReadonlySet<string> = new Set([
  'XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os', // RFC 7748, section 6.1, Bob's private key
  '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08', // RFC 7748, section 6.1, Bob's public key
]);
const isSampleKey = (bytes: Uint8Array): boolean =>
  SAMPLE_KEYS.has(Buffer.from(bytes).toString('base64url')) ||
  bytes.every((byte) => byte === bytes[0]) ||
  bytes.every((byte, i) => byte === (((bytes[0] ?? 0) + i) & 0xff)) ||
  bytes.every((byte) => byte >= 0x20 && byte < 0x7f); // words: 1 random key in 10^13 looks so

const camel = (name: string): string =>
  name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** The text of one setting: from the environment, from NAME_FILE, or undefined. An empty text counts as none. */
function textOf(
  setting: Setting,
  env: Environment,
  problems: Map<string, string>,
): string | undefined {
  const direct = env[setting.name] || undefined;
  const path = setting.secret ? env[`${setting.name}_FILE`] || undefined : undefined;
  if (path === undefined) return direct;
  if (direct !== undefined) {
    problems.set(
      setting.name,
      `${setting.name} is given twice, by itself and by ${setting.name}_FILE`,
    );
    return undefined;
  }
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    problems.set(
      setting.name,
      `${setting.name}_FILE can't be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    );
    return undefined;
  }
}

/** Reads what `readers` need. `promised` are missing now and will be supplied later: they are no problem yet. */
function read(
  env: Environment,
  supplied: Supplied,
  readers: (roles: readonly Role[]) => readonly Reader[],
  promised: ReadonlySet<string>,
) {
  const problems = new Map<string, string>();
  const texts = new Map<string, string>();
  for (const setting of SETTINGS as readonly Setting[]) {
    const text =
      textOf(setting, env, problems) ?? supplied[setting.name as SettingName] ?? setting.default;
    if (text !== undefined) texts.set(setting.name, text);
  }
  for (const [name, text] of texts)
    texts.set(
      name,
      text.replace(/\$\{(\w+)\}/g, (whole, other: string) => texts.get(other) ?? whole),
    );

  const parsed = new Map<string, unknown>();
  const parseOne = (setting: Setting): void => {
    if (parsed.has(setting.name) || problems.has(setting.name)) return;
    const text = texts.get(setting.name);
    if (text === undefined) {
      if (!setting.optional && !promised.has(setting.name))
        problems.set(setting.name, `${setting.name} is missing: it must be ${setting.must}`);
      return;
    }
    const result = setting.parse.safeParse(text);
    const isDerived =
      text !== setting.default &&
      !isGiven(env, setting.name) &&
      supplied[setting.name as SettingName] === undefined;
    const source = isDerived ? /\$\{(\w+)\}/.exec(setting.default ?? '')?.[1] : undefined;
    if (source !== undefined && problems.has(source)) return; // a default that follows a bad setting is not another problem
    if (result.success) parsed.set(setting.name, result.data);
    else problems.set(setting.name, `${setting.name} must be ${setting.must}`);
  };
  const rows = SETTINGS as readonly Setting[];
  parseOne(rows.find((setting) => setting.name === 'ROLES') as Setting);
  const roles = (parsed.get('ROLES') ?? ROLES) as readonly Role[];
  const wanted = readers(roles);
  for (const setting of rows)
    if (setting.roles.some((reader) => wanted.includes(reader))) parseOne(setting);

  const people = parsed.get('API_PUBLIC_URL') as string | undefined;
  const [wrong] =
    people === undefined
      ? []
      : problemsOfAll(
          {
            host: new URL(people).hostname,
            appHash: parsed.get('ANDROID_APP_HASH') as string | undefined,
          },
          LONGEST_CODE,
        );
  if (wrong !== undefined)
    problems.set(
      'API_PUBLIC_URL',
      `API_PUBLIC_URL must have a shorter host, a name without brackets: with it ${wrong}`,
    );
  const [guesses, kept] = [parsed.get('GUESSES_A_DAY'), parsed.get('GUESSES_KEPT_FOR_OWNER')] as (
    number | undefined
  )[];
  if (guesses !== undefined && kept !== undefined && kept >= guesses)
    problems.set(
      'GUESSES_KEPT_FOR_OWNER',
      'GUESSES_KEPT_FOR_OWNER must be less than GUESSES_A_DAY',
    );
  const [sends, keptSends] = [parsed.get('SENDS_A_DAY'), parsed.get('SENDS_KEPT_FOR_KNOWN')] as (
    number | undefined
  )[];
  if (sends !== undefined && keptSends !== undefined && keptSends >= sends)
    problems.set('SENDS_KEPT_FOR_KNOWN', 'SENDS_KEPT_FOR_KNOWN must be less than SENDS_A_DAY');
  const carrier = parsed.get('CARRIER_BASE_URL') as string | undefined;
  const isLive = carrier !== undefined && !isLoopback(new URL(carrier));
  if (isLive) refuseForLive(env, parsed, new URL(carrier), problems);
  return { problems, parsed, roles, isLive };
}

function refuseForLive(
  env: Environment,
  parsed: ReadonlyMap<string, unknown>,
  carrier: URL,
  problems: Map<string, string>,
): void {
  const refuse = (name: string, why: string): void => {
    if (!problems.has(name)) problems.set(name, `${name} ${why}`);
  };
  // Numbers and the account's password would cross the network in clear text.
  if (carrier.protocol !== 'https:')
    refuse('CARRIER_BASE_URL', 'must be https unless it is loopback');
  if (env['SIMULATOR_PORT'])
    refuse(
      'SIMULATOR_PORT',
      'is refused: CARRIER_BASE_URL is a live carrier, and the simulator runs with none',
    );
  if (isGiven(env, 'TEST_NUMBERS'))
    refuse(
      'TEST_NUMBERS',
      'is refused: CARRIER_BASE_URL is a live carrier, and anybody could prove these numbers',
    );
  const callback = parsed.get('INGRESS_PUBLIC_URL') as string | undefined;
  if (callback !== undefined && (isLoopback(new URL(callback)) || !callback.startsWith('https:')))
    refuse(
      'INGRESS_PUBLIC_URL',
      'must be https and not loopback: the live carrier calls it from outside',
    );
  for (const [name, value] of parsed) {
    const keys = (Array.isArray(value) ? value : [value]).filter(
      (item) => item instanceof Uint8Array,
    );
    if (keys.some(isSampleKey))
      refuse(name, 'is a published sample key: refused with a live carrier');
  }
}

function section(reader: Reader, parsed: ReadonlyMap<string, unknown>, isLive: boolean): object {
  const fields: Record<string, unknown> = { isLive };
  for (const setting of SETTINGS as readonly Setting[]) {
    if (!setting.roles.includes(reader)) continue;
    const value = parsed.get(setting.name);
    fields[setting.as ?? camel(setting.name)] =
      setting.secret && value !== undefined ? new Redacted(value) : value;
  }
  return Object.freeze(fields);
}

/** The settings of the roles in ROLES. @throws SettingsError with a line for each setting that is missing or malformed */
export function parseSettings(env: Environment, supplied: Supplied = {}): Settings {
  const { problems, parsed, roles, isLive } = read(
    env,
    supplied,
    (named) => ['stack', ...named],
    new Set(),
  );
  if (problems.size > 0) throw new SettingsError([...problems.values()]);
  const settings: Record<string, unknown> = { roles, isLive, logLevel: parsed.get('LOG_LEVEL') };
  for (const role of roles) settings[role] = section(role, parsed, isLive);
  return Object.freeze(settings) as unknown as Settings;
}

/**
 * What the stack must know before it can supply the rest. Checks the roles' settings too, so that one start names every
 * problem; only those in `promised`, which the stack will make, may be missing. `only` narrows it to some roles.
 */
export function parseStackSettings(
  env: Environment,
  promised: ReadonlySet<SettingName>,
  only?: readonly Role[],
): StackSettings {
  const { problems, parsed, isLive } = read(
    env,
    {},
    (named) => ['stack', ...(only ?? named)],
    promised,
  );
  if (problems.size > 0) throw new SettingsError([...problems.values()]);
  return section('stack', parsed, isLive) as StackSettings;
}

/** What an operator's command must know of the roles, from what the environment gives; whatever else is missing. */
export function parseOperatorSettings(env: Environment): {
  isLive: boolean;
  apiPublicUrl: string;
  androidAppHash: string | undefined;
} {
  const { problems, parsed, isLive } = read(
    env,
    {},
    () => ['stack', 'api', 'worker'],
    new Set(SETTINGS.map(({ name }) => name)),
  );
  if (problems.size > 0) throw new SettingsError([...problems.values()]);
  return {
    isLive,
    apiPublicUrl: parsed.get('API_PUBLIC_URL') as string,
    androidAppHash: parsed.get('ANDROID_APP_HASH') as string | undefined,
  };
}

/** Whether the environment gives a setting, by itself or as a file. */
export const isGiven = (env: Environment, name: string): boolean =>
  Boolean(env[name] || env[`${name}_FILE`]);

/** The text of a setting that the environment gives, by itself or as a file; its form was checked before. */
export function readGiven(env: Environment, name: SettingName): string {
  const setting = (SETTINGS as readonly Setting[]).find((one) => one.name === name) as Setting;
  return textOf(setting, env, new Map()) ?? '';
}

/** The environment of this process. Here because nothing else may read it. */
export const environment = (): Environment => process.env;

/** The table of settings in docs/settings.md. */
export function settingsTable(): string {
  const lines = (SETTINGS as readonly Setting[]).map((setting) => {
    const fallback =
      setting.default !== undefined ? `\`${setting.default}\`` : (setting.made ?? '');
    const readers = setting.roles.filter(
      (reader) => reader !== 'stack' || setting.roles.length === 1,
    );
    return `| \`${setting.name}\`${setting.secret ? ' *' : ''} | ${readers.join(', ')} | ${fallback} | ${setting.what} Must be ${setting.must}. |`;
  });
  return [
    '| setting | role | default | what it is |',
    '|---|---|---|---|',
    ...lines,
    '',
    '\\* Kept from every log, and may be given as a file: `NAME_FILE=/path`.',
  ].join('\n');
}
