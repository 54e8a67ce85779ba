import { sql } from 'kysely';
import { liftBlock, listBlocks } from '../../src/guard/pumping-blocks.repository.js';
import { lookAtLastHour } from '../../src/guard/pumping-evidence.repository.js';
import type { HandoffWorker } from '../../src/plaintext/handoff.worker.js';
import type { SubmittedNumber } from '../../src/plaintext/number.pipes.js';
import { Sends, type SendsOptions } from '../support/sends.js';

// Real: PostgreSQL on each role's login, what takes numbers in, the worker's claim and outcome, the
// sweep, the look at the blocks. Not here: HTTP and the queue (test/e2e/pumping), the carrier, who
// checks codes.

const MINUTE = 60_000;
let sends: Sends;
const open = async (options: SendsOptions = {}): Promise<void> => {
  sends = await Sends.open(options);
};
afterEach(() => sends.close());

/** The n-th number of a prefix in Britain; 10,000 each. */
const gb = (prefix: number, n = 0): string =>
  `+4474${String(prefix).padStart(4, '0')}${String(n).padStart(4, '0')}`;
const us = (n: number): string => `+1202834${String(n).padStart(4, '0')}`;
const take = (e164: string): Promise<SubmittedNumber> => sends.intake.takeNumber(e164);
const state = async (handoffId: string): Promise<string> => {
  const rows = await sends.room.rows<{
    handoff: string;
    reason: string | null;
    verification: string;
  }>(
    `SELECT h.state AS handoff, h.reason, v.state AS verification FROM handoffs h JOIN verifications v ON v.id = h.subject_id WHERE h.id = '${handoffId}'`,
  );
  return rows
    .map(({ handoff, reason, verification }) => `${handoff} ${reason} ${verification}`)
    .join();
};
const spent = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await sends.room.rows<{ subject: string; spent: string }>(
        'SELECT subject, spent FROM spendings',
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
    await sql`INSERT INTO apps (id, name, spend_cap, created_at) VALUES (${app}, 'shop', 0.1, ${sends.room.clock.now()})`.execute(
      sends.room.owner.sql,
    );
    await sql`INSERT INTO verify_services (id, app_id, is_default, name, created_at) VALUES (${service}, ${app}, true, 'Shop', ${sends.room.clock.now()})`.execute(
      sends.room.owner.sql,
    );
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
    sends.answer = { kind: 'accepted', carrierRef: 'y' };
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

describe('a block', () => {
  let worker: HandoffWorker;
  beforeEach(async () => {
    await open();
    worker = sends.worker();
  });
  const send = async (e164: string): Promise<string> => {
    const { id, handoffId } = await sends.start(await take(e164));
    await worker.run(handoffId);
    return id;
  };
  /** So many codes to different numbers of a prefix, none of them typed in. */
  const pump = async (prefix: number, count = 10, from = 0): Promise<void> => {
    for (let i = 0; i < count; i += 1) await send(gb(prefix, from + i));
  };
  const look = async (): Promise<void> => {
    await sends.sweep().run();
    await sends.guard.look();
  };
  const blocks = async (): Promise<string[]> =>
    (await listBlocks(sends.room.owner.sql, sends.room.clock.now()))
      .filter(({ endedAt }) => endedAt === null)
      .map(
        ({ kind, country, reason, sends: count, approvals, cost }) =>
          `${kind} ${country} ${reason} ${count} ${approvals} ${Number(cost)}`,
      )
      .sort();
  const until = async (e164: string): Promise<number | undefined> => {
    const at = (await take(e164)).blockedUntil;
    return at === undefined
      ? undefined
      : (at.getTime() - sends.room.clock.now().getTime()) / MINUTE;
  };

  test('begins when a prefix has a burst of codes that nobody types in, and holds for its 10,000 numbers and no others', async () => {
    await pump(1);
    await look();
    expect(await blocks()).toEqual([]); // nobody could have typed them in yet
    pass(45_000);
    await look();
    expect(await blocks()).toEqual(['prefix GB burst 10 0 0.5']);
    expect([await until(gb(1, 9999)), await until(gb(2, 0))]).toEqual([5, undefined]);
    const line = sends.logs.find((one) => one.includes('pumping_blocked'));
    expect(line).toContain('"country":"GB"');
    expect(sends.logs.join('')).not.toMatch(/\+44|740001/);
  });

  test('says its prefix in clear once somebody was refused', async () => {
    await pump(1);
    pass(45_000);
    await look();
    const prefixes = async () =>
      (await listBlocks(sends.room.owner.sql, sends.room.clock.now())).map(({ prefix }) => prefix);
    expect(await prefixes()).toEqual([null]);
    await until(gb(1, 77));
    await sends.guard.onModuleDestroy(); // waits for what it writes
    expect(await prefixes()).toEqual(['+44740001']);
    await expect(
      sql`UPDATE pumping_blocks SET prefix = '+447400010077'`.execute(sends.room.owner.sql),
    ).rejects.toMatchObject({ code: '23514' });
  });

  test('ends by itself; what it was made of is used up; the next is twice as long and takes half as many sends', async () => {
    await pump(1);
    pass(45_000);
    await look();
    pass(5 * MINUTE - 1);
    expect(await until(gb(1))).toBeGreaterThan(0);
    pass(1);
    expect(await until(gb(1))).toBeUndefined();
    await look();
    expect(await blocks()).toEqual([]);
    expect(sends.logs.filter((line) => line.includes('pumping_ended'))).toHaveLength(1);
    await pump(1, 4, 100);
    pass(45_000);
    await look();
    expect(await blocks()).toEqual([]);
    await pump(1, 1, 200);
    pass(45_000);
    await look();
    expect([await blocks(), await until(gb(1))]).toEqual([['prefix GB burst 5 0 0.25'], 10]);
  });

  test('that an operator lifts is over at once, comes not again by the same sends, and makes the next no longer', async () => {
    await pump(1);
    pass(45_000);
    await look();
    const [block] = await listBlocks(sends.room.owner.sql, sends.room.clock.now());
    expect(
      await liftBlock(sends.room.owner.sql, '0000000', sends.room.clock.now()),
    ).toBeUndefined();
    expect(
      await liftBlock(sends.room.owner.sql, block?.id.slice(0, 8) ?? '', sends.room.clock.now()),
    ).toMatchObject({ kind: 'prefix' });
    await sends.guard.look();
    expect(await until(gb(1))).toBeUndefined();
    for (let i = 0; i < 12; i += 1) {
      pass(5 * MINUTE);
      await look();
      expect(await blocks()).toEqual([]);
    }
    await pump(1, 10, 100);
    pass(45_000);
    await look();
    expect(await until(gb(1))).toBe(5);
  });

  test('is not made of two slow people, nor of codes that are typed in, nor of test numbers', async () => {
    for (const number of [await take(gb(1, 0)), await take(gb(1, 1))]) {
      const { id, handoffId } = await sends.start(number);
      await worker.run(handoffId);
      for (let i = 0; i < 4; i += 1) await worker.run(await sends.handOff(id, number.ref));
    }
    for (let i = 0; i < 20; i += 1) await sends.finish(await send(gb(2, i)), 'approved');
    pass(3 * MINUTE);
    await look();
    expect(await blocks()).toEqual([]);
    expect((await take('+12025550100')).blockedUntil).toBeUndefined();
  });

  test('is not made of what an outage or a stop keeps here', async () => {
    sends.answer = { kind: 'unavailable' };
    await pump(1, 20);
    for (let i = 0; i < 20; i += 1) await sends.start(await take(gb(2, i)));
    pass(3 * MINUTE);
    await look();
    expect(await blocks()).toEqual([]);
  });

  test('begins late, but surely, where some codes are typed in', async () => {
    for (let i = 0; i < 20; i += 1) {
      const id = await send(gb(1, i));
      if (i < 3) await sends.finish(id, 'approved');
      pass(5_000);
    }
    await look();
    expect(await blocks()).toEqual([]);
    pass(2 * MINUTE);
    await look();
    expect(await blocks()).toEqual(['prefix GB conversion 20 3 1']);
  });

  test('holds for a country whose codes go to many prefixes, and not for the others; a test number is exempt', async () => {
    for (let i = 0; i < 60; i += 1) await send(gb(i));
    pass(45_000);
    await look();
    expect(await blocks()).toEqual(['country GB burst 60 0 3']);
    expect([await until(gb(999)), await until(us(1))]).toEqual([5, undefined]);
    await sql`UPDATE pumping_blocks SET country = 'US'`.execute(sends.room.owner.sql);
    await sends.guard.look();
    expect([await until(us(1)), await until('+12025550100')]).toEqual([5, undefined]);
  });

  test('of a prefix spares its country, until five of its prefixes are blocked', async () => {
    for (let prefix = 0; prefix < 4; prefix += 1) await pump(prefix, 13);
    pass(45_000);
    await look();
    expect(await blocks()).toHaveLength(4);
    await look();
    expect(await blocks()).toHaveLength(4);
    await pump(5, 10);
    pass(45_000);
    await look();
    await look();
    expect((await blocks())[0]).toBe('country GB burst 62 0 3.1');
    expect(await blocks()).toHaveLength(6);
  });

  test('is made once, however many workers look', async () => {
    await pump(1);
    pass(45_000);
    await Promise.all(Array.from({ length: 5 }, () => sends.sweep().run()));
    expect(await blocks()).toHaveLength(1);
    expect(sends.logs.filter((line) => line.includes('pumping_blocked'))).toHaveLength(1);
  });

  test('holds though the database is away, and ends on time; where none was ever read nothing is taken', async () => {
    await pump(1);
    pass(45_000);
    await look();
    await sends.room.api.close();
    await sends.guard.look();
    expect(
      await sends.guard.refusal({ country: 'GB', prefixKeys: () => Promise.resolve([]) }),
    ).toBeUndefined();
    const [row] = await sends.room.rows<{ prefix_key: Buffer }>(
      'SELECT prefix_key FROM pumping_blocks',
    );
    const where = { country: 'GB', prefixKeys: () => Promise.resolve([row?.prefix_key as Buffer]) };
    expect(await sends.guard.refusal(where)).toBeDefined();
    pass(5 * MINUTE);
    expect(await sends.guard.refusal(where)).toBeUndefined();
    await expect(sends.room.pumpingGuard().refusal(where)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  test("is the worker's to make and the owner's to lift: no other role may", async () => {
    for (const role of [sends.room.api, sends.room.ingress]) {
      for (const statement of [
        `INSERT INTO spendings VALUES (now(), 'all', 0)`,
        'DELETE FROM pumping_blocks',
        `UPDATE pumping_blocks SET until = now()`,
        `UPDATE pumping_blocks SET lifted_at = now()`,
        `SELECT take_spend(now()::date, '{all}', '{1}', 1)`,
      ])
        await expect(sql.raw(statement).execute(role.sql)).rejects.toMatchObject({ code: '42501' });
    }
    await expect(
      sql.raw('UPDATE pumping_blocks SET lifted_at = now()').execute(sends.room.worker.sql),
    ).rejects.toMatchObject({ code: '42501' });
  });

  test('is looked for in the last hour alone', async () => {
    await pump(1, 9);
    pass(60 * MINUTE);
    await pump(1, 9, 100);
    pass(3 * MINUTE);
    await look();
    expect(await blocks()).toEqual([]);
    expect(
      (await lookAtLastHour(sends.room.worker.sql, sends.room.clock.now())).map(
        ({ kind, hour }) => [kind, hour.sends],
      ),
    ).toEqual([
      ['prefix', 9],
      ['country', 9],
    ]);
  });
});
