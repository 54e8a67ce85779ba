import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

// The app for people: src/web/app to dist/web/app, which `api` serves at /app. `npm run build` makes it after the
// service; `npm run dev:web` makes it again at each change.

const OUT = path.resolve('dist/web/app');

/** Each text is there compressed, too: `api` compresses nothing while it serves. */
const compress = () => ({
  name: 'dingline-compress',
  apply: 'build',
  writeBundle() {
    for (const entry of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
      if (!/\.(js|css|svg)$/.test(entry)) continue;
      const text = readFileSync(path.join(OUT, entry));
      writeFileSync(path.join(OUT, `${entry}.br`), brotliCompressSync(text));
      writeFileSync(path.join(OUT, `${entry}.gz`), gzipSync(text, { level: 9 }));
    }
  },
});

export default defineConfig({
  root: 'src/web/app',
  base: '/app/',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [compress()],
  logLevel: 'warn',
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target: 'es2022',
    // The policy of its pages allows no data: address and no script within a page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
