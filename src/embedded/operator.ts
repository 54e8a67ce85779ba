import { resolve } from 'node:path';
import { Database } from '../kernel/database.js';
import { Redacted } from '../kernel/redacted.js';
import { type Environment, environment, parseStackSettings } from '../settings.js';
import { lockDataDir } from './data-dir.js';
import { explainDatabase } from './databases.js';
import { ExpectedError } from './expected-error.js';
import { planFor } from './plan.js';
import { findRunningPostgres, startPostgres } from './postgres.js';
import { explain } from './run.js';

/** What was typed is none of the command's words. */
export class UsageError extends Error {}

export interface Command<Order> {
  /** As the database's list of connections names it. */
  name: string;
  usage: string;
  /** @throws UsageError */
  parse: (words: readonly string[]) => Order;
  /** Before a database is looked for. The lines that it gives are said. */
  work: (
    order: Order,
    place: { env: Environment; dataDir: string },
  ) => (database: Database) => Promise<readonly string[]>;
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/**
 * A command of an operator's, by the owner's login: that of DATABASE_URL, or in default mode that
 * of the server of the running start, or of one of our own for a moment. Exits with 0; with 1 and a
 * line when it can't be done; with 2 and how to use it when it was mistyped.
 */
export async function operate<Order>(command: Command<Order>): Promise<void> {
  try {
    await run(command, command.parse(process.argv.slice(2)));
  } catch (error) {
    if (error instanceof UsageError)
      process.stderr.write(`dingline: ${error.message}; nothing was changed\n\n${command.usage}`);
    else explain(error);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

async function run<Order>({ name, work }: Command<Order>, order: Order): Promise<void> {
  const env = environment();
  const own = parseStackSettings(env, planFor(env).promised, []);
  const dataDir = resolve(own.dataDir);
  const prepared = work(order, { env, dataDir });
  const inDatabase = (url: string): Promise<void> => sayAll(name, url, prepared);
  const running = own.databaseUrl?.reveal() ?? (await findRunningPostgres(dataDir, 'dingline'));
  if (running !== undefined) return inDatabase(running);
  const unlock = await lockDataDir(dataDir);
  const postgres = await startPostgres({ dataDir, port: 0, log: say });
  try {
    await inDatabase(postgres.ownerUrl('dingline'));
  } finally {
    await postgres.stop();
    await unlock();
  }
}

async function sayAll(
  name: string,
  url: string,
  work: (database: Database) => Promise<readonly string[]>,
): Promise<void> {
  const database = new Database(new Redacted(url), name, () => {}, 1);
  try {
    for (const line of await work(database)) say(line);
  } catch (error) {
    if ((error as { code?: string }).code === '42P01')
      throw new ExpectedError(
        'DATABASE_URL: its tables are missing or of an older version; run npm run migrate first',
      );
    throw explainDatabase(error, 'DATABASE_URL');
  } finally {
    await database.close();
  }
}
