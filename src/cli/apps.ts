import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { findAppNameProblem } from '../apps/app.js';
import { ExpectedError } from '../embedded/expected-error.js';
import { keyFile } from '../embedded/keys.js';
import { type Environment, isGiven, parseOperatorSettings, readGiven } from '../settings.js';
import { figures } from './apps/figures.js';
import type { Options } from './apps/options.js';
import { inTransaction, type Order } from './apps/order.js';
import { create, disable, enable, list, remove, retire, rotate, set } from './apps/orders.js';
import { service } from './apps/service.js';
import { testWebhook } from './apps/test-webhook.js';
import { webhook } from './apps/webhook.js';
import { operate, readPlace } from './operate.js';
import { UsageError } from './usage-error.js';

/**
 * `dingline apps`: the API clients, while everything runs. What it changes holds in every process
 * within a second. For whoever has the owner's login: no role may write these tables, but for an
 * app's own services.
 */
export function apps(): Command {
  const group = new Command('apps').description(
    'the apps: API clients that verify the numbers of their users (docs/apps.md)',
  );
  const add = (verb: string, does: string, order: (name: string, options: Options) => Order) =>
    group
      .command(verb)
      .description(does)
      .argument('<name>')
      .action((name: string, options: Options) => carryOut(order(name, options)));
  const countries = ['--countries <codes>', 'DE,FR, or all'] as const;
  const spendCap = ['--spend-cap <amount>', 'for a day: 20 or 12.50, or none'] as const;

  add('create', 'makes one, with a secret and a service', create)
    .option('--service-name <name>', 'as the text of a code says it')
    .option(...countries)
    .option(...spendCap);
  group
    .command('list')
    .description('all of them')
    .action(() => carryOut(list));
  add('set', 'changes its name or bounds', set)
    .option('--name <name>')
    .option(...countries)
    .option(...spendCap);
  add('rotate', 'a second secret; both work', (name) => inTransaction(name, rotate));
  add('retire', 'the older secret works no more', (name) => inTransaction(name, retire));
  add('disable', 'it verifies nobody', (name) => inTransaction(name, disable));
  add('enable', 'it verifies again', (name) => inTransaction(name, enable));
  add(
    'remove',
    'for ever, with its verifications; disable it first',
    (name) => (context) => remove(name, context),
  );
  add('service', 'how it verifies', service)
    .option('--id <id>', 'which one, where it has several: VA and 32 hex digits')
    .option('--name <name>')
    .option('--code-length <digits>')
    .option('--lifetime <duration>', '90s, 5m')
    .option('--channels <channels>', 'sms,voice')
    .option('--code-host <host>', 'where phones offer the code: shop.example, or none for ours')
    .option('--template <text>', "en='{name}: {code}'", addTemplate);
  group
    .command('webhook')
    .description('where it is told of its verifications')
    .argument('<name>')
    .argument('[url]')
    .option('--off')
    .option('--rotate', 'a new secret, beside the old one for a day')
    .action((name: string, url: string | undefined, options: Options) =>
      carryOut(webhook(parseName(name), options, url)),
    );
  group
    .command('test-webhook')
    .description('sends a test there, and shows each try')
    .argument('<name>')
    .action((name: string) => carryOut(testWebhook(name)));
  add('figures', 'of the last 24 hours', (name) => inTransaction(name, figures));
  return group;
}

/** One for each language. */
const addTemplate = (text: string, before: readonly string[] = []): string[] => [...before, text];

function parseName(name: string): string {
  const wrong = findAppNameProblem(name);
  if (wrong !== undefined) throw new UsageError(`the name of an app ${wrong}`);
  return name;
}

function carryOut(order: Order): Promise<void> {
  const place = readPlace();
  const settings = parseOperatorSettings(place.env);
  const context = {
    api: settings.apiPublicUrl,
    codeHost: new URL(settings.apiPublicUrl).hostname,
    appHash: settings.androidAppHash,
    isLive: settings.isLive,
    webhookKey: () => findWebhookKey(place.env, place.dataDir),
  };
  return operate('apps', (database) => order({ ...context, database, now: new Date() }), place);
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
