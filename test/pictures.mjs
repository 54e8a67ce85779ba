// `npm run pictures`: takes the pictures of docs/pictures/ anew, by the browser test that takes them each time and
// otherwise keeps none.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const { status } = spawnSync(
  process.execPath,
  ['test/run.mjs', 'browser', '--', 'test/browser/pictures.test.ts'],
  {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, PICTURES: fileURLToPath(new URL('../docs/pictures', import.meta.url)) },
    stdio: 'inherit',
  },
);
process.exitCode = status ?? 1;
