import { Retention } from '../../src/kernel/retention.service.js';
import { eventually } from '../support/eventually.js';
import { account, app } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK, the worker's own
// eraser. Fake: the telephone network (simulator).

interface Verification {
  id: string;
  state: string;
  finishedAt: string | null;
  delivery: { state: string; reason: string | null } | null;
}
interface Asker {
  token?: string;
  headers?: Record<string, string>;
}

const [MINUTE, DAY] = [60_000, 86_400_000];
const CODE = /#(\d{6})$/;
const NOBODYS = '00000000-0000-4000-8000-000000000000';
const wrong = (code: string): string => (code === '123456' ? '654321' : '123456');

describe('a finished verification', () => {
  const next = numbersOf(53);
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());
  beforeEach(() => world.pass(15 * MINUTE));

  const read = (who: Asker, id: string) =>
    world.call<Verification>('GET', `/v1/verifications/${id}`, undefined, who);
  const act = (who: Asker, id: string, what: string, body?: object) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/${what}`, body, who);
  const start = async (
    who: Asker,
  ): Promise<{ id: string; phone: ReturnType<World['phones']['phone']> }> => {
    const number = next();
    const { status, body } = await world.call<Verification>(
      'POST',
      '/v1/verifications',
      { number },
      who,
    );
    expect(status).toBe(201);
    return { id: body.id, phone: world.phones.phone(number) };
  };
  const withCode = async (who: Asker): Promise<{ id: string; code: string }> => {
    const { id, phone } = await start(who);
    return { id, code: (await phone.expectSms(CODE))[1] as string };
  };
  const untilItIs = (who: Asker, id: string, state: string) =>
    eventually(`it is ${state}`, async () => (await read(who, id)).body.state === state);
  /** The worker's own, ahead of its next minute. */
  const erase = () => world.apps.get('worker')?.app.get(Retention).run();

  /** All that finish in this moment, each by its reason. */
  const finished = async (who: Asker): Promise<Record<string, string>> => {
    const expired = await withCode(who);
    await world.pass(10 * MINUTE);
    const [approved, canceled, guessed] = [
      await withCode(who),
      await withCode(who),
      await withCode(who),
    ];
    expect((await act(who, approved.id, 'check', { code: approved.code })).body.state).toBe(
      'approved',
    );
    expect((await act(who, canceled.id, 'cancel')).body.state).toBe('canceled');
    for (let guess = 0; guess < 5; guess += 1)
      await act(who, guessed.id, 'check', { code: wrong(guessed.code) });
    const number = next();
    await world.phones.phone(number).trouble({ kind: 'error', code: 21211, times: 1 });
    const {
      body: { id: undeliverable },
    } = await world.call<Verification>('POST', '/v1/verifications', { number }, who);
    await untilItIs(who, undeliverable, 'undeliverable');
    await world.phones.settled();
    const day = world.clock.now().toISOString().slice(0, 10);
    await world.rows(
      `
        INSERT INTO spendings (day, subject, spent)
        VALUES ($1, 'all', 1000)
        ON CONFLICT (day, subject) DO UPDATE SET spent = 1000
      `,
      [day],
    );
    const { id: blocked } = await start(who);
    await untilItIs(who, blocked, 'blocked');
    await world.rows(`DELETE FROM spendings`);
    // By the sweep, as at the time that it expired.
    await eventually(
      'it has expired',
      async () =>
        (
          await world.rows(`SELECT FROM verifications WHERE id = $1 AND state = 'expired'`, [
            expired.id,
          ])
        ).length === 1,
    );
    return {
      approved: approved.id,
      canceled: canceled.id,
      expired: expired.id,
      max_attempts: guessed.id,
      undeliverable,
      blocked,
    };
  };

  test.each([
    [
      "a person's",
      async (): Promise<Asker> => ({ token: (await account(world, 'Ann', next())).token }),
    ],
    ["an app's", async (): Promise<Asker> => ({ headers: (await app(world, 'shop')).headers })],
  ])(
    'of %s can be read for a day with its reason, whatever that is; then it is gone like one that never was',
    async (_, make) => {
      const who = await make();
      const ids = await finished(who);
      const at = world.clock.now().toISOString();
      const seen = async () =>
        Object.fromEntries(
          await Promise.all(
            Object.entries(ids).map(
              async ([state, id]) => [state, (await read(who, id)).body] as const,
            ),
          ),
        );
      const before = await seen();
      for (const state of Object.keys(ids))
        expect(before[state]).toMatchObject({ state, finishedAt: at });
      expect([before['undeliverable']?.delivery, before['blocked']?.delivery]).toMatchObject([
        { state: 'rejected', reason: 'bad_number' },
        { state: 'rejected', reason: 'spend_cap' },
      ]);

      await world.pass(DAY - 1);
      await erase();
      expect(await seen()).toEqual(before);

      await world.pass(1);
      await eventually('they are erased', async () => {
        await erase(); // nothing, if the worker's own minute has come and it is at it
        return (
          (await world.rows('SELECT FROM verifications WHERE id = ANY ($1)', [Object.values(ids)]))
            .length === 0
        );
      });
      const asked = await Promise.all(
        [...Object.values(ids), NOBODYS].flatMap((id) => [
          read(who, id),
          act(who, id, 'sends'),
          act(who, id, 'check', { code: '123456' }),
          act(who, id, 'cancel'),
        ]),
      );
      expect(asked.map(({ status }) => status)).toEqual(Array(28).fill(404));
      expect(new Set(asked.map(({ text }) => text)).size).toBe(1);
      expect(
        await world.rows(`SELECT FROM handoffs WHERE subject_id = ANY ($1)`, [Object.values(ids)]),
      ).toEqual([]);
    },
  );
});
