/**
 * Writes a date by RFC 2822, always in UTC and with `+0000`: `Mon, 23 Nov 2026 22:03:02 +0000`. The
 * 2010-04-01 API writes every date so.
 */
export function formatDate(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000');
}

export function formatDateOrNull(date: Date | undefined): string | null {
  return date === undefined ? null : formatDate(date);
}

/**
 * Reads a date of a list filter: `2026-11-23` (the whole day in UTC) or a moment in ISO 8601.
 * Answers the span that the text names, or undefined for what is no date.
 */
export function parseSpan(text: string): { from: Date; until: Date } | undefined {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const from = new Date(isDay ? `${text}T00:00:00Z` : text);
  if (Number.isNaN(from.getTime())) return undefined;
  // A moment in a filter has whole seconds, as the SDK sends it.
  return { from, until: new Date(from.getTime() + (isDay ? 86_400_000 : 1_000)) };
}
