import { de } from './de.js';
import { en } from './en.js';
import { es } from './es.js';
import { fr } from './fr.js';
import { ja } from './ja.js';
import type { Texts } from './texts.js';
import { zh } from './zh.js';

const CATALOGUE = { en, zh, es, fr, de, ja };

/** The languages that a person may choose, by their ISO 639-1 code. */
export type Language = keyof typeof CATALOGUE;
export const LANGUAGES = Object.keys(CATALOGUE) as [Language, ...Language[]];

export const TEXTS: Readonly<Record<Language, Texts>> = CATALOGUE;

/** Kept apart with their exact names, which the carrier's own types check. */
export const VOICES = {
  en: en.voice,
  zh: zh.voice,
  es: es.voice,
  fr: fr.voice,
  de: de.voice,
  ja: ja.voice,
} as const satisfies Record<Language, Texts['voice']>;

export const parseLanguage = (text: unknown): Language | undefined =>
  LANGUAGES.find((language) => language === text);
