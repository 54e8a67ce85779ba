import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { newId } from '../../src/kernel/ids.js';
import type { SendRefused, Started } from '../../src/verification/verification-answers.js';
import {
  type NewVerificationRow,
  VerificationsRepository,
} from '../../src/verification/verifications.repository.js';
import { Room } from '../support/room.js';
import { LIMITS, SECOND, someStart, startBy } from '../support/verification-starts.js';

// Real: PostgreSQL, `api` on its own login. What decides is a function of the database.

let room: Room;
let verifications: VerificationsRepository;
beforeAll(async () => {
  room = await Room.open();
  verifications = new VerificationsRepository(room.api);
});
afterAll(() => room.close());

describe('what is known of a number, an address or a prover is seen by a start that is alone with it', () => {
  const limits = { ...LIMITS, inTenMinutes: 1, perAddressAMinute: 1 };
  const by = async (more: Partial<NewVerificationRow>): Promise<Started | SendRefused> =>
    startBy(verifications, someStart(await room.account(), more), limits, room.clock.now());

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
    const testIndex = randomBytes(32);
    expect((await by({ testIndex })).refused).toBe('test'); // the worker has named no such number
    const ref = newId();
    await sql`INSERT INTO numbers VALUES (${ref}, ${Buffer.alloc(61)}, ${testIndex}, now())`.execute(
      room.owner.sql,
    );
    await sql`
      INSERT INTO test_numbers
      VALUES (${testIndex}, ${ref}, ${Buffer.alloc(64)}, ${Buffer.alloc(64)})
    `.execute(room.owner.sql);
    const test = await by({ testIndex });
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
