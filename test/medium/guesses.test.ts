import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { VerificationsRepository } from '../../src/verification/verifications.repository.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL, `api` and `worker` on their own logins. Not here: HTTP, the queue, the carrier (test/e2e/verification).

const LIMITS = { aDay: 10, keptForOwner: 3, inARow: 100 };
const DAY = 86_400_000;
const verifications = new VerificationsRepository();
let room: Room;
let index: Buffer;
beforeEach(async () => {
  room = await Room.open();
  index = randomBytes(32);
});
afterEach(() => room.close());

/** A verification of one and the same number, which the worker has opened. */
const start = async (accountId?: string): Promise<{ id: string; account: string }> => {
  const [ref, account] = [newId() as NumberRef, accountId ?? (await room.account())];
  await sql`INSERT INTO numbers (id, sealed, number_index, created_at) VALUES (${ref}, ${Buffer.alloc(45, 1)}, ${index}, ${room.clock.now()})`.execute(room.owner.sql);
  return { id: await room.verification(ref, account), account };
};
const own = async (): Promise<string> => {
  const { id, account } = await start();
  await sql`INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at) SELECT account_id, number_ref, ${index}, created_at FROM verifications WHERE id = ${id}`.execute(room.owner.sql);
  return account;
};
const guess = async ({ id, account }: { id: string; account: string }, limits = LIMITS): Promise<boolean> =>
  (await verifications.claimCheck(room.api.sql, account, id, limits, room.clock.now())) !== undefined;
const guesses = async (times: number, account?: string, limits = LIMITS): Promise<number> => {
  let compared = 0;
  for (let done = 0; done < times; done += 5) {
    const one = await start(account);
    for (let i = 0; i < Math.min(5, times - done); i += 1) if (await guess(one, limits)) compared += 1;
  }
  return compared;
};

test('of 60 guesses at once, in twelve verifications of one number, exactly seven are compared', async () => {
  const started = await Promise.all(Array.from({ length: 12 }, () => start()));
  const answers = await Promise.all(started.flatMap((one) => Array.from({ length: 5 }, () => guess(one))));
  expect(answers.filter((isCompared) => isCompared)).toHaveLength(7);
  expect(await room.rows('SELECT sum(attempts)::int AS attempts FROM verifications')).toEqual([{ attempts: 7 }]);
});

test('whatever strangers guess, the owner has three guesses of the day left, and no more', async () => {
  const owner = await own();
  expect(await guesses(20)).toBe(7);
  expect(await guesses(10, owner)).toBe(3);
});

test('the owner\'s own guesses count for the strangers, too', async () => {
  expect(await guesses(5, await own())).toBe(5);
  expect(await guesses(10)).toBe(2);
});

test('a day after its guesses a stranger may guess again, and not a moment before', async () => {
  expect(await guesses(10)).toBe(7);
  room.clock.advance(DAY - 1);
  expect(await guesses(5)).toBe(0);
  room.clock.advance(1);
  expect(await guesses(10)).toBe(7);
});

test('after too many in a row a stranger guesses no more until the number is proved, and the owner goes on', async () => {
  const owner = await own();
  const limits = { ...LIMITS, inARow: 12 };
  expect(await guesses(10, undefined, limits)).toBe(7);
  room.clock.advance(DAY);
  expect(await guesses(10, undefined, limits)).toBe(5);
  room.clock.advance(29 * DAY);
  expect(await guesses(5, undefined, limits)).toBe(0);
  expect(await guesses(1, owner, limits)).toBe(1);
  await verifications.forgetGuesses(room.api.sql, index);
  expect(await guesses(10, undefined, limits)).toBe(7);
});

test('a number that never was opened costs no guesses, nor does a test number', async () => {
  const test = await start();
  await sql`UPDATE verifications SET is_test = true WHERE id = ${test.id}`.execute(room.owner.sql);
  const unopened = await start();
  await sql`UPDATE numbers SET number_index = NULL WHERE id = (SELECT number_ref FROM verifications WHERE id = ${unopened.id})`.execute(room.owner.sql);
  for (const one of [test, unopened]) for (let i = 0; i < 5; i += 1) expect(await guess(one)).toBe(true);
  expect(await room.rows('SELECT 1 FROM number_guesses')).toEqual([]);
});
