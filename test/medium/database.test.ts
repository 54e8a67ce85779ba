import { Database, isDatabaseAway } from '../../src/kernel/database.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { createDatabase, type TestDatabase } from '../support/postgres.js';

// Real: PostgreSQL, and the connections of one role to it.

const LOCK = 20261127;
const PID = { name: 'pid', text: 'SELECT pg_backend_pid() AS pid' };
const WAIT = { name: 'wait', text: 'SELECT pg_backend_pid() AS pid FROM (SELECT pg_advisory_xact_lock($1)) AS held' };
const FAIL = { name: 'fail', text: 'SELECT 1 / $1::int AS pid' };

let temporary: TestDatabase;
let database: Database;
/** Another session, which keeps who comes after it waiting. */
let other: Awaited<ReturnType<Database['hold']>>;

const inLine = async (statement: typeof PID, values: unknown[] = [], isAhead = false): Promise<number | undefined> => (await database.runInLine<{ pid: number }>(statement, values, isAhead))[0]?.pid;

beforeEach(async () => {
  temporary = await createDatabase();
  database = new Database(new Redacted(temporary.apiUrl), 'test', () => {});
  other = await database.hold(() => {});
});
afterEach(async () => {
  await other.end();
  await database.close();
  await temporary.drop();
});

test('what is sent ahead runs on the same connection, after the one before it; behind it nobody is sent', async () => {
  await other.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const order: string[] = [];
  const first = inLine(WAIT, [LOCK]).finally(() => order.push('first'));
  const ahead = inLine(PID, [], true).finally(() => order.push('ahead'));
  const beside = [await inLine(PID, [], true), await inLine(PID)];
  expect(order).toEqual([]);
  await other.query('SELECT pg_advisory_unlock($1)', [LOCK]);
  const [pid] = await Promise.all([first, ahead]);
  expect(order).toEqual(['first', 'ahead']);
  expect(await ahead).toBe(pid);
  expect(beside).not.toContain(pid);
  expect(await inLine(PID)).toBe(pid);
});

test('what is not sent ahead goes elsewhere while the connection is busy, and so does what is sent ahead of its end', async () => {
  await other.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const first = inLine(WAIT, [LOCK]);
  const beside = [await inLine(PID), await inLine(PID, [], true)];
  await other.query('SELECT pg_advisory_unlock($1)', [LOCK]);
  expect(beside).not.toContain(await first);
});

test('what is sent ahead is at PostgreSQL before the answer to the one before it is here', async () => {
  const cable = await Cuttable.before(temporary.apiUrl);
  const far = new Database(new Redacted(cable.url), 'test', () => {});
  try {
    await far.runInLine(PID, [], false);
    cable.holdAnswers();
    const both = [far.runInLine(PID, [], false), far.runInLine({ name: 'keep', text: 'SELECT pg_advisory_lock($1)' }, [LOCK], true)];
    await eventually('the second has run', async () => (await other.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND granted`, [LOCK])).length > 0);
    cable.letAnswersThrough();
    await Promise.all(both);
  } finally {
    await far.close();
    await cable.cut();
  }
});

test('an error is that of its statement alone', async () => {
  const [failed, ahead] = await Promise.allSettled([inLine(FAIL, [0]), inLine(PID, [], true)]);
  expect(failed).toMatchObject({ status: 'rejected', reason: { code: '22012' } });
  expect(ahead).toEqual({ status: 'fulfilled', value: await inLine(PID) });
});

test('a connection that dies takes along what was sent, and the next statement has another', async () => {
  await other.query('SELECT pg_advisory_lock($1)', [LOCK]);
  const pid = await inLine(PID);
  const sent = Promise.allSettled([inLine(WAIT, [LOCK]), inLine(PID, [], true)]);
  await other.query('SELECT pg_terminate_backend($1)', [pid]);
  for (const one of await sent) {
    expect(one.status).toBe('rejected');
    expect(isDatabaseAway((one as PromiseRejectedResult).reason)).toBe(true);
  }
  const next = await inLine(PID);
  expect(next).not.toBe(pid);
  expect(await inLine(PID)).toBe(next); // and keeps it

  // While nobody uses it, too.
  await other.query('SELECT pg_terminate_backend($1)', [next]);
  await eventually('it has another', () => inLine(PID).then((now) => now !== next && now, () => undefined));
});
