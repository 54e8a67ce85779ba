import { z } from 'zod';
import { amount, AMOUNT, cap, count, COUNT, path } from './parsers.js';
import { row } from './setting.js';

/** What codes cost and may cost, and when the guard against SMS pumping blocks. */
export const SPENDING = [
  row({
    name: 'SMS_PRICE',
    roles: ['worker'],
    default: '0.05',
    parse: amount,
    must: AMOUNT,
    what: 'What an SMS with a code costs, for the caps below; in your currency.',
  }),
  row({
    name: 'CALL_PRICE',
    roles: ['worker'],
    default: '0.05',
    parse: amount,
    must: AMOUNT,
    what: 'What a call with a code costs.',
  }),
  row({
    name: 'PRICES_FILE',
    roles: ['worker'],
    optional: true,
    parse: path,
    must: 'a file',
    what:
      'Prices by country, one a line (`GB sms 0.04`, `GB voice 0.02`), with `#` comments; read ' +
      'again when it changes.',
  }),
  row({
    name: 'SPEND_CAP_A_DAY',
    roles: ['worker'],
    default: '100',
    parse: cap,
    must: `${AMOUNT}, or none`,
    what: 'What codes may cost in a UTC day, all together: then no more are sent that day.',
  }),
  row({
    name: 'SPEND_CAP_COUNTRY_A_DAY',
    roles: ['worker'],
    default: '50',
    parse: cap,
    must: `${AMOUNT}, or none`,
    what: 'The same for each country.',
  }),
  row({
    name: 'GUARD_CONVERSION',
    roles: ['worker'],
    default: '0.2',
    parse: z
      .string()
      .regex(/^(0(\.\d{1,3})?|1)$/)
      .transform(Number),
    must: 'a share from 0 to 1 (0.2)',
    what:
      'A prefix or country where fewer codes than this share are typed in is blocked for a ' +
      'while: [pumping.md](pumping.md). 0: the guard is off.',
  }),
  row({
    name: 'GUARD_PREFIX_SENDS',
    roles: ['worker'],
    default: '10',
    parse: count(3, 100_000),
    must: COUNT(3, 100_000),
    what: 'So many sends before a prefix (a number without its last four digits) is judged.',
  }),
  row({
    name: 'GUARD_COUNTRY_SENDS',
    roles: ['worker'],
    default: '50',
    parse: count(10, 1_000_000),
    must: COUNT(10, 1_000_000),
    what: 'The same for a country.',
  }),
] as const;
