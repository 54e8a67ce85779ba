/**
 * What stands in a text and is not seen: marks and isolates of direction, which contact lists put
 * around a number, soft hyphens, zero-width blanks, variation selectors.
 */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/gu;

/** What no number's value changes: NFKC makes numbers of circled and superscript digits. */
const NO_NUMBERS = /\P{N}+/gu;

/**
 * All of Unicode's dashes, and what keyboards give in their place: the minus sign, the minus among
 * the modifier letters, the hyphen bullet, the Japanese long vowel, the lines of boxes.
 */
const DASH = /[\p{Pd}\u2212\u02d7\u2043\u30fc\u2500\u2501]/gu;

/**
 * Reads a number or a code as people paste it: digits of any script become 0 to 9, each dash `-`,
 * each blank a space, full-width signs the plain ones, and what can't be seen is left out. All else
 * stays, for the caller to refuse: circled, superscript and Roman digits are none. Pure.
 */
export function readTyped(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(NO_NUMBERS, (signs) => signs.normalize('NFKC'))
    .replace(/\p{Nd}/gu, getDecimal)
    .replace(DASH, '-')
    .replace(/\s/gu, ' ')
    .trim();
}

/**
 * A script's digits stand together in their order, 0 first, so a digit's place among its neighbours
 * is its value (Unicode, 4.6: they are so in every script, and will be). Where sets follow one
 * another, as the mathematical ones do, each has ten.
 */
function getDecimal(digit: string): string {
  const code = digit.codePointAt(0) as number;
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}
