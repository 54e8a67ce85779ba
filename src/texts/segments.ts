/** GSM 03.38, the basic table; one septet each. */
const BASIC = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?' +
    '¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
);
/** Its extension table: an escape and the character, two septets. */
const EXTENSION = new Set('\f^{}\\[~]|€');

/**
 * How much one segment holds: alone, and as one of several, which lose 6 octets each to a header.
 */
const ROOM = {
  'GSM-7': { alone: 160, ofSeveral: 153 },
  'UCS-2': { alone: 70, ofSeveral: 67 },
} as const;

export interface SmsSize {
  /** One character that is in neither table makes the whole SMS UCS-2. */
  alphabet: 'GSM-7' | 'UCS-2';
  /** Septets, or UTF-16 code units. */
  units: number;
  segments: number;
}

/**
 * What a reader takes for one character: a letter with its accents, an emoji of several. It is the
 * same in every language.
 */
const GRAPHEMES = new Intl.Segmenter('en', { granularity: 'grapheme' });

const countUnits = (character: string, isGsm: boolean): number =>
  isGsm && EXTENSION.has(character) ? 2 : isGsm ? 1 : character.length;

/**
 * How long an SMS is. Nothing that a reader takes for one character is split between two segments:
 * some carriers would split an emoji of several, which takes less room, but never an escape or a
 * surrogate pair. So this is the most that any of them makes of it.
 */
export function measureSms(text: string): SmsSize {
  const characters = [...text];
  const isGsm = characters.every((one) => BASIC.has(one) || EXTENSION.has(one));
  const alphabet = isGsm ? 'GSM-7' : 'UCS-2';
  const lengths = characters.map((one) => countUnits(one, isGsm));
  const units = lengths.reduce((sum, length) => sum + length, 0);
  const { alone, ofSeveral } = ROOM[alphabet];
  if (units <= alone) return { alphabet, units, segments: 1 };
  let segments = 1;
  let filled = 0;
  for (const length of isGsm ? lengths : listWholeLengths(text, ofSeveral)) {
    if (filled + length > ofSeveral) {
      segments += 1;
      filled = 0;
    }
    filled += length;
  }
  return { alphabet, units, segments };
}

/** One that no segment holds (a letter under a heap of accents) is split between its code points. */
function listWholeLengths(text: string, room: number): number[] {
  return [...GRAPHEMES.segment(text)].flatMap(({ segment }) =>
    segment.length <= room ? [segment.length] : [...segment].map((one) => one.length),
  );
}

/**
 * The longest beginning of a text that leaves what `write` makes of it within so many segments; ''
 * where none does. It ends where one of a reader's characters ends.
 */
export function findLongestBeginning(
  text: string,
  segments: number,
  write: (beginning: string) => string,
): string {
  const ends = [...GRAPHEMES.segment(text)].map(({ index, segment }) => index + segment.length);
  // A longer beginning never makes a shorter SMS, so that half of what is left is ruled out at once.
  let [fits, tooLong] = [0, ends.length + 1];
  while (tooLong - fits > 1) {
    const middle = Math.floor((fits + tooLong) / 2);
    const isWithin = measureSms(write(text.slice(0, ends[middle - 1]))).segments <= segments;
    if (isWithin) fits = middle;
    else tooLong = middle;
  }
  return text.slice(0, fits === 0 ? 0 : ends[fits - 1]);
}

/** A text of so many UTF-16 code units at the most, cut where one of a reader's characters ends. */
export function cutToUnits(text: string, most: number): string {
  let end = 0;
  for (const { index, segment } of GRAPHEMES.segment(text)) {
    if (index + segment.length > most) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}
