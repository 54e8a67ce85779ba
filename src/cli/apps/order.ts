import { type OperatedApp, OperatorAppsRepository } from '../../apps/operator-apps.repository.js';
import { type Database, type Transaction } from '../../kernel/database.js';
import { ExpectedError } from '../../embedded/expected-error.js';

export interface Context {
  database: Database;
  now: Date;
  /** Where the API is, for what an app is told to call. */
  api: string;
  codeHost: string;
  appHash: string | undefined;
  isLive: boolean;
  webhookKey: () => Promise<Uint8Array>;
}
/** An order whose words are in order; it gives the lines to print. */
export type Order = (context: Context) => Promise<string[]>;

export type Change = (trx: Transaction, app: OperatedApp, context: Context) => Promise<string[]>;

/** An order about one app that is there; nobody else's changes it meanwhile. */
export const inTransaction =
  (name: string, change: Change): Order =>
  (context) =>
    context.database.transaction(async (trx) => change(trx, await lockApp(trx, name), context));

export async function lockApp(trx: Transaction, name: string): Promise<OperatedApp> {
  const app = await new OperatorAppsRepository().lock(trx, name);
  if (app === undefined) throw new ExpectedError('no app has this name: npm run apps -- list');
  return app;
}
