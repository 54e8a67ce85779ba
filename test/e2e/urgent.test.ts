import { eventually } from '../support/eventually.js';
import { account, consent, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface Body {
  id: string;
  code?: string;
  accountIds?: string[];
  recipients: {
    isReached: boolean;
    confirmedBy: string | null;
    leg: { state: string; reason: string | null; ringsAt: string | null } | null;
    notifications: { channel: string; state: string; because: string | null }[];
  }[];
}

const SECOND = 1_000;
const MINUTE = 60_000;
const LINK = /https:\/\/dingline\.example\/c#(\S+)/;

describe('an urgent Ding', () => {
  const next = numbersOf(53);
  let world: World;
  let ann: Person;
  let bob: Person;

  const ding = (from = ann) =>
    world.call<Body>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump has stopped.' },
      from,
    );
  const read = async (id: string) =>
    (await world.call<Body>('GET', `/v1/dings/${id}`, undefined, ann)).body.recipients[0];
  const declineNext = async (): Promise<void> => {
    await (await bob.phone.expectRing()).decline();
    await world.phones.settled();
  };

  beforeAll(async () => {
    world = await World.start({ env: { SENDS_A_DAY: '20' } });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE);
    [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next())];
    for (const one of [ann, bob]) await verify(world, one);
    await team(world, [ann, bob]);
  });

  test('is not held back by codes that three strangers have spoken to its phone', async () => {
    for (const name of ['Carl', 'Dora', 'Eve']) {
      const stranger = await account(world, name, next());
      const body = { number: bob.number, channel: 'voice' };
      expect((await world.call('POST', '/v1/verifications', body, stranger)).status).toBe(201);
      await declineNext();
      await world.pass(MINUTE);
    }
    const { body } = await ding(); // the 4th call in a quarter of an hour: once it waited for 766 s
    expect(body.recipients[0]).toMatchObject({ notifications: [] });
    const ring = await bob.phone.expectRing();
    await ring.answer();
    await ring.press('1');
    await eventually('it is confirmed', async () => (await read(body.id))?.confirmedBy === 'voice');
  });

  test('is not held back by conferences', async () => {
    const [carl, dora] = [
      await account(world, 'Carl', next()),
      await account(world, 'Dora', next()),
    ];
    for (const one of [carl, dora]) await verify(world, one);
    const teamId = await team(world, [carl, bob, dora]);
    await consent(world, bob, teamId);
    const accountIds = [bob.id, dora.id];
    expect((await world.call('POST', '/v1/conferences', { accountIds }, carl)).status).toBe(201);
    await declineNext();
    const { body } = await ding();
    expect(body.recipients[0]).toMatchObject({ notifications: [] });
    await declineNext();
    await bob.phone.expectSms(LINK);
    for (const one of [carl, dora]) await (await one.phone.expectRing()).decline();
  });

  test('whose phone may not ring within half a minute goes by SMS at once, and rings when it may', async () => {
    await ding();
    await declineNext();
    await bob.phone.expectSms(LINK);
    const { body } = await ding();
    expect(body.recipients[0]).toMatchObject({
      leg: {
        state: 'queued',
        ringsAt: new Date(world.clock.now().getTime() + MINUTE).toISOString(),
      },
      notifications: [{ channel: 'sms', because: 'ring_limit' }],
    });
    await bob.phone.expectSms(LINK);
    expect(bob.phone.rings()).toHaveLength(1);
    await world.pass(MINUTE);
    await declineNext();
    expect((await read(body.id))?.notifications).toHaveLength(1); // it is not sent twice
  });

  test('that was confirmed by that SMS does not ring any more', async () => {
    await ding();
    await declineNext();
    await bob.phone.expectSms(LINK);
    const { body } = await ding();
    const [, token] = await bob.phone.expectSms(LINK);
    await world.call('POST', '/v1/ding-links/confirm', { token });
    await world.pass(MINUTE);
    await eventually('it is over', async () => (await read(body.id))?.leg?.state === 'ended');
    await world.phones.settled();
    expect(bob.phone.rings()).toHaveLength(1);
  });

  test('whose phone may ring within half a minute waits for it', async () => {
    await ding();
    await declineNext();
    await bob.phone.expectSms(LINK);
    await world.pass(31 * SECOND);
    const { body } = await ding();
    expect(body.recipients[0]?.notifications).toEqual([]);
    await world.pass(29 * SECOND);
    await declineNext();
    await bob.phone.expectSms(LINK);
  });

  test('that is held up by anything else goes by SMS after half a minute', async () => {
    await world.rows(
      "INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'voice', 'wait', now())",
    );
    const { body } = await ding();
    await world.pass(29 * SECOND);
    expect((await read(body.id))?.notifications).toEqual([]);
    await world.pass(2 * SECOND);
    await bob.phone.expectSms(LINK);
    expect((await read(body.id))?.notifications).toMatchObject([{ because: 'late' }]);
    await world.rows('DELETE FROM stops');
    await world.pass(3 * SECOND);
    await declineNext();
  });

  test('of two at the same moment the one that finds out in the worker goes by SMS at once, too', async () => {
    await Promise.all([ding(), ding()]);
    await bob.phone.expectSms(LINK); // before any call has ended
    expect(bob.phone.rings()).toHaveLength(1);
    await declineNext();
    await bob.phone.expectSms(LINK);
    await world.pass(MINUTE);
    await declineNext();
  });

  test('of 60 from several senders at once each goes out, or its sender is told at once, and until when', async () => {
    const [carl, dora] = [
      await account(world, 'Carl', next()),
      await account(world, 'Dora', next()),
    ];
    for (const one of [carl, dora]) await verify(world, one);
    await team(world, [ann, bob, carl, dora]);
    const senders = Array.from({ length: 20 }, () => [ann, carl, dora]).flat();
    const answers = await Promise.all(
      senders.map(async (from) => ({ from, ...(await ding(from)) })),
    );
    const sent = answers.filter(({ status }) => status === 201);
    expect(sent).toHaveLength(5); // three rings in a quarter of an hour, and four SMS beside and after them
    for (const { status, body, headers } of answers.filter((one) => !sent.includes(one))) {
      expect([status, body.code, body.accountIds]).toEqual([429, 'DING_LIMIT', [bob.id]]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const first = await bob.phone.expectRing();
    await first.answer();
    await first.press('1');
    for (let i = 0; i < 4; i += 1) await bob.phone.expectSms(LINK);
    for (let i = 0; i < 2; i += 1) {
      await world.pass(MINUTE);
      await declineNext();
    }
    await world.pass(20 * MINUTE);
    await world.phones.settled();
    for (const { body, from } of sent) {
      const now = await world.call<Body>('GET', `/v1/dings/${body.id}`, undefined, from);
      expect(now.body.recipients[0]).toMatchObject({ isReached: true });
    }
  });
});
