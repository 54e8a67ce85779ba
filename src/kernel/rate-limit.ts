/** At most `max` hits in any window of `windowMs`. Several rules hold together. */
export interface Rule {
  max: number;
  windowMs: number;
}

/** When the next hit would keep every rule: `now` or later. Pure. `hits` in any order. */
export function nextAllowedAt(hits: readonly Date[], rules: readonly Rule[], now: Date): Date {
  const times = hits.map((hit) => hit.getTime()).sort((a, b) => b - a);
  let at = now.getTime();
  for (const { max, windowMs } of rules) {
    // The hit that must leave the window first is the max-th youngest.
    const oldest = times[max - 1];
    if (oldest !== undefined) at = Math.max(at, oldest + windowMs);
  }
  return new Date(at);
}

/** Rules as the functions of the database take them, in seconds: `limit_rules` in limits.sql. */
export const limitRules = (rules: readonly Rule[]): { maxes: number[]; windows: number[] } => ({
  maxes: rules.map(({ max }) => max),
  windows: rules.map(({ windowMs }) => windowMs / 1000),
});

/** How long a hit counts for any of the rules: whoever counts it must have its key for so long. */
export const longestWindowMs = (rules: readonly Rule[]): number =>
  Math.max(...rules.map(({ windowMs }) => windowMs));
