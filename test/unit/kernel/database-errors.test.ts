import pg from 'pg';
import { isDatabaseAway, isDatabaseFull } from '../../../src/kernel/database.js';
import { toProblem } from '../../../src/kernel/problem.filter.js';

const error = (message: string, fields: object): Error => Object.assign(new Error(message), fields);
const refused = (code: string): pg.DatabaseError => {
  const found = new pg.DatabaseError('refused', 1, 'error');
  found.code = code;
  return found;
};

test.each<[string, Error]>([
  ['nobody listens', error('connect ECONNREFUSED', { code: 'ECONNREFUSED', syscall: 'connect' })],
  ['it hangs up', error('read ECONNRESET', { code: 'ECONNRESET', syscall: 'read' })],
  ['its name is unknown', error('getaddrinfo', { code: 'ENOTFOUND', syscall: 'getaddrinfo' })],
  [
    'it hangs up before TLS',
    error('Client network socket disconnected before secure TLS connection was established', {
      code: 'ECONNRESET',
    }),
  ],
  ['it ended in the pool', error('Connection terminated unexpectedly', {})],
  ['it shuts down', refused('57P01')],
  ['it has no connection left', refused('53300')],
])('the database is away when %s', (_, cause) => {
  expect(isDatabaseAway(cause)).toBe(true);
  expect(toProblem(cause)).toMatchObject({ code: 'UNAVAILABLE', status: 503 });
});

// As Node words it where a request's body ends before its length.
test.each<[string, Error]>([
  ['while its body is read', error('aborted', { code: 'ECONNRESET' })],
  ['in the middle of a stream', error('Premature close', { code: 'ERR_STREAM_PREMATURE_CLOSE' })],
])('a client that hangs up %s is no database that is away, and nothing of ours', (_, cause) => {
  expect(isDatabaseAway(cause)).toBe(false);
  expect(toProblem(cause).status).toBe(400);
});

test.each([
  ['disk', '53100'],
  ['memory', '53200'],
])('a database without %s says so by a name of its own', (_, code) => {
  expect(isDatabaseFull(refused(code))).toBe(true);
  expect(isDatabaseAway(refused(code))).toBe(false);
  expect(toProblem(refused(code))).toMatchObject({ code: 'STORAGE_FULL', status: 503 });
});

test('what took too long, since others were before it, may be tried again', () => {
  expect(isDatabaseAway(refused('57014'))).toBe(false);
  expect(toProblem(refused('57014'))).toMatchObject({ code: 'UNAVAILABLE', status: 503 });
});

test('what the database refuses for another reason is a mistake of ours', () => {
  for (const code of ['23505', '42P01', '53000']) expect(toProblem(refused(code)).status).toBe(500);
});
