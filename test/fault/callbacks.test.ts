import { sign } from '../../src/simulator/network/signature.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { sealed } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK and its validator.
// Fake: the telephone network (simulator), whose callbacks go wrong, and the time, which stands
// still until the test moves it.

const OLD_TOKEN = 'the-token-before-the-rotation-01';

interface DingBody {
  id: string;
  recipients: { confirmedAt: string | null; leg: { state: string; reason: string | null } }[];
}

describe("the carrier's callbacks", () => {
  const next = numbersOf(20261125);
  let world: World;
  let cable: Cuttable;
  let ann: Person;
  let bob: Person;
  let eve: Person;

  const start = async (): Promise<string> =>
    (await world.call<{ id: string }>('POST', '/v1/verifications', { number: eve.number }, eve))
      .body.id;
  const ding = async (): Promise<string> =>
    (
      await world.call<{ id: string }>(
        'POST',
        '/v1/dings',
        { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' },
        ann,
      )
    ).body.id;
  const leg = async (id: string) =>
    (await world.call<DingBody>('GET', `/v1/dings/${id}`, undefined, ann)).body.recipients[0]?.leg;
  const delivery = async (id: string) =>
    (
      await world.rows<{ delivery: string }>(
        'SELECT delivery FROM handoffs WHERE subject_id = $1',
        [id],
      )
    )[0]?.delivery;
  const delivered = (id: string) =>
    eventually('the SMS is delivered', async () => (await delivery(id)) === 'delivered');
  /** Those of one message or call that were taken in. */
  const takenIn = async (id: string): Promise<number> =>
    (
      await world.rows<{ count: number }>(
        'SELECT count(*)::int AS count FROM callbacks c JOIN handoffs h ON h.id = c.handoff_id WHERE h.subject_id IN ($1, (SELECT id FROM legs WHERE call_id = $1))',
        [id],
      )
    )[0]?.count ?? 0;
  const sent = async (person: Person) =>
    (await world.phones.callbacks()).filter(({ fields }) => fields['To'] === person.number);
  /** A callback of our own making, to an address that the network was given. */
  const send = async (
    url: string,
    fields: Record<string, string>,
    token: string,
    how: { token?: string } = {},
  ) =>
    fetch(url, {
      method: 'POST',
      body: new URLSearchParams(fields).toString(),
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-twilio-signature': sign(token, url, fields),
        ...(how.token === undefined ? {} : { 'i-twilio-idempotency-token': how.token }),
      },
    });
  const token = () => world.env['CARRIER_AUTH_TOKEN'] ?? '';
  /** All that a callback may change. */
  const everything = async () => {
    await sealed(world);
    return world.rows(`
    SELECT
      (SELECT jsonb_agg(h ORDER BY id) FROM handoffs h) AS handoffs,
      (SELECT jsonb_agg(c ORDER BY handoff_id, event) FROM callbacks c) AS callbacks,
      (SELECT jsonb_agg(l ORDER BY id) FROM legs l) AS legs,
      (SELECT jsonb_agg(v ORDER BY id) FROM verifications v) AS verifications,
      (SELECT jsonb_agg(r ORDER BY call_id) FROM ding_recipients r) AS recipients
    `);
  };

  beforeEach(async () => {
    world = await World.start({
      at: new Date(),
      wire: async (env) => {
        cable = await Cuttable.before(env['INGRESS_DATABASE_URL'] ?? '', 5432);
        env['INGRESS_DATABASE_URL'] = cable.url;
        env['CARRIER_WEBHOOK_TOKENS'] = `${OLD_TOKEN},${env['CARRIER_AUTH_TOKEN'] ?? ''}`;
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
    await world.phones.settled();
  });
  afterEach(async () => {
    try {
      await world.close();
    } finally {
      await cable.cut();
    }
  });

  test('a duplicate counts once', async () => {
    await world.phones.trouble({ kind: 'callbacks-duplicated' });
    const [sms, call] = [await start(), await ding()];
    await eve.phone.expectSms(/#\d{6}$/);
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/Confirm: /);
    await world.phones.settled();
    await delivered(sms);
    expect(await leg(call)).toMatchObject({ state: 'ended', reason: 'busy' });
    for (const [id, person] of [
      [sms, eve],
      [call, bob],
    ] as const) {
      const sids = new Set(
        (
          await world.rows<{ ref: string }>(
            'SELECT carrier_ref AS ref FROM handoffs WHERE subject_id IN ($1, (SELECT id FROM legs WHERE call_id = $1))',
            [id],
          )
        ).map(({ ref }) => ref),
      );
      const status = (await sent(person)).filter(
        ({ sid, fields }) => sids.has(sid) && fields['CallStatus'] !== 'initiated',
      );
      expect(status.every((one) => one.status === 204)).toBe(true);
      expect(await takenIn(id)).toBe(new Set(status.map((one) => one.token)).size);
      expect(await takenIn(id)).toBe(status.length / 2);
    }
  });

  test('a duplicate under another idempotency token moves nothing back', async () => {
    await world.phones.trouble({ kind: 'callbacks-duplicated', sameToken: false });
    const [sms, call] = [await start(), await ding()];
    await eve.phone.expectSms(/#\d{6}$/);
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/Confirm: /);
    await world.phones.settled();
    await delivered(sms);
    expect(await leg(call)).toMatchObject({ state: 'ended', reason: 'busy' });
  });

  test('those that come in the wrong order move states forward only', async () => {
    await world.phones.trouble({ kind: 'callbacks-reordered', number: eve.number, times: 1 });
    await world.phones.trouble({ kind: 'callbacks-reordered', number: bob.number, times: 1 });
    const [sms, call] = [await start(), await ding()];
    await eve.phone.expectSms(/#\d{6}$/);
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/Confirm: /);
    await world.phones.settled();
    const orderOf = async (person: Person) =>
      (await sent(person)).flatMap(
        ({ fields }) => fields[person === bob ? 'CallStatus' : 'MessageStatus'] ?? [],
      );
    expect((await orderOf(eve)).slice(0, 2)).toEqual(['delivered', 'sent']);
    expect((await orderOf(bob)).slice(-3)).toEqual(['busy', 'ringing', 'initiated']);
    expect(await delivery(sms)).toBe('delivered');
    expect(await leg(call)).toMatchObject({ state: 'ended', reason: 'busy' });
  });

  test('one that comes late, when the call has ended, changes nothing', async () => {
    await bob.phone.trouble({ kind: 'callbacks-late', ms: 500, events: ['ringing'] });
    const call = await ding();
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/Confirm: /);
    await world.phones.expectEntry(
      'the late callback',
      (entry) => entry.type === 'callback' && entry['event'] === 'ringing',
    );
    expect((await sent(bob)).flatMap(({ fields }) => fields['CallStatus'] ?? []).slice(-2)).toEqual(
      ['busy', 'ringing'],
    );
    expect(await leg(call)).toMatchObject({ state: 'ended', reason: 'busy' });
  });

  test.each([
    ["its end is the carrier's answer", 'hung_up', undefined],
    ['and the carrier says nothing either, it is ended as lost', 'lost', 'reset'],
  ])('when all are lost, what the phone did is what counts; %s', async (_, reason, trouble) => {
    await world.phones.trouble({ kind: 'callbacks-lost' });
    if (trouble !== undefined) await world.phones.trouble({ kind: trouble, on: 'fetch' });
    const call = await ding();
    const ring = await (await bob.phone.expectRing()).answer();
    await ring.press('1');
    await ring.expectEnded('completed');
    const recipient = (await world.call<DingBody>('GET', `/v1/dings/${call}`, undefined, ann)).body
      .recipients[0];
    expect(recipient?.confirmedAt).not.toBeNull();
    expect(recipient?.leg.state).toBe('answered');
    await world.pass(trouble === undefined ? 91_000 : 31 * 60_000);
    await eventually('the leg is given up', async () => (await leg(call))?.state === 'ended');
    expect(await leg(call)).toMatchObject({ reason });
  });

  test('a forged one gets 403 and leaves no trace, neither in rows nor of a number in the logs', async () => {
    await world.phones.trouble({ kind: 'callbacks-forged' });
    const [sms, call] = [await start(), await ding()];
    await eve.phone.expectSms(/#\d{6}$/);
    const ring = await bob.phone.expectRing();
    await world.phones.settled();
    const forged = (await world.phones.callbacks()).filter((one) => one.isForged);
    expect(forged.length).toBeGreaterThanOrEqual(4);
    expect(new Set(forged.map((one) => one.status))).toEqual(new Set([403]));
    expect([
      await takenIn(sms),
      await takenIn(call),
      await delivery(sms),
      await leg(call),
    ]).toMatchObject([0, 0, 'none', { state: 'queued' }]);
    const before = await everything();
    for (const { url, fields } of forged) {
      for (const attempt of [
        fields,
        { ...fields, CallStatus: 'completed', MessageStatus: 'failed', ErrorCode: '30005' },
      ]) {
        const answer = await send(url, attempt, 'a-token-that-nobody-ever-had-0001');
        expect(answer.status).toBe(403);
        expect(await answer.text()).not.toContain((fields['To'] ?? '').slice(1));
      }
    }
    expect(await everything()).toEqual(before);
    const logs = world.logs.join('');
    expect(logs).toContain('callback_refused');
    for (const { number } of [ann, bob, eve]) expect(logs).not.toContain(number.slice(1));
    await ring.decline();
  });

  test('one that is genuine but for an unknown or an expired address gets 404, and leaves no trace', async () => {
    const sms = await start();
    await eve.phone.expectSms(/#\d{6}$/);
    await world.phones.settled();
    const callback = (await sent(eve)).find(({ event }) => event === 'delivered');
    if (callback === undefined) throw new Error('no callback');
    // Which would sweep what an hour ends.
    await world.stop('worker');
    const before = await everything();
    const unknown = callback.url.replace(/carrier\/[^/]+/, `carrier/${'A'.repeat(43)}`);
    expect((await send(unknown, callback.fields, token())).status).toBe(404);
    expect(
      (await send(callback.url, callback.fields, token(), { token: callback.token })).status,
    ).toBe(204); // still good, and known
    await world.pass(60 * 60_000);
    expect(
      (
        await send(callback.url, { ...callback.fields, MessageStatus: 'failed' }, token(), {
          token: 'another',
        })
      ).status,
    ).toBe(404);
    expect(await everything()).toEqual(before);
    expect(await takenIn(sms)).toBe(2);
  });

  test('during a rotation both tokens are good', async () => {
    // The network signs with the second of the two, so all that has been taken in already shows that one.
    await start();
    await eve.phone.expectSms(/#\d{6}$/);
    await world.phones.settled();
    const callback = (await sent(eve)).find(({ event }) => event === 'delivered');
    if (callback === undefined) throw new Error('no callback');
    expect(callback.status).toBe(204);
    expect((await send(callback.url, callback.fields, OLD_TOKEN)).status).toBe(204);
    expect((await send(callback.url, callback.fields, `${OLD_TOKEN}x`)).status).toBe(403);
  });

  test('a database that is away gets 503, and what the carrier tries again is taken in', async () => {
    await cable.cut();
    const sms = await start();
    await eve.phone.expectSms(/#\d{6}$/);
    await world.phones.expectEntry(
      'a callback to be refused',
      (entry) => entry.type === 'callback' && entry['status'] === 503 && entry.number === undefined,
    );
    expect(await takenIn(sms)).toBe(0);
    await cable.mend();
    await world.phones.settled();
    await delivered(sms);
    const tries = (await sent(eve)).filter(({ event }) => event === 'sent');
    expect(tries.length).toBeGreaterThan(1);
    expect(tries.map(({ status }) => status).at(-1)).toBe(204);
    expect(new Set(tries.map((one) => one.token)).size).toBe(1);
    expect(await takenIn(sms)).toBe(2);
  });

  test('a call that asks for words but is not the one we know of is hung up, and proves nothing', async () => {
    const call = await ding();
    const ring = await bob.phone.expectRing();
    await world.phones.settled();
    const before = await everything();
    const { url, fields } = (await sent(bob)).find(({ event }) => event === 'ringing') as {
      url: string;
      fields: Record<string, string>;
    };
    const other = { ...fields, CallSid: `CA${'0'.repeat(32)}`, CallStatus: 'in-progress' };
    for (const path of ['answer', 'keys?turn=1']) {
      const answer = await send(url.replace(/call$/, path), { ...other, Digits: '1' }, token());
      expect(answer.status).toBe(200);
      expect(await answer.text()).toMatch(/<Response><Hangup\s*\/><\/Response>$/);
    }
    expect((await send(url, { ...other, CallStatus: 'completed' }, token())).status).toBe(204);
    expect(await everything()).toEqual(before);
    expect(await leg(call)).toMatchObject({ state: 'ringing' });
    await ring.decline();
    await bob.phone.expectSms(/Confirm: /);
  });
});
