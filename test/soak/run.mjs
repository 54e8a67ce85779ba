// The soak: `npm run soak -- --handoffs N --seed S [--seeds 10] [--long]`. Each seed has a world of its own, in real
// time; what it saw is printed as a table. The short form is three seeds of 300 hand-offs; 2,000 and more are the long
// one, which fails if a point never fired. A seed that only waits for its end has the next one begin beside it.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startPostgresIn, temporaryFolder } from '../support/servers.mjs';

const { values } = parseArgs({
  options: {
    handoffs: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string' },
    long: { type: 'boolean', default: false },
  },
});
const isLong = values.long || Number(values.handoffs) >= 2_000;
const seeds = Array.from(
  { length: Number(values.seeds ?? (process.argv.includes('--seed') ? 1 : 3)) },
  (_, i) => Number(values.seed) + i,
);
/** A seed that hangs is ended: set-up, what happens, and the time in which all ends. */
const LIMIT_MS = (isLong ? 20 : 8) * 60_000;

const undo = [];
const results = [];
let failed = 0;
const running = new Set();
let isStopping = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(name, () => {
    isStopping = true;
    for (const jest of running) endAll(jest);
  });
try {
  const folder = await temporaryFolder('dingline-soak-', undo);
  const runs = [];
  for (const seed of seeds) {
    if (isStopping) break;
    await new Promise((onCalm) => {
      const run = runSeed(folder, seed, onCalm).then((result) => {
        if (result.isRight !== true) failed += 1;
        results.push(result);
        printSeed(result);
      });
      runs.push(run);
      run.then(onCalm, onCalm);
    });
  }
  for (const { status, reason } of await Promise.allSettled(runs))
    if (status === 'rejected') throw reason;
} catch (error) {
  failed += 1;
  console.error(error);
} finally {
  for (const step of undo.reverse()) await step().catch((error) => console.error(error));
}
printPoints();
const passed = results.filter(({ isRight }) => isRight === true).length;
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/** A server for each seed, since the plan kills its processes. */
async function runSeed(folder, seed, onCalm) {
  const mine = path.join(folder, `seed-${seed}`);
  await mkdir(mine);
  await chmod(mine, 0o711);
  const ends = [];
  try {
    const postgres = await startPostgresIn(mine, ends, () => {}, { isThrowaway: true });
    const file = path.join(mine, 'result.json');
    const since = Date.now();
    const env = {
      QUEUE: 'postgres',
      TEST_DATABASE_URL: postgres.ownerUrl('postgres'),
      SOAK_SEED: String(seed),
      SOAK_HANDOFFS: values.handoffs,
      SOAK_LONG: isLong ? 'yes' : 'no',
      SOAK_RESULT: file,
    };
    const code = await runJest(env, onCalm);
    const seconds = Math.round((Date.now() - since) / 1000);
    const said = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
    return { seed, seconds, isRight: code === 0, ...said };
  } finally {
    for (const step of ends.reverse()) await step().catch((error) => console.error(error));
  }
}

async function runJest(env, onCalm) {
  const inherited = { ...process.env };
  for (const name of Object.keys(inherited))
    if (
      /^(ROLES|DATA_DIR|HOST|LOG_LEVEL|.*_PORT|.*_URL|CARRIER_.*)$/.test(name) &&
      !name.startsWith('npm_')
    )
      delete inherited[name];
  const jest = spawn(
    process.execPath,
    [
      path.join('node_modules', 'jest', 'bin', 'jest.js'),
      '--selectProjects',
      'soak',
      '--forceExit',
      '--silent=false',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...inherited, ...env }, detached: true },
  );
  running.add(jest);
  jest.stderr.on('data', (text) => {
    process.stderr.write(text);
    if (String(text).includes('all faults are over')) onCalm();
  });
  const timer = setTimeout(() => endAll(jest), LIMIT_MS);
  const code = await new Promise((resolve) => {
    jest.on('exit', resolve);
  });
  clearTimeout(timer);
  endAll(jest);
  running.delete(jest);
  return code;
}

/** Its roles are of its group, the ones that a fault has stopped, too. */
function endAll({ pid }) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // None is left.
  }
}

function printSeed({
  seed,
  seconds,
  counts,
  handoffs,
  states,
  happened,
  fired,
  found,
  moves,
  errors,
  lockWaits,
  answers,
  isRight,
}) {
  console.log(
    `\n== seed ${seed}: ${isRight ? 'right' : 'NOT right'}, ${handoffs ?? 0} hand-offs in ${seconds} s`,
  );
  if (counts === undefined) return;
  console.log(
    `  ${Object.entries(counts)
      .map(([what, times]) => `${what} ${times}`)
      .join(', ')}`,
  );
  console.log(`  ended as ${JSON.stringify(states)}`);
  if (!isRight)
    console.log(
      `  again: npm run soak -- --handoffs ${values.handoffs} --seed ${seed}${isLong ? ' --long' : ''}`,
    );
  console.log(`  ${fired.length} points fired; around them: ${tally(happened)}`);
  if (process.env.SOAK_SAY === 'all')
    console.log(answers.map(([what, times]) => `    ${times} × ${what}`).join('\n'));
  for (const line of [...found, ...moves].slice(0, 20)) console.log(`  ${line}`);
  for (const line of isRight ? [] : errors.slice(0, 10)) console.log(`  ${line.slice(0, 600)}`);
  if (process.env.SOAK_SAY === 'all')
    for (const line of [...lockWaits, ...errors]) console.log(`    ${line.slice(0, 1500)}`);
}

/** point × fired × what became of the hand-off */
function printPoints() {
  const points = results.find((result) => result.points !== undefined)?.points ?? [];
  if (points.length === 0) return;
  console.log('\n== points: how often fired, and what became of the hand-off');
  const all = results.flatMap((result) => result.fired ?? []);
  for (const point of points) {
    const fired = all.filter((one) => one.point === point);
    const became = tally(fired.map(({ act, state }) => `${act} > ${state}`));
    console.log(`  ${point.padEnd(16)} ${String(fired.length).padStart(4)}  ${became}`);
    if (fired.length === 0 && isLong) {
      console.log(`  NEVER FIRED: ${point}`);
      failed += 1;
    }
  }
}

function tally(words) {
  const counts = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return Object.entries(counts)
    .sort((a, b) => b[1] - a[1])
    .map(([word, times]) => `${word} ${times}`)
    .join(', ');
}
