import pg from 'pg';
import { DAYS, load } from './retention-load.mjs';

/**
 * With the values in it, as the worker's unnamed statement is planned; `isRun`: a batch is run,
 * timed and rolled back.
 */
export async function planOf(ownerUrl, { name, sql, batch, isWalk }, base, planning, isRun) {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { listPeriods } = await load('kernel/retention-periods.js');
    const values = [
      `'${new Date(base.getTime() - listPeriods(DAYS)[name]).toISOString()}'::timestamptz`,
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
