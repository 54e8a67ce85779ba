import { resolve } from 'node:path';
import { sql } from 'kysely';
import { Database, type Sql } from '../kernel/database.js';
import { Redacted } from '../kernel/redacted.js';
import { isPrefix } from '../plaintext/number-policy.js';
import { environment, parseStackSettings } from '../settings.js';
import { lockDataDir } from './data-dir.js';
import { explainDatabase } from './databases.js';
import { ExpectedError } from './expected-error.js';
import { planFor } from './plan.js';
import { findRunningPostgres, startPostgres } from './postgres.js';
import { explain } from './run.js';

/**
 * `npm run deny`: the prefixes that are refused, in the database, while everything runs: each process of `api` looks at
 * them every second. For whoever has the owner's login: no role may write that table.
 */
const USAGE = `refuses the numbers that begin with a prefix, while everything runs

  npm run deny -- add +8817 "why"      from a second later, no code goes to any of them
  npm run deny -- remove +8817
  npm run deny -- list

  (in a container: node dist/embedded/deny.js add|remove|list ...)
`;
const LONGEST_REASON = 200;

class UsageError extends Error {}
interface Order {
  verb: 'add' | 'remove' | 'list';
  prefix: string;
  reason: string;
}

/** What is refused isn't said back: it may be somebody's number. */
function parse([verb, prefix, ...rest]: readonly string[]): Order {
  const reason = rest.join(' ').trim();
  if (verb === 'list' && prefix === undefined) return { verb, prefix: '', reason };
  if (verb !== 'add' && verb !== 'remove') throw new UsageError(verb === 'list' ? 'list takes no words' : 'the first word must be add, remove or list');
  if (prefix === undefined || !isPrefix(prefix)) throw new UsageError('the prefix must be + and 1 to 10 digits, and not a whole number, which would be one person\'s');
  if (verb === 'remove' && reason !== '') throw new UsageError('remove takes a prefix and no more');
  if (verb === 'add' && (reason === '' || reason.length > LONGEST_REASON)) throw new UsageError(`say why, in 1 to ${LONGEST_REASON} characters`);
  return { verb, prefix, reason };
}

async function obey({ verb, prefix, reason }: Order, trx: Sql): Promise<string[]> {
  if (verb === 'list') {
    const { rows } = await sql<{ prefix: string; reason: string; since: Date }>`SELECT prefix, reason, since FROM denied_prefixes ORDER BY prefix`.execute(trx);
    return rows.length === 0 ? ['nothing is denied'] : rows.map((row) => `${row.prefix}: denied since ${row.since.toISOString()} (${row.reason})`);
  }
  if (verb === 'remove') {
    const { rows } = await sql`DELETE FROM denied_prefixes WHERE prefix = ${prefix} RETURNING prefix`.execute(trx);
    return [rows.length > 0 ? `${prefix}: not denied any more` : `${prefix}: was not denied`];
  }
  await sql`
    INSERT INTO denied_prefixes (prefix, reason, since) VALUES (${prefix}, ${reason}, ${new Date()})
    ON CONFLICT (prefix) DO UPDATE SET reason = excluded.reason
  `.execute(trx);
  return [`${prefix}: denied`];
}

const say = (line: string): void => { process.stdout.write(`${line}\n`); };

async function inDatabase(url: string, order: Order): Promise<void> {
  const database = new Database(new Redacted(url), 'deny', () => {}, 1);
  try {
    for (const line of await database.transaction((trx) => obey(order, trx))) say(line);
  } catch (error) {
    if ((error as { code?: string }).code === '42P01') throw new ExpectedError('DATABASE_URL: its tables are missing or of an older version; run npm run migrate first');
    throw explainDatabase(error, 'DATABASE_URL');
  } finally {
    await database.close();
  }
}

async function run(order: Order): Promise<void> {
  const env = environment();
  const own = parseStackSettings(env, planFor(env).promised, []);
  if (own.databaseUrl !== undefined) return inDatabase(own.databaseUrl.reveal(), order);
  // Default mode: the server of the running start, or else ours for a moment.
  const dataDir = resolve(own.dataDir);
  const running = await findRunningPostgres(dataDir, 'dingline');
  if (running !== undefined) return inDatabase(running, order);
  const unlock = await lockDataDir(dataDir);
  const postgres = await startPostgres({ dataDir, port: 0, log: say });
  try {
    await inDatabase(postgres.ownerUrl('dingline'), order);
  } finally {
    await postgres.stop();
    await unlock();
  }
}

try {
  await run(parse(process.argv.slice(2)));
} catch (error) {
  if (error instanceof UsageError) process.stderr.write(`dingline: ${error.message}; nothing was changed\n\n${USAGE}`);
  else explain(error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
