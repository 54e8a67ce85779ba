import { sql } from 'kysely';
import { LEASE_LOCK_CLASS } from '../../src/handoff/leases.repository.js';
import { takeLease } from '../../src/handoff/leases.repository.js';
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

test('a worker passes over the numbers that a thief has locked before they are drawn', async () => {
  const thief = await hold(room.api);
  for (let number = 1; number <= 50; number++) await lock(thief, number);
  expect(await takeLease(await hold(room.worker))).toBe(51);
  expect(await takeLease(await hold(room.worker))).toBe(52);
});

test("a dead worker's hand-off is given up, whoever else holds its lock; a living one's is not", async () => {
  const { id } = await room.claimed(newId() as NumberRef);
  const find = (): Promise<string[]> =>
    new OverdueHandoffsRepository().findOver(room.worker.sql, 'unknown', room.clock.now());
  const worker = await hold(room.worker);
  const number = await takeLease(worker);
  await sql`UPDATE handoffs SET worker = ${number} WHERE id = ${id}`.execute(room.owner.sql);
  expect(await find()).toEqual([]);
  await worker.end();
  for (const database of [room.api, room.ingress]) {
    const thief = await hold(database);
    await lock(thief, number);
    expect(await find()).toEqual([id]);
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
