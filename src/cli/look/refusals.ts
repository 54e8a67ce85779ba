import { readFile } from 'node:fs/promises';
import { ExpectedError } from '../../embedded/expected-error.js';
import type { Executor } from '../../kernel/database.js';
import { nextAllowedAt } from '../../kernel/rate-limit.js';
import { listDeniedPrefixes } from '../../plaintext/denied-prefixes.repository.js';
import { findStartRefusals, type StartRefusal } from '../../plaintext/look-by-number.js';
import { parseDenyFile, type Rules } from '../../plaintext/number-policy.js';
import type { OperatorSettings } from '../../settings.js';
import { numberRules } from '../../verification/verification-session.js';
import { type Capped, findCapped, listSends, readNow } from './subjects.repository.js';

/**
 * Says why a code to the number comes to nothing now, whoever asks for it; no line if it may go. Of a
 * start that is refused nothing is kept, and what a spend cap ends is never opened, so neither is
 * found by its number.
 */
export async function describeRefusals(
  db: Executor,
  typed: string,
  verifications: readonly string[],
  settings: OperatorSettings,
): Promise<string[]> {
  const now = await readNow(db);
  const rules = await readRules(db, settings);
  const { country, refusals } = await findStartRefusals(db, typed, rules, now);
  return [
    ...refusals.map(describeRefusal),
    ...describeSendLimit(await listSends(db, verifications), settings, now),
    ...describeCapped(await findCapped(db, country, now)),
  ];
}

function describeRefusal({ code, until }: StartRefusal): string {
  switch (code) {
    case 'COUNTRY_REFUSED':
      return `refused now: ${code}, its country is not in NUMBER_COUNTRIES`;
    case 'PREFIX_REFUSED':
      return `refused now: ${code}, its prefix is denied (dingline deny list, NUMBER_DENY_FILE)`;
    case 'SENDS_BLOCKED':
      return (
        `refused now: ${code} until ${until.toISOString()}, ` +
        'its prefix or country is blocked as SMS pumping (dingline guard list)'
      );
  }
}

function describeSendLimit(
  sends: readonly Date[],
  { sends: limits }: OperatorSettings,
  now: Date,
): string[] {
  const findAllowed = (isKnown: boolean): Date =>
    nextAllowedAt(sends, numberRules(limits, isKnown), now);
  const [stranger, known] = [findAllowed(false), findAllowed(true)];
  if (stranger <= now) return [];
  return [
    `refused now: SEND_LIMIT until ${stranger.toISOString()}, as many codes went to it as may; ` +
      'to a session or device that has proved it before: ' +
      (known <= now ? 'not refused' : `until ${known.toISOString()}`),
  ];
}

const describeCapped = ({ count, last }: Capped): string[] =>
  last === null
    ? []
    : [
        `not sent: of codes to its country a spend cap has ended ${count} today, ` +
          `the last at ${last.toISOString()} (dingline guard figures)`,
      ];

/** As the settings that this command sees have them. */
async function readRules(
  db: Executor,
  { numberCountries, numberDenyFile }: OperatorSettings,
): Promise<Rules> {
  const rows = await listDeniedPrefixes(db);
  const file = numberDenyFile === undefined ? new Set<string>() : await readDenied(numberDenyFile);
  return {
    countries: new Set(numberCountries),
    denied: [new Set(rows.map(({ prefix }) => prefix)), file],
  };
}

async function readDenied(path: string): Promise<ReadonlySet<string>> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const prefixes = text === undefined ? undefined : parseDenyFile(text);
  if (prefixes === undefined)
    throw new ExpectedError('NUMBER_DENY_FILE can not be read, or a line of it is no prefix');
  return prefixes;
}
