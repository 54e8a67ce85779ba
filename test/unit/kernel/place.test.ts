import { Logger } from '../../../src/kernel/logger.js';
import { PartErrors } from '../../../src/kernel/part-errors.js';
import { findPlace } from '../../../src/kernel/place.js';

test.each([
  [
    'postgres://dingline_api:secret@db-1.example:5433/dingline?sslmode=require',
    'db-1.example:5433',
  ],
  ['postgres://dingline_api:secret@db-1.example/dingline', 'db-1.example:5432'],
  ['postgresql://u:p@[::1]/x', '[::1]:5432'],
  ['postgres:///dingline?host=/var/run/postgresql', 'a local socket'],
  ['redis://:secret@queue/0', 'queue:6379'],
  ['rediss://u:secret@10.20.30.40:6380/0', '10.20.30.40:6380'],
  ['https://api.twilio.com/2010-04-01', 'api.twilio.com:443'],
  ['http://localhost:3003', 'localhost:3003'],
])('of %s the log has host and port alone', (address, host) => {
  expect(findPlace('queue', address)).toEqual({ part: 'queue', host });
});

test('each kind of error of a part is logged once in a while, with its place, and never its message', () => {
  const lines: string[] = [];
  const logger = new Logger('info', 'api', (line) => lines.push(line));
  const errors = new PartErrors(logger, { part: 'carrier', host: 'api.example:443' });
  const refused = Object.assign(new Error('connect to secret'), { code: 'ECONNREFUSED' });
  for (let i = 0; i < 5; i += 1) errors.log('carrier_no_answer', refused);
  errors.log('carrier_no_answer', new TypeError('secret'));
  errors.log('other', refused);
  expect(lines.map((line) => JSON.parse(line) as object)).toMatchObject([
    {
      event: 'carrier_no_answer',
      part: 'carrier',
      host: 'api.example:443',
      error: 'Error ECONNREFUSED',
    },
    { event: 'carrier_no_answer', error: 'TypeError' },
    { event: 'other', error: 'Error ECONNREFUSED' },
  ]);
  expect(lines.join('')).not.toContain('secret');
});

test('an error of the database says where that is, whoever logs it, and no other does', () => {
  const lines: string[] = [];
  const place = { part: 'database', host: 'db-1:5432' } as const;
  const logger = new Logger('info', 'api', (line) => lines.push(line), place);
  const refused = { code: 'ECONNREFUSED', syscall: 'connect' };
  logger.error('one', Object.assign(new Error('x'), refused));
  logger.error('two', new Error('Connection terminated unexpectedly'));
  logger.error('three', undefined);
  logger.error('four', new TypeError('x is no function'));
  const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(logged.map(({ error, part, host }) => [error, part, host])).toEqual([
    ['Error ECONNREFUSED', 'database', 'db-1:5432'],
    ['Error CONNECTION_TERMINATED', 'database', 'db-1:5432'],
    [undefined, undefined, undefined],
    ['TypeError', undefined, undefined],
  ]);
});
