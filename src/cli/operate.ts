import { resolve } from 'node:path';
import { lockDataDir } from '../embedded/data-dir.js';
import { explainDatabase } from '../embedded/databases.js';
import { ExpectedError } from '../embedded/expected-error.js';
import { planFor } from '../embedded/plan.js';
import { findRunningPostgres, startPostgres } from '../embedded/postgres.js';
import { Database, type Transaction } from '../kernel/database.js';
import { Redacted } from '../kernel/redacted.js';
import { type Environment, environment, parseStackSettings } from '../settings.js';

/** From what a command is carried out: the settings, and where they say that keys and data are. */
export interface Place {
  env: Environment;
  dataDir: string;
  databaseUrl: string | undefined;
}

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export function readPlace(): Place {
  const env = environment();
  const own = parseStackSettings(env, planFor(env).promised, []);
  return { env, dataDir: resolve(own.dataDir), databaseUrl: own.databaseUrl?.reveal() };
}

/**
 * A command of an operator's, by the owner's login: that of DATABASE_URL, or in default mode that
 * of the server of the running start, or of one of our own for a moment. It prints the lines that
 * the work gives.
 *
 * `name` is how the database's list of connections names it.
 */
export async function operate(
  name: string,
  work: (database: Database) => Promise<readonly string[]>,
  { dataDir, databaseUrl }: Place = readPlace(),
): Promise<void> {
  const running = databaseUrl ?? (await findRunningPostgres(dataDir, 'dingline'));
  if (running !== undefined) return sayAll(name, running, work);
  const unlock = await lockDataDir(dataDir);
  const postgres = await startPostgres({ dataDir, port: 0, log: say });
  try {
    await sayAll(name, postgres.ownerUrl('dingline'), work);
  } finally {
    await postgres.stop();
    await unlock();
  }
}

/** All of the work, or none of it. */
export const operateAtOnce = (
  name: string,
  work: (trx: Transaction) => Promise<readonly string[]>,
): Promise<void> => operate(name, (database) => database.transaction(work));

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
