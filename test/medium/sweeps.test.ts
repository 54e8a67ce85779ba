import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Enqueuer } from '../../src/handoff/enqueuer.service.js';
import type { Handoff } from '../../src/handoff/handoff.js';
import { HandoffsRepository } from '../../src/handoff/handoffs.repository.js';
import { Outcomes } from '../../src/handoff/outcomes.service.js';
import { OverdueHandoffsRepository } from '../../src/handoff/overdue-handoffs.repository.js';
import { Sweeper } from '../../src/handoff/sweeper.service.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { Logger } from '../../src/kernel/logger.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL by the worker's login. Fake: the queue, which is told what has no job.

let room: Room;
let sweeper: Sweeper;
const logs: string[] = [];
const settled: string[] = [];
const enqueued: string[] = [];
const broken = newId();

beforeAll(async () => {
  room = await Room.open();
  const outcomes = new Outcomes();
  outcomes.on('ding', {
    settled: (_, { id }: Handoff) => {
      if (id === broken) return Promise.reject(new Error('this one can not be settled'));
      settled.push(id);
      return Promise.resolve();
    },
    carrierEvent: () => Promise.resolve(),
  });
  const queue = {
    enqueueOverdue: (handoffs: readonly { id: string }[]) =>
      Promise.resolve(void enqueued.push(...handoffs.map(({ id }) => id))),
  } as unknown as Enqueuer;
  sweeper = new Sweeper(
    room.worker,
    new HandoffsRepository(),
    new OverdueHandoffsRepository(),
    outcomes,
    queue,
    room.clock,
    new Logger('warn', 'test', (line) => logs.push(line)),
  );
});
afterAll(async () => {
  await sweeper.beforeApplicationShutdown();
  await room.close();
});
beforeEach(() => {
  for (const list of [logs, settled, enqueued]) list.length = 0;
});

async function handOff(id: string, state: 'queued' | 'sending', lastsMs: number): Promise<string> {
  const [now, numberRef] = [room.clock.now(), newId() as NumberRef];
  await sql`
    INSERT INTO numbers (id, sealed, created_at) VALUES (${numberRef}, ${randomBytes(61)}, ${now})
  `.execute(room.owner.sql);
  await sql`
    INSERT INTO handoffs (
      id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, worker,
      not_before, not_after, created_at
    )
    VALUES (
      ${id}, 'ding', 'voice', 'deliver', ${newId()}, ${newId()}, ${numberRef}, 'en', ${state},
      ${state === 'sending' ? -1 : null}, ${new Date(now.getTime() - 10_000)},
      ${new Date(now.getTime() + lastsMs)}, ${now}
    )
  `.execute(room.owner.sql);
  return id;
}

test('a feature whose rows can not be swept keeps none of the others from it', async () => {
  const swept: string[] = [];
  sweeper.also(() => Promise.reject(new Error('a right is missing')));
  sweeper.also(async (trx) => {
    await sql`SELECT no_such_column FROM handoffs`.execute(trx);
  });
  sweeper.also(() => Promise.resolve(void swept.push('another')));
  const due = await handOff(newId(), 'queued', 60_000);
  await sweeper.sweep();
  expect([swept, enqueued]).toEqual([['another'], [due]]);
  expect(logs.filter((line) => line.includes('sweep_failed'))).toHaveLength(2);
});

test.each(['sending', 'queued'] as const)(
  'a hand-off that was left %s and can not be settled keeps none of the others from it',
  async (state) => {
    const lastsMs = state === 'queued' ? -1 : 60_000;
    await sql`DELETE FROM handoffs`.execute(room.owner.sql);
    const ids = [await handOff(broken, state, lastsMs)];
    for (let i = 0; i < 3; i += 1) ids.push(await handOff(newId(), state, lastsMs));
    const due = await handOff(newId(), 'queued', 60_000);
    await sweeper.sweep();
    expect(settled.sort()).toEqual(ids.slice(1).sort());
    expect(enqueued.filter((id) => id !== broken)).toEqual([due]);
  },
);

test('what stops are set can not be read, and all else goes on', async () => {
  await sql`DELETE FROM handoffs`.execute(room.owner.sql);
  const late = await handOff(newId(), 'queued', -1);
  await sql`ALTER TABLE stops RENAME COLUMN since TO since_when`.execute(room.owner.sql);
  await sweeper.sweep();
  await sql`ALTER TABLE stops RENAME COLUMN since_when TO since`.execute(room.owner.sql);
  expect(settled).toEqual([late]);
});
