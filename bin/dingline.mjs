#!/usr/bin/env node
// `dingline`: an operator's commands. It never builds: a build takes longer than an operator at 3 a.m. has, and writes
// over the files of the service that runs.
import { fileURLToPath } from 'node:url';
import { findUnbuilt } from './built.mjs';

const unbuilt = findUnbuilt(fileURLToPath(new URL('..', import.meta.url)));
if (unbuilt === undefined) await import('../dist/cli/main.js');
else {
  process.stderr.write(`dingline: ${unbuilt}: run \`npm run build\`, and this again\n`);
  process.exitCode = 2;
}
