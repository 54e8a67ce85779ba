import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { build, defineConfig } from 'vite';

// The app for people: src/web/app to dist/web/app, which `api` serves at /app. `npm run build` makes it after the
// service; `npm run dev:web` makes it again at each change.

const OUT = path.resolve('dist/web/app');

const oxc = { jsx: { runtime: 'automatic', importSource: 'preact' } };
const target = 'es2022';

/** <dingline-verify> for others' pages, beside the app: one file with all that it needs, whose name stays. */
const buildDropIn = () =>
  build({
    configFile: false,
    root: 'src/web/app',
    publicDir: false,
    oxc,
    logLevel: 'warn',
    build: {
      outDir: OUT,
      emptyOutDir: false,
      target,
      cssTarget: 'chrome123', // light-dark() stays as it is
      modulePreload: false,
      rolldownOptions: {
        input: path.resolve('src/web/app/drop-in/element.tsx'),
        output: { format: 'iife', entryFileNames: 'dingline-verify.js' },
      },
    },
  });

/** Each text is there compressed, too: `api` compresses nothing while it serves. */
const finish = () => ({
  name: 'dingline-finish',
  apply: 'build',
  async closeBundle() {
    await buildDropIn();
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
  oxc,
  plugins: [finish()],
  logLevel: 'warn',
  build: {
    outDir: OUT,
    emptyOutDir: true,
    target,
    // The policy of its pages allows no data: address and no script within a page.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
