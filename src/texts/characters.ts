// Which characters a text or a name may have, and what becomes of others where it is rendered: rows
// from before these rules exist.

/**
 * What XML can't hold (XML 1.0, section 2.2), so that a carrier would refuse the call's words; what
 * PostgreSQL can't (NUL); and other control characters and noncharacters, which stand for nothing
 * that a reader or a voice could make of them.
 */
const UNSPEAKABLE = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/gu;
const LINE_BREAK = /\r\n|[\n\r\u0085\u2028\u2029]/g;

/**
 * A text as it may be kept, sent and spoken: what nobody could read becomes a blank, since alerts
 * are piped from logs, and every kind of line break becomes one kind.
 */
export function blankUnspeakable(text: string): string {
  return text
    .replace(LINE_BREAK, '\n')
    .replace(UNSPEAKABLE, (one) => (one === '\n' || one === '\t' ? one : ' '));
}

/**
 * Scripts in which a joiner between two letters changes how they are written; with the marks that
 * several of them share, such as Arabic's vowels.
 */
const JOINING = [
  ...['Arabic', 'Syriac', 'Mongolian', 'Nko', 'Mandaic', 'Khmer', 'Myanmar', 'Tibetan'],
  ...['Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya', 'Tamil', 'Telugu', 'Kannada'],
  ...['Malayalam', 'Sinhala'],
]
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('');

/** They take a letter's vowel away, in the scripts of India. */
const VIRAMAS = '\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca';

/**
 * What has no width and yet belongs to what stands around it: joiners in the scripts above, and after
 * a virama, whose form they say at the end of a word too (an old-style Malayalam chillu, a Bengali
 * khanda ta), the joiners of an emoji, and the selectors of the form of an emoji, a keycap, a Chinese
 * character or a Mongolian letter.
 */
const BELONGING = [
  `(?<=[${JOINING}])[\\u200c\\u200d](?=[${JOINING}])`,
  `(?<=[${VIRAMAS}])[\\u200c\\u200d]`,
  '(?<=[\\p{Extended_Pictographic}\\p{Emoji_Modifier}\\ufe0f])\\u200d(?=\\p{Extended_Pictographic})',
  '(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]',
  '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
  '(?<=\\p{Script=Han})[\\ufe00-\\ufe0f\\u{e0100}-\\u{e01ef}]',
  '(?<=[\\u1820-\\u18aa])[\\u180b-\\u180d\\u180f]',
].join('|');

/**
 * What nobody sees, or that turns the writing around: format characters (U+200B, U+061C, U+202E,
 * tags), letters and selectors that are nothing (U+3164, U+115F), private ones that look like
 * nothing agreed on, and those that Unicode calls symbols or letters but draws as blanks: U+2800
 * of Braille, a note's empty head, two of Egyptian, a filler of Khitan, a placeholder for an object.
 */
const HIDDEN =
  '[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Co}\\p{Zl}\\p{Zp}\\p{Noncharacter_Code_Point}' +
  '\\p{Default_Ignorable_Code_Point}\\u2800\\ufffc\\u{13441}\\u{13442}\\u{16fe4}\\u{1d159}]';
const BELONGING_OR_HIDDEN = new RegExp(`(${BELONGING})|${HIDDEN}`, 'gu');

const SEEN = /[\p{L}\p{N}\p{P}\p{S}]/u;

/** A text without what nobody sees in it. */
export function stripHidden(text: string): string {
  return text.replace(BELONGING_OR_HIDDEN, (_, belonging: string | undefined) => belonging ?? '');
}

export const hasHidden = (text: string): boolean => stripHidden(text) !== text;

/** Whether there is anything in it that a reader sees. */
export const isSeen = (text: string): boolean => SEEN.test(stripHidden(text));

/** A name as it may stand in a text: rows from before have what the door refuses today. */
export function showName(name: string): string {
  const shown = stripHidden(blankUnspeakable(name).replaceAll('\n', ' ')).trim();
  return isSeen(shown) ? shown : '?';
}

/**
 * What is wrong with the characters of a name, be it a person's, a team's, an app's or a service's,
 * in words that follow "the name"; undefined: nothing.
 */
export function findNameProblem(name: string): string | undefined {
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return 'must be one line without control characters';
  if (hasHidden(name))
    return 'must be without characters that cannot be seen or that turn the writing around';
  return isSeen(name) ? undefined : 'must have something that can be seen';
}
