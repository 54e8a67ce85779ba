import { byChannel, type Channel } from '../handoff/channels.js';

/** Figures cover this much time, back from now. */
export const FIGURES_MS = 86_400_000;
/**
 * A country with fewer starts is counted together with the others like it: a figure about so few
 * would be about somebody.
 */
const LEAST_STARTS = 5;

export interface Started {
  country: string | null;
  state: string;
  count: number;
}
export interface HandedOff {
  channel: Channel;
  count: number;
}
/** Messages and calls that came to nothing, by what the carrier, or we, say of why. */
export interface Undelivered extends HandedOff {
  reason: string;
}

export interface Figures {
  starts: number;
  sends: Record<Channel, number>;
  /** The most frequent reason comes first. */
  undelivered: Undelivered[];
  pending: number;
  approved: number;
  /** The verifications are counted by the state that they ended in. */
  failed: Record<'canceled' | 'expired' | 'max_attempts' | 'undeliverable' | 'blocked', number>;
  /** This is the approved part of those that have ended; it is null while none has. */
  conversion: number | null;
  /**
   * The keys are ISO 3166 codes, the one with the most starts first. The last is 'other', for the
   * rest and for numbers that show no country.
   */
  countries: { country: string; starts: number; approved: number; conversion: number | null }[];
}

export const NO_FAILURES: Figures['failed'] = {
  canceled: 0,
  expired: 0,
  max_attempts: 0,
  undeliverable: 0,
  blocked: 0,
};

/** An app sees these figures of its own verifications: counts, and nothing of any one. */
export function computeFigures(
  started: readonly Started[],
  handedOff: readonly HandedOff[],
  undelivered: readonly Undelivered[],
): Figures {
  const sum = (rows: readonly Started[], ...states: string[]): number =>
    rows.reduce(
      (total, row) => total + (states.length === 0 || states.includes(row.state) ? row.count : 0),
      0,
    );
  const conversion = (rows: readonly Started[]): number | null => {
    const ended = sum(rows) - sum(rows, 'pending');
    return ended === 0 ? null : Math.round((sum(rows, 'approved') / ended) * 10_000) / 10_000;
  };
  const starts = new Map<string | null, number>();
  for (const row of started) starts.set(row.country, (starts.get(row.country) ?? 0) + row.count);
  const named = [...starts]
    .filter(([country, count]) => country !== null && count >= LEAST_STARTS)
    .sort(([a, most], [b, more]) => more - most || String(a).localeCompare(String(b)))
    .map(([country]) => country as string);
  const others = started.filter(({ country }) => country === null || !named.includes(country));
  const groups = [
    ...named.map((country) => ({
      country,
      rows: started.filter((row) => row.country === country),
    })),
    ...(others.length > 0 ? [{ country: 'other', rows: others }] : []),
  ];
  return {
    starts: sum(started),
    sends: {
      ...byChannel(() => 0),
      ...Object.fromEntries(handedOff.map(({ channel, count }) => [channel, count])),
    },
    undelivered: [...undelivered].sort(
      (a, b) => b.count - a.count || a.reason.localeCompare(b.reason),
    ),
    pending: sum(started, 'pending'),
    approved: sum(started, 'approved'),
    failed: Object.fromEntries(
      Object.keys(NO_FAILURES).map((state) => [state, sum(started, state)]),
    ) as Figures['failed'],
    conversion: conversion(started),
    countries: groups.map(({ country, rows }) => ({
      country,
      starts: sum(rows),
      approved: sum(rows, 'approved'),
      conversion: conversion(rows),
    })),
  };
}
