import { countries } from './countries.js';
import { path, testNumbers } from './parsers.js';
import { row } from './setting.js';

/** Which numbers may be verified. */
export const NUMBERS = [
  row({
    name: 'NUMBER_COUNTRIES',
    roles: ['api', 'worker'],
    default: '',
    parse: countries,
    must: 'ISO 3166 codes of countries (DE,FR) in capitals, with commas between them, or empty',
    what:
      'The countries whose numbers may be verified and reached. Empty: all. A country whose ' +
      "mobiles are taken as another's, with which it shares a plan (MF as GP), lets them in only " +
      'if that one is named too; a line of the log says so.',
  }),
  row({
    name: 'NUMBER_DENY_FILE',
    roles: ['api', 'worker'],
    optional: true,
    parse: path,
    must: 'a file',
    what:
      'A file of prefixes whose numbers are refused, one a line (`+8817`), with `#` comments; ' +
      'read again when it changes. While it has never been read, all numbers are, and nothing goes ' +
      'out. `npm run deny` edits a list beside it.',
  }),
  row({
    name: 'TEST_NUMBERS',
    roles: ['api', 'worker'],
    secret: true,
    optional: true,
    parse: testNumbers,
    must:
      'numbers with a code of 4 to 10 digits each (+12025550100=123456), with commas between ' +
      'them, at most 100, each once',
    what:
      'Numbers whose code is always the same: nothing is sent to verify them, and no limit of ' +
      'sends holds. Refused with a live carrier. The rules for countries and prefixes hold for ' +
      'them too.',
  }),
] as const;
