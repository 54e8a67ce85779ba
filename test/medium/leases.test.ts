import { sql } from 'kysely';
import {
  LEASE_LOCK_CLASS,
  mayClaim,
  renewLease,
  takeLease as takeLeaseRow,
} from '../../src/handoff/leases.repository.js';
import { WorkerLease } from '../../src/handoff/worker-lease.js';
import { OverdueHandoffsRepository } from '../../src/handoff/overdue-handoffs.repository.js';
import type { Database, HeldConnection } from '../../src/kernel/database.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { takeSweep } from '../../src/kernel/sweeps.repository.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL, each role on its own login. Whoever can connect can take advisory locks, so that a
// thief of one role's login can hold those by which workers know one another.

let room: Room;
const held: HeldConnection[] = [];
beforeEach(async () => {
  room = await Room.open();
});
afterEach(async () => {
  for (const one of held.splice(0)) await one.end();
  await room.close();
});

async function hold(database: Database): Promise<HeldConnection> {
  const connection = await database.hold(() => {});
  held.push(connection);
  return connection;
}
const lock = (connection: HeldConnection, number: number): Promise<object[]> =>
  connection.query('SELECT pg_advisory_lock($1, $2)', [LEASE_LOCK_CLASS, number]);

const leases = (): Promise<{ number: number }[]> =>
  room.rows('SELECT number FROM leases ORDER BY renewed_at');
/** As if nobody had renewed a lease for so long: PostgreSQL's own clock can't be moved. */
const age = (number: number, seconds: number): Promise<unknown> =>
  room.owner.transaction(async (trx) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(trx);
    await sql`
      UPDATE leases SET renewed_at = renewed_at - make_interval(secs => ${seconds}) WHERE number = ${number}
    `.execute(trx);
  });
const takeLease = async (connection: HeldConnection): Promise<number> =>
  (await takeLeaseRow(connection)).number;
/** Of a database that is what it was. */
const UNLOST = { check: () => Promise.resolve(), note: () => Promise.resolve() };
const findAbandoned = (): Promise<string[]> =>
  new OverdueHandoffsRepository().findOver(room.worker.sql, 'unknown', room.clock.now());

/** What is on its way under a lease. */
async function claimedUnder(number: number): Promise<string> {
  const { id } = await room.claimed(newId() as NumberRef);
  await sql`UPDATE handoffs SET worker = ${number} WHERE id = ${id}`.execute(room.owner.sql);
  return id;
}

test('two workers have two leases, and so has one that begins again after its database was put back', async () => {
  const numbers = new Set<number>();
  for (let time = 0; time < 20; time += 1) {
    const connection = await room.worker.hold(() => {});
    numbers.add(await takeLease(connection));
    await connection.end();
    await sql`DELETE FROM leases`.execute(room.owner.sql); // the copy has none of them
  }
  expect(numbers.size).toBe(20);
});

test('what is under a lease is given up once that was not renewed for 20 s, though its lock is held', async () => {
  const worker = await hold(room.worker);
  const number = await takeLease(worker);
  const id = await claimedUnder(number);
  await age(number, 18);
  expect(await findAbandoned()).toEqual([]);
  await age(number, 3);
  expect(await findAbandoned()).toEqual([id]);
  expect(await renewLease(worker, number)).toMatchObject({ number, renewals: 1 });
  expect(await findAbandoned()).toEqual([]);
});

test('a worker that stood still takes a new lease before it claims anything, and so does one that lost its own', async () => {
  let now = 0;
  const lease = new WorkerLease(room.worker, UNLOST, () => now);
  const first = await lease.number();
  now = 15_000;
  expect(await lease.number()).toBe(first);
  now = 15_001;
  const second = await lease.number();
  expect(second).not.toBe(first);
  await lease.drop();
  expect(await lease.number()).not.toBe(second);
  await lease.close();
});

test('nothing is claimed under a lease that this database does not know, that is over, or of another history', async () => {
  const may = async (number: number): Promise<boolean> => {
    const { rows } = await sql<{ may: boolean }>`SELECT ${mayClaim(number)} AS may`.execute(
      room.worker.sql,
    );
    return rows[0]?.may === true;
  };
  const number = await takeLease(await hold(room.worker));
  expect([await may(number), await may(number === 7 ? 8 : 7)]).toEqual([true, false]);
  await age(number, 21);
  expect(await may(number)).toBe(false);
  await age(number, -21);
  expect(await may(number)).toBe(true);
  await room.owner.transaction(async (trx) => {
    await sql`SET LOCAL session_replication_role = replica`.execute(trx);
    await sql`UPDATE leases SET place = '1/00000002' WHERE number = ${number}`.execute(trx);
  });
  expect(await may(number)).toBe(false);
});

test('no login says when a lease was renewed, or renews it under another number', async () => {
  const number = await takeLease(await hold(room.worker));
  for (const attempt of [
    'INSERT INTO leases (number, renewed_at) VALUES (7, now())',
    "UPDATE leases SET renewed_at = now() + interval '1 day'",
    'UPDATE leases SET renewals = 7',
    "UPDATE leases SET place = ''",
    'INSERT INTO recoveries (until) VALUES (now())',
  ])
    await expect(sql.raw(attempt).execute(room.worker.sql)).rejects.toThrow(/permission denied/);
  await sql`UPDATE leases SET number = 7`.execute(room.worker.sql);
  await sql`DELETE FROM leases`.execute(room.worker.sql); // a trigger keeps what may be held
  expect(await leases()).toEqual([{ number }]);
  for (const thief of [room.api, room.ingress])
    await expect(sql`SELECT FROM leases`.execute(thief.sql)).rejects.toThrow(/permission denied/);
});

test('leases of the dead are forgotten after a week, but for those under which something is on its way', async () => {
  const [old, busy] = [await hold(room.worker), await hold(room.worker)];
  const [gone, kept] = [await takeLease(old), await takeLease(busy)];
  await claimedUnder(kept);
  for (const number of [gone, kept]) await age(number, 7 * 24 * 3_600 + 3_700);
  const number = await takeLease(await hold(room.worker));
  expect(await leases()).toEqual([{ number: kept }, { number }]);
  expect(await renewLease(old, gone)).toBeUndefined();
});

test("a dead worker's hand-off is given up, whoever else holds its lock; a living one's is not", async () => {
  const worker = await hold(room.worker);
  const number = await takeLease(worker);
  const id = await claimedUnder(number);
  expect(await findAbandoned()).toEqual([]);
  await worker.end();
  for (const database of [room.api, room.ingress]) {
    const thief = await hold(database);
    await lock(thief, number);
    expect(await findAbandoned()).toEqual([id]);
    await thief.end();
  }
});

test('what one worker does at a time waits for workers alone', async () => {
  await room.worker.transaction(async (trx) => {
    expect(await takeSweep(trx, 'erasing')).toBe(true);
    await room.worker.transaction(async (other) => {
      expect([await takeSweep(other, 'erasing'), await takeSweep(other, 'pumping')]).toEqual([
        false,
        true,
      ]);
    });
  });
  for (const thief of [room.api, room.ingress])
    for (const attempt of ['SELECT FROM sweeps FOR UPDATE', 'LOCK TABLE sweeps'])
      await expect(thief.transaction((trx) => sql.raw(attempt).execute(trx))).rejects.toThrow(
        /permission denied/,
      );
  await expect(sql`UPDATE sweeps SET name = 'x-' || name`.execute(room.worker.sql)).rejects.toThrow(
    /only move forward/,
  );
});
