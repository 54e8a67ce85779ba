import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import pg from 'pg';
import { type BoundSettings, migrate, MigrationRefused } from '../kernel/migrate.js';
import { ExpectedError } from './expected-error.js';

export const LOGINS = {
  api: 'dingline_api',
  ingress: 'dingline_ingress',
  worker: 'dingline_worker',
} as const;
export const QUEUE = 'dingline_queue';

/**
 * Connects as the owner and runs one thing; what the server refuses becomes a line that names
 * `setting`.
 */
async function asOwner<T>(
  ownerUrl: string,
  setting: string,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'dingline-start',
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined); // a cut connection fails the query in hand
  try {
    await client.connect();
    return await work(client);
  } catch (error) {
    throw explainDatabase(error, setting);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** PostgreSQL's own messages may quote values: only codes are shown. */
export function explainDatabase(error: unknown, setting: string): unknown {
  if (error instanceof ExpectedError || !(error instanceof Error)) return error;
  const code = (error as { code?: string }).code ?? '';
  if (/^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EHOST|ENET)/.test(code))
    return new ExpectedError(`${setting}: the server can't be reached (${code})`);
  if (/timeout|Connection terminated/.test(error.message))
    return new ExpectedError(`${setting}: the server does not answer`);
  if (/^28/.test(code))
    return new ExpectedError(`${setting}: the server refuses this login or its password (${code})`);
  if (code === '3D000')
    return new ExpectedError(`${setting}: the server has no such database (${code})`);
  if (code === '42501')
    return new ExpectedError(
      `${setting}: this login may not create what is needed (${code}): it must own the database and may create roles`,
    );
  // Full disk, no memory, too many connections; it starts or stops.
  if (/^(53\d{3}|57P0[123])$/.test(code))
    return new ExpectedError(`${setting}: the server can't take this now (${code})`);
  return error;
}

export async function migrateDatabase(
  ownerUrl: string,
  settings: BoundSettings,
  say: (line: string) => void,
): Promise<void> {
  try {
    await migrate(ownerUrl, settings, say);
  } catch (error) {
    if (error instanceof MigrationRefused)
      throw new ExpectedError(`DATABASE_URL: ${error.message}`);
    throw explainDatabase(error, 'DATABASE_URL');
  }
}

/**
 * Makes a database if it is missing; its owner alone may connect, and those who are granted it
 * later.
 */
export async function ensureDatabase(
  serverUrl: string,
  name: string,
  owner: string | undefined,
  setting: string,
): Promise<void> {
  await asOwner(serverUrl, setting, (client) => makeDatabase(client, name, owner));
}

async function makeDatabase(
  client: pg.Client,
  name: string,
  owner: string | undefined,
): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
  if (rowCount === 0) {
    const owned = owner === undefined ? '' : ` OWNER ${client.escapeIdentifier(owner)}`;
    await client
      .query(`CREATE DATABASE ${client.escapeIdentifier(name)}${owned}`)
      .catch((error: unknown) => {
        // These two codes say that another start was quicker.
        if (!['42P04', '23505'].includes((error as pg.DatabaseError).code ?? '')) throw error;
      });
  }
  await client.query(`REVOKE ALL ON DATABASE ${client.escapeIdentifier(name)} FROM PUBLIC`);
}

/**
 * Makes our database at a server that is ours alone. The two that each server has besides let
 * everybody in, and a role has no business there.
 */
export async function prepareOwnServer(serverUrl: string): Promise<void> {
  await asOwner(serverUrl, 'DATABASE_URL', async (client) => {
    await makeDatabase(client, 'dingline', undefined);
    await client.query('REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC');
  });
}

/** Of the server's connections one login has so many at the most, so that the others' roles go on. */
const CONNECTIONS_SHARE = 0.6;

/**
 * Lets the logins of the roles in, with these passwords. PostgreSQL lets each login change its own
 * password and defaults, and none of that outlasts this.
 */
export async function openLogins(
  ownerUrl: string,
  passwords: ReadonlyMap<string, string>,
  setting = 'DATABASE_URL',
): Promise<void> {
  await asOwner(ownerUrl, setting, async (client) => {
    await client.query('BEGIN');
    await client.query("SELECT pg_advisory_xact_lock(hashtext('dingline logins'))");
    const { rows } = await client.query<{ most: number }>(
      `SELECT floor(current_setting('max_connections')::int * ${CONNECTIONS_SHARE})::int AS most`,
    );
    for (const [login, password] of passwords) {
      const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [login]);
      if (rowCount === 0) await client.query(`CREATE ROLE ${client.escapeIdentifier(login)}`);
      const verifier = client.escapeLiteral(scramVerifier(password));
      await client.query(
        `ALTER ROLE ${client.escapeIdentifier(login)} LOGIN CONNECTION LIMIT ${rows[0]?.most} PASSWORD ${verifier}`,
      );
      await client.query(`ALTER ROLE ${client.escapeIdentifier(login)} RESET ALL`);
    }
    await client.query('COMMIT');
  });
}

export async function grantConnect(ownerUrl: string): Promise<void> {
  await asOwner(ownerUrl, 'DATABASE_URL', async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    const database = client.escapeIdentifier(rows[0]?.name ?? '');
    const logins = Object.values(LOGINS).join(', ');
    await client.query(`REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${database} TO ${logins}`);
  });
}

/** Builds an address at the same server for another login and, if given, another database. */
export function urlFor(
  ownerUrl: string,
  login: string,
  password: string,
  database?: string,
): string {
  const url = new URL(ownerUrl);
  url.username = login;
  url.password = password;
  if (database !== undefined) url.pathname = `/${database}`;
  return url.href;
}

/**
 * What PostgreSQL stores of a password (RFC 5803), made here: the password itself is in no
 * statement, so in no server's log of statements.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256');
  const hmac = (text: string): Buffer => createHmac('sha256', salted).update(text).digest();
  const stored = createHash('sha256').update(hmac('Client Key')).digest();
  const keys = `${stored.toString('base64')}:${hmac('Server Key').toString('base64')}`;
  return `SCRAM-SHA-256$4096:${salt.toString('base64')}$${keys}`;
}
