import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Environment, isGiven, parseOperatorSettings, readGiven } from '../settings.js';
import { ExpectedError } from './expected-error.js';
import { keyFile } from './keys.js';
import { operate, UsageError } from './operator.js';
import { OPTIONS, type Options } from './apps/options.js';
import { type Order, inTransaction } from './apps/order.js';
import { create, set, list, rotate, retire, disable, enable, remove } from './apps/orders.js';
import { service } from './apps/service.js';
import { webhook } from './apps/webhook.js';
import { figures } from './apps/figures.js';

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
  npm run apps -- service NAME [--id VA...] [--name X] [--code-length 6] [--lifetime 5m]
                               [--channels sms,voice] [--template en='{name}: {code}']
  npm run apps -- webhook NAME [URL | --off | --rotate]
  npm run apps -- figures NAME         of the last 24 hours

  (in a container: node dist/embedded/apps.js ...)
`;

interface Verb {
  options: readonly (keyof Options)[];
  parse: (name: string, options: Options, url: string | undefined) => Order;
}
/** The options that each verb takes, and how it is carried out. */
const VERBS: Record<string, Verb> = {
  create: {
    options: ['service-name', 'countries', 'spend-cap'],
    parse: (name, options) => create(name, options),
  },
  set: {
    options: ['name', 'countries', 'spend-cap'],
    parse: (name, options) => set(name, options),
  },
  rotate: { options: [], parse: (name) => inTransaction(name, rotate) },
  retire: { options: [], parse: (name) => inTransaction(name, retire) },
  disable: { options: [], parse: (name) => inTransaction(name, disable) },
  enable: { options: [], parse: (name) => inTransaction(name, enable) },
  remove: { options: [], parse: (name) => (context) => remove(name, context) },
  service: {
    options: ['id', 'name', 'code-length', 'lifetime', 'channels', 'template'],
    parse: (name, options) => service(name, options),
  },
  webhook: {
    options: ['off', 'rotate'],
    parse: (name, options, url) => webhook(name, options, url),
  },
  figures: { options: [], parse: (name) => inTransaction(name, figures) },
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
  return known.parse(name, values, url);
}

function read(words: readonly string[]): { values: Options; positionals: string[] } {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true });
  } catch {
    throw new UsageError('an option is unknown, or has no value');
  }
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
