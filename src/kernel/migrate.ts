import pg from 'pg';
import { type BuildSql, type Migration, ownSql } from './build-sql.js';
import type { RetentionSettings } from './retention.js';
import { listKeptBounds } from './retention-periods.js';
import { type GuessSettings, listBounds } from './secret-bounds.js';

/** "ding" in ASCII; one migration at a time for a database, whoever starts it. */
const LOCK = 0x64696e67;
/** The build that serves, and the one that takes its place or was there before it. */
const SCHEMAS_KEPT = 2;
const LOGINS = 'dingline_api, dingline_ingress, dingline_worker';
/** It owns what runs by its owner's rights, and nobody signs in as it (migration 0014). */
const KEEPER = 'dingline_keeper';

/**
 * What the migrations up to 0013 made in `public`, before functions had files of their own. The
 * builds that called them have ended with 0014.
 */
const IN_PUBLIC = {
  functions: [
    'within_limits',
    'take_hit',
    'hits_of',
    'without_hit',
    'count_hits',
    'take_spend',
    'blocked_until',
    'tell_apps',
    'sends_allowed',
    'number_keys',
    'send_due',
    'verification_shown',
    'verification_views',
    'verification_view',
    'finish_verification',
    'take_back_codes',
    'note_proofs',
    'lock_sends',
    'send_refusal',
    'count_sends',
    'with_send',
    'hand_off_code',
    'decide_starts',
    'start_verifications',
    'send_verification',
    'check_verifications',
    'read_verification',
    'fall_back_to_voice',
    'give_back_send',
  ],
  types: ['verification_start', 'verification_check'],
};

/** What no login may choose: settings of the stack. */
export type BoundSettings = GuessSettings & RetentionSettings;

/** The database and this build don't go together; the message says what to do. */
export class MigrationRefused extends Error {}

/**
 * Brings a database up to a build: the migrations that it has not had yet, then the build's
 * functions in a schema of their own, all in one transaction under one advisory lock. What fails
 * leaves the database as it was.
 *
 * The functions of the last two builds stay, so that old and new processes serve side by side. A
 * build may also start on a database that is one release ahead of it; not on one that has no
 * functions of its own any more, since a newer build has ended it or two have come since.
 *
 * @throws MigrationRefused
 */
export async function migrate(
  ownerUrl: string,
  settings: BoundSettings,
  log: (line: string) => void = () => {},
): Promise<void> {
  const build = ownSql();
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: 'dingline-migrate',
    connectionTimeoutMillis: 5_000,
  });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await client.query(`
      SET LOCAL client_min_messages = warning;
      CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
      ALTER TABLE migrations ADD COLUMN IF NOT EXISTS digest text;
      CREATE TABLE IF NOT EXISTS function_schemas (name text PRIMARY KEY, used_at timestamptz NOT NULL)`);
    const had = await readApplied(client);
    refuseEdited(build, had);
    const missing = build.migrations.filter(({ name }) => !had.has(name));
    await refuseOlder(client, build, had, missing);
    for (const { name, text, digest } of missing) {
      await client.query(text);
      await client.query('INSERT INTO migrations (name, digest) VALUES ($1, $2)', [name, digest]);
      log(`migrated ${name}`);
    }
    await adoptDigests(client, build);
    if (missing.length > 0) await dropPublic(client);
    await makeFunctions(client, build);
    await writeBounds(client, settings);
    const endsOlder = missing.some(({ endsOlderBuilds }) => endsOlderBuilds);
    await dropOlder(client, endsOlder ? 1 : SCHEMAS_KEPT);
    await client.query('COMMIT');
  } finally {
    await client.end(); // an open transaction ends with its connection
  }
}

/** The digest of each applied migration by its name; null if no digests were kept then. */
type Applied = ReadonlyMap<string, string | null>;

async function readApplied(client: pg.Client): Promise<Applied> {
  const { rows } = await client.query<{ name: string; digest: string | null }>(
    'SELECT name, digest FROM migrations',
  );
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}

function refuseEdited({ migrations }: BuildSql, had: Applied): void {
  const edited = migrations
    .filter(({ name, digest }) => (had.get(name) ?? digest) !== digest)
    .map(({ name }) => name);
  if (edited.length === 0) return;
  throw new MigrationRefused(
    `the database has had another text of ${edited.join(', ')}: a migration that was applied is never edited; ` +
      'put its text back, and write what is to change as a new migration',
  );
}

/**
 * A newer build's migrations are none of ours to look at: what counts is whether it has left us our
 * functions.
 */
async function refuseOlder(
  client: pg.Client,
  build: BuildSql,
  had: Applied,
  missing: readonly Migration[],
): Promise<void> {
  const known = new Set(build.migrations.map(({ name }) => name));
  const unknown = [...had.keys()].filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  if (missing.length === 0 && (await hasSchema(client, build.schema))) return;
  throw new MigrationRefused(
    `the database was migrated by a newer Dingline (${unknown.join(', ')}), beside which this version may not run; ` +
      'start that version, or set DATABASE_URL to another database',
  );
}

/** What was applied before digests were kept is taken to have been as it is now. */
async function adoptDigests(client: pg.Client, { migrations }: BuildSql): Promise<void> {
  const adopt = `
    UPDATE migrations m SET digest = f.digest
    FROM unnest($1::text[], $2::text[]) AS f (name, digest)
    WHERE m.name = f.name AND m.digest IS NULL`;
  await client.query(adopt, [
    migrations.map(({ name }) => name),
    migrations.map(({ digest }) => digest),
  ]);
}

async function hasSchema(client: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await client.query<{ isThere: boolean }>(
    'SELECT to_regnamespace($1) IS NOT NULL AS "isThere"',
    [schema],
  );
  return rows[0]?.isThere === true;
}

/** No older value stays that a former release knew. */
async function writeBounds(client: pg.Client, settings: BoundSettings): Promise<void> {
  const write = `
    INSERT INTO secret_bounds (name, most, lasts)
    SELECT name, most, make_interval(secs => lasts_ms / 1000.0)
    FROM unnest($1::text[], $2::int[], $3::float8[]) AS one (name, most, lasts_ms)
    ON CONFLICT (name) DO UPDATE SET most = excluded.most, lasts = excluded.lasts`;
  const bounds = Object.entries({ ...listBounds(settings), ...listKeptBounds(settings) });
  await client.query(write, [
    bounds.map(([name]) => name),
    bounds.map(([, { most }]) => most),
    bounds.map(([, { lastsMs }]) => lastsMs),
  ]);
}

/**
 * The schema is of use to the three logins and the keeper alone. What runs by its caller's rights any
 * of them may call. A function that runs by its owner's (SECURITY DEFINER) is the keeper's; only
 * those to whom its own file grants it may call it, and it takes this search path for good by
 * `SET search_path FROM CURRENT`.
 */
async function makeFunctions(client: pg.Client, { schema, functions }: BuildSql): Promise<void> {
  if (!(await hasSchema(client, schema))) {
    await client.query(`
      CREATE SCHEMA ${schema};
      GRANT USAGE ON SCHEMA ${schema} TO ${LOGINS}, ${KEEPER};
      SET LOCAL search_path = ${schema}, public, pg_temp`);
    for (const text of functions) await client.query(text);
    await client.query(`REVOKE ALL ON ALL ROUTINES IN SCHEMA ${schema} FROM PUBLIC`);
    const { rows } = await client.query<{ name: string; isKeepers: boolean }>(`
      SELECT oid::regprocedure::text AS name, prosecdef AS "isKeepers"
      FROM pg_proc
      WHERE pronamespace = '${schema}'::regnamespace`);
    const callable = rows.filter(({ isKeepers }) => !isKeepers).map(({ name }) => name);
    await client.query(`GRANT EXECUTE ON ROUTINE ${callable.join(', ')} TO ${LOGINS}, ${KEEPER}`);
    await client.query(`GRANT CREATE ON SCHEMA ${schema} TO ${KEEPER}`); // only who may make it there can own it
    for (const { name, isKeepers } of rows)
      if (isKeepers) await client.query(`ALTER ROUTINE ${name} OWNER TO ${KEEPER}`);
    await client.query(`REVOKE CREATE ON SCHEMA ${schema} FROM ${KEEPER}`);
    await client.query('SET LOCAL search_path TO DEFAULT');
  }
  const note = `
    INSERT INTO function_schemas (name, used_at) VALUES ($1, clock_timestamp())
    ON CONFLICT (name) DO UPDATE SET used_at = excluded.used_at`;
  await client.query(note, [schema]);
}

/** Drops all but the last `kept` that a build has asked for. */
async function dropOlder(client: pg.Client, kept: number): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT name FROM function_schemas WHERE name <> 'public' ORDER BY used_at DESC OFFSET $1",
    [kept],
  );
  for (const { name } of rows) {
    await client.query(`DROP SCHEMA IF EXISTS ${client.escapeIdentifier(name)} CASCADE`);
    await client.query('DELETE FROM function_schemas WHERE name = $1', [name]);
  }
}

async function dropPublic(client: pg.Client): Promise<void> {
  const inPublic = (names: readonly string[]): string =>
    names.map((name) => `public.${name}`).join(', ');
  await client.query(`DROP FUNCTION IF EXISTS ${inPublic(IN_PUBLIC.functions)}`);
  await client.query(`DROP TYPE IF EXISTS ${inPublic(IN_PUBLIC.types)}`);
  // A build before 0014 may have noted them as a schema to be kept.
  await client.query("DELETE FROM function_schemas WHERE name = 'public'");
}
