import { count, COUNT } from './parsers.js';
import { row } from './setting.js';

/** How much one account may reach others, whatever those agreed to. */
export const REACHING = [
  row({
    name: 'DINGS_AN_HOUR',
    roles: ['api'],
    default: '30',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Dings that one account may send in an hour: one every two minutes, to 50 people each.',
  }),
  row({
    name: 'DING_SMS_TO_ONE_AN_HOUR',
    roles: ['api', 'worker'],
    default: '3',
    parse: count(1, 100),
    must: COUNT(1, 100),
    what:
      'SMS with Dings from one account to one person in an hour. All senders together may send 8, ' +
      'and 4 in a quarter of an hour.',
  }),
  row({
    name: 'CONFERENCES_AT_ONCE',
    roles: ['api'],
    default: '3',
    parse: count(1, 100),
    must: COUNT(1, 100),
    what: 'Live conferences that one account has begun.',
  }),
  row({
    name: 'CONFERENCE_MINUTES_A_DAY',
    roles: ['api', 'worker'],
    default: '960',
    parse: count(1, 100_000),
    must: COUNT(1, 100_000),
    what:
      "Minutes of all people's calls in the conferences that one account has begun, in 24 hours: " +
      'sixteen people for an hour, or four for four. Then they end.',
  }),
  row({
    name: 'NUMBERS_A_DAY',
    roles: ['api'],
    default: '5',
    parse: count(1, 1000),
    must: COUNT(1, 1000),
    what:
      'Different numbers that one account may have codes sent to in 24 hours; an app has its own ' +
      'cap. More, and a few accounts have the pumping guard block a country.',
  }),
] as const;
