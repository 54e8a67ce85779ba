import { Command } from 'commander';
import { checkDataVersion, lockDataDir, makeDataDir } from '../embedded/data-dir.js';
import {
  LOGINS,
  grantConnect,
  migrateDatabase,
  openLogins,
  prepareOwnServer,
} from '../embedded/databases.js';
import { planFor } from '../embedded/plan.js';
import { startPostgres } from '../embedded/postgres.js';
import { environment, isGiven, parseStackSettings, readGiven } from '../settings.js';
import { say } from './operate.js';

/**
 * `dingline migrate`: migrates the database of DATABASE_URL, or the embedded one, and starts
 * nothing. Where the roles run apart, it also gives each login the password in that role's own URL,
 * if it is told it.
 */
export function migrate(): Command {
  return new Command('migrate')
    .description('migrates the database of DATABASE_URL, or the embedded one, and starts nothing')
    .action(async () => {
      await run();
      say('the database is up to date');
    });
}

async function run(): Promise<void> {
  const env = environment();
  // No role is started, so none's settings are asked for.
  const own = parseStackSettings(env, planFor(env).promised, []);
  const given = own.databaseUrl?.reveal();
  if (given !== undefined) {
    await migrateDatabase(given, own, say);
    const passwords = new Map<string, string>();
    for (const role of ['api', 'ingress', 'worker'] as const) {
      const name = `${role.toUpperCase() as Uppercase<typeof role>}_DATABASE_URL` as const;
      if (!isGiven(env, name)) continue;
      const password = decodeURIComponent(new URL(readGiven(env, name)).password);
      if (password !== '') passwords.set(LOGINS[role], password);
    }
    await openLogins(given, passwords);
    await grantConnect(given);
    return;
  }
  const dataDir = await makeDataDir(own.dataDir);
  const unlock = await lockDataDir(dataDir);
  await checkDataVersion(dataDir);
  const postgres = await startPostgres({ dataDir, port: own.postgresPort, log: say });
  try {
    await prepareOwnServer(postgres.ownerUrl('postgres'));
    await migrateDatabase(postgres.ownerUrl('dingline'), own, say);
    await grantConnect(postgres.ownerUrl('dingline'));
  } finally {
    await postgres.stop();
    await unlock();
  }
}
