// Runs the tests: `node test/run.mjs [folder...] [--long] [-- jest options]`, after `npm run
// build`. The unit tests first; then everything else with the queue in PostgreSQL, and beside it
// what the queue plays a part in once more with it in Redis, where Redis can be had: in a process
// of its own (BullMQ's backends don't share one) and on a PostgreSQL of its own. Tests wait for
// half of their time, so two runs at once take little longer than one. With `--long` the files with
// long properties (test/support/runs.ts) alone, each property at its full length.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { startPostgresIn, startRedisIn, temporaryFolder } from './support/servers.mjs';
import { describeBrowserRun, FIRST_JOURNEY_ALONE } from './support/browser-run.mjs';
import { shortened, timeOf } from './support/run-report.mjs';

const FOLDERS = ['unit', 'medium', 'e2e', 'contract', 'fault', 'architecture', 'browser'];
const USING_THE_QUEUE = ['e2e', 'contract', 'fault', 'architecture'];
/** How many files run at once: four, while both runs last. The one on Redis has a third of the other's work. */
const WORKERS = { postgres: 3, redis: 1, alone: 2 };

/**
 * What is the same whatever the queue is in: nothing of it is queued; or what is queued is an SMS
 * or a call that goes out at once, as in the files that stay, and what the file proves is said of
 * rows, callbacks and limits. `embedded` starts the whole stack, which has its queue in PostgreSQL
 * whatever QUEUE says. A file that isn't named here runs with both.
 */
const WITHOUT_QUEUE = [
  '--testPathIgnorePatterns',
  `/(${[
    'embedded',
    'channels',
    'random-writes',
    '(stolen-login|sign-ins|demo|at-once)[^/]*',
    '(nothing-shown|no-code-came|app-pages|client|client-package)',
    'pages',
    '(apps|accounts|accounts-command)',
    '(look|looks|sign-in|sign-up|theft|team-bounds|team-events|closing|showings)',
    '(late-verdict|written|docs-on-a-phone|confirm-page|failed-sms|bounds)',
    '(not-left|lost-news|worker-stands-still)',
    'number-policy',
    'test-numbers',
    'replay',
    'finished',
    'several-processes',
    'openapi',
    'bad-input',
    'malformed-verification',
    'problems',
    'messages',
    'examples',
    'lists',
    'carriers',
    'carrier-callbacks',
    'twilio-verify',
    'simulator[^/]*',
    'boundaries[^/]*',
    'promises',
    'compose',
    'monitoring',
    'retention',
    'receipt',
    'live',
    'stranger',
    'pumping',
    'send-limits',
    'numbers-move',
    'app-verification',
    'verification',
    'callbacks',
    'outage-in-a-menu',
    'webhook-worker-killed',
  ].join('|')})\\.test\\.ts$`,
];

const separator = process.argv.indexOf('--');
const words = process.argv.slice(2, separator === -1 ? undefined : separator);
const isLong = words.includes('--long');
const named = words.filter((word) => word !== '--long');
const jestOptions = separator === -1 ? [] : process.argv.slice(separator + 1);
const unknown = named.filter((name) => !FOLDERS.includes(name));
if (unknown.length > 0) {
  console.error(`no such folder of tests: ${unknown.join(', ')}; there are ${FOLDERS.join(', ')}`);
  process.exit(2);
}
const testsIn = (name) => {
  const folder = path.join('test', name);
  const files = existsSync(folder)
    ? readdirSync(folder, { recursive: true }).map((file) => path.join(folder, String(file)))
    : [];
  return files.filter(
    (file) =>
      file.endsWith('.test.ts') &&
      (!isLong || readFileSync(file, 'utf8').includes('/support/runs.js')),
  );
};
const folders = (named.length > 0 ? named : FOLDERS).filter((name) => testsIn(name).length > 0);

const totals = { passed: 0, failed: 0, skipped: 0 };
const notes = [];
/** How long each file took, and the slowest test in it. */
const times = [];
/** What failed and how, said last of all, where a log that is cut short still has it. */
const failures = [];
const undo = [];
const running = new Set();
let stopping = false;
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    stopping = true;
    for (const jest of running) jest.kill('SIGTERM');
  });
}

const temporary = await temporaryFolder('dingline-test-', undo);
try {
  if (folders.includes('unit')) await run('unit', ['unit'], {}, { workers: WORKERS.alone });
  const others = folders.filter((name) => name !== 'unit');
  if (others.length > 0 && !stopping) {
    // What a long property is about doesn't depend on the queue.
    const queueing = isLong ? [] : others.filter((name) => USING_THE_QUEUE.includes(name));
    const workers = queueing.length > 0 ? WORKERS.postgres : WORKERS.alone;
    const runs = [
      run(
        'the rest, with the queue in PostgreSQL',
        others,
        { QUEUE: 'postgres', TEST_DATABASE_URL: await startServer('postgres') },
        { workers, options: named.length === 0 && !isLong ? FIRST_JOURNEY_ALONE : [] },
      ),
    ];
    if (folders.includes('browser') && !isLong)
      notes.push(...describeBrowserRun(named.length === 0));
    if (queueing.length > 0 && !stopping) runs.push(runOnRedis(queueing, runs[0]));
    // The servers stay until both have ended.
    for (const { status, reason } of await Promise.allSettled(runs))
      if (status === 'rejected') throw reason;
  }
} catch (error) {
  totals.failed += 1;
  console.error(error);
} finally {
  for (const step of undo.reverse()) await step().catch((error) => console.error(error));
}
if (stopping) totals.failed += 1;
if (times.length > 1) console.log(`\n== the slowest files\n${slowest(10).join('\n')}`);
if (failures.length > 0) console.log(`\n== what failed\n${failures.join('\n')}`);
console.log(`\n${notes.join('\n')}`);
console.log(
  `${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
);
// No test at all is no success.
process.exit(totals.failed > 0 || totals.passed === 0 ? 1 : 0);

async function startServer(name) {
  const folder = path.join(temporary, name);
  await mkdir(folder);
  await chmod(folder, 0o711);
  return (await startPostgresIn(folder, undo, console.log, { isThrowaway: true })).ownerUrl(
    'postgres',
  );
}

async function runOnRedis(projects, first) {
  const redis = await findRedis();
  if (redis.url === undefined) {
    notes.push(`queue in Redis: NOT tested, ${redis.why}`);
    return;
  }
  const env = {
    QUEUE: 'redis',
    TEST_DATABASE_URL: await startServer('redis'),
    TEST_REDIS_URL: redis.url,
  };
  if (!stopping)
    await run(`once more with the queue in Redis (${redis.why})`, projects, env, {
      workers: WORKERS.redis,
      options: WITHOUT_QUEUE,
      first,
    });
}

/** What a run says comes as it is said, or after the `first` run's. */
async function run(title, projects, env, { workers, options = [], first = undefined }) {
  const said = [];
  let isFirstOver = first === undefined;
  const say = (text) => (isFirstOver ? process.stderr.write(text) : said.push(text));
  const unheld = first
    ?.catch(() => {})
    .then(() => {
      isFirstOver = true;
      said.splice(0).forEach(say);
    });
  say(`\n== ${title}: ${projects.join(', ')}\n`);
  const output = path.join(temporary, `${Object.keys(env).length}-${env.QUEUE ?? 'none'}.json`);
  const since = Date.now();
  const inherited = { ...process.env };
  // A test's world is the same whatever the developer's shell holds.
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
      '--testSequencer',
      path.resolve('test/support/longest-first.cjs'),
      '--selectProjects',
      ...projects,
      `--maxWorkers=${workers}`,
      '--json',
      '--outputFile',
      output,
      '--passWithNoTests',
      ...(isLong ? ['--runTestsByPath', ...projects.flatMap(testsIn)] : []),
      ...jestOptions,
      ...options, // options of our own end with a list
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...inherited, ...env, LONG: isLong ? 'yes' : 'no' },
    },
  );
  running.add(jest);
  jest.stderr.setEncoding('utf8').on('data', say);
  const [code, signal] = await new Promise((resolve) => {
    jest.on('close', (...how) => resolve(how));
  });
  running.delete(jest);
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  await unheld;
  let result;
  try {
    result = JSON.parse(await readFile(output, 'utf8'));
  } catch {
    totals.failed += 1;
    notes.push(`${title}: jest ended (${signal ?? code}) without a result`);
    return;
  }
  for (const file of result.testResults) {
    times.push(timeOf(file, env));
    const where = times.at(-1).name;
    const failing = file.assertionResults.filter((test) => test.status === 'failed');
    for (const test of failing)
      failures.push(`\n${where}: ${test.fullName}\n${shortened(test.failureMessages)}`);
    // It could not be loaded, or its `afterAll` failed.
    if (failing.length === 0 && file.status === 'failed')
      failures.push(`\n${where}\n${shortened([file.message])}`);
  }
  // A file that could not even be loaded has no test that failed.
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  totals.passed += result.numPassedTests;
  totals.failed += failed > 0 || code === 0 ? failed : 1;
  totals.skipped += result.numPendingTests + result.numTodoTests;
  notes.push(
    `${title}: ${result.numPassedTests} passed, ${failed} failed, ${result.numPendingTests} skipped in ${seconds} s`,
  );
}

function slowest(count) {
  const inSeconds = (ms) => `${((ms ?? 0) / 1000).toFixed(1)} s`;
  return times
    .sort((a, b) => b.ms - a.ms)
    .slice(0, count)
    .map(
      ({ name, ms, longest }) =>
        `${inSeconds(ms).padStart(8)}  ${name}${longest === undefined ? '' : `: ${inSeconds(longest.duration)} of it is "${longest.fullName.slice(0, 70)}"`}`,
    );
}

async function findRedis() {
  if (/^rediss?:/.test(process.env.QUEUE_URL ?? ''))
    return { url: process.env.QUEUE_URL, why: 'QUEUE_URL' };
  const url = await startRedisIn(temporary, undo);
  return {
    url,
    why:
      url === undefined
        ? 'redis-server is not installed and QUEUE_URL names no Redis'
        : 'redis-server',
  };
}
