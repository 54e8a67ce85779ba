import { sql } from 'kysely';
import { liftBlock, listBlocks } from '../../src/guard/pumping-blocks.repository.js';
import { lookAtLastHour } from '../../src/guard/pumping-evidence.repository.js';
import type { HandoffWorker } from '../../src/plaintext/handoff.worker.js';
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
const pass = (ms: number): void => sends.room.clock.advance(ms);

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
