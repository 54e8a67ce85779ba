const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1_000, 60_000, 3_600_000];

/**
 * The waits after the first attempt, the second, and so on: the schedule in the specification of
 * Standard Webhooks.
 */
const AFTER_MS = [
  5 * SECOND_MS,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];
/**
 * With it what failed together doesn't come back together. It only adds: nobody is asked again
 * sooner than is written.
 */
const JITTER = 0.1;
/** An endpoint may ask us to wait, but not for ever. */
const LONGEST_WAIT_MS = 24 * HOUR_MS;

/** An endpoint that has failed for so long on end gets nothing any more. */
export const FAILING_FOR_MS = 5 * 24 * HOUR_MS;

/**
 * How long to wait after `attempts` have failed, or undefined if there is to be no more. `askedMs`
 * is what the endpoint asked for, `random` is from 0 to 1.
 */
export function calculateWait(
  attempts: number,
  askedMs: number | undefined,
  random: number,
): number | undefined {
  const afterMs = AFTER_MS[attempts - 1];
  return afterMs === undefined
    ? undefined
    : Math.max(Math.round(afterMs * (1 + JITTER * random)), askedMs ?? 0);
}

/** Statuses whose Retry-After counts: too many requests, and away for now. */
const MAY_ASK = new Set([429, 503]);

/**
 * Reads what a Retry-After asks for, in seconds or as a date (RFC 9110, section 10.2.3). Nonsense
 * asks for nothing.
 */
export function parseRetryAfter(
  status: number,
  retryAfter: string | undefined,
  now: Date,
): number | undefined {
  if (!MAY_ASK.has(status) || retryAfter === undefined) return undefined;
  const ms = /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter) * SECOND_MS
    : Date.parse(retryAfter) - now.getTime();
  return ms > 0 ? Math.min(ms, LONGEST_WAIT_MS) : undefined;
}
