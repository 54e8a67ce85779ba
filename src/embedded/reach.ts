import { connect } from 'node:net';
import pg from 'pg';
import { ownSql } from '../kernel/build-sql.js';
import type { Settings } from '../settings.js';
import { ExpectedError } from './expected-error.js';

const ANSWERS_WITHIN_MS = 3_000;

/**
 * Asks, before a role starts, whether somebody answers where its settings say. A role whose
 * database or queue goes away later waits for it; one that never had it is told wrong, and its
 * operator hears which setting to look at.
 */
export async function reachAll(settings: Settings): Promise<void> {
  const { api, ingress, worker } = settings;
  const targets = new Map<string, [setting: string, address: string]>();
  for (const [name, url] of [
    ['API_DATABASE_URL', api?.databaseUrl],
    ['INGRESS_DATABASE_URL', ingress?.databaseUrl],
    ['WORKER_DATABASE_URL', worker?.databaseUrl],
    ['QUEUE_URL', (api ?? worker)?.queueUrl],
  ] as const) {
    if (url === undefined) continue;
    const { hostname, port, protocol } = new URL(url.reveal());
    const at = port || (protocol.startsWith('redis') ? '6379' : '5432');
    targets.set(`${hostname}:${at}`, [name, `${hostname.replace(/^\[|\]$/g, '')} ${at}`]);
  }
  await Promise.all([...targets.values()].map(([name, address]) => reach(name, address)));
}

/** The line names the setting and never the address, which may hold a password. */
function reach(setting: string, address: string): Promise<void> {
  const [host = '', port = ''] = address.split(' ');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: Number(port), timeout: ANSWERS_WITHIN_MS }, () => {
      socket.destroy();
      resolve();
    });
    const refuse = (why: string): void => {
      socket.destroy();
      reject(
        new ExpectedError(
          `${setting}: nobody answers at its address (${why}); start the server, or correct ${setting}`,
        ),
      );
    };
    socket.once('timeout', () => refuse('no answer in 3 s'));
    socket.once('error', (error: NodeJS.ErrnoException) => refuse(error.code ?? 'no connection'));
  });
}

/**
 * Asks, before a role starts, whether its database has the functions of this build: a newer build
 * may have ended it. A database that doesn't let the role in at this moment is waited for, as ever.
 */
export async function requireFunctions({ api, ingress, worker }: Settings): Promise<void> {
  const { schema } = ownSql();
  for (const [name, role] of [
    ['API_DATABASE_URL', api],
    ['INGRESS_DATABASE_URL', ingress],
    ['WORKER_DATABASE_URL', worker],
  ] as const) {
    if (role === undefined || (await hasSchema(role.databaseUrl.reveal(), schema)) !== false)
      continue;
    throw new ExpectedError(
      `${name}: the database has no functions of this version (${schema}): ` +
        'run `npm run migrate` of this version; if that is refused, a newer Dingline has ended ' +
        'this version: start the newer one',
    );
  }
}

/** Undefined: nobody can tell now. */
async function hasSchema(url: string, schema: string): Promise<boolean | undefined> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'dingline-start',
    connectionTimeoutMillis: ANSWERS_WITHIN_MS,
  });
  client.on('error', () => undefined); // a cut connection fails the query in hand
  try {
    await client.connect();
    const { rows } = await client.query<{ isThere: boolean }>(
      'SELECT to_regnamespace($1) IS NOT NULL AS "isThere"',
      [schema],
    );
    return rows[0]?.isThere;
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
