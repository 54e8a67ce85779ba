import { LANGUAGES } from '../../../src/texts/catalogue.js';
import { de } from '../../../src/web/app/texts/de.js';
import { en } from '../../../src/web/app/texts/en.js';
import { es } from '../../../src/web/app/texts/es.js';
import { fr } from '../../../src/web/app/texts/fr.js';
import { ja } from '../../../src/web/app/texts/ja.js';
import { zh } from '../../../src/web/app/texts/zh.js';

// That no phrase is missing is the compiler's to say; here is that none is empty or left in English.

const CATALOGUES = { en, zh, es, fr, de, ja };

/** Words that a language has from English, or that are written alike. */
const ALIKE = /^(Dings?|Teams|Code|SMS|App|\S+ \(in \S+\))$/;

/** Each phrase by its path; what is filled in stands as `…`, or as 2 where it is counted. */
function listPhrases(node: object, path = ''): [path: string, phrase: string][] {
  return Object.entries(node).flatMap(([name, value]: [string, unknown]) => {
    const at = path === '' ? name : `${path}.${name}`;
    if (typeof value === 'string') return [[at, value]];
    if (typeof value === 'function')
      return [
        [
          at,
          (value as (...given: unknown[]) => string)(...(at.endsWith('wrong') ? [2] : ['…', '…'])),
        ],
      ];
    return listPhrases(value as object, at);
  });
}

const english = new Map(listPhrases(en));

it('the app speaks every language that the texts and calls are in, and no other', () => {
  expect(Object.keys(CATALOGUES)).toEqual(LANGUAGES);
});

it.each(Object.entries(CATALOGUES))(
  'in %s no phrase is empty or left in English',
  (name, words) => {
    const phrases = listPhrases(words);
    expect(phrases.length).toBe(english.size);
    expect(phrases.filter(([, phrase]) => phrase.trim() === '')).toEqual([]);
    if (name === 'en') return;
    const left = phrases.filter(
      ([path, phrase]) => english.get(path) === phrase && !ALIKE.test(phrase),
    );
    expect(left).toEqual([]);
  },
);

it.each(Object.entries(CATALOGUES))('in %s what is filled in is said', (_, words) => {
  const filled = listPhrases(words).filter(([path]) => /…|\b2\b/.test(english.get(path) ?? ''));
  const silent = filled.filter(([path, phrase]) => !/…|2/.test(phrase) && !/loading/.test(path));
  expect(silent).toEqual([]);
});
