import { createHash } from 'node:crypto';
import pg from 'pg';
import type { World } from './world.js';

/** What PostgreSQL says to whoever may not. */
export const REFUSED = /permission denied|row-level security|violates|only move forward/;

/** Somebody who has one role's login at the database and nothing else: no key, no session, no host. */
export async function steal(
  world: World,
  login: 'apiUrl' | 'ingressUrl' | 'workerUrl',
): Promise<pg.Client> {
  // The role finds its build's functions by its search path, and so does who looks at its address.
  const [schema] = await world.rows<{ name: string }>(
    'SELECT name FROM function_schemas ORDER BY used_at DESC LIMIT 1',
  );
  const client = new pg.Client({
    connectionString: world.database[login],
    options: `-c search_path=${schema?.name},public`,
  });
  await client.connect();
  return client;
}

export const sha256 = (value: string | Buffer): Buffer =>
  createHash('sha256').update(value).digest();
