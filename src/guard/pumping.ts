/**
 * These rules decide when sends look like pumping: somebody has codes sent to numbers that share in
 * what the carriers earn, and never types one in. Honest people type most of theirs, within a
 * minute.
 *
 * Sends are judged by prefix (a number without its last four digits) and by country. A block is
 * short at first and ends by itself: a mistake costs honest people five minutes, an attack that
 * goes on finds it doubled each time, and is seen sooner.
 */
export interface Thresholds {
  /**
   * Sends that are old enough to judge are pumping below this share of approvals. With 0 the guard
   * is off.
   */
  conversion: number;
  /** A prefix is judged from this many sends on. */
  prefixSends: number;
  countrySends: number;
}

export type Kind = 'prefix' | 'country';
export type Reason = 'conversion' | 'burst';

export interface Counts {
  /** These SMS and calls have left for the carrier. */
  sends: number;
  /** These verifications were approved. */
  approvals: number;
  /** The sends went to this many different numbers. */
  numbers: number;
}

/**
 * Evidence is what is known of one prefix or country since its last block ended, an hour at most.
 */
export interface Evidence {
  /** Mature are the verifications that have finished, or that are older than MATURE_MS. */
  hour: Counts;
  /**
   * A burst is the last BURST_MS, without the sends that are younger than SLOW_MS and haven't
   * finished.
   */
  burst: Counts;
  /** What the hour holds before the burst shows what is normal here. */
  sendsBefore: number;
  /** These blocks of the prefix or country began within a day and were not lifted. */
  level: number;
}

export const WINDOW_MS = 60 * 60_000;
/** Whoever was going to type a code in has mostly done so by then. */
export const MATURE_MS = 2 * 60_000;
export const BURST_MS = 5 * 60_000;
/** Half of the honest have typed theirs in by then. */
export const SLOW_MS = 45_000;
export const LEVEL_MS = 24 * 60 * 60_000;

/** A burst has this many times what is normal. */
const SURGE = 3;
/** Fewer sends than these prove nothing, however often there was a block. */
const LEAST_SENDS: Record<Kind, number> = { prefix: 3, country: 10 };
const FIRST_BLOCK_MS = 5 * 60_000;
const LONGEST_BLOCK_MS = 12 * 60 * 60_000;

/**
 * Finds why a prefix or country is to be blocked, if it is. There is a quick rule for an attack
 * that has just begun, and a sure one. Several numbers are needed, too: two slow people who ask for
 * their code again and again are no attack.
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
 * A prefix with fewer sends than this need not be read from the database: nothing is judged by
 * them.
 */
export const LEAST_OF_PREFIX = LEAST_SENDS.prefix;
/**
 * Evidence that led to a prefix's block isn't held against its country as well, unless this many of
 * its prefixes were blocked within the window.
 */
export const BAD_PREFIXES = 5;
