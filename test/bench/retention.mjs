/**
 * Whether erasing hurts: the product's own eraser at work in big tables, while verifications are started.
 *
 * What is real: PostgreSQL as the product brings it (synchronous_commit on, its small cache), the
 * schema with all its indexes, `Retention.batch` on the worker's login, `start_verifications` as
 * `api` runs it. Verifications, hand-offs and numbers are filled as they are after a day: ids and
 * times in order, all finished, a tenth of them due; among the numbers those that accounts keep.
 * The newest quarter has no hand-offs, which spares disk and is not read. The tables are filled
 * without their indexes and foreign keys, which are then put back (the keys NOT VALID: nobody looks
 * whether what was just made fits; new rows and erased ones are checked as ever).
 *
 * Starts come at a steady rate (open load: late is late, whoever was slow) through all turns:
 * nobody erases, then batch after batch without a pause, which is more than the product ever does
 * (20 batches a minute of a kind). So each start's time stands beside others of the same minute.
 * What wait for one another are statements, so no HTTP is in between.
 */
import { existsSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startPostgresIn, temporaryFolder } from '../support/servers.mjs';

const USAGE = 'retention [--rows 1000000] [--rate 100] [--rounds 5] [--seconds 10] [--minutes 30]';
export const retention = { usage: USAGE, parse, run };

/** A batch: a tenth of what its login's statements may take. */
const TARGET = { seqScans: 0, batchP99Ms: 1_000, startsP99OverQuiet: 2 };
const BIG = ['numbers', 'verifications', 'handoffs'];
/** Of the three tables together with their indexes, and what is written beside them. */
const BYTES_A_ROW = 1_200;
const CHUNK = 250_000;
/** One account, with a number of its own, for so many verifications. */
const ROWS_AN_ACCOUNT = 20;
const WITH_HANDOFF = 0.75;
const DAY_MS = 86_400_000;
const PENDING_MS = 300_000;
const DAYS = {
  retentionCallsDays: 30,
  retentionVerificationsDays: 1,
  retentionNoticesDays: 365,
  retentionWebhooksDays: 7,
};
const SEND_LIMITS = {
  smsWaitsMs: [60_000, 120_000, 300_000],
  callAfterSmsMs: 60_000,
  callWaitsMs: [300_000],
  calls: 3,
  inTenMinutes: 4,
  aDay: 10,
  keptForKnown: 3,
  perAddressAMinute: 10,
  autoAfterMs: 60_000,
};

const DIST = new URL('../../dist/', import.meta.url);
const load = (file) => import(new URL(file, DIST).href);

function parse(words) {
  let values;
  try {
    ({ values } = parseArgs({
      args: words,
      options: Object.fromEntries(
        Object.entries({
          rows: '1000000',
          rate: '100',
          rounds: '5',
          seconds: '10',
          minutes: '30',
        }).map(([name, value]) => [name, { type: 'string', default: value }]),
      ),
    }));
  } catch {
    throw new Error(`unknown words; it takes: ${USAGE}`);
  }
  const whole = (name, least, most) => {
    if (
      !/^\d{1,9}$/.test(values[name]) ||
      Number(values[name]) < least ||
      Number(values[name]) > most
    )
      throw new Error(`--${name} must be a whole number from ${least} to ${most}`);
    return Number(values[name]);
  };
  return {
    rows: whole('rows', 50_000, 20_000_000),
    rate: whole('rate', 1, 500),
    rounds: whole('rounds', 1, 20),
    seconds: whole('seconds', 1, 120),
    minutes: whole('minutes', 1, 240),
  };
}

async function run({ rows, rate, rounds, seconds, minutes }, say, stopped) {
  if (!existsSync(new URL('main.js', DIST))) throw new Error('run `npm run build` first');
  const free = await statfs(tmpdir()).then(({ bavail, bsize }) => bavail * bsize);
  if (free < rows * BYTES_A_ROW * 1.3)
    throw new Error(
      `${tmpdir()} has ${gigabytes(free)} GB free; ${rows} rows of each kind need ${gigabytes(rows * BYTES_A_ROW * 1.3)} GB`,
    );
  const late = AbortSignal.timeout(minutes * 60_000);
  const goesOn = () => {
    stopped.throwIfAborted();
    if (late.aborted)
      throw new Error(`not done within ${minutes} minutes: fewer --rows, or more --minutes`);
  };
  const undo = [];
  const began = performance.now();
  try {
    const folder = await temporaryFolder('dingline-bench-', undo);
    const base = new Date();
    // The filling waits for no disk; what is measured does.
    const filling = await startPostgresIn(folder, undo, () => {}, { isThrowaway: true });
    await prepare(filling.ownerUrl('bench'));
    await fill(filling.ownerUrl('bench'), rows, base, say, goesOn);
    await filling.stop();
    const filledSeconds = (performance.now() - began) / 1000;
    const postgres = await startPostgresIn(folder, undo, () => {});
    return await measure(
      postgres.ownerUrl('bench'),
      { rows, rate, rounds, seconds, base, filledSeconds },
      undo,
      say,
      goesOn,
    );
  } finally {
    for (const step of undo.reverse())
      await step().catch((error) => say(`bench: ${error.message}`));
  }
}

const gigabytes = (bytes) => Math.round(bytes / 1e8) / 10;
const rounded = (value) => Math.round(value * 100) / 100;

// The tables ----------------------------------------------------------------------------------------------------------

const PASSWORD = randomBytes(32).toString('base64url');

async function prepare(ownerUrl) {
  const { LOGINS, ensureDatabase, grantConnect, migrateDatabase, openLogins } =
    await load('embedded/databases.js');
  const server = new URL(ownerUrl);
  server.pathname = '/postgres';
  await ensureDatabase(server.href, 'bench', undefined, 'DATABASE_URL');
  await migrateDatabase(ownerUrl, () => {});
  await openLogins(
    ownerUrl,
    new Map([
      [LOGINS.api, PASSWORD],
      [LOGINS.worker, PASSWORD],
    ]),
  );
  await grantConnect(ownerUrl);
}

/** A UUID of version 7, as newId makes them, from the row's time and kind. */
const idOf = (kind) =>
  `(lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5('${kind}' || n), 1, 3) || 'a' || substr(md5('${kind}' || n), 4, 15))::uuid`;
const bytesOf = (kind, times) => `decode(repeat(md5('${kind}' || n), ${times}), 'hex')`;
const ROWS = {
  numbers: (rows, of = 'series', kind = 'n') => `numbers (id, sealed, number_index, created_at)
    SELECT ${idOf(kind)}, '\\x01'::bytea || uuid_send(e.id) || ${bytesOf('s', 2)} || '\\x000000000000000000000000'::bytea, ${bytesOf('i', 2)}, at FROM ${of} JOIN epochs e ON e.key_version = (n % 1000)::text`,
  verifications: (
    rows,
  ) => `verifications (id, account_id, number_ref, limiter_index, country, prefix_key, channels, language, state, attempts, sends, sms_sends, first_sms_at, last_sms_at, created_at, expires_at, finished_at)
    SELECT ${idOf('v')}, a.id, ${idOf('n')}, ${bytesOf('l', 2)}, 'US', ${bytesOf('p', 2)}, '{sms,voice}', 'en', (ARRAY['approved','expired','canceled','max_attempts'])[1 + n % 4], 1, 1, 1, at, at, at, at + interval '10 minutes', finished
    FROM series JOIN accounts a ON a.login = (n % ${Math.floor(rows / ROWS_AN_ACCOUNT)})::text`,
  handoffs: (
    rows,
  ) => `handoffs (id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, carrier, carrier_ref, attempts, capability_hash, capability_expires_at, delivery, not_before, not_after, created_at, settled_at)
    SELECT ${idOf('h')}, 'verification', 'sms', 'deliver', ${idOf('v')}, a.id, ${idOf('n')}, 'en', 'accepted', 'twilio', 'SM' || md5('r' || n), 1, ${bytesOf('c', 2)}, at + interval '1 day', 'delivered', at, at + interval '10 minutes', at, at + interval '1 second'
    FROM series JOIN accounts a ON a.login = (n % ${Math.floor(rows / ROWS_AN_ACCOUNT)})::text WHERE n <= ${Math.floor(rows * WITH_HANDOFF)}`,
};
/** The numbers that accounts have: as old as every so many-th verification. */
const OF_ACCOUNTS = `(SELECT n, at FROM series WHERE n % ${ROWS_AN_ACCOUNT} = 0) k`;

async function fill(ownerUrl, rows, base, say, goesOn) {
  const clients = await Promise.all(
    BIG.map(async () => {
      const client = new pg.Client({ connectionString: ownerUrl });
      await client.connect();
      await client.query(
        `SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; SET max_parallel_maintenance_workers = 1; SET client_min_messages = warning`,
      );
      return client;
    }),
  );
  const [owner] = clients;
  try {
    await owner.query(
      `INSERT INTO accounts (id, login, name, language, created_at) SELECT gen_random_uuid(), n::text, 'Somebody', 'en', $1 FROM generate_series(0, ${Math.floor(rows / ROWS_AN_ACCOUNT)}) n`,
      [base],
    );
    await owner.query(
      `INSERT INTO epochs (id, key_version, enc, opened_at) SELECT gen_random_uuid(), n::text, '', $1 FROM generate_series(0, 999) n`,
      [base],
    );
    await owner.query('ANALYZE accounts, epochs');
    // As they are in the schema: whatever a later migration adds is here, too.
    const { rows: constraints } = await owner.query(
      `
      SELECT conrelid::regclass::text AS table, conname AS name, contype AS type, pg_get_constraintdef(oid) AS definition FROM pg_constraint
      WHERE contype IN ('p', 'u', 'f') AND (conrelid = ANY ($1::regclass[]) OR confrelid = ANY ($1::regclass[])) ORDER BY contype = 'f'`,
      [BIG],
    );
    const { rows: indexes } = await owner.query(
      `
      SELECT indexrelid::regclass::text AS name, indrelid::regclass::text AS table, pg_get_indexdef(indexrelid) AS definition FROM pg_index i
      WHERE indrelid = ANY ($1::regclass[]) AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u'))`,
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
          const series = `WITH series AS MATERIALIZED (SELECT n, finished, finished - interval '${PENDING_MS} ms' AS at FROM (
          SELECT n, '${base.toISOString()}'::timestamptz - interval '${spanMs} ms' + n * interval '${(spanMs * 1000) / rows} us' AS finished FROM generate_series(${from}, ${to}) n) s)`;
          await clients[i].query(`${series} INSERT INTO ${ROWS[table](rows)}`);
          if (table === 'numbers') {
            await clients[i]
              .query(`${series}, theirs AS (INSERT INTO ${ROWS.numbers(rows, OF_ACCOUNTS, 'k')} RETURNING 1)
            INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
            SELECT a.id, ${idOf('k')}, ${bytesOf('i', 2)}, at FROM ${OF_ACCOUNTS} JOIN accounts a ON a.login = (n / ${ROWS_AN_ACCOUNT})::text`);
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

// What is measured ----------------------------------------------------------------------------------------------------

async function measure(
  ownerUrl,
  { rows, rate, rounds, seconds, base, filledSeconds },
  undo,
  say,
  goesOn,
) {
  const [
    { LOGINS, urlFor },
    { Database },
    { Redacted },
    { Retention },
    { ERASERS, PLANNING },
    { Logger },
    { VerificationsRepository },
  ] = await Promise.all(
    [
      'embedded/databases.js',
      'kernel/database.js',
      'kernel/redacted.js',
      'kernel/retention.service.js',
      'kernel/retention.repository.js',
      'kernel/logger.js',
      'verification/verifications.repository.js',
    ].map(load),
  );
  const connect = (login) => {
    const database = new Database(
      new Redacted(login === undefined ? ownerUrl : urlFor(ownerUrl, login, PASSWORD)),
      'bench',
      () => {},
    );
    undo.push(() => database.close());
    return database;
  };
  const [api, worker] = [connect(LOGINS.api), connect(LOGINS.worker)];
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  undo.push(() => owner.end());
  const eyes = async (text) => (await owner.query(text)).rows;
  // Time stands still: what is due stays a tenth, however long it takes.
  const eraser = new Retention(worker, { now: () => base }, new Logger('silent', 'worker'), DAYS);
  const [verifications, numbers] = ['verifications', 'numbers'].map((name) =>
    ERASERS.find((one) => one.name === name),
  );

  const sizes = await eyes(
    `SELECT relname AS table, pg_relation_size(oid) AS bytes, pg_indexes_size(oid) AS "indexBytes" FROM pg_class WHERE oid = ANY ('{${BIG}}'::regclass[])`,
  );
  const plans = await Promise.all(
    ERASERS.map((one) =>
      planOf(ownerUrl, one, base, PLANNING, [verifications, numbers].includes(one)),
    ),
  );
  for (const { name, scans, ms } of plans.filter(({ ms }) => ms !== undefined))
    say(`${name}: ${scans.join(', ')}: ${ms} ms`);

  const starts = startLoad(
    new VerificationsRepository(api),
    (await eyes('SELECT id FROM accounts LIMIT 20000')).map(({ id }) => id),
    rate,
    base,
  );
  undo.push(() => starts.stop());
  starts.turn('warm-up');
  await sleep(3_000);
  const batches = [];
  const turn = async (name, of, lastsMs, most) => {
    starts.turn(name);
    let erased = 0;
    for (const until = performance.now() + lastsMs; performance.now() < until && erased < most;) {
      goesOn();
      if (of === undefined) {
        await sleep(Math.min(500, until - performance.now()));
        continue;
      }
      const since = performance.now();
      const answer = await eraser.batch(of);
      batches.push({
        name,
        ms: performance.now() - since,
        erased: answer.erased,
        seen: answer.seen ?? answer.erased,
      });
      erased += answer.seen ?? answer.erased;
      if ((answer.seen ?? answer.erased) < of.batch) break;
    }
  };
  const due = Math.floor(rows / 10);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, of] of [
      ['verifications', verifications],
      ['numbers', numbers],
    ]) {
      await turn('nobody', undefined, seconds * 1000, Infinity);
      await turn(name, of, seconds * 1000, Math.ceil(due / 2 / rounds / of.batch) * of.batch);
    }
    say(
      `round ${round}: ${batches.filter(({ name }) => name === 'verifications').reduce((sum, { erased }) => sum + erased, 0)} of ${due} due verifications gone; load ${rounded(loadavg()[0])}`,
    );
  }
  const dead = await eyes(
    `SELECT relname AS table, n_dead_tup::int AS dead, n_live_tup::int AS live, autovacuum_count::int AS autovacuums FROM pg_stat_user_tables WHERE relname = ANY ('{${BIG}}')`,
  );

  // What is over for good stays in the way while any old snapshot (a backup) may still see it: the hardest case.
  const backup = new pg.Client({ connectionString: ownerUrl });
  await backup.connect();
  await backup.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM epochs');
  await turn('nobody, beside a backup', undefined, seconds * 1000, Infinity);
  await turn('verifications, beside a backup', verifications, seconds * 4000, due / 4);
  await backup.query('ROLLBACK');
  await backup.end();
  await turn('the rest of the verifications', verifications, seconds * 12_000, due);
  await turn('the rest of the numbers', numbers, seconds * 6_000, Infinity);
  await starts.stop();

  const results = [...new Set(batches.map(({ name }) => name))].map((name) => {
    const mine = batches.filter((batch) => batch.name === name);
    const times = mine.map(({ ms }) => ms).sort((a, b) => a - b);
    const total = times.reduce((sum, ms) => sum + ms, 0);
    const erased = mine.reduce((sum, one) => sum + one.erased, 0);
    return {
      name,
      batches: mine.length,
      erased,
      seen: mine.reduce((sum, one) => sum + one.seen, 0),
      p50Ms: quantile(times, 0.5),
      p99Ms: quantile(times, 0.99),
      maxMs: quantile(times, 1),
      rowsPerSecond: Math.round((mine.reduce((sum, one) => sum + one.seen, 0) / total) * 1000),
      firstMs: rounded(mine[0].ms),
      lastMs: rounded(mine.at(-1).ms),
    };
  });
  const latency = [...starts.times]
    .filter(([name]) => name !== 'warm-up')
    .map(([name, times]) => {
      times.sort((a, b) => a - b);
      return {
        while: name,
        starts: times.length,
        p50Ms: quantile(times, 0.5),
        p99Ms: quantile(times, 0.99),
        maxMs: quantile(times, 1),
      };
    });
  const startsP99OverQuiet = Math.max(
    ...['verifications', 'numbers'].map((name) =>
      rounded(
        latency.find((one) => one.while === name).p99Ms /
          latency.find((one) => one.while === 'nobody').p99Ms,
      ),
    ),
  );
  const seqScans = plans.filter(({ scans }) =>
    scans.some((scan) => BIG.some((table) => scan.startsWith(`Seq Scan on ${table}`))),
  ).length;
  const batchP99Ms = Math.max(
    ...results
      .filter(({ name }) => ['verifications', 'numbers'].includes(name))
      .map(({ p99Ms }) => p99Ms),
  );
  say(
    `\n${table(['erased', 'batches', 'p50Ms', 'p99Ms', 'maxMs', 'rowsPerSecond'], results, 'name')}\n\n${table(['starts', 'p50Ms', 'p99Ms', 'maxMs'], latency, 'while')}`,
  );
  const [{ server_version: version }] = await eyes('SHOW server_version');
  const [{ shared_buffers: cache }] = await eyes('SHOW shared_buffers');
  return {
    benchmark: 'retention',
    what: "milliseconds of one batch of the eraser, back to back; milliseconds from a start's time to its answer by the database, with and without the eraser at work",
    machine: {
      node: process.version,
      platform: `${process.platform}-${process.arch}`,
      cpus: cpus().length,
      cpu: cpus()[0]?.model,
      load: loadavg().map(rounded),
    },
    postgres: { version, sharedBuffers: cache },
    rowsOfEachKind: rows,
    due,
    startsPerSecond: rate,
    rounds,
    seconds,
    filledSeconds: Math.round(filledSeconds),
    tables: sizes.map(({ table: name, bytes, indexBytes }) => ({
      name,
      megabytes: Math.round(bytes / 1e6),
      indexMegabytes: Math.round(indexBytes / 1e6),
    })),
    target: TARGET,
    isOnTarget:
      starts.failed === 0 &&
      seqScans <= TARGET.seqScans &&
      batchP99Ms <= TARGET.batchP99Ms &&
      startsP99OverQuiet <= TARGET.startsP99OverQuiet,
    seqScans,
    batchP99Ms,
    startsP99OverQuiet,
    failedStarts: starts.failed,
    results,
    starts: latency,
    deadTuples: dead,
    plans,
  };
}

/**
 * With the values in it, as the worker's unnamed statement is planned; `isRun`: a batch is run,
 * timed and rolled back.
 */
async function planOf(ownerUrl, { name, sql, batch, isWalk, beforeMs }, base, planning, isRun) {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const values = [
      `'${new Date(base.getTime() - beforeMs(DAYS)).toISOString()}'::timestamptz`,
      String(batch),
      ...(isWalk ? [`'1970-01-01'::timestamptz`, `'00000000-0000-0000-0000-000000000000'`] : []),
    ];
    await client.query('BEGIN');
    await client.query(`SELECT ${planning}`);
    const { rows } = await client.query(
      `EXPLAIN (${isRun ? 'ANALYZE, BUFFERS' : 'COSTS OFF'}) ${sql.replace(/\$(\d)/g, (_, n) => values[Number(n) - 1])}`,
    );
    await client.query('ROLLBACK');
    const lines = rows.map((row) => row['QUERY PLAN']);
    const scans = [
      ...new Set(
        lines.flatMap(
          (line) =>
            line.match(
              /(?:Bitmap )?Index (?:Only )?Scan (?:Backward )?(?:using|on) \w+(?: on \w+)?|Seq Scan on \w+/,
            ) ?? [],
        ),
      ),
    ];
    const time = lines.map((line) => /^Execution Time: ([\d.]+)/.exec(line)?.[1]).find(Boolean);
    return { name, scans, ...(isRun ? { ms: Number(time), plan: lines } : {}) };
  } finally {
    await client.end();
  }
}

/**
 * Starts at a steady rate, each by another account for another number; their times by whose turn it
 * was when they were due.
 */
function startLoad(repository, accounts, rate, base) {
  const times = new Map();
  let [asked, failed, current] = [0, 0, ''];
  const began = performance.now();
  const inFlight = new Set();
  const one = async (dueAt, name) => {
    const { newId } = await ids;
    const account = accounts[asked % accounts.length];
    const now = new Date(base.getTime() + (dueAt - began));
    const number = { ref: newId(), id: newId() };
    try {
      const { refused } = await repository.start(
        {
          id: number.id,
          starter: {
            accountId: account,
            serviceId: null,
            personId: account,
            starterIds: [account],
          },
          numberRef: number.ref,
          sealedNumber: randomBytes(61),
          testIndex: undefined,
          numberKeys: [randomBytes(32), randomBytes(32)],
          country: 'US',
          prefixKey: randomBytes(32),
          proofs: [randomBytes(32)],
          blockedUntil: undefined,
          addressKeys: [randomBytes(32)],
          channel: 'sms',
          channels: ['sms', 'voice'],
          isAuto: false,
          language: 'en',
          sealedCode: randomBytes(61),
          codeHash: randomBytes(32),
          lastsMs: 600_000,
          handoffId: newId(),
        },
        SEND_LIMITS,
        now,
      );
      if (refused !== undefined) failed += 1;
    } catch {
      failed += 1;
    }
    times.get(name).push(performance.now() - dueAt);
  };
  const ids = load('kernel/ids.js');
  const timer = setInterval(() => {
    for (; began + (asked * 1000) / rate <= performance.now(); asked += 1) {
      const started = one(began + (asked * 1000) / rate, current).finally(() =>
        inFlight.delete(started),
      );
      inFlight.add(started);
    }
  }, 2);
  return {
    times,
    get failed() {
      return failed;
    },
    turn: (name) => {
      current = name;
      if (!times.has(name)) times.set(name, []);
    },
    stop: async () => {
      clearInterval(timer);
      await Promise.all(inFlight);
    },
  };
}

/** The nearest-rank quantile of sorted values. */
const quantile = (sorted, q) =>
  sorted.length === 0 ? null : rounded(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]);

function table(columns, rows, first) {
  const cells = [
    ['', ...columns],
    ...rows.map((row) => [row[first], ...columns.map((column) => row[column])]),
  ];
  const widths = cells[0].map((_, column) =>
    Math.max(...cells.map((row) => String(row[column]).length)),
  );
  return cells
    .map((row) =>
      row
        .map((cell, column) =>
          column === 0
            ? String(cell).padEnd(widths[column])
            : String(cell).padStart(widths[column]),
        )
        .join('  '),
    )
    .join('\n');
}
