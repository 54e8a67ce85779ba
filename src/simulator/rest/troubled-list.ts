import type { Troubles } from '../network/trouble.js';
import type { Form } from './form.js';
import { cutPage, type Filters, filterRecords, type PageOfRecords } from './listing.js';

export interface ListOrder<T> {
  channel: 'sms' | 'call';
  path: string;
  query: Form;
  /** The newest first. */
  all: readonly T[];
  filters: Filters<T>;
  build: (record: T) => object;
}

/** Answers one page of a list, as a carrier in trouble would. */
export function listRecords<T extends { sid: string }>(
  troubles: Troubles,
  { channel, path, query, all, filters, build }: ListOrder<T>,
): { records: object[]; page: PageOfRecords<T>['page'] } {
  const number = query.getFilled('To');
  const occasion = { channel, on: 'list', ...(number === undefined ? {} : { number }) } as const;
  const has = (kind: 'filters-ignored' | 'sender-withheld' | 'listed-twice'): boolean =>
    troubles.take([kind], occasion) !== undefined;
  const short = troubles.take(['short-pages'], occasion);
  const admitted = has('filters-ignored') ? all : filterRecords(all, query, filters);
  const copied = has('listed-twice') ? admitted.flatMap((one) => [one, copy(one)]) : admitted;
  const { records, page } = cutPage(copied, path, query, short?.size);
  const isWithheld = has('sender-withheld');
  return {
    records: records.map((one) => ({ ...build(one), ...(isWithheld ? { from: null } : {}) })),
    page,
  };
}

/** Makes another of it, under an id that looks like one. */
function copy<T extends { sid: string }>(record: T): T {
  const sid = record.sid.slice(0, 2) + [...record.sid.slice(2)].reverse().join('');
  return { ...record, sid };
}
