import type { Language } from '../texts/catalogue.js';
import type { Channel } from '../handoff/channels.js';
import {
  date,
  dateOrNull,
  dates,
  type Json,
  readView,
  type VerificationRow,
} from './verification-row.js';

/**
 * A send was refused for one of these reasons; `view` is the verification as it is, or would have
 * been.
 */
export type SendRefused =
  | { refused: 'channel' | 'calls'; view: VerificationRow }
  | { refused: 'wait' | 'blocked'; at: Date; view: VerificationRow }
  /** The worker knows no such test number, or hasn't begun yet. */
  | { refused: 'test'; view: VerificationRow }
  | { refused: 'address' | 'number'; hits: Date[]; view: VerificationRow };

/**
 * `isNew` says that this request did it: a start may find a live verification, a send one that has
 * yet to leave.
 */
export type Started = { refused?: never; view: VerificationRow; isNew: boolean };

export type Finished = { refused: 'finished'; view: VerificationRow };

/** A code was not compared for one of these reasons. */
export type CheckRefused =
  | Finished
  | { refused: 'wrong'; hits: Date[]; isByAddress: boolean; view: VerificationRow }
  | { refused: 'guesses'; at: Date; view: VerificationRow }
  /** It has not as many digits as the code. */
  | { refused: 'length'; view: VerificationRow };

/** A right code of an account's moves the number: `lost` have the number no more that they had. */
export type Checked =
  | {
      refused?: never;
      view: VerificationRow;
      isCorrect: boolean;
      lost?: string[];
      /** Another account had the number. */
      hasMoved?: boolean;
    }
  | CheckRefused;

export type Read = { refused?: never; view: VerificationRow } | { refused: 'reads'; hits: Date[] };

/**
 * Reads what a function of the database answers: a verification and what became of the request, or
 * why nothing was done, with the verification beside it where there is one. Undefined says that
 * there is no such verification.
 */
export function readAnswer<T>(json: Json | null): T | undefined {
  if (json === null) return undefined;
  const { refused, isNew, isCorrect, lost, hasMoved } = json;
  if (refused === undefined) return { view: readView(json), isNew, isCorrect, lost, hasMoved } as T;
  const refusal = {
    ...json,
    hits: dates(json['hits']),
    at: dateOrNull(json['at']),
  };
  if (refused === 'reads') return refusal as T;
  return { ...refusal, view: readView((json['view'] ?? json) as Json) } as T;
}

/** What a fresh start asked for, and the answer does not repeat. */
export interface FreshRequest {
  id: string;
  channel: Channel;
  channels: readonly Channel[];
  isAuto: boolean;
}

/**
 * Reads the answer to a start of a number of which nothing was known: all is as it was asked.
 * Undefined says that it is no such answer.
 */
export function readFreshStart(
  json: Json | null,
  { id, channel, channels, isAuto }: FreshRequest,
  at: Date,
): Started | undefined {
  if (json === null || json['fresh'] === undefined) return undefined;
  const view: VerificationRow = {
    id,
    state: 'pending',
    checksLeft: json['checksLeft'] as number,
    isTest: false,
    isKnown: false,
    isAuto,
    channels,
    createdAt: at,
    expiresAt: date(json['expiresAt']),
    finishedAt: null,
    smsSends: 1,
    firstSmsAt: at,
    lastSmsAt: at,
    calls: 0,
    lastCallAt: null,
    hits: [at],
    delivery: {
      channel,
      state: json['fresh'] as string,
      reason: null,
      at,
      language: json['language'] as Language,
      wait: undefined,
    },
  };
  return { view, isNew: true };
}
