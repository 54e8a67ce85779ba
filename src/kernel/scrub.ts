/**
 * The last line of defence on the log's stream. What may look like a number or a code and isn't one is let through
 * first: UUIDs, ISO times, the carrier's SIDs, durations with a fraction. Then any run of six or more digits, with the
 * separators that people write between them, plain or percent-encoded, is taken out, and what is joined to it. Long
 * unbroken base64url (a capability, a token, a key) goes too; it is looked for only where a word begins (to begin at each
 * letter took half of the time that a line takes), so nothing that is let through may end within a word.
 */
const PATTERN =
  /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![A-Za-z0-9_-])|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z(?![A-Za-z0-9_-])|\b[A-Z]{2}[0-9a-f]{32}(?![A-Za-z0-9_-])|\d+\.\d+(?![A-Za-z0-9_-]))|((?:\+|%2B)?\(?\d(?:(?:[ .()/-]|%20){0,2}\d){5,}(?:[A-Za-z0-9_-]|(?:[ .()/-]|%20){1,2}\d)*|(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{40,})/g;

export function scrub(line: string): { text: string; count: number } {
  let count = 0;
  const text = line.replace(PATTERN, (match: string, harmless: string | undefined) => {
    if (harmless !== undefined) return match;
    count += 1;
    return '<scrubbed>';
  });
  return { text, count };
}
