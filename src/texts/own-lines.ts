import { stripHidden } from './characters.js';
import { LANGUAGES, TEXTS } from './catalogue.js';

// Lines that Dingline itself writes into an SMS. Nobody else's text may hold one: its reader would
// take a stranger's address for the one that confirms.

/** What the link's line of a Ding's SMS begins with, in some language. */
const CONFIRM = LANGUAGES.map((language) => foldLine(TEXTS[language].dingSms.confirm))
  .map((words) => words.replace(/[\s:]+$/, ''))
  .join('|');
/** What phones make a link of: a scheme, `www.`, a host with a dot in it, or its four numbers. */
const ADDRESS = String.raw`(?:\p{L}+://|www\.|[\p{L}\p{N}-]+\.[\p{L}\p{N}-]{2,}|\d+(?:\.\d+){3})`;

const LIKE_OURS = [
  new RegExp(`^\\P{L}*(?:${CONFIRM})(?:\\P{L}*|\\s*:.*)${ADDRESS}`, 'u'),
  // An address that ends like the link's own: the page `c`, and a secret after the `#`.
  new RegExp(`${ADDRESS}\\S*/c/?#\\S`, 'u'),
  // The last line of an SMS with a code, by which phones fill it in.
  /^\s*@\S+\s+#\s*\p{N}{4,}/u,
];

/** Its words alone, with the address below them: a phone breaks our own line there, too. */
const WORDS_ALONE = new RegExp(`^\\P{L}*(?:${CONFIRM})\\P{L}*$`, 'u');
const BEGINS_WITH_ADDRESS = new RegExp(`^\\P{L}*${ADDRESS}`, 'u');

/** A line as a reader sees it, whatever forms of its letters and signs it is written in. */
function foldLine(line: string): string {
  return stripHidden(line.normalize('NFKC')).toLowerCase().replaceAll('。', '.').trim();
}

/** Whether one of the text's lines, or two of them, look like one that we write. */
export function holdsOwnLine(text: string): boolean {
  const lines = text
    .split('\n')
    .map(foldLine)
    .filter((line) => /[\p{L}\p{N}]/u.test(line));
  return lines.some(
    (line, i) =>
      LIKE_OURS.some((form) => form.test(line)) ||
      (WORDS_ALONE.test(line) && BEGINS_WITH_ADDRESS.test(lines[i + 1] ?? '')),
  );
}
