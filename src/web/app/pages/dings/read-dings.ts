import { dingList } from '../../../client/generated/operations.js';
import { send } from '../../state/session.js';
import type { ListedDing } from './ding.js';

/** As many as the API gives at once: fewer, and there are no more. */
const PAGE = 20;
/** No Ding goes on for longer: a call of it is over after a quarter of an hour, the SMS after it in an hour. */
const LONGEST_MS = 2 * 60 * 60_000;
const MOST_PAGES_OF_LIVE = 5;

export interface ReadDings {
  readonly dings: readonly ListedDing[];
  readonly hasOlder: boolean;
}

/** So many pages, the newest first; and more of them, where one that goes on may stand on the next. */
export async function readDings(pages: number): Promise<ReadDings> {
  const dings: ListedDing[] = [];
  for (let page = 1; ; page++) {
    const before = dings.at(-1)?.id;
    const answer = await send(dingList, before === undefined ? {} : { query: { before } });
    dings.push(...answer.dings);
    const last = dings.at(-1);
    if (last === undefined || answer.dings.length < PAGE) return { dings, hasOlder: false };
    const mayGoOn = Date.now() - Date.parse(last.createdAt) < LONGEST_MS;
    if (page >= pages && !(mayGoOn && page < MOST_PAGES_OF_LIVE)) return { dings, hasOlder: true };
  }
}
