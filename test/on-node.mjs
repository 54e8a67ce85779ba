// Runs the unit tests and one journey on another Node: `node test/on-node.mjs 24`, after `npm run
// build`. An install must warn of nothing there. Node comes from npm's package `node`, in a folder
// of its own that goes with the run.
import { spawn, spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { temporaryFolder } from './support/servers.mjs';

const [version = '24'] = process.argv.slice(2);
if (!/^\d+(\.\d+){0,2}$/.test(version)) {
  console.error(`no version of Node: ${version}`);
  process.exit(2);
}

const undo = [];
let status = 1;
try {
  const folder = await temporaryFolder('dingline-node-', undo);
  await run('npm', [
    'install',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    `node@${version}`,
  ]);
  const program = path.join(folder, 'node_modules', 'node', 'bin', 'node');
  const env = {
    ...process.env,
    PATH: `${path.dirname(program)}${path.delimiter}${process.env.PATH ?? ''}`,
  };
  console.log(`\n== on Node ${version}`);
  await run(
    'node',
    [
      '-e',
      `console.log(process.version); process.exit(process.version.startsWith('v${version}') ? 0 : 1)`,
    ],
    env,
  );
  await requireQuietInstall(env);
  await run(
    'node',
    [
      'test/run.mjs',
      'unit',
      'e2e',
      '--',
      '--testPathPatterns',
      '/test/unit/',
      '/test/e2e/first-ring',
    ],
    env,
  );
  status = 0;
} catch (error) {
  console.error(error.message);
} finally {
  for (const step of undo.reverse()) await step().catch((error) => console.error(error));
}
process.exit(status);

/** What `npm ci` would warn of: packages that want another Node, and those that are given up. */
async function requireQuietInstall(env) {
  const words = ['ci', '--dry-run', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { status: code, stdout, stderr } = spawnSync('npm', words, { env, encoding: 'utf8' });
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8'));
  const givenUp = Object.keys(packages).filter((name) => packages[name].deprecated !== undefined);
  const warnings = `${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('npm warn'));
  if (code !== 0 || warnings.length > 0 || givenUp.length > 0)
    throw new Error(`npm ci warns:\n${[...warnings, ...givenUp].join('\n')}`);
  console.log('npm ci warns of nothing');
}

function run(program, words, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('close', (code, signal) =>
      code === 0
        ? resolve()
        : reject(new Error(`${program} ${words[0]} ended with ${signal ?? code}`)),
    );
  });
}
