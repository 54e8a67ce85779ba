import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { guessLimitsFor } from '../../src/verification/verification-columns.js';
import type { Checked } from '../../src/verification/verification-answers.js';
import { VerificationsRepository } from '../../src/verification/verifications.repository.js';
import {
  checkGuess,
  type Guess,
  HOUR,
  LIMITS,
  type One,
  RIGHT,
  WRONG,
} from '../support/guesses.js';
import { Room } from '../support/room.js';

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

/** A verification, pending, of a number that the worker has opened: of one and the same unless `of` says another. */
const start = async (accountId?: string, of = index): Promise<One> => {
  const [ref, account] = [newId() as NumberRef, accountId ?? (await room.account())];
  await sql`
    INSERT INTO numbers (id, sealed, number_index, created_at)
    VALUES (${ref}, ${Buffer.alloc(45, 1)}, ${of}, ${room.clock.now()})
  `.execute(room.owner.sql);
  const id = await room.verification(ref, account);
  await sql`UPDATE verifications SET code_hash = ${RIGHT} WHERE id = ${id}`.execute(room.owner.sql);
  return { id, account };
};
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
const isCompared = async (one: One, limits = LIMITS): Promise<boolean> =>
  (await check(one, WRONG, limits)).refused === undefined;
const guesses = async (times: number, account?: string, limits = LIMITS): Promise<number> => {
  let compared = 0;
  for (let done = 0; done < times; done += 5) {
    const one = await start(account);
    for (let i = 0; i < Math.min(5, times - done); i += 1)
      if (await isCompared(one, limits)) compared += 1;
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
  await sql`UPDATE verifications SET is_known = true WHERE id IN (${one.id}, ${two.id})`.execute(
    room.owner.sql,
  );
  expect(await guesses(20)).toBe(7);
  expect(await isCompared(one)).toBe(true);
  expect(await guesses(10, owner)).toBe(2);
  expect(await isCompared(two)).toBe(false);
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
  const limits = { ...LIMITS, inARow: 12 };
  expect(await guesses(10, undefined, limits)).toBe(7);
  room.clock.advance(DAY);
  expect(await guesses(10, undefined, limits)).toBe(5);
  room.clock.advance(29 * DAY);
  expect(await guesses(5, undefined, limits)).toBe(0);
  const theirs = await start(owner);
  expect(await isCompared(theirs, limits)).toBe(true);
  expect(await check(theirs, RIGHT, limits)).toMatchObject({ isCorrect: true });
  expect(await guesses(10, undefined, limits)).toBe(7);
});

test("a number that never was opened costs no guesses and nothing is right for it; nor is a test number's counted", async () => {
  const test = await start();
  await sql`UPDATE verifications SET is_test = true WHERE id = ${test.id}`.execute(room.owner.sql);
  const unopened = await start();
  await sql`
    UPDATE numbers
    SET number_index = NULL
    WHERE id = (SELECT number_ref FROM verifications WHERE id = ${unopened.id})
  `.execute(room.owner.sql);
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

test('of checks in one statement each sees what those before it did', async () => {
  const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;
  const statement = async (checks: { of: One; hash?: Buffer; address?: Buffer; max?: number }[]) =>
    (
      await room.api.run<{ answer: { isCorrect?: boolean; refused?: string }[] }>(
        { name: 'several', text: 'SELECT check_verifications($1::json, $2::jsonb) AS answer' },
        [
          JSON.stringify(
            checks.map(
              ({ of: { id, account }, hash = WRONG, address = randomBytes(32), max = 30 }) => ({
                id,
                starter_ids: [account],
                submitted: hex(hash),
                nonce: hex(randomBytes(16)),
                wrong_keys: [hex(address)],
                is_by_address: true,
                wrong_rules: { maxes: [max], windows: [3600] },
                at: room.clock.now(),
              }),
            ),
          ),
          guessLimitsFor({ ...LIMITS, checks: 5, aDay: 10, keptForOwner: 3, inARow: 100 }),
        ],
      )
    )[0]?.answer.map((answer) => answer?.refused ?? answer?.isCorrect);
  const [one, two] = [await start(), await start()];
  // Five in one verification, seven of a number.
  expect(
    await statement([
      ...Array<{ of: One }>(6).fill({ of: one }),
      ...Array<{ of: One }>(3).fill({ of: two }),
      { of: two, hash: RIGHT },
    ]),
  ).toEqual([false, false, false, false, false, 'finished', false, false, 'guesses', 'guesses']);
  expect(await room.rows('SELECT cardinality(hits) AS hits, in_a_row FROM number_guesses')).toEqual(
    [{ hits: 7, in_a_row: 7 }],
  );
  // A right code lets the number's guesses begin anew, for those behind it.
  const other = randomBytes(32);
  const [three, four] = [await start(undefined, other), await start(undefined, other)];
  expect(await statement([{ of: three }, { of: four, hash: RIGHT }, { of: three }])).toEqual([
    false,
    true,
    false,
  ]);
  expect(
    await room.rows(
      `SELECT cardinality(hits) AS hits, in_a_row FROM number_guesses WHERE number_index = '${hex(other)}'`,
    ),
  ).toEqual([{ hits: 1, in_a_row: 1 }]);
  // So many by an address, over all numbers.
  const address = randomBytes(32);
  const many = await Promise.all(
    Array.from({ length: 4 }, () => start(undefined, randomBytes(32))),
  );
  expect(await statement(many.map((of) => ({ of, address, max: 2 })))).toEqual([
    false,
    false,
    'wrong',
    'wrong',
  ]);
  expect(
    await statement([
      { of: { ...(await start()), account: newId() } },
      { of: { id: newId(), account: newId() } },
    ]),
  ).toEqual([undefined, undefined]);
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
  const key = randomBytes(32);
  const byApp = async (hash: Buffer): Promise<Checked | undefined> => {
    const { id } = await start(undefined, randomBytes(32));
    await sql`UPDATE verifications SET account_id = NULL, service_id = ${serviceId} WHERE id = ${id}`.execute(
      room.owner.sql,
    );
    return verifications.check(
      {
        id,
        starter: { accountId: null, serviceId, personId: appId, starterIds: [newId(), serviceId] },
        hash,
        nonce: randomBytes(16),
        isByAddress: false,
        wrongKeys: [key],
        wrongRule: { max: 4, windowMs: HOUR },
      },
      LIMITS,
      room.clock.now(),
    );
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
