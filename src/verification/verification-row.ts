import type { Channel } from '../handoff/channels.js';
import type { NumberRef } from '../kernel/ids.js';
import type { VerificationView } from './verification-session.js';

/** A verification as the functions of the database give it. */
export interface VerificationRow extends VerificationView {
  id: string;
  numberRef: NumberRef;
  isAuto: boolean;
  createdAt: Date;
  finishedAt: Date | null;
  /** Of the newest SMS or call: how far it has come, as far as we were told. */
  delivery: { channel: Channel; state: string; reason: string | null; at: Date } | undefined;
}

export type Json = Record<string, unknown>;

const asIs = <T>(value: unknown): T => value as T;
const date = (value: unknown): Date => new Date(value as string);
const dateOrNull = (value: unknown): Date | null =>
  value === null || value === undefined ? null : date(value);
const dates = (value: unknown): Date[] => ((value ?? []) as string[]).map(date);
const delivery = (value: unknown): VerificationRow['delivery'] => {
  const json = value as Json | null;
  if (json === null) return undefined;
  return {
    channel: asIs(json['channel']),
    state: asIs(json['state']),
    reason: asIs(json['reason']),
    at: date(json['at']),
  };
};

/**
 * All fields of a verification, and how each is read. `verification_shown` in verification.sql
 * gives these, and no other.
 */
export const FIELDS: {
  readonly [F in keyof VerificationRow]-?: (value: unknown) => VerificationRow[F];
} = {
  id: asIs,
  state: asIs,
  attempts: asIs,
  numberRef: asIs,
  isTest: asIs,
  isKnown: asIs,
  isAuto: asIs,
  channels: asIs,
  createdAt: date,
  expiresAt: date,
  finishedAt: dateOrNull,
  smsSends: asIs,
  firstSmsAt: dateOrNull,
  lastSmsAt: dateOrNull,
  calls: asIs,
  lastCallAt: dateOrNull,
  hits: dates,
  delivery,
};
const READERS = Object.entries(FIELDS);

function readView(json: Json): VerificationRow {
  const view: Json = {};
  for (const [field, read] of READERS) view[field] = read(json[field]);
  return view as unknown as VerificationRow;
}

/**
 * Reads what a function answers: a verification with a word more, or why nothing was done, with the
 * verification beside it where there is one. Undefined: there is no such verification.
 */
export function readAnswer<T>(json: Json | null): T | undefined {
  if (json === null) return undefined;
  const { refused, isNew, isCorrect } = json;
  if (refused === undefined) return { view: readView(json), isNew, isCorrect } as T;
  const reason = {
    ...json,
    hits: dates(json['hits']),
    at: dateOrNull(json['at']),
    lastAt: dateOrNull(json['lastAt']),
  };
  if (refused === 'reads') return reason as T;
  return { ...reason, view: readView((json['view'] ?? json) as Json) } as T;
}
