import type { CallMoment } from '../../calls/call-script.js';
import type { CallContext } from '../../calls/outage-script.js';
import { parseLanguage } from '../../texts/catalogue.js';

/**
 * What stands in the query of our own addresses for instructions. The carrier signs it with the
 * rest of the URL, so it comes back as it was given; and it holds nothing that the carrier doesn't
 * hear in the call.
 */
type Query = Record<string, unknown>;

const ABOUT = ['ding', 'verification', 'conference'] as const;
const KEY = /^[0-9*#]$/;
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const count = (value: unknown, otherwise: number): number =>
  /^\d{1,3}$/.test(text(value)) ? Number(value) : otherwise;

export const contextQuery = ({ language, about }: CallContext): string =>
  new URLSearchParams({
    lang: language,
    ...(about === undefined ? {} : { for: about }),
  }).toString();

export function parseCallContext(query: Query): CallContext {
  return {
    language: parseLanguage(query['lang']) ?? 'en',
    about: ABOUT.find((one) => one === query['for']),
  };
}

/** How often this moment was asked for again. */
export const parseRetry = (query: Query): number => count(query['retry'], 0);

/** Where the call comes back with a key. */
export function keysAddress(
  context: CallContext,
  { turn, wrongKeys = '' }: { turn: number; wrongKeys?: string },
  more: Record<string, string> = {},
): string {
  const query = new URLSearchParams({
    turn: String(turn),
    ...(wrongKeys === '' ? {} : { wrong: wrongKeys }),
    ...more,
  });
  return `keys?${query.toString()}&${contextQuery(context)}`;
}

/**
 * Where the call comes back with the same moment: nobody presses a key again, so the address
 * carries it.
 */
export function sameAddress(context: CallContext, moment: CallMoment, retry: number): string {
  if (moment.kind === 'answered') return `answer?retry=${String(retry)}&${contextQuery(context)}`;
  return keysAddress(context, moment, {
    ...(moment.digit === undefined ? {} : { digit: moment.digit }),
    retry: String(retry),
  });
}

/** The key that the carrier heard; on the way back from an outage, the one that it heard then. */
export function keyMoment(query: Query, heardKey: unknown): CallMoment {
  const digit = [text(heardKey), text(query['digit'])].find((key) => KEY.test(key));
  const wrongKeys = text(query['wrong']);
  return {
    kind: 'key',
    digit,
    turn: count(query['turn'], 1),
    ...(/^[0-9*#]{1,9}$/.test(wrongKeys) ? { wrongKeys } : {}),
  };
}
