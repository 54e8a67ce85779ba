import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import type { World } from './world.js';

/** What PostgreSQL says to whoever may not. */
export const REFUSED =
  /permission denied|row-level security|violates|only move forward|that no carrier has told|told what is not so|stay until/;

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

/** Notes a stretched password, and signs in by it if it is right. */
export async function signInAs(
  thief: pg.Client,
  login: string,
  stretched: Buffer | null,
  token = randomBytes(32),
): Promise<pg.QueryResult> {
  const device = randomBytes(32);
  const noted = await thief.query<{ id: string }>('SELECT guess_sign_in($1, $2, $3) AS id', [
    login,
    stretched,
    device,
  ]);
  return thief.query(`SELECT * FROM sign_in($1, $2, 'bearer', $3)`, [
    noted.rows[0]?.id,
    sha256(token),
    device,
  ]);
}

/** From now on whoever has the login of ingress may use `whenCalled`. */
export async function letOverhear(world: World): Promise<void> {
  await world.rows(`
    CREATE FUNCTION public.overhear(handoff uuid) RETURNS void LANGUAGE sql SECURITY DEFINER
    SET search_path = public, pg_temp AS 'SELECT set_called(handoff)'
  `);
  await world.rows('ALTER FUNCTION public.overhear(uuid) OWNER TO dingline_keeper');
  await world.rows('GRANT EXECUTE ON FUNCTION public.overhear(uuid) TO dingline_ingress');
}

/**
 * One transaction of somebody who has overheard the capability of a hand-off besides, and shows it:
 * without, the login of ingress writes nothing.
 */
export async function whenCalled<T>(
  login: pg.Client,
  handoffId: string,
  work: () => Promise<T>,
): Promise<T> {
  await login.query('BEGIN');
  try {
    await login.query('SELECT public.overhear($1)', [handoffId]);
    const result = await work();
    await login.query('COMMIT');
    return result;
  } catch (error) {
    await login.query('ROLLBACK');
    throw error;
  }
}

/** What a statement gives after somebody has tried to show what they hold for a capability's digest. */
export async function tryCapability(
  login: pg.Client,
  shown: Buffer | null,
  text: string,
  values: unknown[] = [],
): Promise<unknown[]> {
  await login.query('BEGIN');
  await login.query('SELECT show_capability($1)', [shown]);
  const { rows } = await login.query(text, values);
  await login.query('ROLLBACK');
  return rows as unknown[];
}
