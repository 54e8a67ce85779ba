import { z } from 'zod';
import { Redacted } from './kernel/redacted.js';
import { CALLER_IDS } from './settings/caller-ids.js';
import { CARRIER } from './settings/carrier.js';
import { countries } from './settings/countries.js';
import { DATABASES } from './settings/databases.js';
import { GUESSES } from './settings/guesses.js';
import { KEYS } from './settings/keys.js';
import { LISTENING } from './settings/listening.js';
import { NUMBERS } from './settings/numbers.js';
import { duration, list, type testNumbers } from './settings/parsers.js';
import { type Reading, readSettings, type Request } from './settings/reading.js';
import { REACHING } from './settings/reaching.js';
import { RETENTION } from './settings/retention.js';
import { SENDS } from './settings/sends.js';
import { findText, isGivenIn, type Reader, row, type Setting } from './settings/setting.js';
import { SPENDING } from './settings/spending.js';

export const ROLES = ['api', 'ingress', 'worker'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Every setting of the product, described once: the rows of SETTINGS are the parser, the types and
 * the table in docs/settings.md. They stand in src/settings, a file for each theme.
 *
 * To add one, add a row. Its text is parsed by `parse` (a zod schema from string), its value
 * appears as `settings.<role>.<camelCaseName>` for each role that is named in `roles`, and nowhere
 * else: a role is given its own settings only. `${NAME}` in a default stands for another setting's
 * text.
 *
 * Messages say what a setting must be and never what it was: zod's own messages aren't used.
 */
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
  ...LISTENING,
  ...DATABASES,
  ...KEYS,
  ...NUMBERS,
  ...SENDS,
  ...GUESSES,
  ...CALLER_IDS,
  ...REACHING,
  ...SPENDING,
  ...CARRIER,
  ...RETENTION,
] as const;
const ROWS: readonly Setting[] = SETTINGS;

type Row = (typeof SETTINGS)[number];
type Camel<S extends string> = S extends `${infer Head}_${infer Tail}`
  ? `${Lowercase<Head>}${Capitalize<Camel<Tail>>}`
  : Lowercase<S>;
type Field<S extends Row> = S extends { as: infer A extends string } ? A : Camel<S['name']>;
type Plain<S extends Row> = z.output<S['parse']>;
type Wrapped<S extends Row> = S extends { secret: true } ? Redacted<Plain<S>> : Plain<S>;
type Value<S extends Row> = S extends { optional: true } ? Wrapped<S> | undefined : Wrapped<S>;
type ReaderSettings<R extends Reader> = {
  readonly [S in Row as R extends S['roles'][number] ? Field<S> : never]: Value<S>;
} & {
  /** The carrier is a real one: people are rung and money is spent. */
  readonly isLive: boolean;
};

export type StackSettings = Omit<ReaderSettings<'stack'>, 'isLive' | 'carrierBaseUrl'>;
export type ApiSettings = ReaderSettings<'api'>;
export type IngressSettings = ReaderSettings<'ingress'>;
export type WorkerSettings = ReaderSettings<'worker'>;
export interface Settings {
  readonly roles: readonly Role[];
  readonly isLive: boolean;
  readonly logLevel: StackSettings['logLevel'];
  /** Each is there only if ROLES names it. */
  readonly api?: ApiSettings;
  readonly ingress?: IngressSettings;
  readonly worker?: WorkerSettings;
}
/** A number whose code is always the same. */
export type TestNumber = z.output<typeof testNumbers>[number];
export type SettingName = Row['name'];
export type Environment = Readonly<Record<string, string | undefined>>;
/** What the stack supplies for settings that the environment doesn't give. */
export type Supplied = Readonly<Partial<Record<SettingName, string>>>;

/** A line for each setting that is missing or malformed; it names the setting, never a value. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  constructor(readonly lines: readonly string[]) {
    super(lines.join('\n'));
  }
}

/** Reads what `request` asks for. @throws SettingsError */
function readOrThrow(request: Omit<Request, 'settings'>): Reading {
  const reading = readSettings({ settings: ROWS, ...request });
  if (reading.problems.size > 0) throw new SettingsError([...reading.problems.values()]);
  return reading;
}

/** The settings of the roles in ROLES. @throws SettingsError */
export function parseSettings(env: Environment, supplied: Supplied = {}): Settings {
  const reading = readOrThrow({
    env,
    supplied,
    promised: new Set(),
    chooseReaders: (roles = ROLES) => ['stack', ...roles],
  });
  const { parsed, isLive } = reading;
  const roles = parsed.get('ROLES') as readonly Role[];
  const settings: Record<string, unknown> = { roles, isLive, logLevel: parsed.get('LOG_LEVEL') };
  for (const role of roles) settings[role] = pickFor(role, reading);
  return Object.freeze(settings) as unknown as Settings;
}

/**
 * What the stack must know before it can supply the rest. It checks the roles' settings too, so
 * that one start names every problem; only those in `promised`, which the stack will make, may be
 * missing. `only` narrows it to some roles.
 *
 * @throws SettingsError
 */
export function parseStackSettings(
  env: Environment,
  promised: ReadonlySet<SettingName>,
  only?: readonly Role[],
): StackSettings {
  const reading = readOrThrow({
    env,
    supplied: {},
    promised,
    chooseReaders: (roles = ROLES) => ['stack', ...(only ?? roles)],
  });
  return pickFor('stack', reading) as StackSettings;
}

export interface OperatorSettings {
  readonly isLive: boolean;
  readonly apiPublicUrl: string;
  readonly androidAppHash: string | undefined;
  /** What a UTC day may cost: all of it, and what goes on a country, account or team. */
  readonly spendCaps: Readonly<Record<'all' | 'country' | 'account' | 'team', number | undefined>>;
  readonly numberCountries: readonly string[];
  readonly numberDenyFile: string | undefined;
  /** How many codes may go to one number. */
  readonly sends: Readonly<Record<'inTenMinutes' | 'aDay' | 'keptForKnown', number>>;
}

/**
 * What an operator's command must know of the roles, from what the environment gives; whatever else
 * is missing.
 *
 * @throws SettingsError
 */
export function parseOperatorSettings(env: Environment): OperatorSettings {
  const { parsed, isLive } = readOrThrow({
    env,
    supplied: {},
    promised: new Set(ROWS.map(({ name }) => name)),
    chooseReaders: () => ['stack', 'api', 'worker'],
  });
  return {
    isLive,
    apiPublicUrl: parsed.get('API_PUBLIC_URL') as string,
    androidAppHash: parsed.get('ANDROID_APP_HASH') as string | undefined,
    spendCaps: {
      all: parsed.get('SPEND_CAP_A_DAY') as number | undefined,
      country: parsed.get('SPEND_CAP_COUNTRY_A_DAY') as number | undefined,
      account: parsed.get('SPEND_CAP_ACCOUNT_A_DAY') as number | undefined,
      team: parsed.get('SPEND_CAP_TEAM_A_DAY') as number | undefined,
    },
    numberCountries: parsed.get('NUMBER_COUNTRIES') as readonly string[],
    numberDenyFile: parsed.get('NUMBER_DENY_FILE') as string | undefined,
    sends: {
      inTenMinutes: parsed.get('SENDS_IN_TEN_MINUTES') as number,
      aDay: parsed.get('SENDS_A_DAY') as number,
      keptForKnown: parsed.get('SENDS_KEPT_FOR_KNOWN') as number,
    },
  };
}

/** The fields of one reader, and no others. */
function pickFor(reader: Reader, { parsed, isLive }: Reading): object {
  const fields: Record<string, unknown> = { isLive };
  for (const setting of ROWS) {
    if (!setting.roles.includes(reader)) continue;
    const value = parsed.get(setting.name);
    const isWrapped = setting.secret && value !== undefined;
    fields[setting.as ?? toCamelCase(setting.name)] = isWrapped ? new Redacted(value) : value;
  }
  return Object.freeze(fields);
}

const toCamelCase = (name: string): string =>
  name.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** Whether the environment gives a setting, by itself or as a file. */
export function isGiven(env: Environment, name: string): boolean {
  return isGivenIn(env, name);
}

/** The text of a setting that the environment gives; its form was checked before. */
export function readGiven(env: Environment, name: SettingName): string {
  const setting = ROWS.find((one) => one.name === name) as Setting;
  return findText(setting, env, new Map()) ?? '';
}

/** Countries that an operator types into a command; undefined: they are none. */
export function parseCountries(text: string): readonly string[] | undefined {
  return countries.safeParse(text).data;
}

/** Milliseconds of a duration that an operator types into a command; undefined: it is none. */
export function parseDurationMs(text: string, least: string, most: string): number | undefined {
  return duration(least, most).safeParse(text).data;
}

/** The environment of this process. It stands here because nothing else may read it. */
export const environment = (): Environment => process.env;

/** The table of settings in docs/settings.md. */
export function settingsTable(): string {
  return [
    '| setting | role | default | what it is |',
    '|---|---|---|---|',
    ...ROWS.map(tableRow),
    '',
    '\\* Kept from every log, and may be given as a file: `NAME_FILE=/path`.',
  ].join('\n');
}

function tableRow(setting: Setting): string {
  const name = `\`${setting.name}\`${setting.secret ? ' *' : ''}`;
  const readers = setting.roles.filter((role) => role !== 'stack' || setting.roles.length === 1);
  const fallback = setting.default === undefined ? (setting.made ?? '') : `\`${setting.default}\``;
  const cells = [name, readers.join(', '), fallback, `${setting.what} Must be ${setting.must}.`];
  return `| ${cells.join(' | ')} |`;
}
