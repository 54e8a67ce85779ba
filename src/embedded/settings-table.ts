import { readFile, writeFile } from 'node:fs/promises';
import { settingsTable } from '../settings.js';

/** Writes the table of settings between the two markers of docs/settings.md. */
const page = new URL('../../docs/settings.md', import.meta.url);
const text = await readFile(page, 'utf8');
const between = /(?<=<!-- settings -->\n)[\s\S]*?(?=<!-- \/settings -->)/;
if (!between.test(text)) throw new Error('docs/settings.md has lost its two markers');
await writeFile(
  page,
  text.replace(between, () => `${settingsTable()}\n`),
);
