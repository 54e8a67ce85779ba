import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Channel } from '../../src/handoff/channels.js';
import { Database } from '../../src/kernel/database.js';
import { newId, type NumberRef } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { nextSteps, type SendLimits } from '../../src/verification/verification-session.js';
import { sendLimitsFor } from '../../src/verification/verification-columns.js';
import type { SendRefused, Started } from '../../src/verification/verification-answers.js';
import {
  type NewVerificationRow,
  VerificationsRepository,
} from '../../src/verification/verifications.repository.js';
import { Room } from '../support/room.js';
import { runs } from '../support/runs.js';

// Real: PostgreSQL, `api` on its own login. What decides is a function of the database, what tells people when is
// `nextSteps`: here the two are held together.

const SECOND = 1_000;
const LIMITS: SendLimits = {
  smsWaitsMs: [60, 120, 300, 600].map((s) => s * SECOND),
  callAfterSmsMs: 60 * SECOND,
  callWaitsMs: [60 * SECOND, 300 * SECOND],
  calls: 3,
  inTenMinutes: 5,
  aDay: 9,
  keptForKnown: 2,
  perAddressAMinute: 10,
  autoAfterMs: 60 * SECOND,
};
const guess = {
  checks: 5,
  aDay: 10,
  keptForOwner: 3,
  inARow: 100,
  perAddressAnHour: 30,
  perAppAnHour: 1000,
};
let room: Room;
let verifications: VerificationsRepository;
beforeAll(async () => {
  room = await Room.open();
  verifications = new VerificationsRepository(room.api);
});
afterAll(() => room.close());

/** A start of which nothing is as another's. */
const someStart = (
  account: string,
  more: Partial<NewVerificationRow> = {},
): NewVerificationRow => ({
  id: newId(),
  starter: { accountId: account, serviceId: null, personId: account, starterIds: [account] },
  numberRef: newId() as NumberRef,
  sealedNumber: Buffer.alloc(45, 1),
  testIndex: undefined,
  numberKeys: [randomBytes(32), randomBytes(32)],
  country: 'DE',
  prefixKey: undefined,
  proofs: [],
  blockedUntil: undefined,
  addressKeys: [randomBytes(32)],
  channel: 'sms',
  channels: ['sms', 'voice'],
  isAuto: false,
  language: undefined,
  sealedCode: Buffer.alloc(45, 2),
  codeHash: Buffer.alloc(32, 3),
  lastsMs: 600 * SECOND,
  handoffId: newId(),
  ...more,
});
const start = (
  accountId: string,
  numberKey: Buffer,
  channel: Channel,
  more: { addressKeys?: Buffer[]; limits?: SendLimits; proofs?: Buffer[] } = {},
): Promise<Started | SendRefused> =>
  verifications.start(
    someStart(accountId, {
      numberKeys: [numberKey, Buffer.alloc(32)],
      channel,
      addressKeys: more.addressKeys ?? [],
      proofs: more.proofs ?? [],
    }),
    more.limits ?? LIMITS,
    room.clock.now(),
  );

test('what an answer says may be done at a time is refused a moment before and done then', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now());
  console.log(`SEED=${seed}`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          channel: fc.constantFrom<Channel>('sms', 'voice'),
          more: fc.nat(90),
          again: fc.boolean(),
        }),
        { minLength: 1, maxLength: 9 },
      ),
      async (steps) => {
        const [account, key] = [await room.account(), randomBytes(32)];
        let now = await start(account, key, 'sms');
        if (now.refused !== undefined) throw new Error('the first is not refused');
        const starter = {
          accountId: account,
          serviceId: null,
          personId: account,
          starterIds: [account],
        };
        for (const { channel, more, again } of steps) {
          const { id } = now.view;
          // As if it had been canceled, and another were started.
          if (again) await verifications.finish(id, 'canceled', room.clock.now());
          await sql`UPDATE handoffs SET state = 'accepted' WHERE subject_id = ${id} AND state = 'queued'`.execute(
            room.owner.sql,
          );
          const attempt = async (): Promise<Started | SendRefused> => {
            if (again) return start(account, key, channel);
            const sent = await verifications.send(
              { id, starter, channel, addressKeys: [], handoffId: newId() },
              LIMITS,
              room.clock.now(),
            );
            if (sent === undefined || sent.refused === 'finished') throw new Error('it is pending');
            return sent;
          };
          const said = nextSteps(now.view, { send: LIMITS, guess }, room.clock.now())[
            channel === 'sms' ? 'smsAt' : 'voiceAt'
          ];
          if (said === null) {
            const refused = await attempt();
            if (refused.refused === undefined) {
              // Not for that one, which ends before; but this is another.
              expect(again).toBe(true);
              now = refused;
            }
            if (again && refused.refused !== undefined) return;
            continue;
          }
          if (said > room.clock.now()) {
            room.clock.advance(said.getTime() - room.clock.now().getTime() - 1);
            expect((await attempt()).refused).toBeDefined();
            room.clock.advance(1);
          }
          const sent = await attempt();
          expect(sent.refused).toBeUndefined();
          now = sent;
          room.clock.advance(more * SECOND);
          if (now.view.expiresAt <= room.clock.now()) return;
        }
      },
    ),
    { seed, numRuns: runs(20, 200) },
  );
}, 60_000);

test('of 40 starts at once for one number, by as many accounts and on several connections, exactly those that are allowed are sent', async () => {
  const key = randomBytes(32);
  const accounts = await Promise.all(Array.from({ length: 40 }, () => room.account()));
  const answers = await Promise.all(
    accounts.map((account) =>
      start(account, key, 'sms', { limits: { ...LIMITS, inTenMinutes: 4 } }),
    ),
  );
  expect(answers.filter((answer) => answer.refused === undefined)).toHaveLength(4);
  expect(answers.filter((answer) => answer.refused === 'number')).toHaveLength(36);
  expect(
    await room.rows(
      `SELECT cardinality(hits) AS hits FROM limits WHERE key = '\\x${key.toString('hex')}'`,
    ),
  ).toEqual([{ hits: 4 }]);
});

test('of 20 starts at once by one account for one number there is one', async () => {
  const [account, key] = [await room.account(), randomBytes(32)];
  const answers = await Promise.all(Array.from({ length: 20 }, () => start(account, key, 'sms')));
  expect(new Set(answers.map((answer) => answer.view.id)).size).toBe(1);
  expect(answers.filter((answer) => answer.refused === undefined && answer.isNew)).toHaveLength(1);
});

test('what the number refuses uses up nothing of the address, and what the address refuses nothing of the number', async () => {
  const [address, full, free] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const hits = async (key: Buffer) =>
    (
      await room.rows<{ n: number }>(
        `SELECT coalesce(sum(cardinality(hits)), 0)::int AS n FROM limits WHERE key = '\\x${key.toString('hex')}'`,
      )
    )[0]?.n;
  const limits = { ...LIMITS, inTenMinutes: 1, perAddressAMinute: 2 };
  const by = async (key: Buffer) =>
    (await start(await room.account(), key, 'sms', { addressKeys: [address], limits })).refused;
  expect([await by(full), await by(full), await by(full)]).toEqual([undefined, 'number', 'number']);
  expect([await hits(address), await hits(full)]).toEqual([1, 1]);
  expect([await by(randomBytes(32)), await by(free)]).toEqual([undefined, 'address']);
  expect([await hits(address), await hits(free)]).toEqual([2, 0]);
});

test('who has proved the number before has those that are kept, by whichever of their secrets', async () => {
  const [key, proof] = [randomBytes(32), randomBytes(32)];
  const limits = { ...LIMITS, aDay: 3, keptForKnown: 1 };
  await sql`INSERT INTO number_proofs (proof, proved_at) VALUES (${proof}, ${room.clock.now()})`.execute(
    room.owner.sql,
  );
  const by = async (proofs: Buffer[]) =>
    (await start(await room.account(), key, 'sms', { limits, proofs })).refused;
  expect([await by([]), await by([]), await by([]), await by([randomBytes(32)])]).toEqual([
    undefined,
    undefined,
    'number',
    'number',
  ]);
  expect([await by([randomBytes(32), proof]), await by([proof])]).toEqual([undefined, 'number']);
});

test('of starts in one statement each sees what those before it did', async () => {
  const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;
  const statement = async (starts: { account: string; number?: Buffer[]; address?: Buffer }[]) =>
    (
      await room.api.run<{
        answer: {
          id?: string;
          isNew?: boolean;
          refused?: string;
          hits: string[];
          view?: { id: string };
        }[];
      }>({ name: 'several', text: 'SELECT start_verifications($1::json, $2::jsonb) AS answer' }, [
        JSON.stringify(
          starts.map(({ account, number = [randomBytes(32)], address = randomBytes(32) }) => ({
            id: newId(),
            account_id: account,
            person_id: account,
            number_ref: newId(),
            sealed_number: hex(Buffer.alloc(45, 1)),
            number_keys: number.map(hex),
            address_keys: [hex(address)],
            proofs: [],
            channel: 'sms',
            channels: ['sms'],
            is_auto: false,
            sealed_code: hex(Buffer.alloc(45, 2)),
            code_hash: hex(Buffer.alloc(32, 3)),
            lasts_ms: 600_000,
            handoff_id: newId(),
            at: room.clock.now(),
          })),
        ),
        sendLimitsFor({ ...LIMITS, inTenMinutes: 3, perAddressAMinute: 2 }),
      ])
    )[0]?.answer ?? [];
  const people = await Promise.all(Array.from({ length: 5 }, () => room.account()));
  const [ann, bob] = people as [string, string];
  const number = [randomBytes(32)];
  const said = await statement(people.map((account) => ({ account, number })));
  expect(said.map((answer) => answer.refused ?? answer.isNew)).toEqual([
    true,
    true,
    true,
    'number',
    'number',
  ]);
  expect(said.map((answer) => answer.hits.length)).toEqual([1, 2, 3, 3, 3]);
  expect(
    await room.rows(
      `SELECT cardinality(hits) AS hits FROM limits WHERE key = '${hex(number[0] as Buffer)}'`,
    ),
  ).toEqual([{ hits: 3 }]);
  const address = randomBytes(32);
  expect(
    (await statement([ann, ann, bob].map((account) => ({ account, address })))).map(
      (answer) => answer.refused ?? answer.isNew,
    ),
  ).toEqual([true, true, 'address']);
  // One starter's for one number: the live one, also where a day's key turned over between the two.
  const [today, tomorrow] = [randomBytes(32), randomBytes(32)];
  const written = async () =>
    (
      await room.rows<Record<string, number>>(
        'SELECT (SELECT count(*)::int FROM verifications) AS v, (SELECT count(*)::int FROM numbers) AS n, (SELECT count(*)::int FROM codes) AS c, (SELECT count(*)::int FROM handoffs) AS h',
      )
    )[0];
  const before = await written();
  // One that has nothing to do with them is between them.
  const [first, alone, second, third] = await statement([
    { account: ann, number: [today, randomBytes(32)] },
    { account: bob },
    { account: ann, number: [tomorrow, today] },
    { account: bob, number: [tomorrow, today] },
  ]);
  expect([first?.isNew, second?.isNew, second?.id, third?.isNew, third?.hits.length]).toEqual([
    true,
    false,
    first?.id,
    true,
    2,
  ]);
  expect(alone).toMatchObject({
    isNew: true,
    state: 'pending',
    delivery: { channel: 'sms', state: 'queued' },
  });
  expect(await written()).toEqual(
    Object.fromEntries(Object.entries(before ?? {}).map(([table, count]) => [table, count + 3])),
  );
});

test('a start without a history is told as it stands, however many come with it', async () => {
  const seed = Number(process.env['SEED'] ?? Date.now());
  console.log(`SEED=${seed}`);
  const account = await room.account();
  await sql`UPDATE accounts SET language = 'es' WHERE id = ${account}`.execute(room.owner.sql);
  const wish = fc.record({
    channel: fc.constantFrom<Channel>('sms', 'voice'),
    isAuto: fc.boolean(),
    language: fc.constantFrom(undefined, 'de' as const, 'ja' as const),
    lasts: fc.integer({ min: 60, max: 600 }),
    isLate: fc.boolean(),
    isProver: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 6 }), async (wishes) => {
      const rows = wishes.map(({ channel, isAuto, language, lasts, isLate, isProver }) =>
        someStart(account, {
          channel,
          isAuto,
          language,
          lastsMs: lasts * SECOND,
          numberKeys: Array.from({ length: isLate ? 3 : 2 }, () => randomBytes(32)),
          proofs: isProver ? [randomBytes(32)] : [],
        }),
      );
      const told = await Promise.all(
        rows.map((row) => verifications.start(row, LIMITS, room.clock.now())),
      );
      for (const [i, row] of rows.entries()) {
        const read = (await verifications.read(row.id, row.starter, [], [], room.clock.now())) as
          Started | undefined;
        expect(told[i]).toEqual({ view: read?.view, isNew: true });
        const [stands] = await room.rows(`
            SELECT
              v.language, v.voice_at, v.number_ref, v.prefix_key, v.limiter_index, v.index_before,
              v.index_after, v.proofs, h.language AS spoken, h.account_id, h.not_after, c.sealed
            FROM verifications v
            JOIN handoffs h ON h.subject_id = v.id AND h.id = '${row.handoffId}'
            JOIN codes c ON c.verification_id = v.id
            WHERE v.id = '${row.id}'
          `);
        const isCalledLater = row.isAuto && row.channel === 'sms';
        expect(stands).toEqual({
          language: row.language ?? 'es',
          spoken: row.language ?? 'es',
          voice_at: isCalledLater
            ? new Date(room.clock.now().getTime() + LIMITS.autoAfterMs)
            : null,
          number_ref: row.numberRef,
          prefix_key: null,
          limiter_index: row.numberKeys[0],
          index_before: row.numberKeys[1],
          index_after: row.numberKeys[2] ?? null,
          proofs: row.proofs,
          account_id: account,
          not_after: new Date(room.clock.now().getTime() + row.lastsMs),
          sealed: row.sealedCode,
        });
        expect(
          await room.rows(
            `
              SELECT hits
              FROM limits
              WHERE key IN (
                '\\x${row.numberKeys[0]?.toString('hex')}',
                '\\x${row.addressKeys[0]?.toString('hex')}'
              )
            `,
          ),
        ).toEqual([{ hits: [room.clock.now()] }, { hits: [room.clock.now()] }]);
      }
    }),
    { seed, numRuns: runs(10, 100) },
  );
}, 60_000);

describe('what is known of a number, an address or a prover is seen by a start that is alone with it', () => {
  const limits = { ...LIMITS, inTenMinutes: 1, perAddressAMinute: 1 };
  const by = async (more: Partial<NewVerificationRow>): Promise<Started | SendRefused> =>
    verifications.start(someStart(await room.account(), more), limits, room.clock.now());

  test.each([1, 2])('a send to the number under the key of another day (%d)', async (place) => {
    const [key, others] = [randomBytes(32), [randomBytes(32), randomBytes(32)]];
    await by({ numberKeys: [key, randomBytes(32)] });
    expect((await by({ numberKeys: others.toSpliced(place, 0, key) })).refused).toBe('number');
  });

  test('a send from the address, and under the key of another day', async () => {
    const key = randomBytes(32);
    await by({ addressKeys: [key] });
    expect((await by({ addressKeys: [key] })).refused).toBe('address');
    expect((await by({ addressKeys: [randomBytes(32), key] })).refused).toBe('address');
  });

  test("a verification whose send came to nothing by the carrier's fault, so that nothing is counted", async () => {
    const first = someStart(await room.account());
    await verifications.start(first, limits, room.clock.now());
    await sql`SELECT give_back_send(${first.id}::uuid, 'sms', ${room.clock.now()}::timestamptz)`.execute(
      room.owner.sql,
    );
    await sql`DELETE FROM limits`.execute(room.owner.sql);
    const again = (numberKeys: readonly Buffer[]) =>
      verifications.start(
        { ...someStart(''), starter: first.starter, numberKeys },
        limits,
        room.clock.now(),
      );
    for (const keys of [first.numberKeys, [randomBytes(32), first.numberKeys[0] as Buffer]])
      expect(await again(keys)).toMatchObject({ view: { id: first.id }, isNew: false });
  });

  test('a prover, a channel that does not reach it, a block, a test number', async () => {
    const proof = randomBytes(32);
    await sql`INSERT INTO number_proofs (proof, proved_at) VALUES (${proof}, ${room.clock.now()})`.execute(
      room.owner.sql,
    );
    expect((await by({ proofs: [randomBytes(32), proof] })).view.isKnown).toBe(true);
    expect((await by({ channels: ['voice'] })).refused).toBe('channel');
    const until = new Date(room.clock.now().getTime() + SECOND);
    expect(await by({ blockedUntil: until })).toMatchObject({ refused: 'blocked', at: until });
    const test = await by({ testIndex: randomBytes(32), sealedCode: undefined });
    expect(test.view).toMatchObject({ isTest: true, delivery: undefined });
    expect(await room.rows(`SELECT FROM handoffs WHERE subject_id = '${test.view.id}'`)).toEqual(
      [],
    );
  });

  test('a channel that an operator holds back', async () => {
    await sql`
      INSERT INTO stops (purpose, channel, reason, since)
      VALUES ('verification', 'voice', 'trouble', ${room.clock.now()})
    `.execute(room.owner.sql);
    const states = await Promise.all(
      (['sms', 'voice'] as const).map(
        async (channel) => (await by({ channel })).view.delivery?.state,
      ),
    );
    await sql`DELETE FROM stops`.execute(room.owner.sql);
    expect(states).toEqual(['queued', 'held']);
  });
});

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
  const guesses = { ...guess, checks: 1_000, aDay: 1_000, inARow: 1_000 };
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
  const by = (account: string) => ({
    accountId: account,
    serviceId: null,
    personId: account,
    starterIds: [account],
  });
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
          sealedCode: Buffer.alloc(45, 2),
          codeHash: Buffer.alloc(32, 3),
          lastsMs: one([1, 600]) * SECOND,
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
    verifications.check(
      {
        id,
        starter: by(account),
        hash: Buffer.alloc(32, 9),
        nonce: randomBytes(16),
        isByAddress: true,
        wrongKeys: [one(addresses), one(addresses)],
        wrongRule: { max: 10_000, windowMs: SECOND },
      },
      guesses,
      room.clock.now(),
    );
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
}, 60_000);
