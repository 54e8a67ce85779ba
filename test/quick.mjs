// What a commit must pass, in under half a minute: `npm run quick`, and the hook in .githooks.
// Lint and layout of what has changed since the last commit, types (only of what changed since the last time),
// unit tests, and who may import whom. `npm run check` is all of it.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Ignored by git, and gone with the packages that the types came from. */
const CACHE = path.join(root, 'node_modules/.cache/dingline');
const begun = Date.now();

mkdirSync(CACHE, { recursive: true });
const git = (...args) =>
  execFileSync('git', args, { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((name) => name !== '');
const changed = [
  ...git('diff', '--name-only', '-z', 'HEAD'),
  ...git('ls-files', '--others', '--exclude-standard', '-z'),
].filter((name) => existsSync(path.join(root, name)));
const code = changed.filter((name) => /\.(tsx?|mjs|cjs|js)$/.test(name));

/** One program of node_modules; what it printed is shown where it failed. */
async function run(title, program, args) {
  const since = Date.now();
  const child = spawn(process.execPath, [path.join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  const code = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  const seconds = ((Date.now() - since) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${title}, ${seconds} s`);
  if (code !== 0) console.log(output);
  return code === 0;
}

const types = () =>
  run('types', 'typescript/bin/tsc', [
    '--noEmit',
    '--incremental',
    '--tsBuildInfoFile',
    path.join(CACHE, 'quick.tsbuildinfo'),
  ]);
const typesOfApp = () =>
  run('types of the app', 'typescript/bin/tsc', ['--noEmit', '-p', 'src/web/app']);
const lint = () =>
  code.length === 0
    ? true
    : run(`lint of ${String(code.length)} changed files`, 'eslint/bin/eslint.js', code);
const layout = () =>
  changed.length === 0
    ? true
    : run('their layout', 'prettier/bin/prettier.cjs', [
        '--check',
        '--ignore-unknown',
        '--log-level',
        'warn',
        ...changed,
      ]);
const tests = () =>
  run('unit tests, and who may import whom', 'jest/bin/jest.js', [
    '--selectProjects',
    'unit',
    'architecture',
    '--testPathPatterns',
    '/test/unit/',
    '/architecture/boundaries',
  ]);

// Two cores: the tests on one, the compiler on the other.
const inTurn = async () => [await types(), await typesOfApp(), await layout(), await lint()];
const results = (await Promise.all([tests(), inTurn()])).flat();
const isGood = results.every(Boolean);
console.log(`${isGood ? 'ok' : 'not ok'}, ${((Date.now() - begun) / 1000).toFixed(1)} s in all`);
process.exit(isGood ? 0 : 1);
