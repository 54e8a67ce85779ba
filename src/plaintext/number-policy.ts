import { type NumberType, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { type Channel, CHANNELS, getTraits } from '../handoff/channels.js';

/**
 * Which numbers may be reached. It looks at a number and at the operator's rules and at
 * nothing that is stored: what it says can't tell who has a number, or whether anybody has.
 */
export type Verdict =
  | { kind: 'ok'; channels: readonly Channel[] }
  | { kind: 'refused'; code: 'NUMBER_TYPE_REFUSED' | 'COUNTRY_REFUSED' | 'PREFIX_REFUSED' };

/** What the policy looks at. */
export interface Line {
  number: string;
  type: NumberType;
  /**
   * ISO 3166; undefined where the calling code is several countries' and the number doesn't tell.
   */
  country: string | undefined;
  countryCallingCode: string;
  isNonGeographic: boolean;
}

export interface Rules {
  /** ISO 3166 codes; none: every country. */
  countries: ReadonlySet<string>;
  /** E.164 prefixes with their plus. */
  denied: readonly ReadonlySet<string>[];
}

export const NO_RULES: Rules = { countries: new Set(), denied: [] };

const REFUSED_TYPES: ReadonlySet<NumberType> = new Set([
  'PREMIUM_RATE', // the caller pays
  'SHARED_COST',
  'TOLL_FREE', // no person's phone
  'UAN', // a company's single number
  'VOICEMAIL',
  'PAGER',
]);

const REFUSED_CODES: ReadonlySet<string> = new Set([
  '870',
  '881',
  '882',
  '883', // satellite and global networks: several dollars a minute
  '878', // universal personal
  '979', // international premium rate
  '800',
  '808', // international toll-free and shared cost
  '888', // disaster relief
]);

/**
 * Where no plan tells fixed from mobile (North America), it may be a mobile: FIXED_LINE_OR_MOBILE
 * takes both.
 */
const ON_FIXED_LINES: readonly Channel[] = Object.freeze(
  CHANNELS.filter((channel) => getTraits(channel).reachesFixedLines),
);

export function judge(line: Line, rules: Rules): Verdict {
  if (!isReachableType(line)) return { kind: 'refused', code: 'NUMBER_TYPE_REFUSED' };
  const code = findRefusal(line, rules);
  if (code !== undefined) return { kind: 'refused', code };
  return { kind: 'ok', channels: line.type === 'FIXED_LINE' ? ON_FIXED_LINES : CHANNELS };
}

/**
 * What the operator's rules say of a number, whatever its type: they may have changed since it was
 * taken.
 */
export function findRefusal(
  { number, country }: Pick<Line, 'number' | 'country'>,
  rules: Rules,
): 'COUNTRY_REFUSED' | 'PREFIX_REFUSED' | undefined {
  // A number whose country can't be told is in no list of countries.
  if (rules.countries.size > 0 && (country === undefined || !rules.countries.has(country)))
    return 'COUNTRY_REFUSED';
  return rules.denied.some((prefixes) => beginsWithOne(number, prefixes))
    ? 'PREFIX_REFUSED'
    : undefined;
}

function isReachableType({ type, countryCallingCode, isNonGeographic }: Line): boolean {
  // Also +800 and the like in years to come: what belongs to no country has no type that we could
  // judge by.
  if (REFUSED_CODES.has(countryCallingCode) || isNonGeographic) return false;
  if (type === undefined || REFUSED_TYPES.has(type)) return false;
  // British 070 and the like are billed as premium; North America's 5xx are ordinary (Twilio's test
  // numbers among them).
  return type !== 'PERSONAL_NUMBER' || countryCallingCode === '1';
}

/** At most ten look-ups, however long the list. */
function beginsWithOne(e164: string, prefixes: ReadonlySet<string>): boolean {
  if (prefixes.size === 0) return false;
  for (let length = 2; length <= LONGEST_PREFIX + 1 && length <= e164.length; length += 1)
    if (prefixes.has(e164.slice(0, length))) return true;
  return false;
}

const LONGEST_PREFIX = 10;
const PREFIX = new RegExp(`^\\+[1-9]\\d{0,${LONGEST_PREFIX - 1}}$`);

/**
 * Is it a prefix that many share? A whole number is one person's, and no list of ours keeps those
 * in clear text.
 */
export function isPrefix(text: string): boolean {
  return PREFIX.test(text) && parsePhoneNumberFromString(text)?.isValid() !== true;
}

/** Far more than anybody edits by hand; a file that is larger was not meant for us. */
export const LARGEST_DENY_FILE = 1_000_000;

/**
 * One prefix a line, `#` begins a comment. Undefined if any line is something else: half a list
 * would let the rest in.
 */
export function parseDenyFile(text: string): ReadonlySet<string> | undefined {
  const prefixes = new Set<string>();
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const prefix = line.replace(/#.*/, '').trim();
    if (prefix === '') continue;
    if (!isPrefix(prefix)) return undefined;
    prefixes.add(prefix);
  }
  return prefixes;
}
