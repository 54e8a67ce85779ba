import type { CarrierEvent } from '../../../handoff/handoff.js';
import { PhoneNumber } from '../../phone-number.js';
import type { Listed } from '../carrier.js';

const PAGE_SIZE = 200;
/** Where the filter is ignored, this is what an account sends in some minutes. */
const MOST_PAGES = 20;

/** What the SDK makes of a record of a list, as far as we read it. */
interface SdkRecord {
  sid: string;
  to: string;
  from: string;
  dateCreated: Date;
}

/** As the SDK gives a page. */
interface SdkPage<R> {
  instances: R[];
  nextPageUrl?: string | undefined;
  nextPage(): Promise<SdkPage<R>> | undefined;
}

/**
 * Reads a list, whose newest records come first, until a page has none that is young enough.
 * Undefined: it wasn't said, or there was no end to it.
 */
export async function readList<R extends SdkRecord>(
  readFirst: (options: { pageSize: number }) => Promise<SdkPage<R>>,
  since: Date,
): Promise<R[] | undefined> {
  const records: R[] = [];
  try {
    let page: SdkPage<R> | undefined = await readFirst({ pageSize: PAGE_SIZE });
    for (let pages = 0; page !== undefined; pages += 1) {
      if (pages === MOST_PAGES) return undefined;
      records.push(...page.instances);
      if (page.instances.every((record) => isOlder(record, since))) return records;
      page = await page.nextPage();
    }
    return records;
  } catch {
    return undefined; // what the SDK throws may quote the address, and so the number
  }
}

export function toListed(
  { sid, to, from, dateCreated }: Pick<SdkRecord, 'sid' | 'to' | 'from' | 'dateCreated'>,
  sender: string,
  readEvent: () => CarrierEvent | undefined,
): Listed {
  return {
    carrierRef: sid,
    to: PhoneNumber.fromList(to),
    // With a Messaging Service it is null until a sender was chosen.
    isFromUs: typeof from === 'string' && from !== '' ? from === sender : undefined,
    createdAt: isDate(dateCreated) ? dateCreated : undefined,
    event: readEvent(),
  };
}

const isDate = (value: unknown): value is Date =>
  value instanceof Date && !Number.isNaN(value.getTime());

const isOlder = ({ dateCreated }: SdkRecord, since: Date): boolean =>
  isDate(dateCreated) && dateCreated < since;
