// Builds where `dist` is missing or older than `src`, before what is about to run: the service takes 20 to 50 seconds,
// the app for people 2.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findUnbuilt, isAppUnbuilt } from './built.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(program, ...words) {
  const file = fileURLToPath(new URL(`../node_modules/${program}`, import.meta.url));
  const { status } = spawnSync(process.execPath, [file, ...words], { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

if (findUnbuilt(root) !== undefined) run('@nestjs/cli/bin/nest.js', 'build');
if (isAppUnbuilt(root)) run('vite/bin/vite.js', 'build');
