/** Tries to reach `ingress` in a row that came to nothing. */
export interface Failures {
  count: number;
  /** The first of them. */
  since: Date;
}

/** A callback of the carrier's proves for so long that it reaches us, whatever a probe does. */
const CALLBACK_COUNTS_MS = 60_000;

/** From this one on it isn't chance any more. */
const AWAY_FROM = 2;

/**
 * Does `ingress` answer nobody? Two tries in a row came to nothing, and the carrier has reached it at
 * no time since the first of them, or not for a minute.
 */
export function isIngressAway(
  failures: Failures | undefined,
  calledBackAt: Date | undefined,
  now: Date,
): boolean {
  if (failures === undefined || failures.count < AWAY_FROM) return false;
  if (calledBackAt === undefined || calledBackAt <= failures.since) return true;
  return now.getTime() - calledBackAt.getTime() > CALLBACK_COUNTS_MS;
}

/** Whether callbacks say anything: by a single failure nobody looks for them. */
export const mayBeAway = (failures: Failures | undefined): boolean =>
  isIngressAway(failures, undefined, new Date(0));

export function addFailure(failures: Failures | undefined, now: Date): Failures {
  return { count: (failures?.count ?? 0) + 1, since: failures?.since ?? now };
}
