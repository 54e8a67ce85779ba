import { eventually } from '../support/eventually.js';
import { letFollow } from '../support/follows.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { askCallerIds } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network, whose
// callbacks are lost, and the time, which the test moves.

interface Ding {
  id: string;
  state: string;
  recipients: { leg: { state: string; reason: string | null } | null }[];
}
interface Conference {
  id: string;
  participants: { participantId: string; accountId: string; presence: string }[];
}

describe('where callbacks are lost', () => {
  const next = numbersOf(19);
  let world: World;
  let ann: Person;
  let bob: Person;
  let carl: Person;

  const ding = async (): Promise<string> =>
    (
      await world.call<Ding>(
        'POST',
        '/v1/dings',
        { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' },
        ann,
      )
    ).body.id;
  const read = async (id: string): Promise<Ding> =>
    (await world.call<Ding>('GET', `/v1/dings/${id}`, undefined, ann)).body;
  const legOf = async (id: string) => (await read(id)).recipients[0]?.leg;
  const meet = async (): Promise<{ id: string; hangUp: (who: Person) => Promise<void> }> => {
    const { body } = await world.call<Conference>(
      'POST',
      '/v1/conferences',
      { accountIds: [bob.id, carl.id] },
      ann,
    );
    const rings = await Promise.all(
      [ann, bob, carl].map(async (who) => {
        const ring = await who.phone.expectRing();
        await ring.answer();
        await ring.press('1');
        await ring.expectInRoom();
        return { who, ring };
      }),
    );
    await presence(body.id, { Ann: 'joined', Bob: 'joined', Carl: 'joined' });
    return {
      id: body.id,
      hangUp: async (who) => {
        await rings.find((one) => one.who === who)?.ring.hangUp();
      },
    };
  };
  const presence = (id: string, wanted: Record<string, string>) =>
    eventually(JSON.stringify(wanted), async () => {
      const { body } = await world.call<Conference>('GET', `/v1/conferences/${id}`, undefined, ann);
      const names = { [ann.id]: 'Ann', [bob.id]: 'Bob', [carl.id]: 'Carl' };
      return body.participants.every(
        (one) => one.presence === wanted[names[one.accountId] as string],
      );
    });
  const end = (id: string) => world.call('POST', `/v1/conferences/${id}/end`, undefined, ann);

  beforeAll(async () => {
    world = await World.start();
    ann = await account(world, 'Ann', next());
    bob = await account(world, 'Bob', next());
    carl = await account(world, 'Carl', next());
    for (const one of [ann, bob, carl]) await verify(world, one);
    await team(world, [ann, bob, carl]);
  });
  beforeEach(() => world.pass(3_600_000)); // rings are counted by the hour
  afterEach(() => world.phones.clearTroubles());
  afterAll(() => world.close());

  test('a call that was accepted is asked for after 90 s, and followed by its SMS', async () => {
    await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'call' });
    const id = await ding();
    const ring = await bob.phone.expectRing();
    await ring.decline();
    await world.phones.settled();
    expect(await legOf(id)).toMatchObject({ state: 'queued' });
    await world.pass(91_000);
    await bob.phone.expectSms(/Confirm: /);
    expect(await legOf(id)).toMatchObject({ state: 'ended', reason: 'busy' });
  });

  test('a call that still rings is left to ring', async () => {
    await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'call' });
    const id = await ding();
    const ring = await bob.phone.expectRing();
    const requests = (await world.phones.requests()).length;
    await world.pass(91_000);
    await eventually(
      'it is asked for',
      async () => (await world.phones.requests()).length > requests,
    );
    expect(await legOf(id)).toMatchObject({ state: 'queued' });
    await ring.answer();
    await ring.press('1');
    await ring.expectEnded('completed');
    await world.pass(91_000);
    await eventually('it is over', async () => (await read(id)).state === 'ended');
  });

  test('an SMS of which nothing is heard is asked for after ten minutes', async () => {
    await carl.phone.trouble({ kind: 'callbacks-lost', channel: 'sms' });
    const deliveries = async (id: string) =>
      (
        await world.rows<{ delivery: string }>(
          'SELECT delivery FROM handoffs WHERE subject_id = $1',
          [id],
        )
      ).map(({ delivery }) => delivery);
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number: carl.number },
      carl,
    );
    await carl.phone.expectSms(/#\d{6}$/);
    await world.phones.settled();
    expect(await deliveries(body.id)).toEqual(['none']);
    await world.pass(601_000);
    await eventually('it has arrived', async () => (await deliveries(body.id))[0] === 'delivered');
  });

  test('who has hung up while nobody listened is out of the conference, and shown to nobody there, when its room was compared', async () => {
    const { id, hangUp } = await meet();
    await world.stop('ingress');
    await hangUp(bob);
    await hangUp(carl);
    await world.phones.settled();
    await world.boot('ingress');
    await presence(id, { Ann: 'joined', Bob: 'joined', Carl: 'joined' });
    await world.pass(21_000);
    await presence(id, { Ann: 'joined', Bob: 'away', Carl: 'away' });
    const { body } = await askCallerIds(world, ann, `conferences/${id}`);
    expect(body.callerIds.map(({ number }) => number)).not.toContain(bob.number);
    await end(id);
  });

  test('whose call was hung up, and nobody said that it ended, has left some seconds later', async () => {
    const { id } = await meet();
    await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'call' });
    await ann.phone.trouble({ kind: 'callbacks-lost', channel: 'call' }); // by which the room tells of all
    const { body } = await world.call<Conference>('GET', `/v1/conferences/${id}`, undefined, ann);
    const bobs = body.participants.find((one) => one.accountId === bob.id)?.participantId;
    const legs = () =>
      world.rows<{ state: string }>('SELECT state FROM legs WHERE participant_id = $1', [bobs]);
    await world.call('DELETE', `/v1/conferences/${id}/participants/${bobs}`, undefined, ann);
    await world.phones.settled();
    await eventually('the hang-up is accepted', async () => {
      const ups = await world.rows<{ state: string }>(
        `
          SELECT h.state
          FROM handoffs h
          JOIN legs l ON l.id = h.subject_id
          WHERE h.kind = 'hang_up' AND l.participant_id = $1
        `,
        [bobs],
      );
      return ups[0]?.state === 'accepted';
    });
    expect(await legs()).toEqual([{ state: 'answered' }]);
    await world.pass(4_000);
    await eventually('it has ended', async () => (await legs())[0]?.state === 'ended');
    await end(id);
  });

  test('a call that has left its room, and of whose end nobody heard, is asked for', async () => {
    const { id, hangUp } = await meet();
    const legs = () =>
      world.rows<{ state: string; hasLeft: boolean }>(
        `
          SELECT l.state, l.left_at IS NOT NULL AS "hasLeft"
          FROM legs l
          JOIN participants p ON p.id = l.participant_id
          WHERE p.call_id = $1 AND p.account_id = $2
        `,
        [id, bob.id],
      );
    await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'call', events: ['completed'] });
    await hangUp(bob);
    await world.phones.settled();
    expect(await legs()).toEqual([{ state: 'answered', hasLeft: true }]);
    await world.pass(91_000);
    await eventually('it has ended', async () => (await legs())[0]?.state === 'ended');
    await end(id);
  });

  test('a call that may never have left is no part of a Ding that was taken back or confirmed otherwise', async () => {
    await bob.phone.trouble({ kind: 'reset', channel: 'call' });
    const recalled = await ding();
    await letFollow(world);
    await bob.phone.expectSms(/Confirm: /);
    expect(await legOf(recalled)).toMatchObject({ state: 'queued', reason: 'unknown' });
    await world.call('POST', `/v1/dings/${recalled}/recall`, undefined, ann);
    await eventually('its leg has ended', async () => (await legOf(recalled))?.state === 'ended');

    const confirmed = await ding();
    await letFollow(world);
    await bob.phone.expectSms(/Confirm: /);
    await world.call('POST', `/v1/dings/${confirmed}/confirm`, undefined, bob);
    await eventually('it is over', async () => (await read(confirmed)).state === 'ended');
    expect(await legOf(confirmed)).toMatchObject({ state: 'ended' });
  });
});
