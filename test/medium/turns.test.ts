import { sql } from 'kysely';
import {
  type Turn,
  keepTurn,
  takeMoreTurns,
  takeTurn,
} from '../../src/handoff/turns.repository.js';
import { newId } from '../../src/kernel/ids.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL, on the worker's login; several connections ask at the same moment.

let room: Room;
beforeEach(async () => {
  room = await Room.open();
  for (const one of ['verifications', 'legs'])
    await room.rows(
      `ALTER TABLE handoffs DISABLE TRIGGER USER; ALTER TABLE ${one} DISABLE TRIGGER USER`,
    );
  for (const one of ['account_id', 'number_ref', 'subject_id'])
    await room.rows(`ALTER TABLE handoffs DROP CONSTRAINT IF EXISTS handoffs_${one}_fkey`);
});
afterEach(() => room.close());

const STEP = 1000;
const begun = (): Date => room.clock.now();
const after = (ms: number): Date => new Date(begun().getTime() + ms);

interface Waiting {
  id: string;
  call: string;
}
/** Queued hand-offs by voice: a code's, or the calls of one Ding. */
async function codes(count: number): Promise<Waiting[]> {
  return insert(
    'verification',
    Array.from({ length: count }, () => ({ subject: newId(), call: 'code' })),
  );
}
async function ding(count: number): Promise<Waiting[]> {
  const accounts = [];
  for (let one = 0; one <= count; one += 1) accounts.push(await room.account());
  const { callId, participants } = await room.call(...accounts);
  const legs = participants.slice(1).map((participant) => ({ subject: newId(), participant }));
  for (const { subject, participant } of legs)
    await sql`
      INSERT INTO legs (id, call_id, participant_id, state, created_at)
      VALUES (${subject}, ${callId}, ${participant}, 'queued', ${begun()})
    `.execute(room.owner.sql);
  return insert(
    'ding',
    legs.map(({ subject }) => ({ subject, call: callId })),
  );
}
async function insert(
  purpose: string,
  all: { subject: string; call: string }[],
): Promise<Waiting[]> {
  const made = all.map(({ subject, call }) => ({ id: newId(), subject, call }));
  for (const { id, subject } of made)
    await sql`
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, language, state, not_before, not_after, created_at
      )
      VALUES (
        ${id}, ${purpose}, 'voice', 'deliver', ${subject}, ${newId()}, 'en', 'queued', ${begun()},
        ${after(3_600_000)}, ${begun()}
      )
    `.execute(room.owner.sql);
  return made;
}

/** As a worker does in one claim; true: it went. */
async function ask(id: string, now: Date): Promise<boolean> {
  return room.worker.transaction(async (trx) => {
    await sql`UPDATE handoffs SET state = 'sending' WHERE id = ${id}`.execute(trx);
    const turn: Turn | undefined = await takeTurn(trx, id, STEP, now);
    if (turn === undefined) return true;
    await sql`UPDATE handoffs SET state = 'queued', not_before = ${turn.againAt} WHERE id = ${id}`.execute(
      trx,
    );
    await keepTurn(trx, id, turn.turn);
    return false;
  });
}

/** All whose time has come ask, at once, until nobody is left; gives who went, and when. */
async function run(all: readonly Waiting[], joining: Record<number, Waiting[]> = {}) {
  const went: { id: string; call: string; at: number }[] = [];
  let asked = 0;
  const known = new Map(all.map((one) => [one.id, one]));
  const most = all.length + Object.values(joining).flat().length;
  for (let at = 0; went.length < most && at <= 200_000; at += STEP / 2) {
    for (const one of joining[at] ?? []) known.set(one.id, one);
    const due = await room.rows<{ id: string }>(
      `SELECT id FROM handoffs WHERE state = 'queued' AND not_before <= '${after(at).toISOString()}'`,
    );
    const mine = due.filter(({ id }) => known.has(id));
    asked += mine.length;
    const answers = await Promise.all(mine.map(({ id }) => ask(id, after(at))));
    mine.forEach(({ id }, nth) => {
      if (answers[nth] === true) went.push({ ...(known.get(id) as Waiting), at });
    });
  }
  return { went, asked };
}

test('of those who ask at the same moment one goes in each second, and none asks often', async () => {
  const { went, asked } = await run(await ding(20));
  expect(went.map(({ at }) => at)).toEqual(Array.from({ length: 20 }, (_, nth) => nth * STEP));
  expect(asked).toBeLessThanOrEqual(2 * 20);
});

test('a code goes next, and many codes take every second turn', async () => {
  const [calls, early, many] = [await ding(12), await codes(1), await codes(4)];
  const { went } = await run(calls, { 2500: early, 4500: many });
  expect(went.map(({ at }) => at)).toEqual(Array.from({ length: 17 }, (_, nth) => nth * STEP));
  expect(went.map(({ call }) => (call === 'code' ? 'code' : 'ding')).join(' ')).toBe(
    'ding ding ding code ding code ding code ding code ding code ding ding ding ding ding',
  );
});

test('a Ding to one is not behind all of a Ding to many', async () => {
  const [many, one] = [await ding(12), await ding(1)];
  const { went } = await run(many, { 1500: one });
  const found = went.find(({ call }) => call === one[0]?.call);
  expect(found?.at).toBeLessThanOrEqual(4 * STEP);
  expect(went).toHaveLength(13);
});

test('two Dings have the same share while both wait', async () => {
  const [one, other] = [await ding(8), await ding(8)];
  const { went } = await run([...one, ...other]);
  const ofOne = went.slice(0, 8).filter(({ call }) => call === one[0]?.call).length;
  // Who came first was not in line.
  expect([3, 4, 5]).toContain(ofOne);
  expect(went).toHaveLength(16);
});

test('who does not come when it was to holds nobody back, and later ones move up', async () => {
  const calls = await ding(6);
  for (const { id } of calls) await ask(id, begun());
  const waiting = await room.rows<{ id: string }>(
    "SELECT id FROM handoffs WHERE state = 'queued' ORDER BY not_before",
  );
  // The first two are canceled, one is never asked for again.
  await room.rows(
    `UPDATE handoffs SET state = 'canceled' WHERE id IN ('${waiting[0]?.id ?? ''}', '${waiting[1]?.id ?? ''}')`,
  );
  const late = await ding(1);
  expect(await ask(late[0]?.id ?? '', after(1000))).toBe(true);
  expect(await ask(waiting[3]?.id ?? '', after(8000))).toBe(true);
});

test('an SMS of three segments takes three turns, and what a thief wrote is soon over', async () => {
  const [one, two] = await codes(2);
  expect(await ask(one?.id ?? '', begun())).toBe(true);
  await takeMoreTurns(room.worker.sql, 'voice', 2 * STEP, begun());
  expect(await ask(two?.id ?? '', after(2999))).toBe(false);
  expect(await ask(two?.id ?? '', after(3000))).toBe(true);
  await sql`UPDATE lines SET free_at = '9999-01-01', turn = 'Infinity'`.execute(room.worker.sql);
  const [three] = await codes(1);
  expect(await ask(three?.id ?? '', after(4000))).toBe(false);
  const [row] = await room.rows<{ at: Date }>(
    `SELECT not_before AS at FROM handoffs WHERE id = '${three?.id ?? ''}'`,
  );
  expect(row?.at).toEqual(after(104_000));
});
