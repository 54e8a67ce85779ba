const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z`;

/** Nothing that is let through may end within a word. */
const WORD_END = String.raw`(?![A-Za-z0-9_-])`;
const LET_THROUGH = [
  UUID,
  TIME,
  String.raw`\b[A-Z]{2}[0-9a-f]{32}`, // the carrier's SIDs
  String.raw`\d+\.\d+`,
]
  .map((form) => `${form}${WORD_END}`)
  .join('|');

const SEPARATOR = '(?:[ .()/-]|%20)';
const DIGITS = String.raw`(?:\+|%2B)?\(?\d(?:${SEPARATOR}{0,2}\d){5,}`;
const JOINED = String.raw`(?:[A-Za-z0-9_-]|${SEPARATOR}{1,2}\d)*`;
const BASE64URL = '(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{40,}';

/**
 * The last line of defence on the log's stream. What may look like a number or a code and isn't one
 * is let through first: UUIDs, ISO times, the carrier's SIDs, durations with a fraction. Then any
 * run of six or more digits, with the separators that people write between them, plain or
 * percent-encoded, is taken out, and what is joined to it. Long unbroken base64url (a capability, a
 * token, a key) goes too; it is looked for only where a word begins (to begin at each letter took
 * half of the time that a line takes), so nothing that is let through may end within a word.
 */
const PATTERN = new RegExp(`(${LET_THROUGH})|(${DIGITS}${JOINED}|${BASE64URL})`, 'g');

export function scrub(line: string): { text: string; count: number } {
  if (!mayHold(line)) return { text: line, count: 0 };
  let count = 0;
  const text = line.replace(PATTERN, (match: string, harmless: string | undefined) => {
    if (harmless !== undefined) return match;
    count += 1;
    return '<scrubbed>';
  });
  return { text, count };
}

/**
 * The two kinds of what is let through that most lines have, as the whole text between two quotes.
 */
const HARMLESS = new RegExp(String.raw`"(?:${UUID}|${TIME})(?=")`, 'y');
const UUID_LENGTH = 36;
const TIME_LENGTH = 24;

/**
 * May there be anything to take out? False only if there is nothing: no six digits with nothing
 * between them but what PATTERN allows there, no forty letters on end. To look for the pattern took
 * 5 us of each line, this takes one, and nearly no line holds anything.
 */
function mayHold(line: string): boolean {
  let digits = 0;
  let letters = 0;
  for (let i = 0; i < line.length; i += 1) {
    const char = line.charCodeAt(i);
    if (char >= 0x30 && char <= 0x39) {
      digits += 1;
      letters += 1;
      if (digits === 6) return true;
    } else if ((char >= 0x61 && char <= 0x7a) || (char >= 0x41 && char <= 0x5a) || char === 0x5f) {
      digits = 0;
      letters += 1;
    } else if (char === 0x2d) {
      letters += 1;
    } else {
      letters = 0;
      if (!SEPARATES[char]) digits = 0;
      if (
        char === 0x22 &&
        (line.charCodeAt(i + 1 + UUID_LENGTH) === char ||
          line.charCodeAt(i + 1 + TIME_LENGTH) === char)
      ) {
        HARMLESS.lastIndex = i;
        if (HARMLESS.test(line)) i = HARMLESS.lastIndex - 1;
      }
    }
    if (letters === 40) return true;
  }
  return false;
}
/** What may stand between digits beside a hyphen; %20 is a percent sign and two digits. */
const SEPARATES = Array.from({ length: 128 }, (_, char) =>
  ' .()/%'.includes(String.fromCharCode(char)),
);
