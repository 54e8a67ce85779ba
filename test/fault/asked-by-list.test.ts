import { sign } from '../../src/simulator/network/signature.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network, which loses
// answers, and whose lists are those of many carriers; and the time, which the test moves. Each test has people of its
// own: what one leaves unknown is in the lists of the next.

interface Ding {
  id: string;
  state: string;
  recipients: {
    leg: { state: string; reason: string | null } | null;
    notifications: { channel: string; state: string; delivery: string }[];
  }[];
}
interface Row {
  id: string;
  state: string;
  carrierRef: string | null;
  againOf: string | null;
}

const FIRST = 31_000;
const SECOND = 61_000;

describe('what may have left, by no id to ask by', () => {
  const next = numbersOf(23);
  let TOKEN = '';
  let world: World;
  let ann: Person;
  let bob: Person;

  const ding = async (channel: 'sms' | 'voice', to = bob): Promise<string> =>
    (
      await world.call<Ding>(
        'POST',
        '/v1/dings',
        { recipientIds: [to.id], text: 'The pump in hall 3 has stopped.', channel },
        ann,
      )
    ).body.id;
  const read = async (id: string): Promise<Ding> =>
    (await world.call<Ding>('GET', `/v1/dings/${id}`, undefined, ann)).body;
  const smsOf = async (id: string) =>
    (await read(id)).recipients[0]?.notifications.filter(({ channel }) => channel === 'sms');
  const rows = (channel: 'sms' | 'voice', to = bob): Promise<Row[]> =>
    world.rows<Row>(
      `
        SELECT id, state, carrier_ref AS "carrierRef", again_of AS "againOf"
        FROM handoffs
        WHERE account_id = $1 AND channel = $2 AND kind = 'deliver' AND created_at > $3
        ORDER BY again_of IS NOT NULL, created_at
      `,
      [to.id, channel, began],
    );
  const states = async (channel: 'sms' | 'voice') =>
    (await rows(channel)).map(({ state }) => state);
  const becomes = (channel: 'sms' | 'voice', wanted: readonly string[]) =>
    eventually(
      `${channel} is ${wanted.join(', ')}`,
      async () => (await states(channel)).join() === wanted.join(),
    );
  /** How often one of Bob's was looked for, to the end. */
  const looks = async (): Promise<number> => {
    const ids = (
      await world.rows<{ id: string }>('SELECT id FROM handoffs WHERE account_id = $1', [bob.id])
    ).map(({ id }) => id);
    return world.logs.filter(
      (line) => line.includes('"handoff_looked_for"') && ids.some((id) => line.includes(id)),
    ).length;
  };
  /** Lets the time pass until they were looked for. */
  const look = async (ms: number): Promise<void> => {
    const before = await looks();
    await world.pass(ms);
    await eventually('it was looked for', async () => (await looks()) > before);
  };
  const posted = async (resource: 'Messages' | 'Calls') =>
    (await world.phones.requests()).filter(
      ({ method, path, fields }) =>
        method === 'POST' && path.endsWith(`/${resource}.json`) && fields['To'] === bob.number,
    );
  /** What a call of which the carrier had nothing would be told to say. */
  const askFor = async (address: string): Promise<string> => {
    const [url = ''] = address.split('#');
    const fields = { CallSid: `CA${'0'.repeat(32)}`, CallStatus: 'in-progress' };
    const answer = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': sign(TOKEN, url, fields),
      },
      body: new URLSearchParams(fields).toString(),
    });
    return answer.text();
  };
  let began: Date;

  beforeAll(async () => {
    world = await World.start();
    TOKEN = world.env['CARRIER_WEBHOOK_TOKENS'] ?? '';
    ann = await account(world, 'Ann', next());
    await verify(world, ann);
  });
  /** Rings and codes are counted by the hour. */
  const later = async (): Promise<void> => {
    await world.pass(3_600_000);
    began = world.clock.now();
    await world.pass(1_000);
  };
  beforeEach(async () => {
    bob = await account(world, 'Bob', next());
    await verify(world, bob);
    await team(world, [ann, bob]);
    await later();
  });
  afterEach(() => world.phones.clearTroubles());
  afterAll(() => world.close());

  const LISTS: Record<string, string[]> = {
    'as asked': [],
    'whose filters are ignored, without senders, in short pages': [
      'filters-ignored',
      'sender-withheld',
      'short-pages',
    ],
  };
  test.each(Object.entries(LISTS))(
    'an SMS that is in the list (%s) is adopted, and comes once',
    async (_, kinds) => {
      for (const kind of kinds)
        await bob.phone.trouble(kind === 'short-pages' ? { kind, size: 1 } : { kind });
      await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'sms' });
      await bob.phone.trouble({ kind: 'reset', accepted: true, channel: 'sms', times: 1 });
      const id = await ding('sms');
      await bob.phone.expectSms(/Confirm: /);
      await becomes('sms', ['unknown']);
      await world.pass(FIRST);
      await becomes('sms', ['accepted']);
      expect((await rows('sms'))[0]?.carrierRef).toMatch(/^SM/);
      await eventually(
        'what the list says of it is taken in',
        async () => (await smsOf(id))?.[0]?.delivery === 'delivered',
      );
      await world.pass(SECOND);
      await world.phones.settled();
      expect(await posted('Messages')).toHaveLength(2); // the code by which Bob proved his number, and this
    },
  );

  test('an SMS that is not in the list goes out once more, says so, and never a third time', async () => {
    await bob.phone.trouble({ kind: 'server-error', status: 503, channel: 'sms', times: 1 });
    const id = await ding('sms');
    await becomes('sms', ['unknown']);
    await world.pass(20_000); // a request may still be on its way
    expect(await looks()).toBe(0);
    await bob.phone.trouble({ kind: 'reset', channel: 'sms' }); // the second is lost as well
    await look(11_000);
    await becomes('sms', ['unknown', 'unknown']);
    const [first, second] = await rows('sms');
    expect(second?.againOf).toBe(first?.id);
    expect(await smsOf(id)).toMatchObject([{ state: 'queued', delivery: 'none' }]);
    for (const ms of [FIRST, SECOND, 120_000, 240_000]) {
      await look(ms);
      await becomes('sms', ['unknown', 'unknown']);
    }
    expect(await posted('Messages')).toHaveLength(3);
    await bob.phone.trouble({ kind: 'server-error', on: 'list' });
  });

  test('the second SMS arrives, and the first one is nothing of the Ding any more', async () => {
    await bob.phone.trouble({ kind: 'reset', channel: 'sms', times: 1 });
    const id = await ding('sms');
    await becomes('sms', ['unknown']);
    await look(FIRST);
    await bob.phone.expectSms(/Confirm: /);
    await becomes('sms', ['unknown', 'accepted']);
    await eventually(
      'it has arrived',
      async () => (await smsOf(id))?.[0]?.delivery === 'delivered',
    );
    expect(await smsOf(id)).toMatchObject([{ state: 'accepted' }]);
  });

  test('each opening for a list has its ledger entry, which says that it was a question', async () => {
    await bob.phone.trouble({ kind: 'reset', channel: 'sms', times: 1 });
    await bob.phone.trouble({ kind: 'server-error', on: 'list', channel: 'sms' });
    await ding('sms');
    await becomes('sms', ['unknown']);
    await look(FIRST);
    await look(SECOND);
    const { body } = await world.call<{ entries: { body: string }[] }>(
      'GET',
      '/v1/ledger',
      undefined,
      bob,
    );
    const asked = body.entries
      .map((entry) => JSON.parse(entry.body) as Record<string, unknown>)
      .filter(({ isQuestion }) => isQuestion === true);
    const handoffId = (await rows('sms'))[0]?.id;
    const entry = { handoffId, basis: 'D5b', purpose: 'ding', recipient: 'carrier:twilio' };
    expect(asked).toMatchObject([entry, entry]);
    const lists = (await world.phones.requests()).filter(
      ({ method, fields }) => method === 'GET' && fields['To'] === bob.number,
    );
    expect(lists).toHaveLength(2);
    expect(await states('sms')).toEqual(['unknown']); // a list that fails says nothing
    await world.phones.clearTroubles();
    await look(120_000);
    await bob.phone.expectSms(/Confirm: /); // the next one had none
  });

  test('of several nothing follows, and it is shown', async () => {
    await bob.phone.trouble({ kind: 'listed-twice' });
    await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'sms' });
    await bob.phone.trouble({ kind: 'reset', accepted: true, channel: 'sms', times: 1 });
    const id = await ding('sms');
    await bob.phone.expectSms(/Confirm: /);
    await becomes('sms', ['unknown']);
    for (const ms of [FIRST, SECOND, 120_000]) await look(ms);
    await becomes('sms', ['unknown']);
    expect(await smsOf(id)).toMatchObject([{ state: 'queued', delivery: 'none' }]);
  });

  test.each(['recalled', 'confirmed'] as const)(
    'for a Ding that was %s meanwhile nothing is asked, and nothing sent again',
    async (how) => {
      await bob.phone.trouble({ kind: 'reset', channel: 'sms', times: 1 });
      const id = await ding('sms');
      await becomes('sms', ['unknown']);
      await world.call(
        'POST',
        `/v1/dings/${id}/${how === 'recalled' ? 'recall' : 'confirm'}`,
        undefined,
        how === 'recalled' ? ann : bob,
      );
      for (const ms of [FIRST, SECOND]) await world.pass(ms);
      await world.phones.settled();
      expect(await looks()).toBe(0);
      expect(await states('sms')).toEqual(['unknown']);
    },
  );

  test('a code goes out once more, which costs its person nothing, unless nobody waits for it', async () => {
    const start = () =>
      world.call<{ id: string }>('POST', '/v1/verifications', { number: bob.number }, bob);
    await later();
    const sends = (id: string) =>
      world.rows('SELECT sends, sms_sends FROM verifications WHERE id = $1', [id]);
    await bob.phone.trouble({ kind: 'reset', channel: 'sms', times: 1 });
    const { body } = await start();
    await becomes('sms', ['unknown']);
    await look(FIRST);
    await bob.phone.expectSms(/#\d{6}$/);
    expect(await sends(body.id)).toEqual([{ sends: 2, sms_sends: 1 }]);
    await world.call('POST', `/v1/verifications/${body.id}/cancel`, undefined, bob);

    await later();
    await bob.phone.trouble({ kind: 'reset', channel: 'sms', times: 1 });
    const other = await start();
    await becomes('sms', ['unknown']);
    await world.call('POST', `/v1/verifications/${other.body.id}/cancel`, undefined, bob);
    for (const ms of [FIRST, SECOND]) await world.pass(ms);
    await world.phones.settled();
    expect(await states('sms')).toEqual(['unknown']);
  });

  test('two without an id to one number: what is listed may be either, and nothing follows', async () => {
    await later();
    await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'sms' });
    await bob.phone.trouble({ kind: 'reset', accepted: true, channel: 'sms', times: 1 });
    await ding('sms');
    await bob.phone.expectSms(/Confirm: /);
    await becomes('sms', ['unknown']);
    await bob.phone.trouble({ kind: 'reset', channel: 'sms', times: 1 });
    await world.call('POST', '/v1/verifications', { number: bob.number }, bob);
    await becomes('sms', ['unknown', 'unknown']);
    for (const ms of [FIRST, SECOND]) await look(ms);
    await becomes('sms', ['unknown', 'unknown']);
  });

  test('a call that waits at the carrier, with no time of a start, is adopted, and rings once', async () => {
    await bob.phone.trouble({ kind: 'callbacks-lost', channel: 'call' });
    await bob.phone.trouble({ kind: 'reset', accepted: true, channel: 'call', times: 1 });
    await world.phones.settings({ callsPerSecond: 0.001 });
    const other = await account(world, 'Carl', next());
    await verify(world, other);
    await team(world, [ann, other]);
    const before = await ding('voice', other);
    const elsewhere = await other.phone.expectRing();
    await ding('voice');
    await becomes('voice', ['unknown']);
    await world.pass(5_000);
    await bob.phone.expectSms(/Confirm: /);
    await world.pass(FIRST);
    await becomes('voice', ['accepted']);
    await world.phones.nextTurn();
    await world.phones.settings({ callsPerSecond: 0 });
    await world.call('POST', `/v1/dings/${before}/recall`, undefined, ann);
    await elsewhere.expectEnded('canceled');
    const ring = await bob.phone.expectRing();
    await ring.decline();
    await world.pass(91_000);
    await world.phones.settled();
    expect(await posted('Calls')).toHaveLength(1);
  });

  test('a call that is in no list rings after the second look, and the first would be hung up', async () => {
    await bob.phone.trouble({ kind: 'reset', channel: 'call', times: 1 });
    const id = await ding('voice');
    await becomes('voice', ['unknown']);
    await world.pass(5_000);
    await bob.phone.expectSms(/Confirm: /);
    await look(FIRST);
    await world.phones.settled();
    expect(await posted('Calls')).toHaveLength(1);
    await look(SECOND);
    const ring = await bob.phone.expectRing();
    await becomes('voice', ['unknown', 'accepted']);
    const [first] = await posted('Calls');
    expect(await askFor(first?.fields['Url'] ?? '')).toMatch(/<Response><Hangup\/><\/Response>/);
    await eventually(
      'it is said to ring',
      async () => (await read(id)).recipients[0]?.leg?.state === 'ringing',
    );
    await ring.answer();
    await ring.press('1');
    await ring.expectEnded('completed');
  });
});
