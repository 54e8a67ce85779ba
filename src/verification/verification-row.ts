import type { Channel } from '../handoff/channels.js';
import type { Language } from '../texts/catalogue.js';
import type { VerificationView } from './verification-session.js';

export interface Delivery {
  channel: Channel;
  state: string;
  reason: string | null;
  at: Date;
  language: Language;
  /** What it waits for before it goes out, and until when. */
  wait: { because: string; until: Date } | undefined;
}

/** A row is a verification as the functions of the database give it. */
export interface VerificationRow extends VerificationView {
  id: string;
  isAuto: boolean;
  createdAt: Date;
  finishedAt: Date | null;
  /** This is how far the newest SMS or call has come, as far as the carrier has reported. */
  delivery: Delivery | undefined;
}

export type Json = Record<string, unknown>;

const keep = <T>(value: unknown): T => value as T;
export const date = (value: unknown): Date => new Date(value as string);
export const dateOrNull = (value: unknown): Date | null =>
  value === null || value === undefined ? null : date(value);
export const dates = (value: unknown): Date[] => ((value ?? []) as string[]).map(date);
const wait = (value: unknown): Delivery['wait'] => {
  const json = (value ?? null) as Json | null;
  return json === null ? undefined : { because: keep(json['because']), until: date(json['until']) };
};
const delivery = (value: unknown): VerificationRow['delivery'] => {
  const json = value as Json | null;
  if (json === null) return undefined;
  return {
    channel: keep(json['channel']),
    state: keep(json['state']),
    reason: keep(json['reason']),
    at: date(json['at']),
    language: keep(json['language']),
    wait: wait(json['wait']),
  };
};

/**
 * These are all fields of a verification, and how each is read. `verification_shown` in
 * verification.sql gives these, and no other.
 */
export const FIELDS: {
  readonly [F in keyof VerificationRow]-?: (value: unknown) => VerificationRow[F];
} = {
  id: keep,
  state: keep,
  checksLeft: keep,
  isTest: keep,
  isKnown: keep,
  isAuto: keep,
  channels: keep,
  createdAt: date,
  expiresAt: date,
  finishedAt: dateOrNull,
  smsSends: keep,
  firstSmsAt: dateOrNull,
  lastSmsAt: dateOrNull,
  calls: keep,
  lastCallAt: dateOrNull,
  hits: dates,
  delivery,
};
const READERS = Object.entries(FIELDS);

export function readView(json: Json): VerificationRow {
  const view: Json = {};
  for (const [field, read] of READERS) view[field] = read(json[field]);
  return view as unknown as VerificationRow;
}
