import { verifying as de } from '../texts/verifying/de.js';
import { verifying as en, type Verifying } from '../texts/verifying/en.js';
import { verifying as es } from '../texts/verifying/es.js';
import { verifying as fr } from '../texts/verifying/fr.js';
import { verifying as ja } from '../texts/verifying/ja.js';
import { verifying as zh } from '../texts/verifying/zh.js';

const CATALOGUE = { en, zh, es, fr, de, ja } satisfies Record<string, Verifying>;
type Language = keyof typeof CATALOGUE;
const LANGUAGES = Object.keys(CATALOGUE) as Language[];

/** The first of these tags (`de-AT`) whose language we speak, and what is said in it. */
export function findWords(tags: readonly (string | null | undefined)[]): {
  language: Language;
  words: Verifying;
} {
  const wished = tags.map((tag) => tag?.slice(0, 2).toLowerCase());
  const found = wished.find((one) => LANGUAGES.some((language) => language === one));
  const language = (found ?? 'en') as Language;
  return { language, words: CATALOGUE[language] };
}
