import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { sql } from 'kysely';
import type { Channel } from '../../src/handoff/channels.js';
import { newId } from '../../src/kernel/ids.js';
import { nextSteps, type SendLimits } from '../../src/verification/verification-session.js';
import type { SendRefused, Started } from '../../src/verification/verification-answers.js';
import { VerificationsRepository } from '../../src/verification/verifications.repository.js';
import { Room } from '../support/room.js';
import { runs } from '../support/runs.js';
import { starterOf } from '../support/guesses.js';
import { LIMITS, SECOND, someStart, startBy } from '../support/verification-starts.js';

// Real: PostgreSQL, `api` on its own login. What decides is a function of the database, what tells people when is
// `nextSteps`: here the two are held together.

let room: Room;
let verifications: VerificationsRepository;
beforeAll(async () => {
  room = await Room.open();
  verifications = new VerificationsRepository(room.api);
});
afterAll(() => room.close());
const start = (
  accountId: string,
  numberKey: Buffer,
  channel: Channel,
  more: { addressKeys?: Buffer[]; limits?: SendLimits; proofs?: Buffer[] } = {},
): Promise<Started | SendRefused> =>
  startBy(
    verifications,
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
        const starter = starterOf(account);
        for (const { channel, more, again } of steps) {
          const { id } = now.view;
          // As if it had been canceled, and another were started.
          if (again)
            await room.api.transaction((trx) =>
              verifications.cancel(trx, id, starter, room.clock.now()),
            );
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
          const said = nextSteps(now.view, { send: LIMITS }, room.clock.now())[
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
});

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
        `
          SELECT coalesce(sum(cardinality(hits)), 0)::int AS n
          FROM limits
          WHERE key = '\\x${key.toString('hex')}'
        `,
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
