import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Channel } from '../../src/handoff/channels.js';
import { newId } from '../../src/kernel/ids.js';
import { sendLimitsFor } from '../../src/verification/verification-columns.js';
import type { Started } from '../../src/verification/verification-answers.js';
import { VerificationsRepository } from '../../src/verification/verifications.repository.js';
import { Room, secretOf } from '../support/room.js';
import { runs } from '../support/runs.js';
import { LIMITS, SECOND, someStart } from '../support/verification-starts.js';

// Real: PostgreSQL, `api` on its own login. What decides is a function of the database.

let room: Room;
let verifications: VerificationsRepository;
beforeAll(async () => {
  room = await Room.open();
  verifications = new VerificationsRepository(room.api);
});
afterAll(() => room.close());

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
            secret_digest: hex(secretOf(account)),
            number_ref: newId(),
            sealed_number: hex(Buffer.alloc(45, 1)),
            number_keys: number.map(hex),
            address_keys: [hex(address)],
            proofs: [],
            channel: 'sms',
            channels: ['sms'],
            is_auto: false,
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
        'SELECT (SELECT count(*)::int FROM verifications) AS v, (SELECT count(*)::int FROM numbers) AS n, (SELECT count(*)::int FROM handoffs) AS h',
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
  // Of one of whom nothing is known whoever asked knows the rest.
  expect(alone).toEqual({
    isNew: true,
    fresh: 'queued',
    language: 'en',
    expiresAt: expect.any(String) as unknown,
    checksLeft: expect.any(Number) as unknown,
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
    isLate: fc.boolean(),
    isProver: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(wish, { minLength: 1, maxLength: 6 }), async (wishes) => {
      const rows = wishes.map(({ channel, isAuto, language, isLate, isProver }) =>
        someStart(account, {
          channel,
          isAuto,
          language,
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
              v.index_after, v.proofs, h.language AS spoken, h.account_id, h.not_after
            FROM verifications v
            JOIN handoffs h ON h.subject_id = v.id AND h.id = '${row.handoffId}'
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
          not_after: new Date(room.clock.now().getTime() + 600 * SECOND),
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
});
