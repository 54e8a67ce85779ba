import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import {
  CODE_LASTS_MS,
  CODE_LENGTH,
  hashOfSecret,
  MOST_SECRETS,
  problemOfAppName,
  type ServiceWish,
  sidOf,
  uuidOf,
  type VerifyService,
} from '../apps/app.js';
import { AppsRepository, type OperatedApp } from '../apps/apps.repository.js';
import { CHANNELS, traitsOf } from '../handoff/channels.js';
import { FIGURES_MS, type Figures, figuresOf } from '../apps/figures.js';
import { Database, type Executor, type Transaction } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';
import {
  type Environment,
  isGiven,
  parseCountries,
  parseDurationMs,
  parseOperatorSettings,
  readGiven,
} from '../settings.js';
import { type Language, languageOf, LANGUAGES } from '../texts/catalogue.js';
import { problemOfName, problemsOfTemplate } from '../texts/template.js';
import { findUrlProblem } from '../webhooks/public-address.js';
import { deriveSecret, serializeSecret } from '../webhooks/webhook-signature.js';
import { WebhooksRepository } from '../webhooks/webhooks.repository.js';
import { ExpectedError } from './expected-error.js';
import { keyFile } from './keys.js';
import { operate, UsageError } from './operator.js';

/**
 * `npm run apps`: the API clients, while everything runs. What it changes holds in every process
 * within a second. For whoever has the owner's login: no role may write these tables, but for an
 * app's own services.
 */
const USAGE = `the apps: API clients that verify the numbers of their users (docs/apps.md)

  npm run apps -- create NAME [--service-name X] [--countries DE,FR] [--spend-cap 20]
  npm run apps -- list
  npm run apps -- set NAME [--name NEW] [--countries DE,FR|all] [--spend-cap 20|none]
  npm run apps -- rotate NAME          a second secret; both work
  npm run apps -- retire NAME          the older secret works no more
  npm run apps -- disable NAME         and enable NAME
  npm run apps -- remove NAME          for ever, with its verifications; disable it first
  npm run apps -- service NAME [--id VA...] [--name X] [--code-length 6] [--lifetime 5m] [--channels sms,voice] [--template en='{name}: {code}']
  npm run apps -- webhook NAME [URL | --off | --rotate]
  npm run apps -- figures NAME         of the last 24 hours

  (in a container: node dist/embedded/apps.js ...)
`;
/** So long the webhook's old secret signs beside the new one. */
const BOTH_SIGN_MS = 86_400_000;

interface Context {
  database: Database;
  now: Date;
  /** Where the API is, for what an app is told to call. */
  api: string;
  codeHost: string;
  appHash: string | undefined;
  isLive: boolean;
  webhookKey: () => Promise<Uint8Array>;
}
/** An order whose words are in order; gives the lines to say. */
type Order = (context: Context) => Promise<string[]>;

const [apps, webhooks] = [new AppsRepository(), new WebhooksRepository()];

const OPTIONS = {
  'service-name': { type: 'string' },
  countries: { type: 'string' },
  'spend-cap': { type: 'string' },
  name: { type: 'string' },
  id: { type: 'string' },
  'code-length': { type: 'string' },
  lifetime: { type: 'string' },
  channels: { type: 'string' },
  template: { type: 'string', multiple: true },
  off: { type: 'boolean' },
  rotate: { type: 'boolean' },
} as const;
interface Options {
  'service-name'?: string;
  countries?: string;
  'spend-cap'?: string;
  name?: string;
  id?: string;
  'code-length'?: string;
  lifetime?: string;
  channels?: string;
  template?: string[];
  off?: boolean;
  rotate?: boolean;
}
/** Of each verb: the options that it takes, and how it is carried out. */
const VERBS: Record<
  string,
  {
    options: readonly (keyof Options)[];
    parse: (name: string, options: Options, url: string | undefined) => Order;
  }
> = {
  create: {
    options: ['service-name', 'countries', 'spend-cap'],
    parse: (name, options) => create(name, options),
  },
  set: {
    options: ['name', 'countries', 'spend-cap'],
    parse: (name, options) => set(name, options),
  },
  rotate: { options: [], parse: (name) => changing(name, rotate) },
  retire: { options: [], parse: (name) => changing(name, retire) },
  disable: { options: [], parse: (name) => changing(name, disable) },
  enable: { options: [], parse: (name) => changing(name, enable) },
  remove: { options: [], parse: (name) => (context) => remove(name, context) },
  service: {
    options: ['id', 'name', 'code-length', 'lifetime', 'channels', 'template'],
    parse: (name, options) => service(name, options),
  },
  webhook: {
    options: ['off', 'rotate'],
    parse: (name, options, url) => webhook(name, options, url),
  },
  figures: { options: [], parse: (name) => changing(name, figures) },
};

/** What was mistyped isn't said back: it may be a secret. */
function parse(words: readonly string[]): Order {
  const { values, positionals } = read(words);
  const [verb = '', name, url, ...more] = positionals;
  if (verb === 'list' && name === undefined && Object.keys(values).length === 0) return list;
  if (verb === 'list') throw new UsageError('list takes no words');
  const known = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (known === undefined)
    throw new UsageError(`the first word must be list, ${Object.keys(VERBS).join(', ')}`);
  if (name === undefined) throw new UsageError(`${verb} takes the name of an app`);
  if (more.length > 0 || (url !== undefined && verb !== 'webhook'))
    throw new UsageError('there are too many words: put a name that has blanks into quotes');
  const foreign = (Object.keys(values) as (keyof Options)[]).find(
    (option) => !known.options.includes(option),
  );
  if (foreign !== undefined) throw new UsageError(`${verb} takes no --${foreign}`);
  const wrong = problemOfAppName(name);
  if (wrong !== undefined) throw new UsageError(`the name of an app ${wrong}`);
  return known.parse(name, values, url);
}

function read(words: readonly string[]): { values: Options; positionals: string[] } {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch {
    throw new UsageError('an option is unknown, or has no value');
  }
}

const asCountries = (text: string | undefined): readonly string[] | undefined => {
  if (text === undefined || text === 'all') return text === undefined ? undefined : [];
  const codes = parseCountries(text);
  if (codes === undefined || codes.length === 0)
    throw new UsageError(
      '--countries must be ISO 3166 codes in capitals with commas between them (DE,FR), or all',
    );
  return [...new Set(codes)].sort();
};
const asCap = (text: string | undefined): string | null | undefined => {
  if (text === undefined || text === 'none') return text === undefined ? undefined : null;
  if (!/^\d{1,8}(\.\d{1,4})?$/.test(text))
    throw new UsageError(
      "--spend-cap must be an amount for a day (20 or 12.50), in the carrier's currency, or none",
    );
  return text;
};
const asServiceName = (text: string, option: string): string => {
  const wrong = problemOfName(text);
  if (wrong !== undefined) throw new UsageError(`${option}: the name in the text ${wrong}`);
  return text;
};

function create(name: string, options: Options): Order {
  const serviceName =
    options['service-name'] === undefined
      ? asServiceName(name, 'give a --service-name')
      : asServiceName(options['service-name'], '--service-name');
  const app = {
    id: newId(),
    name,
    countries: asCountries(options.countries) ?? [],
    spendCap: asCap(options['spend-cap']) ?? null,
  };
  return async ({ database, now, api }) => {
    const made = {
      id: newId(),
      appId: app.id,
      isDefault: true,
      name: serviceName,
      codeLength: CODE_LENGTH.usual,
      codeLastsMs: CODE_LASTS_MS.most,
      channels: CHANNELS,
    };
    const secret = newSecret();
    const lines = await database.transaction(async (trx) => {
      if (!(await apps.insert(trx, app, now)))
        throw new ExpectedError('an app of this name is there already; nothing was changed');
      const service = await apps.insertService(trx, made, now);
      await apps.insertSecret(trx, app.id, hashOfSecret(secret), now);
      return service === undefined ? [] : [describeService(service)];
    });
    return [`${name}: made; ${bounds(app)}`, ...lines, ...showSecret(app.id, secret, api)];
  };
}

function set(name: string, options: Options): Order {
  const wanted = {
    name: options.name,
    countries: asCountries(options.countries),
    spendCap: asCap(options['spend-cap']),
  };
  if (Object.values(wanted).every((value) => value === undefined))
    throw new UsageError('set takes --name, --countries or --spend-cap');
  const wrong = wanted.name === undefined ? undefined : problemOfAppName(wanted.name);
  if (wrong !== undefined) throw new UsageError(`--name: the name of an app ${wrong}`);
  return changing(name, async (trx, app) => {
    const changed = {
      name: wanted.name ?? app.name,
      countries: wanted.countries ?? app.countries,
      spendCap: wanted.spendCap === undefined ? app.spendCap : wanted.spendCap,
      disabledAt: app.disabledAt,
    };
    if (changed.name !== app.name && (await apps.list(trx, changed.name)).length > 0)
      throw new ExpectedError('an app of this name is there already; nothing was changed');
    await apps.update(trx, app.id, changed);
    return [`${changed.name}: set; ${bounds(changed)}`];
  });
}

async function list({ database }: Context): Promise<string[]> {
  const all = await apps.list(database.sql);
  if (all.length === 0) return ['there is no app'];
  return all.map(
    (app) =>
      `${app.name}: ${sidOf('AC', app.id)}; ${app.disabledAt === null ? 'enabled' : `disabled since ${app.disabledAt.toISOString()}`}; ${bounds(app)}; ` +
      `${app.secretsSince.length === 1 ? 'a secret' : `${app.secretsSince.length} secrets`} since ${app.secretsSince.map((at) => at.toISOString()).join(' and ')}; webhook ${{ none: 'none', on: 'on', operator: 'off', gone: 'off: its address is gone', failing: 'off: it failed too long' }[app.webhook]}`,
  );
}

type Change = (trx: Transaction, app: OperatedApp, context: Context) => Promise<string[]>;

/** An order about one app that is there; nobody else's changes it meanwhile. */
const changing =
  (name: string, change: Change): Order =>
  (context) =>
    context.database.transaction(async (trx) => change(trx, await find(trx, name), context));

async function find(trx: Transaction, name: string): Promise<OperatedApp> {
  const app = await apps.lock(trx, name);
  if (app === undefined) throw new ExpectedError('no app has this name: npm run apps -- list');
  return app;
}

async function rotate(
  trx: Transaction,
  app: OperatedApp,
  { now, api }: Context,
): Promise<string[]> {
  if (app.secretsSince.length >= MOST_SECRETS)
    throw new ExpectedError(
      `${app.name} has ${MOST_SECRETS} secrets, since ${app.secretsSince.map((at) => at.toISOString()).join(' and ')}; drop the older one first: npm run apps -- retire`,
    );
  const secret = newSecret();
  await apps.insertSecret(trx, app.id, hashOfSecret(secret), now);
  return [
    `${app.name}: has a second secret; both work until the older one is retired`,
    ...showSecret(app.id, secret, api),
  ];
}

async function retire(trx: Transaction, app: OperatedApp): Promise<string[]> {
  if (app.secretsSince.length < MOST_SECRETS)
    throw new ExpectedError(
      `${app.name} has one secret: make the second first (npm run apps -- rotate), or disable the app`,
    );
  await apps.removeOlderSecret(trx, app.id);
  return [
    `${app.name}: the secret of ${app.secretsSince[0]?.toISOString()} works no more, in every process within a second`,
  ];
}

async function disable(trx: Transaction, app: OperatedApp, { now }: Context): Promise<string[]> {
  if (app.disabledAt !== null)
    return [`${app.name}: was disabled already, since ${app.disabledAt.toISOString()}`];
  await apps.update(trx, app.id, { ...app, disabledAt: now });
  return [`${app.name}: disabled, in every process within a second`];
}

async function enable(trx: Transaction, app: OperatedApp): Promise<string[]> {
  if (app.disabledAt === null) return [`${app.name}: was not disabled`];
  await apps.update(trx, app.id, { ...app, disabledAt: null });
  return [`${app.name}: enabled`];
}

/**
 * Its verifications first, a thousand at a time: one statement for millions would hold their rows
 * for minutes.
 */
async function remove(name: string, { database }: Context): Promise<string[]> {
  const app = await database.transaction(async (trx) => {
    const found = await find(trx, name);
    if (found.disabledAt === null) throw new ExpectedError(`${name} is in use: disable it first`);
    return found;
  });
  let removed = 0;
  for (;;) {
    const batch = await database.transaction((trx) => apps.removeVerifications(trx, app.id));
    removed += batch;
    if (batch === 0) break;
  }
  await apps.remove(database.sql, app.id);
  return [`${name}: removed, with ${removed} ${removed === 1 ? 'verification' : 'verifications'}`];
}

function service(name: string, options: Options): Order {
  const id = options.id === undefined ? undefined : uuidOf('VA', options.id);
  if (options.id !== undefined && id === undefined)
    throw new UsageError('--id must be VA and 32 hex digits');
  const wish = asWish(options);
  const templates = (options.template ?? []).map(asTemplate);
  return changing(name, async (trx, app, { codeHost: host, appHash }) => {
    const all = await apps.listServices(trx, app.id);
    const found = all.find((one) => (id === undefined ? one.isDefault : one.id === id));
    if (found === undefined)
      throw new ExpectedError('the app has no such service: npm run apps -- service NAME');
    if (Object.keys(wish).length === 0 && templates.length === 0)
      return (id === undefined ? all : [found]).map(describeService);
    const changed = { ...found.templates, ...Object.fromEntries(templates) };
    const kept = Object.fromEntries(
      Object.entries(changed).filter(([, text]) => text !== ''),
    ) as Partial<Record<Language, string>>;
    for (const [language, template] of Object.entries(kept)) {
      const [wrong] = problemsOfTemplate(template, {
        host,
        appHash,
        name: wish.name ?? found.name,
      });
      if (wrong !== undefined) throw new UsageError(`the template in ${language} ${wrong}`);
    }
    await apps.setTemplates(trx, found.id, kept);
    const updated = await apps.updateService(trx, app.id, found.id, wish);
    return updated === undefined ? [] : [`${name}: set`, describeService(updated)];
  });
}

function asWish(options: Options): Partial<ServiceWish> {
  const wish: Partial<ServiceWish> = {};
  if (options.name !== undefined) wish.name = asServiceName(options.name, '--name');
  if (options['code-length'] !== undefined) {
    wish.codeLength = /^\d{1,2}$/.test(options['code-length']) ? Number(options['code-length']) : 0;
    if (wish.codeLength < CODE_LENGTH.least || wish.codeLength > CODE_LENGTH.most)
      throw new UsageError(
        `--code-length must be a whole number from ${CODE_LENGTH.least} to ${CODE_LENGTH.most}`,
      );
  }
  if (options.lifetime !== undefined) {
    const ms = parseDurationMs(options.lifetime, '1m', '10m');
    if (ms === undefined || ms % 1000 !== 0)
      throw new UsageError(
        '--lifetime must be a duration with its unit (90s, 5m) from 1m to 10m, in whole seconds',
      );
    wish.codeLastsMs = ms;
  }
  if (options.channels !== undefined) {
    const named = options.channels.split(',').map((part) => part.trim());
    const channels = CHANNELS.filter((channel) => named.includes(channel));
    if (channels.length === 0 || channels.length !== named.length)
      throw new UsageError(
        `--channels must be ${CHANNELS.join(', ')} or both, with a comma between them`,
      );
    wish.channels = channels;
  }
  return wish;
}

function asTemplate(text: string): [Language, string] {
  const [, before, template = ''] = /^([^=]*)=([^]*)$/.exec(text) ?? [];
  const language = languageOf(before);
  if (language === undefined)
    throw new UsageError(
      `--template must be a language (${LANGUAGES.join(', ')}), = and the text with {code} in it; nothing after = takes it away`,
    );
  return [language, template];
}

function webhook(name: string, options: Options, url: string | undefined): Order {
  if ([url, options.off, options.rotate].filter((one) => one !== undefined).length > 1)
    throw new UsageError('webhook takes an address, --off or --rotate');
  return changing(name, async (trx, app, { now, isLive, webhookKey }) => {
    const before = await webhooks.find(trx, app.id);
    const show = async (version: number): Promise<string> =>
      `  secret   ${serializeSecret(deriveSecret(await webhookKey(), app.id, version))}`;
    if (url !== undefined) {
      const wrong = findUrlProblem(url, isLive);
      if (wrong !== undefined) throw new UsageError(`the webhook's address must ${wrong}`);
      await webhooks.set(trx, app.id, url, now);
      return before === undefined
        ? [`${name}: is told of its verifications from now on (docs/webhooks.md)`, await show(1)]
        : [`${name}: is told there from now on, signed with the secret that it has`];
    }
    if (before === undefined) return [`${name}: has no webhook`];
    if (options.off === true) {
      await webhooks.disable(trx, app.id);
      return [`${name}: is told nothing any more; what waited is given up`];
    }
    if (options.rotate === true) {
      const until = new Date(now.getTime() + BOTH_SIGN_MS);
      const version = await webhooks.rotate(trx, app.id, until);
      return [
        `${name}: has a new webhook secret; the one before it signs too until ${until.toISOString()}`,
        await show(version ?? 1),
      ];
    }
    return [
      `${name}: webhook ${before.isEnabled ? 'on' : `off (${String(before.disabledBecause)})`} since ${before.createdAt.toISOString()}${before.failingSince === null ? '' : `; failing since ${before.failingSince.toISOString()}`}`,
    ];
  });
}

async function figures(trx: Executor, app: OperatedApp, { now }: Context): Promise<string[]> {
  const since = new Date(now.getTime() - FIGURES_MS);
  const {
    starts,
    sends,
    pending,
    approved,
    failed,
    conversion,
    countries: by,
  } = figuresOf(
    await apps.countStarts(trx, app.id, since, now),
    await apps.countSends(trx, app.id, since),
  );
  const percent = (part: Figures['conversion']): string =>
    part === null ? 'none has ended' : `${(part * 100).toFixed(1)} % of those that have ended`;
  const reasons = Object.entries(failed)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state}`);
  return [
    `${app.name}, since ${since.toISOString()}`,
    `  started   ${starts}`,
    `  sent      ${CHANNELS.map((channel) => `${sends[channel]} by ${traitsOf(channel).label}`).join(', ')}`,
    `  approved  ${approved} (${percent(conversion)})`,
    `  failed    ${reasons.length === 0 ? 'none' : reasons.join(', ')}`,
    `  pending   ${pending}`,
    ...by.map(
      (one) =>
        `  ${one.country.padEnd(9)} ${one.starts} started, ${one.approved} approved (${percent(one.conversion)})`,
    ),
  ];
}

const newSecret = (): string => randomBytes(32).toString('base64url');

function showSecret(appId: string, secret: string, api: string): string[] {
  const user = `${sidOf('AC', appId)}:${secret}`;
  return [
    `  id       ${sidOf('AC', appId)}`,
    `  secret   ${secret}`,
    '  The secret is shown this once: only its hash is kept. To try it:',
    `  curl --user ${user} ${api}/v1/app`,
  ];
}

const bounds = (app: { countries: readonly string[]; spendCap: string | null }): string =>
  `${app.countries.length === 0 ? 'all countries' : app.countries.join(',')}; ${app.spendCap === null ? 'the usual spend cap' : `at most ${String(Number(app.spendCap))} a day`}`;

function describeService(one: VerifyService): string {
  const templates = Object.keys(one.templates);
  return `  service  ${sidOf('VA', one.id)}${one.isDefault ? ' (default)' : ''}: "${one.name}"; codes of ${one.codeLength} digits for ${one.codeLastsMs / 1000} s; ${one.channels.join(', ')}${templates.length === 0 ? '' : `; its own words in ${templates.join(', ')}`}`;
}

/** What the worker signs with. Never made here: another one would be nobody's. */
async function findWebhookKey(env: Environment, dataDir: string): Promise<Uint8Array> {
  const text = isGiven(env, 'WEBHOOK_KEY')
    ? readGiven(env, 'WEBHOOK_KEY')
    : await readFile(keyFile(dataDir, 'WEBHOOK_KEY'), 'utf8').catch(() => '');
  const key = Buffer.from(text.trim(), 'base64url');
  if (key.length !== 32)
    throw new ExpectedError(
      'WEBHOOK_KEY: it is needed to show the secret, as the worker has it; nothing was changed',
    );
  return key;
}

await operate({
  name: 'apps',
  usage: USAGE,
  parse,
  work: (order: Order, { env, dataDir }) => {
    const { isLive, apiPublicUrl: api, androidAppHash: appHash } = parseOperatorSettings(env);
    const context = {
      api,
      codeHost: new URL(api).hostname,
      appHash,
      isLive,
      webhookKey: () => findWebhookKey(env, dataDir),
    };
    return (database) => order({ ...context, database, now: new Date() });
  },
});
