import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * The files of the database's functions, which lie beside their callers. A file may use what those
 * before it make. Whoever adds one names it here; `npm run migrate` makes its functions, and
 * tables, indexes and grants stay migrations.
 */
export const FUNCTION_FILES = [
  'kernel/limits.sql',
  'accounts/sessions.sql',
  'accounts/passwords.sql',
  'accounts/teams.sql',
  'accounts/closing.sql',
  'accounts/numbers.sql',
  'handoff/capabilities.sql',
  'ding/ding.sql',
  'conference/conference.sql',
  'apps/apps.sql',
  'guard/guard.sql',
  'handoff/handoffs.sql',
  'handoff/turns.sql',
  'ledger/ledger.sql',
  'ledger/looks.sql',
  'webhooks/webhooks.sql',
  'verification/verification.sql',
  'verification/sends.sql',
  'verification/starts.sql',
  'verification/fresh-starts.sql',
  'verification/checks.sql',
] as const;

export interface Migration {
  /** `0001-first-ring.sql`: they are applied in the order of their names. */
  name: string;
  text: string;
  /** What the database remembers of it, so that an edited one is noticed. */
  digest: string;
  /** No older build may go on once this one is applied: a line of it says so. */
  endsOlderBuilds: boolean;
}

/** All SQL that a build brings to its database. */
export interface BuildSql {
  migrations: readonly Migration[];
  functions: readonly string[];
  /**
   * The schema of its functions, named by their digest: builds with other functions run beside it
   * on one database.
   */
  schema: string;
}

const MIGRATION = /^\d{4}-.*\.sql$/;
const ENDS_OLDER_BUILDS = /^-- ends older builds$/m;

const sha256 = (...texts: readonly string[]): string =>
  texts.reduce((hash, text) => hash.update(`${text}\0`), createHash('sha256')).digest('hex');
/** A checkout may have turned the ends of lines. */
const read = (file: URL): string => readFileSync(file, 'utf8').replaceAll('\r\n', '\n');

/**
 * Reads the SQL of the build in a folder, `src` or `dist`.
 *
 * Migrations that end older builds are part of the digest: such a build has another schema than
 * those that it ends, even if its functions are the same.
 */
export function readBuildSql(folder: URL): BuildSql {
  const names = readdirSync(new URL('kernel/migrations/', folder))
    .filter((name) => MIGRATION.test(name))
    .sort();
  const migrations = names.map((name): Migration => {
    const text = read(new URL(`kernel/migrations/${name}`, folder));
    return { name, text, digest: sha256(text), endsOlderBuilds: ENDS_OLDER_BUILDS.test(text) };
  });
  const functions = FUNCTION_FILES.map((file) => read(new URL(file, folder)));
  const ends = migrations
    .filter((migration) => migration.endsOlderBuilds)
    .map((migration) => migration.name);
  return {
    migrations,
    functions,
    schema: `fn_${sha256(...FUNCTION_FILES, ...functions, ...ends).slice(0, 8)}`,
  };
}

let own: BuildSql | undefined;

/** The SQL of the build that runs. */
export function ownSql(): BuildSql {
  own ??= readBuildSql(new URL('../', import.meta.url));
  return own;
}
