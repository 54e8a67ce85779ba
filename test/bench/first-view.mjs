// How long somebody with a slow phone waits for the first view of the app: Chromium, whose processor is slowed down by
// its debugging protocol, loads the built pages with nothing kept, from a server of its own on this machine. The
// network costs nothing here; how much must come through it is counted by test/browser/budgets.test.ts.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import fastify from 'fastify';
import { chromium } from 'playwright-core';
import { serveApp } from '../../dist/web/app-pages.js';

const LONGEST_MS = 2_000;
const SCREEN = { width: 390, height: 844 };

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

function findBrowser() {
  const name = ['chromium-headless-shell', 'chromium', 'google-chrome'].find(
    (one) => spawnSync(one, ['--version']).status === 0,
  );
  if (name === undefined) throw new Error('no Chromium is installed');
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find(existsSync);
}

/** Notes when the field for the login can be typed into, and has been shown. */
const NOTE_USABLE = `
  new MutationObserver((changes, observer) => {
    if (document.querySelector('[autocomplete=username]') === null) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.usableMs = performance.now())));
  }).observe(document, { childList: true, subtree: true });`;

/** One visit by a browser that has never been here. */
async function visit(browser, origin, slowdown) {
  const context = await browser.newContext({ viewport: SCREEN, hasTouch: true });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
    await page.addInitScript(NOTE_USABLE);
    await page.goto(`${origin}/`);
    return await page.evaluate(`new Promise((done) => {
      const look = () => {
        const [painted] = performance.getEntriesByName('first-contentful-paint');
        if (window.usableMs === undefined || painted === undefined) return setTimeout(look, 10);
        done({ usableMs: Math.max(window.usableMs, painted.startTime), paintedMs: painted.startTime });
      };
      look();
    })`);
  } finally {
    await context.close();
  }
}

const readCount = (words, name, standard) => {
  const at = words.indexOf(name);
  const count = at === -1 ? standard : Number(words.splice(at, 2)[1]);
  if (!Number.isInteger(count) || count < 1) throw new Error(`first-view takes ${name}, a number`);
  return count;
};

export const firstView = {
  usage: 'first-view [--rounds 9] [--slowdown 4]',
  parse(words) {
    const left = [...words];
    const options = {
      rounds: readCount(left, '--rounds', 9),
      slowdown: readCount(left, '--slowdown', 4),
    };
    if (left.length > 0) throw new Error(`first-view doesn't take ${left[0]}`);
    return options;
  },
  async run({ rounds, slowdown }, say, stopping) {
    const server = fastify();
    serveApp(server, 'open');
    const origin = await server.listen({ port: 0, host: '127.0.0.1' });
    const browser = await chromium.launch({
      executablePath: findBrowser(),
      args: ['--no-sandbox', '--disable-gpu'],
    });
    const visits = [];
    try {
      await visit(browser, origin, slowdown); // the browser itself begins
      while (visits.length < rounds) {
        stopping.throwIfAborted();
        visits.push(await visit(browser, origin, slowdown));
        const { paintedMs, usableMs } = visits.at(-1);
        say(`painted after ${Math.round(paintedMs)} ms, usable after ${Math.round(usableMs)} ms`);
      }
    } finally {
      await browser.close();
      await server.close();
    }
    const usable = visits.map(({ usableMs }) => usableMs);
    return {
      rounds,
      slowdown,
      longestMs: LONGEST_MS,
      medianPaintedMs: Math.round(median(visits.map(({ paintedMs }) => paintedMs))),
      medianUsableMs: Math.round(median(usable)),
      slowestUsableMs: Math.round(Math.max(...usable)),
      isOnTarget: Math.max(...usable) < LONGEST_MS,
    };
  },
};
