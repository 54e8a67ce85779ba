import { eventually } from '../support/eventually.js';
import { Listener } from '../support/live.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator),
// and the time, which stands still until the test moves it.

interface Standing {
  code: string;
  because: string | null;
  until: string | null;
  text: string;
}
interface Ding {
  id: string;
  state: string;
  recipients: {
    participantId: string;
    accountId: string;
    isReached: boolean;
    leg: { standing: Standing } | null;
    notifications: { standing: Standing }[];
  }[];
}

const REFUSED_ONCE = {
  kind: 'error',
  code: 20429,
  status: 429,
  retryAfter: '20',
  times: 1,
} as const;

describe('where each way stands', () => {
  const next = numbersOf(20261130);
  let world: World;
  let ann: Person;
  let bob: Person;
  let carl: Person;
  let dora: Person;
  let stream: Listener;

  const ding = async (...to: Person[]): Promise<Ding> => {
    const order = { recipientIds: to.map(({ id }) => id), text: 'The pump in hall 3 has stopped.' };
    const answer = await world.call<Ding>('POST', '/v1/dings', order, ann);
    expect(answer.status).toBe(201);
    return answer.body;
  };
  const read = async ({ id }: { id: string }, who = ann): Promise<Ding> =>
    (await world.call<Ding>('GET', `/v1/dings/${id}`, undefined, who)).body;
  const partOf = ({ recipients }: Ding, { id }: Person) =>
    recipients.find(({ accountId }) => accountId === id);
  const legOf = async (of: { id: string }, who: Person) =>
    partOf(await read(of), who)?.leg?.standing;
  /** Waits for an event that says so. */
  const hear = (wanted: Record<string, unknown>) =>
    eventually(JSON.stringify(wanted), () => {
      const hit = stream.heard.find(({ data }) => {
        try {
          expect(data).toMatchObject(wanted);
          return true;
        } catch {
          return false;
        }
      });
      return Promise.resolve(hit);
    });
  const inMs = (ms: number): string => new Date(world.clock.now().getTime() + ms).toISOString();

  beforeAll(async () => {
    world = await World.start({ at: new Date(), env: { CALLS_A_SECOND: '1' } });
    [ann, bob, carl, dora] = [
      await account(world, 'Ann', next()),
      await account(world, 'Bob', next()),
      await account(world, 'Carl', next()),
      await account(world, 'Dora', next()),
    ];
    for (const one of [ann, bob, carl, dora]) await verify(world, one);
    await team(world, [ann, bob, carl, dora]);
  });
  beforeEach(async () => {
    await world.pass(3_600_000); // rings are counted by the hour
    stream = await Listener.opened(world.urls.get('api') as string, { token: ann.token });
  });
  afterEach(async () => {
    stream.leave();
    await world.phones.clearTroubles();
  });
  afterAll(() => world.close());

  test('whose call waits for its turn is said to wait for that, and for how long', async () => {
    const sent = await ding(bob, carl, dora);
    const people = [bob, carl, dora];
    // An expectation that nothing has met would take what comes in the next test.
    const first = await eventually('one of them is rung', () =>
      Promise.resolve(people.find(({ phone }) => phone.rings().length > 0)),
    );
    await first.phone.expectRing();
    const last = await eventually('two wait in line', async () => {
      const now = await read(sent);
      const waiting = people.filter((one) => partOf(now, one)?.leg?.standing.because === 'in_line');
      return waiting.find((one) => partOf(now, one)?.leg?.standing.until === inMs(2_000));
    });
    expect(await legOf(sent, last)).toEqual({
      code: 'waiting',
      because: 'in_line',
      until: inMs(2_000),
      text: 'The phone rings when it is its turn: in about 2 seconds.',
    });
    const participantId = partOf(sent, last)?.participantId;
    const standing = { code: 'waiting', because: 'in_line', until: inMs(2_000) };
    await hear({ kind: 'ding.leg', participantId, standing });
    await eventually('it rings', async () => (await legOf(sent, first))?.code === 'ringing');
    await world.call('POST', `/v1/dings/${sent.id}/recall`, undefined, ann);
    expect(await legOf(sent, last)).toMatchObject({ code: 'over', because: 'recalled' });
  });

  /** Lets so much time pass, and then some more: what is told of a wait is committed before its job is put off. */
  const passUntil = async (ms: number, isIn: () => boolean): Promise<void> => {
    await world.pass(ms);
    await eventually('it came', async () => {
      if (isIn()) return true;
      await world.pass(500);
      return false;
    });
  };

  test('whom the carrier lets wait has that said, then that it has the call', async () => {
    await bob.phone.trouble({ ...REFUSED_ONCE, channel: 'call' });
    const sent = await ding(bob);
    const standing = { code: 'waiting', because: 'carrier', until: inMs(20_000) };
    await hear({ kind: 'ding.leg', standing });
    expect(await legOf(sent, bob)).toEqual({
      ...standing,
      text: 'The call couldn’t go out just now. We try again in 20 seconds.',
    });
    const rings = bob.phone.rings().length;
    await passUntil(20_000, () => bob.phone.rings().length > rings);
    await hear({ kind: 'ding.leg', state: 'queued', standing: { code: 'accepted' } });
    const ring = await bob.phone.expectRing();
    await ring.answer();
    await ring.press('1');
    await hear({ kind: 'ding.ended' });
    expect(stream.heard.filter(({ kind }) => kind === 'ding.unreached')).toEqual([]);
  });

  test('a code that the carrier lets wait says so, in words too', async () => {
    await carl.phone.trouble({ ...REFUSED_ONCE, channel: 'sms' });
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number: carl.number },
      carl,
    );
    const wanted = { state: 'queued', waitsFor: 'carrier', waitsUntil: inMs(20_000) };
    const delivery = await eventually('it waits', async () => {
      const { body: now } = await world.call<{ delivery: { waitsFor: string | null } }>(
        'GET',
        `/v1/verifications/${body.id}`,
        undefined,
        carl,
      );
      return now.delivery.waitsFor === null ? undefined : now.delivery;
    });
    expect(delivery).toMatchObject({
      ...wanted,
      text: 'It couldn’t go out just now. We try again in 20 seconds.',
    });
    const texts = carl.phone.messages().length;
    await passUntil(20_000, () => carl.phone.messages().length > texts);
    await carl.phone.expectSms(/#\d{6}$/);
  });

  test('a Ding that has not reached somebody says whom: in an event, in the list, and in a notice', async () => {
    await bob.phone.trouble({ kind: 'busy', times: 1 });
    await bob.phone.trouble({ kind: 'undelivered', times: 1 });
    const sent = await ding(bob, carl);
    await eventually('one of them waits in line', async () => {
      const now = await read(sent);
      return [bob, carl].some((one) => partOf(now, one)?.leg?.standing.because === 'in_line');
    });
    await world.pass(1_000);
    const ring = await carl.phone.expectRing();
    await ring.answer();
    await ring.press('1');
    const [bobs, carls] = [partOf(sent, bob), partOf(sent, carl)];
    await hear({ kind: 'ding.unreached', callId: sent.id, participantId: bobs?.participantId });
    await hear({ kind: 'ding.ended' });
    const about = stream.heard.filter(({ kind }) => kind === 'ding.unreached');
    expect(about).toHaveLength(1);
    expect(about).not.toContainEqual(
      expect.objectContaining({
        data: expect.objectContaining({ participantId: carls?.participantId }) as unknown,
      }),
    );
    const over = await read(sent);
    expect(partOf(over, bob)).toMatchObject({ isReached: false });
    expect(partOf(over, carl)).toMatchObject({ isReached: true });
    expect(partOf(over, bob)?.leg?.standing).toMatchObject({ code: 'failed' });
    expect(partOf(over, bob)?.notifications[0]?.standing).toMatchObject({ code: 'failed' });
    const { body: list } = await world.call<{ dings: { unreachedCount: number }[] }>(
      'GET',
      '/v1/dings',
      undefined,
      ann,
    );
    expect(list.dings[0]).toMatchObject({
      recipientCount: 2,
      confirmedCount: 1,
      unreachedCount: 1,
    });
    const noticesOf = async (who: Person) =>
      (
        await world.call<{ notices: { kind: string }[] }>('GET', '/v1/me/notices', undefined, who)
      ).body.notices.filter(({ kind }) => kind === 'ding_unreached');
    expect(await noticesOf(ann)).toMatchObject([
      { call: { id: sent.id, purpose: 'ding', accountIds: [bob.id] } },
    ]);
    expect(await noticesOf(bob)).toEqual([]);
    expect(await noticesOf(carl)).toEqual([]);
  });

  test('where a way stands no login says: PostgreSQL writes it by itself', async () => {
    const sent = await ding(bob);
    const ring = await bob.phone.expectRing();
    await hear({ kind: 'ding.leg', state: 'ringing' });
    const part = partOf(sent, bob)?.participantId;
    const standing = { code: 'failed', because: 'bad_number', until: null };
    const event = {
      ...{ kind: 'ding.leg', callId: sent.id, participantId: part },
      ...{ state: 'ringing', reason: null, standing },
    };
    const [row] = await world.rows<{ event: { standing: unknown } }>(
      'INSERT INTO call_events (call_id, event, at) VALUES ($1, $2, $3) RETURNING event::jsonb AS event',
      [sent.id, JSON.stringify(event), world.clock.now()],
    );
    expect(row?.event.standing).toMatchObject({ code: 'ringing' });
    await ring.decline();
    await bob.phone.expectSms(/Confirm: /);
  });
});
