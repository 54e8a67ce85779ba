import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';

/** "ding" in ASCII; one migration at a time for a database, whoever starts it. */
const LOCK = 0x64696e67;

/**
 * Applies the numbered files of `directory` that the database has not had yet, all in one transaction under one
 * advisory lock: a failed file leaves the database as it was. A database that has had more than we know is newer than
 * this build: refused.
 */
export async function migrate(ownerUrl: string, directory: string, log: (line: string) => void = () => {}): Promise<void> {
  const files = (await readdir(directory)).filter((name) => /^\d{4}-.*\.sql$/.test(name)).sort();
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'dingline-migrate', connectionTimeoutMillis: 5_000 });
  await client.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await client.query('CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())');
    const had = new Set((await client.query<{ name: string }>('SELECT name FROM migrations')).rows.map((row) => row.name));
    const unknown = [...had].filter((name) => !files.includes(name));
    if (unknown.length > 0) {
      throw new Error(`the database was migrated by a newer Dingline (${unknown.join(', ')}); start that version, or set DATABASE_URL to another database`);
    }
    for (const name of files.filter((file) => !had.has(file))) {
      await client.query(await readFile(path.join(directory, name), 'utf8'));
      await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
      log(`migrated ${name}`);
    }
    await client.query('COMMIT');
  } finally {
    await client.end(); // an open transaction ends with its connection
  }
}
