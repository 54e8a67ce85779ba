/**
 * When sends look like pumping: somebody has codes sent to numbers that share in what the carriers
 * earn, and never types one in. Honest people type most of theirs, within a minute.
 *
 * Looked at by prefix (a number without its last four digits) and by country. A block is short at
 * first and ends by itself: a mistake costs honest people five minutes, an attack that goes on
 * finds it doubled each time, and is seen sooner.
 */
export interface Thresholds {
  /**
   * Of those sends that are old enough to tell: below this share of approvals it is pumping. 0: the
   * guard is off.
   */
  conversion: number;
  /** So many sends are needed before a prefix is judged. */
  prefixSends: number;
  countrySends: number;
}

export type Kind = 'prefix' | 'country';
export type Reason = 'conversion' | 'burst';

export interface Counts {
  /** SMS and calls that left for the carrier. */
  sends: number;
  /** Verifications that were approved. */
  approvals: number;
  /** Different numbers that they went to. */
  numbers: number;
}

/** What is known of one prefix or country since its last block ended, an hour at most. */
export interface Evidence {
  /** Of verifications that have finished, or that are older than MATURE_MS. */
  hour: Counts;
  /** Of the last BURST_MS, without those that are younger than SLOW_MS and haven't finished. */
  burst: Counts;
  /** In what of the hour lies before the burst: what is normal here. */
  sendsBefore: number;
  /** Blocks of the same that began within a day and were not lifted. */
  level: number;
}

export const WINDOW_MS = 60 * 60_000;
/** Whoever was going to type a code in has mostly done so by then. */
export const MATURE_MS = 2 * 60_000;
export const BURST_MS = 5 * 60_000;
/** Half of the honest have typed theirs in by then. */
export const SLOW_MS = 45_000;
export const LEVEL_MS = 24 * 60 * 60_000;

/** So much more than normal is a burst. */
const SURGE = 3;
/** However often it was blocked: fewer sends than these say nothing. */
const LEAST_SENDS: Record<Kind, number> = { prefix: 3, country: 10 };
const FIRST_BLOCK_MS = 5 * 60_000;
const LONGEST_BLOCK_MS = 12 * 60 * 60_000;

/**
 * Why it is to be blocked, if it is. A quick rule for an attack that has just begun, and a sure
 * one. Several numbers are needed, too: two slow people who ask for their code again and again are
 * no attack.
 */
export function judge(
  kind: Kind,
  { hour, burst, sendsBefore, level }: Evidence,
  { conversion, prefixSends, countrySends }: Thresholds,
): Reason | undefined {
  const least = Math.max(
    LEAST_SENDS[kind],
    Math.ceil((kind === 'prefix' ? prefixSends : countrySends) / 2 ** level),
  );
  const isEnough = ({ sends, numbers }: Counts): boolean => sends >= least && numbers >= least / 2;
  const isBelow = ({ sends, approvals }: Counts, share: number): boolean =>
    approvals < share * sends;
  const normal = (sendsBefore / (WINDOW_MS - BURST_MS)) * BURST_MS;
  if (isEnough(burst) && isBelow(burst, conversion / 2) && burst.sends > SURGE * normal)
    return 'burst';
  if (isEnough(hour) && isBelow(hour, conversion)) return 'conversion';
  return undefined;
}

export const blockMs = (level: number): number =>
  Math.min(LONGEST_BLOCK_MS, FIRST_BLOCK_MS * 2 ** level);

/**
 * Fewer sends in a prefix than this need not be read from the database: nothing is judged by them.
 */
export const LEAST_OF_PREFIX = LEAST_SENDS.prefix;
/**
 * What led to a prefix's block isn't held against its country as well, unless so many prefixes of
 * it were blocked within the window.
 */
export const BAD_PREFIXES = 5;
