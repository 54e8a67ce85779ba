import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Database } from '../../src/kernel/database.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import type { SendLimits } from '../../src/verification/verification-session.js';
import { sendLimitsFor } from '../../src/verification/verification-columns.js';
import type { Started } from '../../src/verification/verification-answers.js';
import { VerificationsRepository } from '../../src/verification/verifications.repository.js';
import { Room } from '../support/room.js';
import { boundGuesses, checkCode, starterOf } from '../support/guesses.js';
import { LIMITS, SECOND } from '../support/verification-starts.js';

// Real: PostgreSQL, `api` and the worker on their own logins, with a pool for each process.

let room: Room;
beforeAll(async () => {
  room = await Room.open();
});
afterAll(() => room.close());

test('starts, sends, checks and calls by themselves, of several processes for the same numbers and addresses, never wait for one another in a circle', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
  console.log(`SEED=${seed}`);
  const pools = Array.from(
    { length: 3 },
    () => new Database(new Redacted(room.database.apiUrl), 'test', () => {}),
  );
  const worker = new Database(new Redacted(room.database.workerUrl), 'test', () => {});
  const processes = pools.map((pool) => new VerificationsRepository(pool));
  const limits: SendLimits = {
    ...LIMITS,
    smsWaitsMs: [0],
    callWaitsMs: [0],
    callAfterSmsMs: 0,
    autoAfterMs: 0,
    calls: 1_000,
    inTenMinutes: 1_000,
    aDay: 1_000,
    perAddressAMinute: 1_000,
  };
  await boundGuesses(room, { checksAtMost: 1_000, guessesADay: 1_000, guessesInARow: 1_000 });
  // Who waits too long is told to come again: then a circle would go unseen, which PostgreSQL finds after a second.
  for (const waiting of [
    'start_verifications',
    'send_verification',
    'guess_codes',
    'compare_codes',
    'cancel_verification',
  ])
    await sql`ALTER FUNCTION ${sql.raw(waiting)} RESET lock_timeout`.execute(room.owner.sql);
  const keys = (count: number): Buffer[] => Array.from({ length: count }, () => randomBytes(32));
  const [numbers, addresses, accounts] = [
    keys(12).map((today) => [today, ...keys(1)]),
    keys(6),
    await Promise.all(Array.from({ length: 8 }, () => room.account())),
  ];
  const started: { id: string; account: string }[] = [];
  let random = seed;
  const one = <T>(of: readonly T[]): T => {
    random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
    return of[Math.floor((random / 2_147_483_648) * of.length)] as T;
  };
  const by = starterOf;
  const step = async (): Promise<void> => {
    const [verifications, kind, now] = [
      one(processes),
      one(['start', 'start', 'send', 'check', 'check', 'voice', 'back']),
      room.clock.now(),
    ];
    room.clock.advance(50);
    const known = started.length === 0 ? undefined : one(started.slice(-8));
    if (kind === 'voice')
      await sql`SELECT * FROM fall_back_to_voice(${sendLimitsFor(limits)}::jsonb, ${now}::timestamptz, 100)`.execute(
        worker.sql,
      );
    else if (kind === 'start' || known === undefined) {
      const account = one(accounts);
      const { view } = (await verifications.start(
        {
          id: newId(),
          starter: by(account),
          numberRef: newId() as NumberRef,
          sealedNumber: Buffer.alloc(45, 1),
          testIndex: undefined,
          numberKeys: one(numbers),
          country: 'DE',
          prefixKey: undefined,
          proofs: [],
          blockedUntil: undefined,
          addressKeys: [one(addresses), one(addresses)],
          channel: 'sms',
          channels: ['sms', 'voice'],
          isAuto: true,
          language: undefined,
          handoffId: newId(),
        },
        limits,
        now,
      )) as Started;
      started.push({ id: view.id, account });
      // As the worker leaves it.
      await sql`
        UPDATE numbers
        SET number_index = v.limiter_index
        FROM verifications v
        WHERE v.id = ${view.id} AND numbers.id = v.number_ref AND number_index IS NULL
      `.execute(room.owner.sql);
    } else if (kind === 'back')
      await sql`SELECT give_back_send(${known.id}::uuid, 'sms', ${now}::timestamptz)`.execute(
        worker.sql,
      );
    else if (kind === 'check') await check(verifications, known);
    else
      await verifications.send(
        {
          id: known.id,
          starter: by(known.account),
          channel: 'sms',
          addressKeys: [one(addresses)],
          handoffId: newId(),
        },
        limits,
        now,
      );
  };
  const check = (
    verifications: VerificationsRepository,
    { id, account }: { id: string; account: string },
  ) =>
    checkCode(verifications, room.clock.now(), {
      id,
      starter: by(account),
      hash: Buffer.alloc(32, 9),
      digits: 6,
      isByAddress: true,
      wrongKeys: [one(addresses), one(addresses)],
      wrongRule: { max: 10_000, windowMs: SECOND },
    });
  const deadlocks = async () =>
    (
      await room.rows<{ deadlocks: string }>(
        'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()',
      )
    )[0]?.deadlocks;
  const before = await deadlocks();
  await Promise.all(
    Array.from({ length: 60 }, async () => {
      for (let i = 0; i < 15; i += 1) await step();
    }),
  );
  // Many of the same at once, too: so many checks of each process go together.
  for (let i = 0; i < 20; i += 1)
    await Promise.all(
      processes.flatMap((verifications) =>
        Array.from({ length: 10 }, () =>
          check(verifications, one(i % 2 === 0 ? started : started.slice(-30))),
        ),
      ),
    );
  // What a session has counted is told at its end at the latest.
  await Promise.all([...pools, worker].map((pool) => pool.close()));
  expect(await deadlocks()).toBe(before);
  expect(started.length).toBeGreaterThan(100);
});
