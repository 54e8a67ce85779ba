import { count, COUNT, duration, DURATION } from './parsers.js';
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
    name: 'RECONCILE_CALLS_AFTER',
    roles: ['worker'],
    default: '90s',
    as: 'reconcileCallsAfterMs',
    parse: duration('10s', '1h'),
    must: DURATION('10s', '1h'),
    what: 'The carrier is asked for a call of which nothing was heard for so long.',
  }),
  row({
    name: 'RECONCILE_SMS_AFTER',
    roles: ['worker'],
    default: '10m',
    as: 'reconcileSmsAfterMs',
    parse: duration('1m', '1d'),
    must: DURATION('1m', '1d'),
    what:
      'The carrier is asked for an SMS of which nothing final was heard for so long, and four times ' +
      'more, after twice as long each time.',
  }),
  row({
    name: 'RECONCILE_LISTS_AFTER',
    roles: ['worker'],
    default: '30s',
    as: 'reconcileListsAfterMs',
    parse: duration('30s', '10m'),
    must: DURATION('30s', '10m'),
    what:
      "An SMS or call whose answer was lost is looked for in the carrier's lists so long after its " +
      'attempt, and four times more, after twice as long each time. If it is not there an SMS goes ' +
      'out once more, and a call after the second look.',
  }),
  row({
    name: 'RECONCILE_ROOMS_EVERY',
    roles: ['worker'],
    default: '20s',
    as: 'reconcileRoomsMs',
    parse: duration('5s', '10m'),
    must: DURATION('5s', '10m'),
    what: 'How often the carrier is asked who is in the room of a conference.',
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
