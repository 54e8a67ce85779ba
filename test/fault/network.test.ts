import { Sweeper } from '../../src/handoff/sweeper.service.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator),
// which makes trouble, and the time, which stands still until the test moves it.

interface HandoffRow {
  id: string;
  state: string;
  reason: string | null;
  attempts: number;
  carrier_ref: string | null;
}
interface Started {
  id: string;
  state: string;
}

describe('a hand-off on a bad day', () => {
  const next = numbersOf(20261124);
  let world: World;
  let carrierCable: Cuttable;
  let databaseCable: Cuttable;
  let ann: Person;
  let bob: Person;
  let eve: Person;

  const start = async (): Promise<string> => {
    const { status, body } = await world.call<Started>(
      'POST',
      '/v1/verifications',
      { number: eve.number },
      eve,
    );
    expect(status).toBe(201);
    return body.id;
  };
  const ding = async (): Promise<string> => {
    const { status, body } = await world.call<Started>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' },
      ann,
    );
    expect(status).toBe(201);
    return body.id;
  };
  /** By the verification or the Ding. */
  const rowOf = async (id: string): Promise<HandoffRow | undefined> =>
    (
      await world.rows<HandoffRow>(
        'SELECT id, state, reason, attempts, carrier_ref FROM handoffs WHERE subject_id IN ($1, (SELECT id FROM legs WHERE call_id = $1))',
        [id],
      )
    )[0];
  const becomes = async (id: string, state: string, attempts?: number): Promise<HandoffRow> => {
    let last: HandoffRow | undefined;
    return eventually(`the hand-off is ${state}`, async () => {
      last = await rowOf(id);
      return last?.state === state && (attempts === undefined || last.attempts === attempts)
        ? last
        : undefined;
    }).catch((error: Error) => {
      throw new Error(
        `${error.message}; it is ${JSON.stringify(last)}\n${world.logs.slice(-20).join('')}`,
      );
    });
  };
  /** It was tried so often, and waits for another time. */
  const isWaiting = (id: string, attempts: number) => becomes(id, 'queued', attempts);
  const verificationState = async (id: string) =>
    (await world.call<Started>('GET', `/v1/verifications/${id}`, undefined, eve)).body.state;
  const created = async (person: Person) =>
    (await world.phones.created()).filter(({ number }) => number === person.number).length;
  const sweep = () =>
    (world.apps.get('worker') as NonNullable<ReturnType<typeof world.apps.get>>).app
      .get(Sweeper, { strict: false })
      .sweep();
  /** All that could send again has its chance: retries, the sweeper, time. */
  const giveItTime = async (): Promise<void> => {
    for (const ms of [3_000, 61_000]) {
      await world.pass(ms);
      await sweep();
    }
    await eventually('no job is left', async () =>
      (
        await world.onQueues((queue) =>
          queue.getJobCountByTypes('wait', 'active', 'prioritized', 'delayed'),
        )
      ).every((count) => count === 0),
    );
  };

  beforeEach(async () => {
    world = await World.start({
      at: new Date(),
      wire: async (env) => {
        carrierCable = await Cuttable.before(env['CARRIER_BASE_URL'] ?? '');
        databaseCable = await Cuttable.before(env['WORKER_DATABASE_URL'] ?? '', 5432);
        env['CARRIER_BASE_URL'] = carrierCable.url;
        env['WORKER_DATABASE_URL'] = databaseCable.url;
      },
    });
    [ann, bob, eve] = [
      await account(world, 'Ann', next()),
      await account(world, 'Bob', next()),
      await account(world, 'Eve', next()),
    ];
    await verify(world, ann);
    await verify(world, bob);
    await team(world, [ann, bob]);
  });
  afterEach(async () => {
    try {
      await world.close();
    } finally {
      await carrierCable.cut();
      await databaseCable.cut();
    }
  });

  test('a 5xx before acceptance leaves it unknown: nobody can tell it from one after; once the carrier says that it has none of it, the code comes, once', async () => {
    await eve.phone.trouble({ kind: 'server-error', status: 503, accepted: false, channel: 'sms' });
    await bob.phone.trouble({
      kind: 'server-error',
      status: 503,
      accepted: false,
      channel: 'call',
    });
    const ids = [await start(), await ding()];
    for (const id of ids) await becomes(id, 'unknown');
    await world.phones.clearTroubles();
    await world.pass(5_000);
    await bob.phone.expectSms(/Confirm: /); // the Ding's next way
    for (const id of ids) expect(await rowOf(id)).toMatchObject({ state: 'unknown', attempts: 1 });
    expect([await created(eve), eve.phone.messages(), bob.phone.rings()]).toEqual([0, [], []]);
    await giveItTime();
    await eve.phone.expectSms(/#\d{6}$/);
    await giveItTime();
    expect([await created(eve), eve.phone.messages().length]).toEqual([1, 1]);
  });

  test('a 5xx after acceptance, with every callback lost, is unknown until the carrier is asked for it, and comes once', async () => {
    await world.phones.trouble({ kind: 'callbacks-lost' });
    await eve.phone.trouble({ kind: 'server-error', status: 500, accepted: true, channel: 'sms' });
    await bob.phone.trouble({ kind: 'server-error', status: 500, accepted: true, channel: 'call' });
    const ids = [await start(), await ding()];
    await eve.phone.expectSms(/#\d{6}$/);
    await bob.phone.expectRing();
    for (const id of ids) await becomes(id, 'unknown');
    await world.phones.clearTroubles();
    await world.pass(5_000);
    await bob.phone.expectSms(/Confirm: /);
    for (const id of ids)
      expect(await rowOf(id)).toMatchObject({ state: 'unknown', attempts: 1, carrier_ref: null });
    await giveItTime();
    for (const id of ids) await becomes(id, 'accepted', 1);
    // Bob's are the code of before, the call, and the SMS of the Ding.
    expect([await created(eve), await created(bob)]).toEqual([1, 3]);
  });

  test('a connection reset after acceptance, and an answer cut in half, are settled by the callback', async () => {
    await world.phones.trouble({ kind: 'reset', accepted: true, channel: 'sms' });
    await world.phones.trouble({ kind: 'garbled', channel: 'call' });
    const ids = [await start(), await ding()];
    await eve.phone.expectSms(/#\d{6}$/);
    await (await bob.phone.expectRing()).decline();
    await world.phones.settled();
    await world.pass(5_000); // it was unknown at first
    await bob.phone.expectSms(/Confirm: /);
    for (const id of ids)
      expect((await becomes(id, 'accepted')).carrier_ref).toMatch(/^(SM|CA)[0-9a-f]{32}$/);
    await giveItTime();
    for (const id of ids) expect(await rowOf(id)).toMatchObject({ state: 'accepted', attempts: 1 });
  });

  test('a refused connection and a 429 provably did not leave: it is sent later, once', async () => {
    await carrierCable.cut();
    const ids = [await start(), await ding()];
    for (const id of ids) await isWaiting(id, 1);
    for (const person of [eve, bob])
      await person.phone.trouble({ kind: 'error', code: 20429, status: 429, times: 1 });
    const before = (await world.phones.requests()).length;
    await carrierCable.mend();
    await eventually(
      'both come, the call after the minutes that must lie between two calls',
      async () => {
        await world.pass(2_000);
        return eve.phone.messages().length > 0 && bob.phone.rings().length > 0;
      },
      30_000,
    );
    await eve.phone.expectSms(/#\d{6}$/);
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/Confirm: /);
    for (const id of ids) await becomes(id, 'accepted');
    await giveItTime();
    // Each the 429, and the one that went through; and the SMS that follows the declined call.
    expect(
      (await world.phones.requests())
        .slice(before)
        .map(({ channel }) => channel)
        .sort(),
    ).toEqual(['call', 'call', 'sms', 'sms', 'sms']);
  });

  test('a number that the carrier can not reach ends the verification as undeliverable, and its code is erased', async () => {
    await eve.phone.trouble({ kind: 'error', code: 21211 });
    const id = await start();
    expect(await becomes(id, 'rejected')).toMatchObject({ reason: 'bad_number' });
    expect(await verificationState(id)).toBe('undeliverable');
    expect(await world.rows('SELECT * FROM codes WHERE verification_id = $1', [id])).toEqual([]);
    await giveItTime();
    expect(
      (await world.phones.requests()).filter(({ fields }) => fields['To'] === eve.number),
    ).toHaveLength(1);
  });

  test.each([20003, 21606])(
    'our own fault (%i) fails the hand-off, tells the operator, and leaves the verification pending',
    async (code) => {
      await eve.phone.trouble({ kind: 'error', code, times: 1 });
      const id = await start();
      expect(await becomes(id, 'failed')).toMatchObject({ reason: 'misconfigured' });
      expect(await verificationState(id)).toBe('pending');
      expect(
        world.logs
          .map((line) => JSON.parse(line) as Record<string, unknown>)
          .filter(({ event }) => event === 'carrier_misconfigured'),
      ).toMatchObject([{ level: 'error', carrierCode: code }]);
      await giveItTime();
      expect(await rowOf(id)).toMatchObject({ state: 'failed', attempts: 1 });
      // The person may try again, with the same code, once the operator has acted.
      expect(
        (await world.call('POST', `/v1/verifications/${id}/sends`, undefined, eve)).status,
      ).toBeLessThan(300);
      await eve.phone.expectSms(/#\d{6}$/);
    },
  );

  test('what a worker finds past its time is expired and not sent', async () => {
    await world.stop('worker');
    const [sms, call] = [await start(), await ding()];
    await world.pass(16 * 60_000);
    await world.boot('worker');
    for (const id of [sms, call])
      expect(await becomes(id, 'expired')).toMatchObject({ attempts: 0 });
    expect(await verificationState(sms)).toBe('expired');
    expect(await world.rows('SELECT state, reason FROM legs')).toEqual([
      { state: 'ended', reason: 'expired' },
    ]);
    await giveItTime();
    expect([await created(eve), bob.phone.rings()]).toEqual([0, []]);
  });

  test('a queue that lost everything is filled again from the rows, and each goes out once', async () => {
    await world.stop('worker');
    const ids = [await start(), await ding()];
    await world.onQueues((queue) => queue.obliterate({ force: true }));
    await world.boot('worker');
    await sweep(); // not overdue yet: its job may be on its way
    expect(await Promise.all(ids.map(async (id) => (await rowOf(id))?.state))).toEqual([
      'queued',
      'queued',
    ]);
    await world.pass(3_000);
    await Promise.all([sweep(), sweep()]);
    await eve.phone.expectSms(/#\d{6}$/);
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/Confirm: /);
    for (const id of ids) expect(await becomes(id, 'accepted')).toMatchObject({ attempts: 1 });
    await giveItTime();
  });

  test('two workers with twenty jobs for one row send it once', async () => {
    await world.stop('worker');
    const ids = [await start(), await ding()];
    const rows = await Promise.all(ids.map(rowOf));
    await world.onQueues(async (queue) => {
      const handoffId = rows[queue.name.endsWith('sms') ? 0 : 1]?.id;
      await queue.addBulk(
        Array.from({ length: 20 }, (_, nth) => ({
          name: 'handoff',
          data: { handoffId },
          opts: { jobId: `again-${String(nth)}`, removeOnComplete: true },
        })),
      );
    });
    await Promise.all([world.boot('worker'), world.bootAnother('worker')]);
    await eve.phone.expectSms(/#\d{6}$/);
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/Confirm: /);
    for (const id of ids) expect(await becomes(id, 'accepted')).toMatchObject({ attempts: 1 });
    await giveItTime();
    // Bob's own code, the call, and the SMS that follows it.
    expect([await created(eve), await created(bob)]).toEqual([1, 3]);
  });

  test('a worker that loses its database in mid-flight is given time to say what the carrier answers', async () => {
    await world.phones.trouble({ kind: 'callbacks-lost' });
    await world.phones.trouble({ kind: 'latency', ms: 4_000, accepted: true });
    const id = await start();
    await eve.phone.expectSms(/#\d{6}$/);
    expect(await rowOf(id)).toMatchObject({ state: 'sending' });
    await sweep();
    expect(await rowOf(id)).toMatchObject({ state: 'sending' }); // its worker lives
    await databaseCable.cut();
    await databaseCable.mend();
    // Its lease is lost as well; who looks for what the dead have left was cut off, too, and waits.
    await eventually('it was looked for', () =>
      sweep().then(
        () => true,
        () => false, // a connection of the pool may be one that was cut
      ),
    );
    expect(await rowOf(id)).toMatchObject({ state: 'sending' });
    expect(await becomes(id, 'accepted')).toMatchObject({
      attempts: 1,
      carrier_ref: expect.stringMatching(/^SM/) as string,
    });
    await giveItTime();
    expect(await created(eve)).toBe(1);
  });

  test('an outcome waits for a database that is away when the carrier answers', async () => {
    await world.phones.trouble({ kind: 'callbacks-lost' });
    await world.phones.trouble({ kind: 'latency', ms: 300, accepted: true });
    const id = await start();
    await eve.phone.expectSms(/#\d{6}$/);
    await databaseCable.cut();
    await world.phones.expectEntry(
      'the carrier to answer',
      (entry) =>
        entry.type === 'reply' &&
        entry['status'] === 201 &&
        typeof entry['sid'] === 'string' &&
        eve.phone.seen().some((seen) => seen['sid'] === entry['sid']),
    );
    await databaseCable.mend();
    expect(await becomes(id, 'accepted')).toMatchObject({ attempts: 1 });
    await giveItTime();
    expect(await created(eve)).toBe(1);
  });
});
