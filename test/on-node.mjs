// Runs the unit tests and one journey on another Node: `node test/on-node.mjs 24`, after `npm run
// build`. It comes from npm's package `node`, in a folder of its own that goes with the run.
import { spawn } from 'node:child_process';
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
