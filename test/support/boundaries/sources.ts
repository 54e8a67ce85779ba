import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface Source {
  /** Below src, with slashes: `ding/ding.service.ts`. */
  path: string;
  text: string;
}

const root = path.join(__dirname, '../../..');
const src = path.join(root, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).map((file) =>
  file.split(path.sep).join('/'),
);
export const SOURCES: readonly Source[] = files
  .filter((file) => /\.tsx?$/.test(file))
  .map((file) => ({ path: file, text: readFileSync(path.join(src, file), 'utf8') }));
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};
export const DEPENDENCIES = Object.keys(manifest.dependencies);
export const DEV_DEPENDENCIES = Object.keys(manifest.devDependencies);
/** What may be imported: a source, or a style sheet that is built in. */
export const PATHS: ReadonlySet<string> = new Set(
  files.filter((file) => /\.(tsx?|css)$/.test(file)),
);
