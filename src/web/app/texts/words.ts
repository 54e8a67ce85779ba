import { keep, readKept } from '../state/storage.js';
import { Store, useStore } from '../state/store.js';
import type { Words } from './en.js';

const CATALOGUES = {
  en: async () => (await import('./en.js')).en,
  zh: async () => (await import('./zh.js')).zh,
  es: async () => (await import('./es.js')).es,
  fr: async () => (await import('./fr.js')).fr,
  de: async () => (await import('./de.js')).de,
  ja: async () => (await import('./ja.js')).ja,
} satisfies Record<string, () => Promise<Words>>;

export type Language = keyof typeof CATALOGUES;
export const LANGUAGES = Object.keys(CATALOGUES) as Language[];

/** Each by its own name, which its readers know. */
export const LANGUAGE_NAMES: Record<Language, string> = {
  en: 'English',
  zh: '中文',
  es: 'Español',
  fr: 'Français',
  de: 'Deutsch',
  ja: '日本語',
};

interface Spoken {
  readonly language: Language;
  readonly words: Words;
}

let spoken: Store<Spoken>;

const parseLanguage = (tag: string | undefined): Language | undefined =>
  LANGUAGES.find((language) => language === tag?.slice(0, 2).toLowerCase());

/** What was chosen here, or else the first of the browser's languages that we speak. */
function findLanguage(): Language {
  const wished = [readKept('language'), ...navigator.languages].map(parseLanguage);
  return wished.find((language) => language !== undefined) ?? 'en';
}

async function load(language: Language): Promise<Spoken> {
  const words = await CATALOGUES[language]();
  document.documentElement.lang = language;
  return { language, words };
}

export async function loadWords(): Promise<void> {
  spoken = new Store(await load(findLanguage()));
}

export async function chooseLanguage(language: Language): Promise<void> {
  keep('language', language);
  spoken.set(await load(language));
}

/** For what the app shares with <dingline-verify>: see spoken.ts. */
export const useAppSpoken = (): Spoken => useStore(spoken);
export const useWords = (): Words => useStore(spoken).words;
export const useLanguage = (): Language => useStore(spoken).language;
