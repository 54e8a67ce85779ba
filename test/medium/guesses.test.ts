import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { newId } from '../../src/kernel/ids.js';
import type { Checked } from '../../src/verification/verification-answers.js';
import { VerificationsRepository } from '../../src/verification/verifications.repository.js';
import {
  boundGuesses,
  checkCode,
  checkGuess,
  type Guess,
  HOUR,
  LIMITS,
  type One,
  RIGHT,
  startGuessed,
  WRONG,
} from '../support/guesses.js';
import { Room, secretOf } from '../support/room.js';

// Real: PostgreSQL, `api` and `worker` on their own logins. Not here: HTTP, the queue, the carrier
// (test/e2e/verification).

const DAY = 24 * HOUR;
let verifications: VerificationsRepository;
let room: Room;
let index: Buffer;
beforeEach(async () => {
  room = await Room.open();
  verifications = new VerificationsRepository(room.api);
  index = randomBytes(32);
});
afterEach(() => room.close());

const start = (accountId?: string, of: Buffer | null = index): Promise<One> =>
  startGuessed(room, of, accountId);
const own = async (): Promise<string> => {
  const { id, account } = await start();
  await sql`
    INSERT INTO account_numbers (account_id, number_ref, number_index, verified_at)
    SELECT account_id, number_ref, ${index}, created_at
    FROM verifications
    WHERE id = ${id}
  `.execute(room.owner.sql);
  return account;
};
const check = (one: One, ...how: Guess): Promise<Checked> =>
  checkGuess(verifications, room.clock.now(), one, ...how);
const isCompared = async (one: One): Promise<boolean> =>
  (await check(one, WRONG)).refused === undefined;
const guesses = async (times: number, account?: string): Promise<number> => {
  let compared = 0;
  for (let done = 0; done < times; done += 5) {
    const one = await start(account);
    for (let i = 0; i < Math.min(5, times - done); i += 1) if (await isCompared(one)) compared += 1;
  }
  return compared;
};

test('of 60 guesses at once, in twelve verifications of one number, exactly seven are compared', async () => {
  const started = await Promise.all(Array.from({ length: 12 }, () => start()));
  const answers = await Promise.all(
    started.flatMap((one) => Array.from({ length: 5 }, () => isCompared(one))),
  );
  expect(answers.filter((one) => one)).toHaveLength(7);
  expect(await room.rows('SELECT sum(attempts)::int AS attempts FROM verifications')).toEqual([
    { attempts: 7 },
  ]);
});

test('of right codes that come at once behind seven wrong ones none is compared', async () => {
  expect(await guesses(10)).toBe(7);
  const started = await Promise.all(Array.from({ length: 10 }, () => start()));
  expect(
    (await Promise.all(started.map((one) => check(one, RIGHT)))).map((answer) => answer.refused),
  ).toEqual(Array(10).fill('guesses'));
});

test('whatever strangers guess, the owner has three guesses of the day left, and no more; so has a device that has proved it', async () => {
  const owner = await own();
  const [one, two] = [await start(), await start()];
  const proof = randomBytes(32);
  await sql`UPDATE verifications SET proofs = ${[proof]} WHERE id IN (${one.id}, ${two.id})`.execute(
    room.owner.sql,
  );
  await sql`
    INSERT INTO number_proofs (proof, proved_at)
    SELECT unnest(bound_proofs(${[proof]}, ${index})), ${room.clock.now()}
  `.execute(room.owner.sql);
  expect(await guesses(20)).toBe(7);
  expect(await isCompared(one)).toBe(true);
  expect(await guesses(10, owner)).toBe(2);
  expect(await isCompared(two)).toBe(false);
});

test('a proof of another number gives no guesses of this one, though a login repeats it', async () => {
  const proof = randomBytes(32);
  await sql`
    INSERT INTO number_proofs (proof, proved_at)
    SELECT unnest(${[proof]}::bytea[] || bound_proofs(${[proof]}, ${randomBytes(32)})), ${room.clock.now()}
  `.execute(room.owner.sql);
  expect(await guesses(10)).toBe(7);
  const one = await start();
  await sql`UPDATE verifications SET proofs = ${[proof]}, is_known = true WHERE id = ${one.id}`.execute(
    room.owner.sql,
  );
  expect(await isCompared(one)).toBe(false);
});

test("the owner's own guesses count for the strangers, too", async () => {
  expect(await guesses(5, await own())).toBe(5);
  expect(await guesses(10)).toBe(2);
});

test('a day after its guesses a stranger may guess again, and not a moment before', async () => {
  expect(await guesses(10)).toBe(7);
  await room.rows(`UPDATE verifications SET expires_at = expires_at + interval '30 days'`);
  room.clock.advance(DAY - 1);
  expect(await guesses(5)).toBe(0);
  room.clock.advance(1);
  expect(await guesses(10)).toBe(7);
});

test('after too many in a row a stranger guesses no more until the number is proved, and the owner goes on', async () => {
  const owner = await own();
  await boundGuesses(room, { guessesInARow: 12 });
  expect(await guesses(10)).toBe(7);
  room.clock.advance(DAY);
  expect(await guesses(10)).toBe(5);
  room.clock.advance(29 * DAY);
  expect(await guesses(5)).toBe(0);
  const theirs = await start(owner);
  expect(await isCompared(theirs)).toBe(true);
  expect(await check(theirs, RIGHT)).toMatchObject({ isCorrect: true });
  expect(await guesses(10)).toBe(7);
});

test("a number that never was opened costs no guesses and nothing is right for it; nor is a test number's counted", async () => {
  const test = await start();
  await sql`UPDATE verifications SET is_test = true WHERE id = ${test.id}`.execute(room.owner.sql);
  const unopened = await start(undefined, null);
  expect(await check(unopened, RIGHT)).toMatchObject({ isCorrect: false });
  for (const [one, times] of [
    [test, 5],
    [unopened, 4],
  ] as const)
    for (let i = 0; i < times; i += 1) expect(await isCompared(one)).toBe(true);
  expect(await room.rows('SELECT 1 FROM number_guesses')).toEqual([]);
});

test('one wrong code at each of many numbers is stopped by the address, also at once, and an hour later goes on', async () => {
  const address = randomBytes(32);
  const limits = { ...LIMITS, perAddressAnHour: 6 };
  const started = await Promise.all(
    Array.from({ length: 12 }, () => start(undefined, randomBytes(32))),
  );
  const answers = await Promise.all(started.map((one) => check(one, WRONG, limits, address)));
  expect(answers.filter((answer) => answer.refused === undefined)).toHaveLength(6);
  expect(answers.filter((answer) => answer.refused === 'wrong')).toHaveLength(6);
  expect((await check(await start(), RIGHT, limits, address)).refused).toBe('wrong');
  expect(await check(await start(), RIGHT, limits)).toMatchObject({ isCorrect: true });
  room.clock.advance(HOUR);
  expect(await check(await start(), RIGHT, limits, address)).toMatchObject({ isCorrect: true });
});

test('an app that does not say where its users come from is stopped after so many wrong codes, over all numbers; a right code is approved at once', async () => {
  const [appId, serviceId] = [newId(), newId()];
  await sql`INSERT INTO apps (id, name, created_at) VALUES (${appId}, 'shop', ${room.clock.now()})`.execute(
    room.owner.sql,
  );
  await sql`
    INSERT INTO verify_services (id, app_id, is_default, name, created_at)
    VALUES (${serviceId}, ${appId}, true, 'Shop', ${room.clock.now()})
  `.execute(room.owner.sql);
  await sql`
    INSERT INTO app_secrets (secret_hash, app_id, created_at)
    VALUES (sha256(${secretOf(appId)}), ${appId}, ${room.clock.now()})
  `.execute(room.owner.sql);
  const key = randomBytes(32);
  const byApp = async (hash: Buffer): Promise<Checked | undefined> => {
    const { id } = await start(undefined, randomBytes(32));
    await sql`UPDATE verifications SET account_id = NULL, service_id = ${serviceId} WHERE id = ${id}`.execute(
      room.owner.sql,
    );
    return checkCode(verifications, room.clock.now(), {
      id,
      starter: {
        secretDigest: secretOf(appId),
        accountId: null,
        serviceId,
        personId: appId,
        starterIds: [newId(), serviceId],
      },
      hash,
      digits: 6,
      isByAddress: false,
      wrongKeys: [key],
      wrongRule: { max: 4, windowMs: HOUR },
    });
  };
  expect(await byApp(RIGHT)).toMatchObject({ isCorrect: true, view: { state: 'approved' } });
  for (let i = 0; i < 4; i += 1) expect(await byApp(WRONG)).toMatchObject({ isCorrect: false });
  expect(await byApp(RIGHT)).toMatchObject({ refused: 'wrong' });
  room.clock.advance(HOUR);
  expect(await byApp(RIGHT)).toMatchObject({ isCorrect: true });
});

test('a code is compared with the whole of its hash', async () => {
  const one = await start();
  for (const hash of [RIGHT.subarray(1), Buffer.concat([RIGHT, Buffer.of(1)]), Buffer.alloc(0)])
    expect(await check(one, hash)).toMatchObject({ isCorrect: false });
  expect(await check(one, RIGHT)).toMatchObject({ isCorrect: true });
});
