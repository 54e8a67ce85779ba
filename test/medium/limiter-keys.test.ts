import { Room } from '../support/room.js';

// Real here: PostgreSQL, by api's login. Several LimiterKeys stand for several processes.

const DAY_MS = 86_400_000;
let room: Room;
beforeEach(async () => {
  room = await Room.open();
});
afterEach(() => room.close());

const days = async (): Promise<string[]> =>
  (await room.rows<{ day: string }>('SELECT day::text FROM limiter_keys ORDER BY day')).map(
    (row) => row.day,
  );

describe("the limiter's keys", () => {
  test('are the same for processes that start together', async () => {
    const all = Array.from({ length: 5 }, () => room.limiterKeys());
    const indexes = await Promise.all(all.map((keys) => keys.keysFor('number:+12025550123')));
    for (const one of indexes) expect(one).toEqual(indexes[0]);
  });

  test('tell subjects apart, and today from yesterday', async () => {
    const keys = room.limiterKeys();
    const [current, previous] = await keys.keysFor('number:+12025550123');
    const others = [
      ...(await keys.keysFor('number:+12025550124')),
      ...(await keys.keysFor('ip:+12025550123')),
    ];
    expect(new Set([current, previous, ...others].map((index) => index.toString('hex'))).size).toBe(
      6,
    );
    expect(current).toHaveLength(32);
  });

  test("of today are found as yesterday's tomorrow, and no more the day after; their rows go too", async () => {
    const keys = room.limiterKeys();
    await keys.onModuleInit();
    expect(await days()).toEqual(['2026-02-28', '2026-03-01', '2026-03-02']);
    const [first] = await keys.keysFor('x');
    room.clock.advance(DAY_MS);
    const [second, found] = await keys.keysFor('x');
    expect(found).toEqual(first);
    await keys.refresh();
    expect(await days()).toEqual(['2026-03-01', '2026-03-02', '2026-03-03']);
    room.clock.advance(DAY_MS);
    await keys.refresh();
    const [third, before] = await keys.keysFor('x');
    expect(before).toEqual(second);
    expect([second, third]).not.toContainEqual(first);
    expect(await days()).toEqual(['2026-03-02', '2026-03-03', '2026-03-04']);
    expect(await room.limiterKeys().keysFor('x')).toEqual([third, before]);
  });

  test('are there at midnight without a word to the database', async () => {
    const keys = room.limiterKeys();
    await keys.onModuleInit();
    await room.rows('REVOKE ALL ON limiter_keys FROM dingline_api');
    const [today] = await keys.keysFor('x');
    room.clock.advance(DAY_MS);
    expect((await keys.keysFor('x'))[1]).toEqual(today);
  });

  test('of yesterday are looked up for as long as a hit of yesterday counts', async () => {
    const keys = room.limiterKeys();
    room.clock.advance(DAY_MS - (room.clock.now().getTime() % DAY_MS) - 1);
    const [before] = await keys.keysFor('x', 60_000);
    room.clock.advance(60_000); // it is a minute less a millisecond old
    expect((await keys.keysFor('x', 60_000))[1]).toEqual(before);
    room.clock.advance(1);
    expect(await keys.keysFor('x', 60_000)).toHaveLength(1);
    expect((await keys.keysFor('x'))[1]).toEqual(before);
  });

  test("that can't be had mean no answer, and the next one who asks tries again", async () => {
    const keys = room.limiterKeys();
    await room.rows('REVOKE ALL ON limiter_keys FROM dingline_api');
    await expect(keys.keysFor('x')).rejects.toThrow(/permission denied/);
    await room.rows('GRANT SELECT, INSERT, DELETE ON limiter_keys TO dingline_api');
    expect(await keys.keysFor('x')).toHaveLength(2);
  });

  test("are not taken from a table that another LIMITER_KEY wrote, nor from another day's row", async () => {
    await room.limiterKeys().onModuleInit();
    await expect(room.limiterKeys(Buffer.alloc(32, 1)).onModuleInit()).rejects.toThrow(
      /^LIMITER_KEY /,
    );
    await room.rows(
      `UPDATE limiter_keys a SET wrapped = b.wrapped FROM limiter_keys b WHERE a.day = b.day + 1`,
    );
    await expect(room.limiterKeys().keysFor('x')).rejects.toThrow(/^LIMITER_KEY /);
  });
});
