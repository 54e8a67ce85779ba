import { count, COUNT, duration, DURATION } from './parsers.js';
import { row } from './setting.js';

/**
 * How many wrong codes are compared, and how long a number counts as proved. What bounds guesses is
 * written into the database by whoever migrates it: no role chooses it.
 */
export const GUESSES = [
  row({
    name: 'CHECKS_AT_MOST',
    roles: ['stack'],
    default: '5',
    parse: count(1, 10),
    must: COUNT(1, 10),
    what: 'Codes that are compared in one verification.',
  }),
  row({
    name: 'GUESSES_PER_ADDRESS_AN_HOUR',
    roles: ['api'],
    default: '30',
    parse: count(1, 10_000),
    must: COUNT(1, 10_000),
    what: 'Wrong codes from one IP address (IPv6: one /64) in an hour, over all numbers.',
  }),
  row({
    name: 'GUESSES_PER_APP_AN_HOUR',
    roles: ['api'],
    default: '1000',
    parse: count(1, 100_000),
    must: COUNT(1, 100_000),
    what: 'The same by one app that does not say from where its users come.',
  }),
  row({
    name: 'GUESSES_A_DAY',
    roles: ['stack'],
    default: '10',
    parse: count(1, 1000),
    must: COUNT(1, 1000),
    what: 'Wrong codes that are compared for one number in 24 hours, over all its verifications.',
  }),
  row({
    name: 'GUESSES_KEPT_FOR_OWNER',
    roles: ['stack'],
    default: '3',
    parse: count(0, 1000),
    must: `${COUNT(0, 1000)}, less than GUESSES_A_DAY`,
    what:
      'Of these, how many only the account that has the number may use, or a session or device ' +
      'that has proved it before.',
  }),
  row({
    name: 'GUESSES_IN_A_ROW',
    roles: ['stack'],
    default: '100',
    parse: count(1, 1000),
    must: COUNT(1, 1000),
    what:
      'Wrong codes for one number after which only the account that has it may guess, until it ' +
      'is proved or 30 days have passed.',
  }),
  row({
    name: 'PROOF_LASTS',
    as: 'proofLastsMs',
    roles: ['stack', 'api', 'worker'],
    default: '365d',
    parse: duration('1d', '3650d'),
    must: DURATION('1d', '3650d'),
    what:
      'How long the proof of a number holds. After that the number rings nobody and is not rung ' +
      'until it is proved again; its person is told a week before.',
  }),
  row({
    name: 'UNREACHABLE_LIMIT',
    roles: ['stack'],
    default: '3',
    parse: count(1, 100),
    must: COUNT(1, 100),
    what:
      'After so many Dings and conference calls in a row to a number of which the carrier says ' +
      'that there is no such number, it must be proved again.',
  }),
] as const;
