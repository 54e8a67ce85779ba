import { address, databaseUrl, DATABASE_URL, path } from './parsers.js';
import { row } from './setting.js';

/** Where PostgreSQL and the queue are, with a login of its own for each role. */
export const DATABASES = [
  row({
    name: 'DATABASE_URL',
    roles: ['stack'],
    secret: true,
    optional: true,
    made: 'the embedded PostgreSQL',
    parse: databaseUrl,
    must: DATABASE_URL,
    what:
      'PostgreSQL, by a login that may create roles: migrates, and sets the passwords of the ' +
      'three logins.',
  }),
  row({
    name: 'API_DATABASE_URL',
    roles: ['api'],
    as: 'databaseUrl',
    secret: true,
    made: 'from DATABASE_URL',
    parse: databaseUrl,
    must: DATABASE_URL,
    what:
      'PostgreSQL by the login of `api`. Given without DATABASE_URL, nothing is migrated or ' +
      'generated.',
  }),
  row({
    name: 'INGRESS_DATABASE_URL',
    roles: ['ingress'],
    as: 'databaseUrl',
    secret: true,
    made: 'from DATABASE_URL',
    parse: databaseUrl,
    must: DATABASE_URL,
    what: 'The same for `ingress`.',
  }),
  row({
    name: 'WORKER_DATABASE_URL',
    roles: ['worker'],
    as: 'databaseUrl',
    secret: true,
    made: 'from DATABASE_URL',
    parse: databaseUrl,
    must: DATABASE_URL,
    what: 'The same for `worker`.',
  }),
  row({
    name: 'QUEUE_URL',
    roles: ['api', 'worker'],
    secret: true,
    made: 'a database of its own beside DATABASE_URL',
    parse: address(['redis:', 'rediss:', 'postgres:', 'postgresql:']),
    must: 'a redis://, rediss:// or postgres:// address',
    what: 'Where the queue is.',
  }),
  row({
    name: 'HIGH_WATER_FILE',
    roles: ['worker'],
    optional: true,
    made: '`DATA_DIR/high-water`, where the queue is in PostgreSQL and made here; else nothing',
    parse: path,
    must: 'a path',
    what:
      'Where the worker writes every 5 s what the database knows, to find out that it was ' +
      "[put back](operating.md#backup-and-restore). Else it is kept in the queue's Redis, and with a " +
      'queue in PostgreSQL nowhere.',
  }),
] as const;
