import { loadavg } from 'node:os';
import pg from 'pg';

export const BIG = ['numbers', 'verifications', 'handoffs'];
const CHUNK = 250_000;
/** One account, with a number of its own, for so many verifications. */
const ROWS_AN_ACCOUNT = 20;
const WITH_HANDOFF = 0.75;
const DAY_MS = 86_400_000;
const PENDING_MS = 300_000;
export const rounded = (value) => Math.round(value * 100) / 100;

/** A UUID of version 7, as newId makes them, from the row's time and kind. */
const idOf = (kind) =>
  `(
    lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0')
    || '7' || substr(md5('${kind}' || n), 1, 3)
    || 'a' || substr(md5('${kind}' || n), 4, 15)
  )::uuid`;
const bytesOf = (kind, times) => `decode(repeat(md5('${kind}' || n), ${times}), 'hex')`;
const ROWS = {
  numbers: (rows, of = 'series', kind = 'n') => `numbers (id, sealed, number_index, created_at)
    SELECT
      ${idOf(kind)},
      '\\x01'::bytea || uuid_send(e.id) || ${bytesOf('s', 2)} || '\\x000000000000000000000000'::bytea,
      ${bytesOf('i', 2)},
      at
    FROM ${of}
    JOIN epochs e ON e.key_version = (n % 1000)::text`,
  verifications: (rows) => `verifications (
      id, account_id, number_ref, limiter_index, country, prefix_key, channels, language, state,
      attempts, sends, sms_sends, first_sms_at, last_sms_at, created_at, expires_at, finished_at
    )
    SELECT
      ${idOf('v')}, a.id, ${idOf('n')}, ${bytesOf('l', 2)}, 'US', ${bytesOf('p', 2)}, '{sms,voice}', 'en',
      (ARRAY['approved','expired','canceled','max_attempts'])[1 + n % 4],
      1, 1, 1, at, at, at, at + interval '10 minutes', finished
    FROM series
    JOIN accounts a ON a.login = (n % ${Math.floor(rows / ROWS_AN_ACCOUNT)})::text`,
  handoffs: (rows) => `handoffs (
      id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, carrier,
      carrier_ref, attempts, capability_hash, capability_expires_at, delivery, not_before, not_after,
      created_at, settled_at
    )
    SELECT
      ${idOf('h')}, 'verification', 'sms', 'deliver', ${idOf('v')}, a.id, ${idOf('n')}, 'en', 'accepted',
      'twilio', 'SM' || md5('r' || n), 1, ${bytesOf('c', 2)}, at + interval '1 day', 'delivered',
      at, at + interval '10 minutes', at, at + interval '1 second'
    FROM series
    JOIN accounts a ON a.login = (n % ${Math.floor(rows / ROWS_AN_ACCOUNT)})::text
    WHERE n <= ${Math.floor(rows * WITH_HANDOFF)}`,
};
/** The numbers that accounts have: as old as every so many-th verification. */
const OF_ACCOUNTS = `(SELECT n, at FROM series WHERE n % ${ROWS_AN_ACCOUNT} = 0) k`;

export async function fill(ownerUrl, rows, base, say, goesOn) {
  const clients = await Promise.all(
    BIG.map(async () => {
      const client = new pg.Client({ connectionString: ownerUrl });
      await client.connect();
      await client.query(
        `
          SET synchronous_commit = off;
          SET maintenance_work_mem = '512MB';
          SET max_parallel_maintenance_workers = 1;
          SET client_min_messages = warning
        `,
      );
      return client;
    }),
  );
  const [owner] = clients;
  try {
    await owner.query(
      `
        INSERT INTO accounts (id, login, name, language, created_at)
        SELECT gen_random_uuid(), n::text, 'Somebody', 'en', $1
        FROM generate_series(0, ${Math.floor(rows / ROWS_AN_ACCOUNT)}) n
      `,
      [base],
    );
    // Each is signed in by a token of which the digest is that of its id.
    await owner.query(
      `
        INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
        SELECT gen_random_uuid(), id, sha256(sha256(convert_to(id::text, 'UTF8'))), 'bearer', $1, 'infinity'
        FROM accounts
      `,
      [base],
    );
    await owner.query(
      `
        INSERT INTO epochs (id, key_version, enc, opened_at)
        SELECT gen_random_uuid(), n::text, '', $1
        FROM generate_series(0, 999) n
      `,
      [base],
    );
    await owner.query('ANALYZE accounts, epochs');
    // As they are in the schema: whatever a later migration adds is here, too.
    const { rows: constraints } = await owner.query(
      `
      SELECT
        conrelid::regclass::text AS table,
        conname AS name,
        contype AS type,
        pg_get_constraintdef(oid) AS definition
      FROM pg_constraint
      WHERE contype IN ('p', 'u', 'f')
        AND (conrelid = ANY ($1::regclass[]) OR confrelid = ANY ($1::regclass[]))
      ORDER BY contype = 'f'
      `,
      [BIG],
    );
    const { rows: indexes } = await owner.query(
      `
      SELECT
        indexrelid::regclass::text AS name,
        indrelid::regclass::text AS table,
        pg_get_indexdef(indexrelid) AS definition
      FROM pg_index i
      WHERE indrelid = ANY ($1::regclass[])
        AND NOT EXISTS (
          SELECT
          FROM pg_constraint c
          WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
        )
      `,
      [BIG],
    );
    for (const { table, name } of constraints.toReversed())
      await owner.query(`ALTER TABLE ${table} DROP CONSTRAINT ${name}`);
    for (const { name } of indexes) await owner.query(`DROP INDEX ${name}`);

    const spanMs = (DAY_MS * 10) / 9;
    await Promise.all(
      BIG.map(async (table, i) => {
        await clients[i].query(`ALTER TABLE ${table} SET (autovacuum_enabled = false)`);
        for (let from = 1; from <= rows; from += CHUNK) {
          goesOn();
          const to = Math.min(rows, from + CHUNK - 1);
          const series = `
            WITH series AS MATERIALIZED (
              SELECT n, finished, finished - interval '${PENDING_MS} ms' AS at
              FROM (
                SELECT
                  n,
                  '${base.toISOString()}'::timestamptz - interval '${spanMs} ms'
                    + n * interval '${(spanMs * 1000) / rows} us' AS finished
                FROM generate_series(${from}, ${to}) n
              ) s
            )`;
          await clients[i].query(`${series} INSERT INTO ${ROWS[table](rows)}`);
          if (table === 'numbers') {
            await clients[i].query(`
              ${series},
              theirs AS (INSERT INTO ${ROWS.numbers(rows, OF_ACCOUNTS, 'k')} RETURNING 1)
              INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
              SELECT a.id, ${idOf('k')}, ${bytesOf('i', 2)}, at
              FROM ${OF_ACCOUNTS}
              JOIN accounts a ON a.login = (n / ${ROWS_AN_ACCOUNT})::text
            `);
          }
          if (to === rows || to % (CHUNK * 4) === 0)
            say(`${table}: ${to} of ${rows} rows, load ${rounded(loadavg()[0])}`);
        }
        await clients[i].query(`VACUUM (ANALYZE) ${table}`);
      }),
    );
    say('putting indexes and foreign keys back');
    const back = [
      ...constraints
        .filter(({ type }) => type !== 'f')
        .map(({ table, name, definition }) => ({
          table,
          name,
          text: `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition}`,
        })),
      ...indexes.map(({ table, name, definition }) => ({ table, name, text: definition })),
    ];
    await Promise.all(
      BIG.map(async (big, i) => {
        for (const { name, text } of back.filter(({ table }) => table === big)) {
          goesOn();
          const since = performance.now();
          await clients[i].query(text);
          say(`${name}: ${((performance.now() - since) / 1000).toFixed(1)} s`);
        }
        await clients[i].query(`ALTER TABLE ${big} RESET (autovacuum_enabled)`);
      }),
    );
    for (const { table, name, definition } of constraints.filter(({ type }) => type === 'f'))
      await owner.query(`ALTER TABLE ${table} ADD CONSTRAINT ${name} ${definition} NOT VALID`);
    await owner.query('ANALYZE');
    await owner.query('CHECKPOINT');
  } finally {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
  }
}
