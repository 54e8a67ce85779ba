import { z } from 'zod';
import { amount, AMOUNT, cap, count, COUNT, path } from './parsers.js';
import { row } from './setting.js';

/** What codes, Dings and conferences cost and may cost, and when the guard against SMS pumping blocks. */
export const SPENDING = [
  row({
    name: 'SMS_PRICE',
    roles: ['worker'],
    default: '0.05',
    parse: amount,
    must: AMOUNT,
    what: 'What an SMS costs, for the caps below; in your currency.',
  }),
  row({
    name: 'CALL_PRICE',
    roles: ['worker'],
    default: '0.05',
    parse: amount,
    must: AMOUNT,
    what: 'What a call with a code costs, and each minute of any other call that has begun.',
  }),
  row({
    name: 'PRICES_FILE',
    roles: ['worker'],
    optional: true,
    parse: path,
    must: 'a file',
    what:
      'Prices of codes by country, one a line (`GB sms 0.04`, `GB voice 0.02`), with `#` comments; read ' +
      'again when it changes.',
  }),
  row({
    name: 'SPEND_CAP_A_DAY',
    roles: ['worker'],
    default: '100',
    parse: cap,
    must: `${AMOUNT}, or none`,
    what:
      'What codes, Dings and conferences may cost in a UTC day, all together: then nothing more ' +
      'goes out that day, and calls end.',
  }),
  row({
    name: 'SPEND_CAP_COUNTRY_A_DAY',
    roles: ['worker'],
    default: '50',
    parse: cap,
    must: `${AMOUNT}, or none`,
    what: 'The same for the codes to each country.',
  }),
  row({
    name: 'SPEND_CAP_ACCOUNT_A_DAY',
    roles: ['worker'],
    default: '20',
    parse: cap,
    must: `${AMOUNT}, or none`,
    what: 'The same for what each account asks for: a fifth of all, so that none uses up the day.',
  }),
  row({
    name: 'SPEND_CAP_TEAM_A_DAY',
    roles: ['worker'],
    default: '50',
    parse: cap,
    must: `${AMOUNT}, or none`,
    what: 'The same for those who are reached as members of each team.',
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
