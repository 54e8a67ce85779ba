import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';

/** What the build of the service reads beside `src`. */
const BUILT_BY = ['nest-cli.json', 'tsconfig.json', 'tsconfig.build.json'];
/** What Vite makes: the app for people, into one page and files with hashed names. */
const APP = path.join('web', 'app');
const APP_PARTS = ['src/web/app', 'src/web/client', 'vite.config.mjs'];

const changedAt = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

function* listFiles(folder) {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) yield path.join(entry.parentPath ?? entry.path, entry.name);
}

/** Every file that the service's build makes, with the one that it is made of. */
function* listOutputs(root) {
  const src = path.join(root, 'src');
  for (const source of listFiles(src)) {
    const name = path.relative(src, source);
    if (!/\.(ts|sql)$/.test(name) || name.startsWith(APP + path.sep)) continue;
    yield { source, output: path.join(root, 'dist', name.replace(/\.ts$/, '.js')) };
  }
}

/**
 * Why the service in `dist` is not what `src` says; undefined where it is. It looks at times alone,
 * as make does: 450 files in 10 ms. An image has no `src`: what is in it was built with it.
 */
export function findUnbuilt(root) {
  if (changedAt(path.join(root, 'src')) === undefined) return undefined;
  const main = changedAt(path.join(root, 'dist/main.js'));
  if (main === undefined) return 'dist is missing';
  const outputs = [...listOutputs(root)];
  const isOlder = ({ source, output }) => (changedAt(output) ?? 0) < (changedAt(source) ?? 0);
  if (outputs.some(isOlder)) return 'dist is older than src';
  const way = BUILT_BY.find((name) => (changedAt(path.join(root, name)) ?? 0) > main);
  return way === undefined ? undefined : `dist is older than ${way}`;
}

/** Whether the app for people is missing or older than what it is made of. No operator needs it. */
export function isAppUnbuilt(root) {
  if (changedAt(path.join(root, 'src', APP)) === undefined) return false;
  const page = changedAt(path.join(root, 'dist', APP, 'index.html'));
  if (page === undefined) return true;
  const parts = APP_PARTS.flatMap((name) => {
    const part = path.join(root, name);
    return statSync(part).isDirectory() ? [part, ...listFiles(part)] : [part];
  });
  return parts.some((file) => (changedAt(file) ?? 0) > page);
}
