import { count, COUNT } from './parsers.js';
import { row } from './setting.js';

/** How long the database keeps what is over. */
export const RETENTION = [
  row({
    name: 'RETENTION_CALLS_DAYS',
    roles: ['stack', 'worker'],
    default: '30',
    parse: count(1, 3650),
    must: COUNT(1, 3650),
    what: 'How long an ended Ding or conference is kept, with its text and its participants.',
  }),
  row({
    name: 'RETENTION_VERIFICATIONS_DAYS',
    roles: ['stack', 'worker'],
    default: '1',
    parse: count(1, 3650),
    must: COUNT(1, 3650),
    what: 'How long a finished verification is kept, with its reason.',
  }),
  row({
    name: 'RETENTION_NOTICES_DAYS',
    roles: ['stack', 'worker'],
    default: '365',
    parse: count(1, 3650),
    must: COUNT(1, 3650),
    what: 'How long a notice to a person is kept.',
  }),
  row({
    name: 'RETENTION_WEBHOOKS_DAYS',
    roles: ['stack', 'worker'],
    default: '7',
    parse: count(1, 3650),
    must: COUNT(1, 3650),
    what: 'How long what an app was told by a webhook is kept, after it was delivered or given up.',
  }),
] as const;
