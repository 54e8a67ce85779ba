import { randomBytes } from 'node:crypto';
import { CompiledQuery, sql } from 'kysely';
import { newId } from '../../src/kernel/ids.js';
import { Logger } from '../../src/kernel/logger.js';
import { ERASERS, PLANNING } from '../../src/kernel/retention.repository.js';
import { listPeriods } from '../../src/kernel/retention-periods.js';
import { Retention } from '../../src/kernel/retention.service.js';
import { addVerifications, type Rows } from '../support/app-verifications.js';
import { Room } from '../support/room.js';

// Real: PostgreSQL, and the worker on its own login. The time is the test's.

const [HOUR, DAY] = [3_600_000, 86_400_000];
const DAYS = {
  retentionCallsDays: 30,
  retentionVerificationsDays: 1,
  retentionNoticesDays: 365,
  retentionWebhooksDays: 7,
};
let room: Room;
let retention: Retention;
let ann: string;
let epoch: string;

beforeEach(async () => {
  room = await Room.open();
  retention = new Retention(room.worker, room.clock, new Logger('silent', 'worker'), DAYS);
  ann = await room.account();
  epoch = await newEpoch();
});
afterEach(() => room.close());

const at = (ms = 0): Date => new Date(room.clock.now().getTime() + ms);
const run = () => retention.run();
const has = async (table: string, where = 'true'): Promise<number> =>
  (await room.rows<{ n: number }>(`SELECT count(*)::int AS n FROM ${table} WHERE ${where}`))[0]
    ?.n ?? -1;
const newEpoch = async (): Promise<string> => {
  const id = newId();
  await sql`INSERT INTO epochs (id, key_version, enc, opened_at) VALUES (${id}, 'x', ''::bytea, ${at()})`.execute(
    room.owner.sql,
  );
  return id;
};
const sealed = (under: string): Buffer =>
  Buffer.concat([Buffer.of(1), Buffer.from(under.replaceAll('-', ''), 'hex'), randomBytes(44)]);
const number = async (under = epoch): Promise<string> => {
  const id = newId();
  await sql`INSERT INTO numbers (id, sealed, created_at) VALUES (${id}, ${sealed(under)}, ${at()})`.execute(
    room.owner.sql,
  );
  return id;
};
const handoff = async (
  subject: string,
  ref: string | null,
  state = 'accepted',
  target: string | null = null,
): Promise<string> => {
  const id = newId();
  await sql`
    INSERT INTO handoffs (
      id, purpose, channel, kind, subject_id, account_id, number_ref, target_id, language, state,
      not_before, not_after, created_at, settled_at
    )
    VALUES (
      ${id},
      'ding',
      'voice',
      ${target === null ? 'deliver' : 'hang_up'},
      ${subject},
      ${ann},
      ${ref},
      ${target},
      'en',
      ${state},
      ${at()},
      ${at(HOUR)},
      ${at()},
      ${state === 'queued' || state === 'sending' ? null : at()}
    )
  `.execute(room.owner.sql);
  await sql`INSERT INTO callbacks (handoff_id, event, received_at) VALUES (${id}, 'x', ${at()})`.execute(
    room.owner.sql,
  );
  await sql`
    INSERT INTO spoken_codes (handoff_id, verification_id, sealed)
    SELECT ${id}, verification_id, ''::bytea
    FROM codes
    WHERE verification_id = ${subject}
  `.execute(room.owner.sql);
  return id;
};
const verification = async (ref: string, state = 'approved'): Promise<string> => {
  const id = newId();
  await sql`
    INSERT INTO verifications (
      id, account_id, number_ref, limiter_index, language, state, created_at, expires_at,
      finished_at
    )
    VALUES (
      ${id}, ${ann}, ${ref}, ${randomBytes(32)}, 'en', ${state}, ${at()}, ${at(HOUR)},
      ${state === 'pending' ? null : at()}
    )
  `.execute(room.owner.sql);
  await sql`
    INSERT INTO codes (verification_id, sealed, hash)
    VALUES (${id}, ${sealed(epoch)}, ${randomBytes(32)})
  `.execute(room.owner.sql);
  return id;
};
/** A Ding with everything that may hang on it. */
const call = async (
  isLive = false,
): Promise<{ callId: string; legId: string; numberRef: string }> => {
  const [bob, numberRef, legId, noteId] = [await room.account(), await number(), newId(), newId()];
  const {
    callId,
    participants: [first, second],
  } = await room.call(ann, bob);
  await sql`
    UPDATE calls
    SET ended_at = ${isLive ? null : at()}, end_reason = ${isLive ? null : 'finished'}
    WHERE id = ${callId}
  `.execute(room.owner.sql);
  await sql`INSERT INTO dings (call_id, text) VALUES (${callId}, 'The pump has stopped.')`.execute(
    room.owner.sql,
  );
  await sql`
    INSERT INTO ding_recipients (participant_id, call_id, language)
    VALUES (${second}, ${callId}, 'en')
  `.execute(room.owner.sql);
  await sql`INSERT INTO conferences (call_id, ends_with_initiator) VALUES (${callId}, true)`.execute(
    room.owner.sql,
  );
  await sql`
    INSERT INTO legs (id, call_id, participant_id, state, created_at)
    VALUES (${legId}, ${callId}, ${second}, 'ended', ${at()})
  `.execute(room.owner.sql);
  await sql`
    INSERT INTO notifications (id, call_id, participant_id, channel, state, created_at, expires_at)
    VALUES (${noteId}, ${callId}, ${second}, 'sms', 'ended', ${at()}, ${at(HOUR)})
  `.execute(room.owner.sql);
  await sql`
    INSERT INTO presentations (call_id, participant_id, day, enc, sealed, expires_at)
    VALUES (${callId}, ${first}, ${at()}, ''::bytea, ''::bytea, ${at(DAY)})
  `.execute(room.owner.sql);
  await sql`INSERT INTO call_events (call_id, audience, event, at) VALUES (${callId}, '{}', '{}', ${at()})`.execute(
    room.owner.sql,
  );
  const out = await handoff(legId, numberRef);
  await handoff(legId, null, 'accepted', out);
  await handoff(noteId, numberRef);
  return { callId, legId, numberRef };
};
const CALL_TABLES = [
  'calls',
  'participants',
  'legs',
  'dings',
  'ding_recipients',
  'conferences',
  'notifications',
  'presentations',
  'handoffs',
  'callbacks',
];
const rowsOf = async (tables: readonly string[]): Promise<Record<string, number>> =>
  Object.fromEntries(
    await Promise.all(tables.map(async (table) => [table, await has(table)] as const)),
  );

test('what an app was told goes a week after it was delivered or given up; what still waits stays', async () => {
  const app = newId();
  await sql`INSERT INTO apps (id, name, created_at) VALUES (${app}, 'x', ${at()})`.execute(
    room.owner.sql,
  );
  await sql`
    INSERT INTO app_webhooks (app_id, url, created_at)
    VALUES (${app}, 'https://app.example/', ${at()})
  `.execute(room.owner.sql);
  const owned: Rows = {
    clock: room.clock,
    rows: async <R extends object>(text: string, values?: unknown[]) =>
      (await room.owner.sql.executeQuery(CompiledQuery.raw(text, values))).rows as R[],
  };
  for (const state of ['queued', 'sending', 'delivered', 'given_up']) {
    const isSettled = state === 'delivered' || state === 'given_up';
    const [verificationId] = await addVerifications(owned, app);
    await sql`
      INSERT INTO webhook_events (
        id, app_id, type, verification_id, created_at, state, next_at, settled_at
      )
      VALUES (
        ${newId()}, ${app}, 'verification.approved', ${verificationId}, ${at()}, ${state},
        ${isSettled ? null : at()}, ${isSettled ? at() : null}
      )
    `.execute(room.owner.sql);
  }
  room.clock.advance(7 * DAY - 1);
  expect(await run()).not.toHaveProperty('webhook_events');
  room.clock.advance(1);
  expect(await run()).toEqual({ webhook_events: 2 });
  expect(await has('webhook_events', `state IN ('queued', 'sending')`)).toBe(2);
  expect(await has('app_webhooks')).toBe(1);
});

test('a finished verification can be read for a day; then it goes with its code, its hand-offs and callbacks, and its number', async () => {
  const ref = await number();
  const id = await verification(ref, 'expired');
  await handoff(id, ref);
  const before = await rowsOf([
    'verifications',
    'codes',
    'handoffs',
    'callbacks',
    'numbers',
    'spoken_codes',
  ]);
  room.clock.advance(DAY - 1);
  await run();
  expect(await rowsOf(Object.keys(before))).toEqual(before);
  room.clock.advance(1);
  expect((await retention.eraseBatch(ERASERS[0] as never))?.erased).toBe(1);
  expect(Object.values(await rowsOf(Object.keys(before)))).toEqual([0, 0, 0, 0, 0, 0]);
});

test('in the same batch goes a number that only verifications of that batch have; one that an account, another verification or hand-off has stays', async () => {
  const [twice, ofAccount, ofOther, ofHandoff] = [
    await number(),
    await number(),
    await number(),
    await number(),
  ];
  for (const ref of [twice, twice, ofAccount, ofOther, ofHandoff])
    await handoff(await verification(ref), ref);
  await room.giveNumber(ann, ofAccount);
  await handoff(newId(), ofHandoff);
  room.clock.advance(DAY);
  const other = await verification(ofOther, 'pending');
  expect((await retention.eraseBatch(ERASERS[0] as never))?.erased).toBe(5);
  expect(
    (await room.rows<{ id: string }>('SELECT id FROM numbers')).map((row) => row.id).sort(),
  ).toEqual([ofAccount, ofOther, ofHandoff].sort());
  expect(await room.rows('SELECT id FROM verifications')).toEqual([{ id: other }]);
});

test('a pending verification, and a finished one whose hand-off is not settled, are left alone', async () => {
  const ref = await number();
  await verification(ref, 'pending');
  const [queued, sending] = [await verification(ref), await verification(ref)];
  await handoff(queued, ref, 'queued');
  await handoff(sending, ref, 'sending');
  room.clock.advance(100 * DAY);
  expect(await run()).toEqual({});
});

test('an ended call is kept for its days; then it goes with its text, participants, legs, ways, hand-offs and callbacks', async () => {
  await call();
  const before = await rowsOf(CALL_TABLES);
  room.clock.advance(30 * DAY - 1);
  expect(await run()).toEqual({ call_events: 1 });
  expect(await rowsOf(CALL_TABLES)).toEqual(before);
  room.clock.advance(1);
  expect(await run()).toEqual({ calls: 1, numbers: 1, epochs: 1 });
  expect(Object.values(await rowsOf(CALL_TABLES)).every((count) => count === 0)).toBe(true);
});

test("a live call's rows are never touched, however old", async () => {
  await call(true);
  const before = await rowsOf([...CALL_TABLES, 'call_events', 'numbers', 'epochs']);
  room.clock.advance(400 * DAY);
  expect(await run()).toEqual({});
  expect(await rowsOf(Object.keys(before))).toEqual(before);
});

test('what happened in a call goes a day after its end', async () => {
  await call();
  room.clock.advance(DAY - 1);
  expect(await run()).toEqual({});
  room.clock.advance(1);
  expect(await run()).toEqual({ call_events: 1 });
});

test('that a team has changed is kept for a day', async () => {
  await sql`
    INSERT INTO team_events (team_id, kind, at)
    VALUES (${newId()}, 'changed', ${at()})
  `.execute(room.owner.sql);
  room.clock.advance(DAY - 1);
  expect(await run()).toEqual({});
  room.clock.advance(1);
  expect(await run()).toEqual({ team_events: 1 });
});

test('sessions, idempotency keys and notices go at their time and not before', async () => {
  await sql`
    INSERT INTO sessions (id, account_id, token_hash, kind, created_at, expires_at)
    VALUES (${newId()}, ${ann}, ${randomBytes(32)}, 'bearer', ${at()}, ${at(HOUR)})
  `.execute(room.owner.sql);
  await sql`
    INSERT INTO idempotency_keys (account_id, key_hash, fingerprint, created_at)
    VALUES (${ann}, ${randomBytes(32)}, ''::bytea, ${at()})
  `.execute(room.owner.sql);
  await sql`
    INSERT INTO notices (id, account_id, kind, at)
    VALUES (${newId()}, ${ann}, 'number_moved', ${at()})
  `.execute(room.owner.sql);
  await verification(await number(), 'pending'); // keeps the epoch
  for (const [age, name] of [
    [HOUR, 'sessions'],
    [DAY, 'idempotency_keys'],
    [365 * DAY, 'notices'],
  ] as const) {
    room.clock.advance(age - 1 - (room.clock.now().getTime() - began.getTime()));
    expect(await run()).toEqual({});
    room.clock.advance(1);
    expect(await run()).toEqual({ [name]: 1 });
  }
});
let began: Date;
beforeEach(() => {
  began = room.clock.now();
});

test('what a day cost is kept for 35 days, and a block for 30', async () => {
  await sql`
    INSERT INTO spendings (day, subject, spent)
    VALUES (${at()}::date, 'all', 1), (${at(DAY)}::date, 'all', 1)
  `.execute(room.owner.sql);
  await sql`
    INSERT INTO pumping_blocks (
      id, kind, country, reason, sends, approvals, cost, level, since, until
    )
    VALUES (${newId()}, 'country', 'GB', 'burst', 1, 0, 1, 0, ${at()}, ${at(HOUR)})
  `.execute(room.owner.sql);
  room.clock.advance(30 * DAY - 1);
  expect(await run()).not.toHaveProperty('pumping_blocks');
  room.clock.advance(1);
  expect(await run()).toMatchObject({ pumping_blocks: 1 });
  expect(await has('spendings')).toBe(2);
  room.clock.advance(5 * DAY);
  expect(await run()).toEqual({ spendings: 1 });
});

test('a number goes when neither account, verification nor hand-off refers to it, after an hour', async () => {
  const [ofAccount, ofVerification, ofHandoff, superseded] = [
    await number(),
    await number(),
    await number(),
    await number(),
  ];
  await room.giveNumber(ann, ofAccount);
  await verification(ofVerification, 'pending');
  await handoff(newId(), ofHandoff, 'queued');
  room.clock.advance(HOUR - 1);
  expect(await run()).toEqual({});
  room.clock.advance(1);
  expect(await run()).toEqual({ numbers: 1 });
  expect(
    (await room.rows<{ id: string }>('SELECT id FROM numbers')).map((row) => row.id).sort(),
  ).toEqual([ofAccount, ofVerification, ofHandoff].sort());
  expect(superseded).toBeDefined();
});

test('an epoch goes when nothing is sealed under it any more, after two days', async () => {
  const unused = await newEpoch();
  const ref = await number(epoch);
  await room.giveNumber(ann, ref);
  room.clock.advance(2 * DAY - 1);
  expect(await run()).toEqual({});
  room.clock.advance(1);
  expect(await run()).toEqual({ epochs: 1 });
  expect((await room.rows<{ id: string }>('SELECT id FROM epochs'))[0]?.id).toBe(epoch);
  expect(unused).not.toBe(epoch);
});

test('a hand-off that an erased account left behind goes, and the ledger, consents and stops stay', async () => {
  await handoff(newId(), await number());
  const entryId = newId();
  await sql`INSERT INTO ledger_entries (id, commitment, at) VALUES (${entryId}, ${randomBytes(32)}, ${at()})`.execute(
    room.owner.sql,
  );
  await sql`
    INSERT INTO ledger_readable (entry_id, subject_id, salt, body)
    VALUES (${entryId}, ${ann}, ''::bytea, '{}')
  `.execute(room.owner.sql);
  await sql`INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'sms', '', ${at()})`.execute(
    room.owner.sql,
  );
  room.clock.advance(32 * DAY);
  expect(await run()).toEqual({ handoffs: 1, numbers: 1, epochs: 1 });
  expect(await rowsOf(['ledger_entries', 'ledger_readable', 'stops', 'accounts'])).toEqual({
    ledger_entries: 1,
    ledger_readable: 1,
    stops: 1,
    accounts: 1,
  });
});

test('the worker can erase neither the ledger nor accounts nor consents', async () => {
  for (const table of [
    'ledger_entries',
    'ledger_readable',
    'accounts',
    'consent_events',
    'account_numbers',
    'stops',
  ])
    await expect(sql.raw(`DELETE FROM ${table}`).execute(room.worker.sql)).rejects.toMatchObject({
      code: '42501',
    });
});

test('a number that a request is just referring to is passed over, and nobody waits', async () => {
  const ref = await number();
  room.clock.advance(DAY);
  await room.owner.transaction(async (trx) => {
    await sql`
      INSERT INTO verifications (
        id, account_id, number_ref, limiter_index, language, state, created_at, expires_at
      )
      VALUES (${newId()}, ${ann}, ${ref}, ${randomBytes(32)}, 'en', 'pending', ${at()}, ${at(HOUR)})
    `.execute(trx);
    expect(await run()).toEqual({});
  });
  expect(await run()).toEqual({});
  expect(await has('numbers')).toBe(1);
});

test('two workers erase one at a time, and together everything once', async () => {
  await sql`
    INSERT INTO notices (id, account_id, kind, at)
    SELECT gen_random_uuid(), ${ann}, 'number_moved', ${at()}
    FROM generate_series(1, 3000)
  `.execute(room.owner.sql);
  room.clock.advance(366 * DAY);
  const other = new Retention(room.worker, room.clock, new Logger('silent', 'worker'), DAYS);
  const rounds = await Promise.all([run(), other.run()]);
  const last = await run();
  expect([...rounds, last].reduce((sum, round) => sum + (round['notices'] ?? 0), 0)).toBe(3000);
});

test('a hundred thousand rows go in batches, by an index, and a walk over what is kept goes on where it was', async () => {
  await room.owner.transaction(async (trx) => {
    await sql`SET LOCAL statement_timeout = 0`.execute(trx); // on a busy machine so many rows take long
    await sql`
      INSERT INTO numbers (id, sealed, created_at)
      SELECT
        gen_random_uuid(),
        ${sealed(epoch)},
        ${at()}::timestamptz + n * interval '1 microsecond'
      FROM generate_series(1, 100000) n
    `.execute(trx);
    await sql`
      INSERT INTO verifications (
        id, account_id, number_ref, limiter_index, language, state, created_at, expires_at,
        finished_at
      )
      SELECT id, ${ann}, id, uuid_send(id), 'en', 'expired', ${at()}, ${at()}, ${at()}
      FROM numbers
    `.execute(trx);
    await sql`
      INSERT INTO handoffs (
        id, purpose, channel, kind, subject_id, account_id, number_ref, language, state, not_before,
        not_after, created_at, settled_at
      )
      SELECT
        gen_random_uuid(), 'verification', 'sms', 'deliver', id, ${ann}, id, 'en', 'accepted',
        ${at()}, ${at()}, ${at()}, ${at()}
      FROM numbers
    `.execute(trx);
  });
  await sql.raw('ANALYZE').execute(room.owner.sql);
  room.clock.advance(DAY);
  const plans: string[] = [];
  for (const eraser of ERASERS) {
    const values: unknown[] = [
      at(-listPeriods(DAYS)[eraser.name]),
      eraser.batch,
      ...(eraser.isWalk ? [new Date(0), '00000000-0000-0000-0000-000000000000'] : []),
    ];
    const literal = eraser.sql.replace(/\$(\d)/g, (_, n: string) => {
      const value = values[Number(n) - 1];
      return value instanceof Date
        ? `'${value.toISOString()}'::timestamptz`
        : typeof value === 'number'
          ? String(value)
          : `'${String(value)}'`;
    });
    const plan = await room.owner.transaction(async (trx) => {
      await sql.raw(`SELECT ${PLANNING}`).execute(trx);
      return (await room.rows<{ 'QUERY PLAN': string }>(`EXPLAIN ${literal}`, trx))
        .map((row) => row['QUERY PLAN'])
        .join('\n');
    });
    plans.push(
      `${eraser.name}: ${[...new Set(plan.match(/(Index (Only )?Scan|Seq Scan)[^(]*/g))].map((line) => line.trim()).join('; ')}`,
    );
    for (const big of ['numbers', 'verifications', 'handoffs'])
      expect([eraser.name, plan.includes(`Seq Scan on ${big} `)]).toEqual([eraser.name, false]);
  }
  console.log(plans.join('\n'));
  const since = performance.now();
  expect((await retention.eraseBatch(ERASERS[0] as never))?.erased).toBe(1_000);
  expect((await retention.run(7))['verifications']).toBe(7_000);
  for (let round = 0; round < 12 && (await has('numbers')) > 0; round += 1) await run();
  console.log(
    `100,000 verifications with their hand-offs and numbers: ${((performance.now() - since) / 1000).toFixed(1)} s`,
  );
  expect(await rowsOf(['verifications', 'handoffs', 'numbers'])).toEqual({
    verifications: 0,
    handoffs: 0,
    numbers: 0,
  });
});
