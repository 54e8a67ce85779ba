/** A message or call as the carrier lists it, once it was compared with a hand-off. */
export interface Comparable {
  readonly carrierRef: string;
  /** Whether it went to the hand-off's number; undefined where its own can't be read. */
  readonly isToIt: boolean | undefined;
  /** Undefined where it doesn't say who sent it. */
  readonly isFromUs: boolean | undefined;
  readonly createdAt: Date | undefined;
}

/** What of a carrier's list may be a hand-off whose answer was lost. */
export type Match = { kind: 'one'; carrierRef: string } | { kind: 'none' | 'unclear' };

/** A carrier's time is in whole seconds, and its clock may be behind ours. */
const CLOCKS_DIFFER_MS = 5_000;
/** What is older was made before, whatever the clocks say. */
const SURELY_BEFORE_MS = 10 * 60_000;

/** How far back a list must reach. */
export const listSince = (attemptAt: Date): Date =>
  new Date(attemptAt.getTime() - SURELY_BEFORE_MS);

/**
 * Which record a hand-off is. one: it is that one. none: the carrier has none of it. unclear: it may
 * be there, and it can't be said which it is; then nothing follows from the list.
 *
 * Filters may have been ignored, so each record is compared. What is bound to another hand-off is
 * that one's. `rivals` are other hand-offs to the same number that have no id yet either: any record
 * may be theirs. What is in doubt (no number, no time, a time a little before) keeps us from saying
 * that there is none.
 */
export function match(
  listed: readonly Comparable[],
  {
    attemptAt,
    boundRefs,
    rivals,
  }: { attemptAt: Date; boundRefs: ReadonlySet<string>; rivals: number },
): Match {
  const possible = listed.filter(
    ({ carrierRef, isToIt, isFromUs, createdAt }) =>
      !boundRefs.has(carrierRef) &&
      isToIt !== false &&
      isFromUs !== false &&
      (createdAt === undefined || createdAt >= listSince(attemptAt)),
  );
  const [first, ...others] = possible;
  if (first === undefined) return { kind: 'none' };
  const earliest = new Date(attemptAt.getTime() - CLOCKS_DIFFER_MS);
  const isSure =
    first.isToIt === true && first.createdAt !== undefined && first.createdAt >= earliest;
  return others.length === 0 && isSure && rivals === 0
    ? { kind: 'one', carrierRef: first.carrierRef }
    : { kind: 'unclear' };
}
