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
  row({
    name: 'PRESENTATIONS_OF_PERSON_AN_HOUR',
    roles: ['worker'],
    default: '60',
    parse: count(1, 100_000),
    must: COUNT(1, 100_000),
    what:
      "Calls of an hour in which one person's number is opened to be shown. Beyond it they ring, " +
      'show nothing, and the log has `presentations_unusual`.',
  }),
  row({
    name: 'PRESENTATIONS_AN_HOUR',
    roles: ['worker'],
    default: '3000',
    parse: count(1, 1_000_000),
    must: COUNT(1, 1_000_000),
    what: 'The same for all people together.',
  }),
] as const;
