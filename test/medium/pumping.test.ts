import { sql } from 'kysely';
import type { SubmittedNumber } from '../../src/plaintext/number.pipes.js';
import { Sends, type SendsOptions } from '../support/sends.js';
import { gb, us } from '../support/prefixes.js';

// Real: PostgreSQL on each role's login, what takes numbers in, the worker's claim and outcome, the
// sweep, the look at the blocks. Not here: HTTP and the queue (test/e2e/pumping), the carrier, who
// checks codes.

const MINUTE = 60_000;
let sends: Sends;
const open = async (options: SendsOptions = {}): Promise<void> => {
  sends = await Sends.open(options);
};
afterEach(() => sends.close());
const take = (e164: string): Promise<SubmittedNumber> => sends.intake.takeNumber(e164);
const state = async (handoffId: string): Promise<string> => {
  const rows = await sends.room.rows<{
    handoff: string;
    reason: string | null;
    verification: string;
  }>(
    `
      SELECT h.state AS handoff, h.reason, v.state AS verification
      FROM handoffs h
      JOIN verifications v ON v.id = h.subject_id
      WHERE h.id = '${handoffId}'
    `,
  );
  return rows
    .map(({ handoff, reason, verification }) => `${handoff} ${reason} ${verification}`)
    .join();
};
const spent = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await sends.room.rows<{ subject: string; spent: string }>(
        "SELECT subject, spent FROM spendings WHERE subject NOT LIKE 'account:%'",
      )
    ).map((row) => [row.subject, Number(row.spent)]),
  );
const pass = (ms: number): void => sends.room.clock.advance(ms);

describe('what a day may cost', () => {
  test('of 90 sends that three workers claim at once, exactly as many go out as the caps allow', async () => {
    await open({ caps: { aDay: 3, countryADay: 2 }, prices: { sms: 0.05, voice: 0.1 } });
    const workers = [sends.worker(), sends.worker(), sends.worker()];
    const started = await sends.inTurns([...Array(90).keys()], async (i) =>
      sends.start(await take(i % 2 === 0 ? gb(i) : us(i))),
    );
    await sends.inTurns(started, async ({ handoffId }, i) => workers[i % 3]?.run(handoffId));
    expect(sends.sent).toHaveLength(60);
    expect((await spent())['all']).toBe(3);
    expect((await spent())['country:GB']).toBeLessThanOrEqual(2);
    expect((await spent())['country:GB']).toBeCloseTo(
      0.05 * sends.sent.filter((number) => number.startsWith('+44')).length,
      9,
    );
    const states = await Promise.all(started.map(({ handoffId }) => state(handoffId)));
    expect(states.filter((one) => one === 'accepted null pending')).toHaveLength(60);
    expect(states.filter((one) => one === 'rejected spend_cap blocked')).toHaveLength(30);
    expect(await sends.room.rows('SELECT 1 FROM ledger_entries')).toHaveLength(60);
    expect(
      await sends.room.rows('SELECT 1 FROM numbers WHERE number_index IS NOT NULL'),
    ).toHaveLength(60);
    expect(await sends.room.rows('SELECT 1 FROM codes')).toHaveLength(60);
  });

  test('a country that has used its own up takes nothing from the others', async () => {
    await open({ caps: { aDay: 1, countryADay: 0.1 } });
    const worker = sends.worker();
    for (let i = 0; i < 10; i += 1)
      await worker.run((await sends.start(await take(gb(i)))).handoffId);
    for (let i = 0; i < 2; i += 1)
      await worker.run((await sends.start(await take(us(i)))).handoffId);
    expect(await spent()).toEqual({ all: 0.2, 'country:GB': 0.1, 'country:US': 0.1 });
    expect(sends.logs.filter((line) => line.includes('spend_cap_reached'))).toHaveLength(1);
    expect(sends.logs.join('')).toContain('"reason":"country:GB"');
  });

  test('it begins anew with the next UTC day', async () => {
    await open({ caps: { aDay: 0.05 } });
    const worker = sends.worker();
    for (let i = 0; i < 2; i += 1)
      await worker.run((await sends.start(await take(us(i)))).handoffId);
    pass(12 * 60 * MINUTE - 1);
    await worker.run((await sends.start(await take(us(3)))).handoffId);
    expect(sends.sent).toHaveLength(1);
    pass(1);
    await worker.run((await sends.start(await take(us(4)))).handoffId);
    expect(sends.sent).toHaveLength(2);
  });

  test('an app has a cap of its own', async () => {
    await open({ caps: { aDay: 100 } });
    const [app, service] = [
      '00000000-0000-4000-8000-000000000001',
      '00000000-0000-4000-8000-000000000002',
    ];
    await sql`
      INSERT INTO apps (id, name, spend_cap, created_at)
      VALUES (${app}, 'shop', 0.1, ${sends.room.clock.now()})
    `.execute(sends.room.owner.sql);
    await sql`
      INSERT INTO verify_services (id, app_id, is_default, name, created_at)
      VALUES (${service}, ${app}, true, 'Shop', ${sends.room.clock.now()})
    `.execute(sends.room.owner.sql);
    const worker = sends.worker();
    for (let i = 0; i < 3; i += 1)
      await worker.run((await sends.start(await take(us(i)), 'sms', service)).handoffId);
    await worker.run((await sends.start(await take(us(9)))).handoffId);
    expect(await spent()).toEqual({ all: 0.15, [`app:${app}`]: 0.1, 'country:US': 0.15 });
  });

  test.each([
    ['unavailable', 'queued null pending'],
    ['rejected', 'rejected bad_number undeliverable'],
    ['misconfigured', 'failed misconfigured pending'],
  ] as const)('what is %s costs nothing', async (kind, after) => {
    await open();
    const { handoffId } = await sends.start(await take(us(1)));
    sends.answer = kind === 'rejected' ? { kind, reason: 'bad_number' } : { kind };
    await sends.worker().run(handoffId);
    expect(await state(handoffId)).toBe(after);
    expect(await spent()).toEqual({ all: 0, 'country:US': 0 });
  });

  test('what is tried again is counted once, what may have left stays counted, and a call has its own price', async () => {
    await open();
    const worker = sends.worker();
    const { handoffId } = await sends.start(await take(us(1)));
    sends.answer = { kind: 'unavailable' };
    for (let i = 0; i < 3; i += 1) {
      await worker.run(handoffId);
      pass(MINUTE);
    }
    sends.answer = { kind: 'unknown' };
    await worker.run(handoffId);
    expect([await state(handoffId), await spent()]).toEqual([
      'unknown unknown pending',
      { all: 0.05, 'country:US': 0.05 },
    ]);
    sends.answer = 'accepted';
    await worker.run((await sends.start(await take(us(2)), 'voice')).handoffId);
    expect(await spent()).toEqual({ all: 0.15, 'country:US': 0.15 });
  });

  test('a resend that a cap refuses leaves the verification as it is: its first code may still be typed in', async () => {
    await open({ caps: { aDay: 0.05 } });
    const worker = sends.worker();
    const number = await take(us(1));
    const { id, handoffId } = await sends.start(number);
    await worker.run(handoffId);
    const again = await sends.handOff(id, number.ref);
    await worker.run(again);
    expect([await state(handoffId), await state(again)]).toEqual([
      'accepted null pending',
      'rejected spend_cap pending',
    ]);
    expect(await sends.room.rows('SELECT 1 FROM codes')).toHaveLength(1);
  });

  test('a refused call is not counted as a ring', async () => {
    await open({ caps: { aDay: 0.1 } });
    const worker = sends.worker();
    const number = await take(us(1));
    const { id, handoffId } = await sends.start(number, 'voice');
    await worker.run(handoffId);
    pass(2 * MINUTE);
    const rings = () =>
      sends.room.rows<{ hits: number }>('SELECT cardinality(hits) AS hits FROM limits');
    const before = await rings();
    await worker.run(await sends.handOff(id, number.ref, 'voice'));
    expect(await rings()).toEqual(before);
  });
});
