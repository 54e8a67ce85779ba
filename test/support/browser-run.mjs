import { spawnSync } from 'node:child_process';

/** Who names no folder of tests gets the first journey in a browser alone; `npm run test:browser` runs all. */
export const FIRST_JOURNEY_ALONE = ['--testPathIgnorePatterns', '/test/browser/(?!sign-in\\.)'];

/** What was left out in a browser, in a line; nothing where all ran. */
export function describeBrowserRun(isFirstAlone) {
  const hasBrowser = ['chromium-headless-shell', 'chromium', 'google-chrome'].some(
    (name) => spawnSync(name, ['--version']).status === 0,
  );
  if (!hasBrowser) return ['in a browser: NOT tested, no Chromium is installed'];
  return isFirstAlone ? ['in a browser: the first journey; npm run test:browser runs all'] : [];
}
