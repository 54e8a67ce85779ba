/** Nothing of ours waits for longer. */
const LONGEST_MS = 86_400_000;

/**
 * How long a carrier asks to be left alone: `Retry-After` (RFC 9110, 10.2.3) has seconds, or a date,
 * which is read beside the answer's own `Date`, since a carrier is told no time. Undefined where it
 * asks for nothing that can be read. Pure.
 */
export function parseRetryAfter(retryAfter: unknown, date: unknown): number | undefined {
  if (typeof retryAfter !== 'string') return undefined;
  const text = retryAfter.trim();
  const ms = /^\d+$/.test(text)
    ? Number(text) * 1_000
    : Date.parse(text) - Date.parse(typeof date === 'string' ? date : '');
  return ms > 0 ? Math.min(ms, LONGEST_MS) : undefined;
}
