import { count, COUNT } from './parsers.js';
import { row } from './setting.js';

/** How often numbers may be shown as caller IDs. */
export const CALLER_IDS = [
  row({
    name: 'CALLER_ID_LOOKS_A_MINUTE',
    roles: ['api'],
    default: '30',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Looks at caller IDs by one account in a minute, in all its calls together.',
  }),
] as const;
