import { cpus, loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { alignColumns } from './columns.mjs';
import { DAYS, PASSWORD, load, quantile, startLoad } from './retention-load.mjs';
import { BIG, rounded } from './retention-fill.mjs';
import { planOf } from './retention-plans.mjs';

/** A batch: a tenth of what its login's statements may take. */
const TARGET = { seqScans: 0, batchP99Ms: 1_000, startsP99OverQuiet: 2 };

// What is measured ----------------------------------------------------------------------------------------------------

export async function measure(
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
    `
      SELECT relname AS table, pg_relation_size(oid) AS bytes, pg_indexes_size(oid) AS "indexBytes"
      FROM pg_class
      WHERE oid = ANY ('{${BIG}}'::regclass[])
    `,
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
      const answer = await eraser.eraseBatch(of);
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
    `
      SELECT
        relname AS table,
        n_dead_tup::int AS dead,
        n_live_tup::int AS live,
        autovacuum_count::int AS autovacuums
      FROM pg_stat_user_tables
      WHERE relname = ANY ('{${BIG}}')
    `,
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

const table = (columns, rows, first) =>
  alignColumns([
    ['', ...columns],
    ...rows.map((row) => [row[first], ...columns.map((column) => row[column])]),
  ]);
