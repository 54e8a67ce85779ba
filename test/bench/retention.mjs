/**
 * Whether erasing hurts: the product's own eraser at work in big tables, while verifications are started.
 *
 * What is real: PostgreSQL as the product brings it (synchronous_commit on, its small cache), the
 * schema with all its indexes, `Retention.eraseBatch` on the worker's login, `start_verifications` as
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
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgresIn, temporaryFolder } from '../support/servers.mjs';
import { GUESSES } from './servers.mjs';
import { DIST, PASSWORD, load } from './retention-load.mjs';
import { fill } from './retention-fill.mjs';
import { measure } from './retention-measure.mjs';

const USAGE = 'retention [--rows 1000000] [--rate 100] [--rounds 5] [--seconds 10] [--minutes 30]';
export const retention = { usage: USAGE, parse, run };
/** Of the three tables together with their indexes, and what is written beside them. */
const BYTES_A_ROW = 1_200;

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
      `${tmpdir()} has ${gigabytes(free)} GB free; ` +
        `${rows} rows of each kind need ${gigabytes(rows * BYTES_A_ROW * 1.3)} GB`,
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

async function prepare(ownerUrl) {
  const { LOGINS, ensureDatabase, grantConnect, migrateDatabase, openLogins } =
    await load('embedded/databases.js');
  const server = new URL(ownerUrl);
  server.pathname = '/postgres';
  await ensureDatabase(server.href, 'bench', undefined, 'DATABASE_URL');
  await migrateDatabase(ownerUrl, GUESSES, () => {});
  await openLogins(
    ownerUrl,
    new Map([
      [LOGINS.api, PASSWORD],
      [LOGINS.worker, PASSWORD],
    ]),
  );
  await grantConnect(ownerUrl);
}
