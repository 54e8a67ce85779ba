import type { Delivery, Outcome } from './handoff.js';

/**
 * What the last tries at a carrier say of it, by channel: does one after the other come to the same?
 *
 * not_taken: it takes nothing, or refuses us: no answer, not now, misconfigured, whatever its codes.
 * It is over when something is accepted; a refused destination says nothing about it. refused: one
 * destination after the other is refused with one and the same code. not_delivered: what it took is
 * not delivered, with one and the same code, as callbacks tell; it is over when something is.
 */
export const RUN_KINDS = ['not_taken', 'refused', 'not_delivered'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

/** How one hand-off's last try ended, and how far it has come since. */
export interface Try {
  at: Date;
  outcome: Outcome['kind'];
  carrierCode: number | null;
  delivery: Delivery;
}

/** Tries in a row that came to the same. */
export interface Run {
  /** Those of the newest try. */
  outcome: Outcome['kind'];
  carrierCode: number | null;
  /** A hand-off that is tried again counts each time that it was seen to fail; TRIES_SEEN at most. */
  count: number;
  since: Date;
  lastAt: Date;
}

/** 0: too short to mean anything. 1: a warning. 2: an error, since it grows or lasts. */
export type Stage = 0 | 1 | 2;
/** A run that was seen before, and how loudly it was logged. */
export interface KnownRun extends Run {
  stage: Stage;
}

/**
 * back: the carrier has proved it. other: it comes to something else now. quiet: nothing was tried
 * for TRIES_WITHIN_MS, so nobody knows.
 */
export interface News {
  what: 'away' | 'back' | 'other' | 'quiet';
  run: KnownRun;
}

/** So many of a channel's newest tries are looked at, and no older ones. */
export const TRIES_SEEN = 200;
export const TRIES_WITHIN_MS = 30 * 60_000;

/**
 * Whether a carrier takes things is certain after a few tries. That one code comes again and again
 * may be one person's doing, who has a wrong number and patience.
 */
const THRESHOLDS: Record<RunKind, { warnFrom: number; errorFrom: number; errorAfterMs: number }> = {
  not_taken: { warnFrom: 3, errorFrom: 10, errorAfterMs: 2 * 60_000 },
  refused: { warnFrom: 10, errorFrom: 30, errorAfterMs: 10 * 60_000 },
  not_delivered: { warnFrom: 10, errorFrom: 30, errorAfterMs: 10 * 60_000 },
};

/**
 * How a run goes on by the newest tries, newest first, and what is new of it. A run keeps its
 * beginning, also when its first tries are too old to be seen.
 */
export function followRun(
  kind: RunKind,
  known: KnownRun | undefined,
  tries: readonly Try[],
): { run: KnownRun | undefined; news: News[] } {
  const { run: found, endedAt } = findRun(kind, tries);
  const end = known && findEnd(kind, known, found, endedAt);
  const before = end === undefined ? known : undefined;
  const whole = found && continueRun(before, found);
  const run = whole && { ...whole, stage: judge(kind, whole) };
  const news: News[] = [];
  if (end !== undefined && known !== undefined && known.stage > 0)
    news.push({ what: end, run: known });
  if (run !== undefined && run.stage > (before?.stage ?? 0)) news.push({ what: 'away', run });
  return { run, news };
}

/** How a known run ended; undefined where it goes on. */
function findEnd(
  kind: RunKind,
  known: KnownRun,
  found: Run | undefined,
  endedAt: Date | undefined,
): 'back' | 'other' | 'quiet' | undefined {
  if (found !== undefined && isOther(kind, known, found)) return 'other';
  if (endedAt !== undefined && (found === undefined || endedAt > known.lastAt)) return 'back';
  return found === undefined ? 'quiet' : undefined;
}

/** The newest tries that came to the same, and when the one before them proved the contrary. */
function findRun(
  kind: RunKind,
  tries: readonly Try[],
): { run: Run | undefined; endedAt: Date | undefined } {
  let run: Run | undefined;
  for (const one of tries) {
    const part = weigh(kind, one);
    if (part === 'says nothing') continue;
    if (part === 'ends' || (run && isOther(kind, run, one))) return { run, endedAt: one.at };
    const { at, outcome, carrierCode } = one;
    run =
      run === undefined
        ? { outcome, carrierCode, count: 1, since: at, lastAt: at }
        : { ...run, count: run.count + 1, since: at };
  }
  return { run, endedAt: undefined };
}

function weigh(
  kind: RunKind,
  { outcome, carrierCode, delivery }: Try,
): 'counts' | 'ends' | 'says nothing' {
  switch (kind) {
    case 'not_taken':
      if (outcome === 'accepted') return 'ends';
      return outcome === 'rejected' ? 'says nothing' : 'counts';
    case 'refused':
      if (outcome === 'accepted') return 'ends';
      return outcome === 'rejected' && carrierCode !== null ? 'counts' : 'says nothing';
    case 'not_delivered':
      if (delivery === 'delivered') return 'ends';
      return (delivery === 'undelivered' || delivery === 'failed') && carrierCode !== null
        ? 'counts'
        : 'says nothing';
  }
}

const isOther = (
  kind: RunKind,
  one: Pick<Try, 'carrierCode'>,
  other: Pick<Try, 'carrierCode'>,
): boolean => kind !== 'not_taken' && one.carrierCode !== other.carrierCode;

/** A row keeps its last try alone: that it was tried again is known by who saw it before. */
function continueRun(known: KnownRun | undefined, found: Run): Run {
  if (known === undefined) return found;
  const seen = found.lastAt > known.lastAt ? known.count + 1 : known.count;
  return {
    ...found,
    count: Math.min(TRIES_SEEN, Math.max(found.count, seen)),
    since: known.since < found.since ? known.since : found.since,
  };
}

/** That it lasts is known by its last try, not by the clock: where nothing is tried, nobody knows. */
function judge(kind: RunKind, { count, since, lastAt }: Run): Stage {
  const { warnFrom, errorFrom, errorAfterMs } = THRESHOLDS[kind];
  if (count < warnFrom) return 0;
  const hasLasted = lastAt.getTime() - since.getTime() >= errorAfterMs;
  return count >= errorFrom || hasLasted ? 2 : 1;
}
