// Makes the client a package of its own, for anybody's program: `node bin/client/package.mjs [folder]`, dist/client where
// none is named. `npm pack` makes a file of it. It needs nothing but what Node and browsers bring.
import { spawnSync } from 'node:child_process';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(root, 'dist/client'));

const built = (name) => ({ types: `./${name}.d.ts`, default: `./${name}.js` });
const { version, license, engines } = JSON.parse(
  await readFile(path.join(root, 'package.json'), 'utf8'),
);
const description = {
  name: 'dingline-client',
  version,
  description: 'The typed client of the Dingline API: phone verification, Dings, conferences',
  private: true, // nothing is published by mistake
  license,
  type: 'module',
  sideEffects: false,
  engines,
  exports: {
    '.': built('client'),
    './operations': built('generated/operations'),
    './problem-codes': built('generated/problem-codes'),
    './live-events': built('live-events'),
  },
};

await rm(folder, { recursive: true, force: true });
const tsc = path.join(root, 'node_modules/typescript/bin/tsc');
const { status } = spawnSync(
  process.execPath,
  [tsc, '-p', path.join(root, 'tsconfig.client.json'), '--outDir', folder],
  { stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);
await writeFile(
  path.join(folder, 'package.json'),
  `${JSON.stringify(description, undefined, 2)}\n`,
);
await cp(path.join(root, 'src/web/client/README.md'), path.join(folder, 'README.md'));
await cp(path.join(root, 'LICENSE'), path.join(folder, 'LICENSE'));
