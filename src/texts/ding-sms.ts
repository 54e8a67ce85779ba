import { type Language, TEXTS } from './catalogue.js';
import { blankUnspeakable, showName } from './characters.js';
import { cutToUnits, findLongestBeginning, measureSms } from './segments.js';

/** What is cut off stands behind the link. */
const MOST_SEGMENTS = 3;
/** Where a text has to be cut, a longer name is cut first: the text is what the SMS is for. */
const LONGEST_NAME = 40;
const CUT = '...';

/**
 * What a Ding's SMS says, within three segments. The link comes last and whole, whatever the length
 * of the text: a host has at most 40 characters or so (settings/rules.ts), which leaves room for
 * some of the text in each language.
 */
export function dingSms(words: {
  language: Language;
  senderName: string;
  text: string;
  link: string;
}): string {
  const { language, link } = words;
  // Rows from before the rules of src/texts/written.ts may hold what no phone shows.
  const [senderName, text] = [showName(words.senderName), blankUnspeakable(words.text)];
  const { from, confirm } = TEXTS[language].dingSms;
  const write = (name: string, shown: string): string => `${from(name)}${shown}${confirm}${link}`;
  const fits = (sms: string): boolean => measureSms(sms).segments <= MOST_SEGMENTS;
  const kept = cutToUnits(senderName, LONGEST_NAME);
  const name = kept === senderName ? kept : `${kept}${CUT}`;
  const uncut = [write(senderName, text), write(name, text)].find(fits);
  if (uncut !== undefined) return uncut;
  const writeCut = (beginning: string): string => write(name, `${beginning}${CUT}`);
  return writeCut(findLongestBeginning(text, MOST_SEGMENTS, writeCut));
}
