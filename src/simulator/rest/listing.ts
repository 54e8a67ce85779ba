import type { Form } from './form.js';
import { parseSpan } from '../network/twilio-date.js';
import { TwilioError } from './twilio-errors.js';

/**
 * A field of a record is compared with a filter: it is the same text, or it lies before, on or
 * after a date.
 */
export type Filters<T> = Record<
  string,
  { text: (record: T) => string | undefined } | { date: (record: T) => Date | undefined }
>;

/**
 * Keeps the records that all given filters admit. `StartTime` means that very day or second;
 * `StartTime<` and `StartTime>` (as the SDK writes them) or `StartTime<=` mean at or before, at or
 * after. A record that has no such date yet (a queued call has no start) is left out by any filter
 * on it.
 */
export function filterRecords<T>(records: readonly T[], query: Form, filters: Filters<T>): T[] {
  const tests: ((record: T) => boolean)[] = [];
  for (const [name, filter] of Object.entries(filters)) {
    if ('text' in filter) {
      const wanted = query.getFilled(name);
      if (wanted !== undefined) tests.push((record) => filter.text(record) === wanted);
      continue;
    }
    const add = (
      given: string | undefined,
      holds: (date: number, span: { from: Date; until: Date }) => boolean,
    ): void => {
      if (given === undefined) return;
      const span = parseSpan(given);
      if (span === undefined) throw new TwilioError(20001, 400, `${name} is not a date`);
      tests.push((record) => {
        const date = filter.date(record);
        return date !== undefined && holds(date.getTime(), span);
      });
    };
    // `StartTime<=2026-11-23`, typed by hand, reaches us as the name `StartTime<` as well: the
    // first = splits name and value.
    add(
      query.getFilled(name),
      (date, span) => date >= span.from.getTime() && date < span.until.getTime(),
    );
    add(query.getFilled(`${name}<`), (date, span) => date < span.until.getTime());
    add(query.getFilled(`${name}>`), (date, span) => date >= span.from.getTime());
  }
  return records.filter((record) => tests.every((test) => test(record)));
}

export interface PageOfRecords<T> {
  records: T[];
  /**
   * The page's fields but for the records, in Twilio's words. Paths are relative to the API's host.
   */
  page: {
    page: number;
    page_size: number;
    start: number;
    end: number;
    uri: string;
    first_page_uri: string;
    next_page_uri: string | null;
    previous_page_uri: string | null;
  };
}

/**
 * Cuts one page from the records, newest first as given. PageSize is 50 unless said otherwise, and
 * at most 1000, or `most`.
 * The token names the last record of the page before, so that what is created between two pages
 * neither repeats nor hides one.
 */
export function cutPage<T extends { sid: string }>(
  records: readonly T[],
  path: string,
  query: Form,
  most = 1_000,
): PageOfRecords<T> {
  const size = Math.min(most, Math.max(1, parseWholeNumber(query.get('PageSize')) ?? 50));
  const number = parseWholeNumber(query.get('Page')) ?? 0;
  const token = query.getFilled('PageToken');
  const after =
    token === undefined ? -1 : records.findIndex((record) => `PA${record.sid}` === token);
  if (token !== undefined && after < 0) throw new TwilioError(20001, 400, 'Invalid PageToken');
  const first = token === undefined ? number * size : after + 1;
  const shown = records.slice(first, first + size);
  const last = shown.at(-1);
  const hasMore = last !== undefined && first + size < records.length;
  const before = first - size - 1 >= 0 ? records[first - size - 1] : undefined;
  const link = (page: number, tokenSid?: string): string => {
    const fields = new URLSearchParams(query.toRecord());
    fields.delete('PageToken');
    fields.set('PageSize', String(size));
    fields.set('Page', String(page));
    if (tokenSid !== undefined) fields.set('PageToken', `PA${tokenSid}`);
    return `${path}?${fields.toString()}`;
  };
  return {
    records: shown,
    page: {
      page: number,
      page_size: size,
      start: first,
      end: Math.max(first, first + shown.length - 1),
      uri: link(number, token?.slice(2)),
      first_page_uri: link(0),
      next_page_uri: hasMore ? link(number + 1, last.sid) : null,
      previous_page_uri: number > 0 ? link(number - 1, before?.sid) : null,
    },
  };
}

function parseWholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
