import pg from 'pg';
import { ManualTimer } from '../support/clock.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account, type Person, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import type { RingingCall } from '../support/ringing-call.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone
// network (simulator), and the deadline of whoever waits on the phone, which is over when the test
// says so.

interface DingBody {
  id: string;
  recipients: { confirmedAt: string | null; leg: { state: string } }[];
}

describe('an outage of the database while somebody is on the phone', () => {
  const next = numbersOf(20261126);
  let world: World;
  let cable: Cuttable;
  let timer: ManualTimer;
  let ann: Person;
  let bob: Person;

  const ding = async (): Promise<string> =>
    (
      await world.call<DingBody>(
        'POST',
        '/v1/dings',
        { recipientIds: [bob.id], text: 'The pump has stopped.' },
        ann,
      )
    ).body.id;
  const confirmedAt = async (id: string) =>
    (await world.call<DingBody>('GET', `/v1/dings/${id}`, undefined, ann)).body.recipients[0]
      ?.confirmedAt;
  const menu = async (ring: RingingCall): Promise<void> => {
    await ring.letPass('pause');
    await ring.letPass('pause');
    await ring.expectListening();
  };
  const asked = async (number: string) =>
    (await world.phones.callbacks()).filter(
      ({ purpose, fields }) => purpose === 'instructions' && fields['To'] === number,
    );

  beforeEach(async () => {
    timer = new ManualTimer();
    world = await World.start({
      at: new Date(),
      timer,
      wire: async (env) => {
        cable = await Cuttable.before(env['INGRESS_DATABASE_URL'] ?? '', 5432);
        env['INGRESS_DATABASE_URL'] = cable.url;
      },
    });
    [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next(), 'zh')];
    await verify(world, ann);
    await verify(world, bob);
    await team(world, [ann, bob]);
    await world.phones.settled();
  });
  afterEach(async () => {
    try {
      await world.close();
    } finally {
      await cable.cut();
    }
  });

  test('a key that was pressed while it was away still confirms once it is back', async () => {
    const id = await ding();
    const ring = await (await bob.phone.expectRing()).answer();
    await menu(ring);
    await cable.cut();
    await ring.press('1');
    await ring.expectSaid(/^请稍候。$/); // in the call's language, which nothing could be asked for
    expect(await confirmedAt(id)).toBeNull();
    await cable.mend();
    await ring.letPass('pause');
    await ring.expectSaid(/您已确认/);
    await ring.expectEnded('completed');
    await world.phones.settled();
    expect(await confirmedAt(id)).not.toBeNull();
    const addresses = (await asked(bob.number)).map(
      ({ url }) => new URL(url).pathname.split('/').pop() + new URL(url).search,
    );
    expect(addresses).toEqual([
      'answer?lang=zh&for=ding',
      'keys?turn=1&lang=zh&for=ding',
      'keys?turn=1&digit=1&retry=1&lang=zh&for=ding',
    ]);
  });

  test('a call that is answered while it is away waits a moment, then speaks', async () => {
    await ding();
    const ring = await bob.phone.expectRing();
    await world.phones.settled();
    await cable.cut();
    await ring.answer();
    await ring.expectSaid(/^请稍候。$/);
    await cable.mend();
    await ring.letPass('pause');
    await ring.expectSaid(/紧急消息/);
    await world.phones.settled();
    await ring.hangUp();
    await bob.phone.expectSms(/The pump has stopped/); // nothing was confirmed
  });

  test('three times a moment, then an apology that says that nothing was confirmed, and the end', async () => {
    const id = await ding();
    const ring = await (await bob.phone.expectRing()).answer();
    await menu(ring);
    await cable.cut();
    await ring.press('1');
    for (let time = 1; time <= 3; time += 1) {
      await ring.expectSaid(/^请稍候。$/);
      await ring.letPass('pause');
    }
    await ring.expectSaid(/这条消息没有得到确认/);
    await ring.expectEnded('completed');
    await cable.mend();
    await bob.phone.expectSms(/The pump has stopped/);
    await world.phones.settled();
    expect(ring.said().filter((text) => text === '请稍候。')).toHaveLength(3);
    expect(await confirmedAt(id)).toBeNull();
  });

  test('a call with a code keeps its key over the outage, and asks to try again when it lasts', async () => {
    const eve = await account(world, 'Eve', next());
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number: eve.number, channel: 'voice' },
      eve,
    );
    const ring = await (await eve.phone.expectRing()).answer();
    await ring.letPass('pause');
    const [, key] = await ring.expectSaid(/press (\d)\.$/);
    await ring.expectListening();
    await cable.cut();
    await ring.press(key as string);
    await ring.expectSaid(/^One moment, please\.$/);
    await cable.mend();
    await ring.letPass('pause');
    await ring.expectSaid(/^Your code is:$/);
    const [code] = await ring.expectSaid(/^\d( \d){5}$/);
    await cable.cut();
    await ring.letPass('pause');
    await ring.expectEnded('completed');
    await cable.mend();
    await world.phones.settled();
    expect(
      (
        await world.call(
          'POST',
          `/v1/verifications/${body.id}/check`,
          { code: code.replaceAll(' ', '') },
          eve,
        )
      ).body,
    ).toMatchObject({ isCorrect: true });

    await world.pass(60_000);
    const dora = await account(world, 'Dora', next());
    await world.call('POST', '/v1/verifications', { number: dora.number, channel: 'voice' }, dora);
    const second = await dora.phone.expectRing();
    await world.phones.settled();
    await cable.cut();
    await second.answer();
    for (let time = 1; time <= 3; time += 1) {
      await second.expectSaid(/^One moment/);
      await second.letPass('pause');
    }
    await second.expectSaid(/Please ask for your code again, a little later/);
    await second.expectEnded('completed');
    await cable.mend();
  });

  test('words that come too late are asked for again after 5 seconds; the late transaction counts once, and does no harm', async () => {
    const id = await ding();
    const ring = await (await bob.phone.expectRing()).answer();
    await menu(ring);
    await world.phones.settled();
    const lock = new pg.Client({ connectionString: world.database.ownerUrl });
    await lock.connect();
    try {
      await lock.query('BEGIN');
      await lock.query(`SELECT 1 FROM handoffs WHERE channel = 'voice' FOR UPDATE`);
      await ring.press('1');
      const [wait] = await eventually('the deadline runs', () =>
        Promise.resolve(timer.waits.length > 0 && timer.waits),
      );
      expect(wait?.ms).toBe(5_000);
      wait?.end();
      await ring.expectSaid(/^请稍候。$/);
      expect(await confirmedAt(id)).toBeNull();
      await lock.query('COMMIT');
    } finally {
      await lock.end();
    }
    await eventually('the late transaction commits', async () => (await confirmedAt(id)) !== null);
    const first = await confirmedAt(id);
    world.clock.advance(1_000);
    await ring.letPass('pause');
    await ring.expectSaid(/您已确认/);
    await ring.expectEnded('completed');
    await world.phones.settled();
    expect(await confirmedAt(id)).toBe(first);
  });
});
