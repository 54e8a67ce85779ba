import { readFile, writeFile } from 'node:fs/promises';
import { settingsTable } from '../settings.js';

/** Writes the table of settings between the README's two markers. */
const readme = new URL('../../README.md', import.meta.url);
const text = await readFile(readme, 'utf8');
const markers = /(<!-- settings -->\n)[\s\S]*?(<!-- \/settings -->)/;
if (!markers.test(text)) throw new Error('README.md has no <!-- settings --> and <!-- /settings -->');
await writeFile(readme, text.replace(markers, (_, begin: string, end: string) => `${begin}${settingsTable()}\n${end}`));
