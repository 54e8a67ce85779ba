import {
  CODE_LASTS_MS,
  CODE_LENGTH,
  digestSecret,
  MOST_SECRETS,
  findAppNameProblem,
  formatSid,
} from '../../apps/app.js';
import { AppsRepository } from '../../apps/apps.repository.js';
import { type OperatedApp, OperatorAppsRepository } from '../../apps/operator-apps.repository.js';
import { CHANNELS } from '../../handoff/channels.js';
import type { Transaction } from '../../kernel/database.js';
import { newId } from '../../kernel/ids.js';
import { ExpectedError } from '../../embedded/expected-error.js';
import { UsageError } from '../usage-error.js';
import { describeBounds, describeSecret, describeService, newSecret } from './describe.js';
import { type Options, parseCountryOption, parseSpendCap, parseServiceName } from './options.js';
import { type Context, type Order, inTransaction, lockApp } from './order.js';

const apps = new OperatorAppsRepository();

function checkName(name: string, option: string): void {
  const wrong = findAppNameProblem(name);
  if (wrong !== undefined) throw new UsageError(`${option}the name of an app ${wrong}`);
}

export function create(name: string, options: Options): Order {
  checkName(name, '');
  const serviceName =
    options.serviceName === undefined
      ? parseServiceName(name, 'give a --service-name')
      : parseServiceName(options.serviceName, '--service-name');
  const app = {
    id: newId(),
    name,
    countries: parseCountryOption(options.countries) ?? [],
    spendCap: parseSpendCap(options.spendCap) ?? null,
  };
  return async ({ database, now, api }) => {
    const made = {
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
      const service = await new AppsRepository().insertService(trx, made, now);
      await apps.insertSecret(trx, app.id, digestSecret(secret), now);
      return service === undefined ? [] : [describeService(service)];
    });
    return [
      `${name}: made; ${describeBounds(app)}`,
      ...lines,
      ...describeSecret(app.id, secret, api),
    ];
  };
}

export function set(name: string, options: Options): Order {
  const wanted = {
    name: options.name,
    countries: parseCountryOption(options.countries),
    spendCap: parseSpendCap(options.spendCap),
  };
  if (Object.values(wanted).every((value) => value === undefined))
    throw new UsageError('set takes --name, --countries or --spend-cap');
  if (wanted.name !== undefined) checkName(wanted.name, '--name: ');
  return inTransaction(name, async (trx, app) => {
    const changed = {
      name: wanted.name ?? app.name,
      countries: wanted.countries ?? app.countries,
      spendCap: wanted.spendCap === undefined ? app.spendCap : wanted.spendCap,
      disabledAt: app.disabledAt,
    };
    if (changed.name !== app.name && (await apps.list(trx, changed.name)).length > 0)
      throw new ExpectedError('an app of this name is there already; nothing was changed');
    await apps.update(trx, app.id, changed);
    return [`${changed.name}: set; ${describeBounds(changed)}`];
  });
}

export async function list({ database }: Context): Promise<string[]> {
  const all = await apps.list(database.sql);
  if (all.length === 0) return ['there is no app'];
  return all.map(describeApp);
}

const WEBHOOK_STATES = {
  none: 'none',
  on: 'on',
  operator: 'off',
  gone: 'off: its address is gone',
  failing: 'off: it failed too long',
};

const listTimes = (times: readonly Date[]): string =>
  times.map((at) => at.toISOString()).join(' and ');

function describeApp(app: OperatedApp): string {
  const state =
    app.disabledAt === null ? 'enabled' : `disabled since ${app.disabledAt.toISOString()}`;
  const count = app.secretsSince.length;
  const secrets = count === 1 ? 'a secret' : `${count} secrets`;
  return (
    `${app.name}: ${formatSid('AC', app.id)}; ${state}; ${describeBounds(app)}; ` +
    `${secrets} since ${listTimes(app.secretsSince)}; webhook ${WEBHOOK_STATES[app.webhook]}`
  );
}

export async function rotate(
  trx: Transaction,
  app: OperatedApp,
  { now, api }: Context,
): Promise<string[]> {
  if (app.secretsSince.length >= MOST_SECRETS)
    throw new ExpectedError(
      `${app.name} has ${MOST_SECRETS} secrets, since ${listTimes(app.secretsSince)}; ` +
        'drop the older one first: npm run apps -- retire',
    );
  const secret = newSecret();
  await apps.insertSecret(trx, app.id, digestSecret(secret), now);
  return [
    `${app.name}: has a second secret; both work until the older one is retired`,
    ...describeSecret(app.id, secret, api),
  ];
}

export async function retire(trx: Transaction, app: OperatedApp): Promise<string[]> {
  if (app.secretsSince.length < MOST_SECRETS)
    throw new ExpectedError(
      `${app.name} has one secret: make the second first (npm run apps -- rotate), or disable the app`,
    );
  await apps.removeOlderSecret(trx, app.id);
  return [
    `${app.name}: the secret of ${app.secretsSince[0]?.toISOString()} works no more, in every process within a second`,
  ];
}

export async function disable(
  trx: Transaction,
  app: OperatedApp,
  { now }: Context,
): Promise<string[]> {
  if (app.disabledAt !== null)
    return [`${app.name}: was disabled already, since ${app.disabledAt.toISOString()}`];
  await apps.update(trx, app.id, { ...app, disabledAt: now });
  return [`${app.name}: disabled, in every process within a second`];
}

export async function enable(trx: Transaction, app: OperatedApp): Promise<string[]> {
  if (app.disabledAt === null) return [`${app.name}: was not disabled`];
  await apps.update(trx, app.id, { ...app, disabledAt: null });
  return [`${app.name}: enabled`];
}

/**
 * Removes a disabled app. Its verifications go first, a thousand at a time: one statement for
 * millions would hold their rows for minutes.
 */
export async function remove(name: string, { database }: Context): Promise<string[]> {
  const app = await database.transaction(async (trx) => {
    const found = await lockApp(trx, name);
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
