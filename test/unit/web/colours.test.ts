import { readFileSync } from 'node:fs';
import path from 'node:path';

// The app, <dingline-verify> and the SMS's page are one house: each has the colours in the way that it needs them.

const read = (file: string): string =>
  readFileSync(path.join(__dirname, '../../../src/web', file), 'utf8');

/** `--page` and its like, by their names. */
const readColours = (css: string): Record<string, string> =>
  Object.fromEntries(
    [...css.matchAll(/--([\w-]+): ?([^;]*#[^;]*);/g)].map(([, name = '', colour = '']) => [
      name,
      colour,
    ]),
  );

const [light = {}, dark = {}] = read('app/style/main.css')
  .split('@media (prefers-color-scheme: dark)', 2)
  .map(readColours);

it('the app names each of its colours for the light and for the dark', () => {
  expect(Object.keys(light).length).toBeGreaterThan(8);
  expect(Object.keys(dark)).toEqual(Object.keys(light));
});

it('the SMS’s page has the app’s colours', () => {
  const [ownLight = {}, ownDark = {}] = read('confirm-page.ts')
    .split('@media (prefers-color-scheme: dark)', 2)
    .map(readColours);
  expect(Object.keys(ownLight).length).toBeGreaterThan(5);
  expect(Object.keys(ownDark)).toEqual(Object.keys(ownLight));
  expect(light).toMatchObject(ownLight);
  expect(dark).toMatchObject(ownDark);
});

it('the element for others’ pages has the app’s colours', () => {
  const colours = Object.entries(readColours(read('app/drop-in/style.css')));
  expect(colours.length).toBeGreaterThan(8);
  for (const [name, colour] of colours)
    expect([name, colour]).toEqual([name, `light-dark(${light[name]}, ${dark[name]})`]);
});
