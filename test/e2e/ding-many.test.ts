import { createHash } from 'node:crypto';
import pg from 'pg';
import { eventually } from '../support/eventually.js';
import { letFollow } from '../support/follows.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import type { RingingCall } from '../support/ringing-call.js';
import { askCallerIds, sealed } from '../support/shown.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface RecipientBody {
  accountId: string;
  participantId: string;
  confirmedAt: string | null;
  confirmedBy: string | null;
  stoppedAt: string | null;
  leg: { state: string; reason: string | null; heardMachine: boolean } | null;
  notifications: {
    channel: string;
    state: string;
    because: string | null;
    reason: string | null;
    delivery: string;
  }[];
}
interface DingBody {
  id: string;
  code?: string;
  accountIds?: string[];
  state: string;
  endReason: string | null;
  recipients: RecipientBody[];
}

const MINUTE = 60_000;
const TEXT = 'The pump in hall 3 has stopped.';
const LINK =
  /Urgent, from Ann by Dingline: The pump in hall 3 has stopped\.\nConfirm: https:\/\/dingline\.example\/c#([\w-]{22})$/;

const NOBODYS = '00000000-0000-4000-8000-000000000000';
/** Well formed, and never given out. */
const NEVER_WAS = 'A'.repeat(22);
/** What a link to TEXT reads while it is open. */
const OPEN = {
  state: 'open',
  from: 'Ann',
  teams: [expect.any(String)],
  sentAt: expect.any(String) as string,
  text: TEXT,
};

describe('a Ding to many', () => {
  const next = numbersOf(31);
  let world: World;
  let ann: Person;
  let bob: Person;
  let carl: Person;
  let dora: Person;
  const ding = (to: Person[], channel?: string, text = TEXT) =>
    world.call<DingBody>(
      'POST',
      '/v1/dings',
      {
        recipientIds: to.map((one) => one.id),
        text,
        ...(channel === undefined ? {} : { channel }),
      },
      ann,
    );
  const read = async (id: string, who = ann) =>
    (await world.call<DingBody>('GET', `/v1/dings/${id}`, undefined, who)).body;
  const of = async (id: string, who: Person) =>
    (await read(id)).recipients.find((one) => one.accountId === who.id) as RecipientBody;
  const callerId = (who: Person, id: string) => askCallerIds(world, who, `dings/${id}`);
  const link = (what: 'read' | 'confirm', token: string) =>
    world.call<{ state: string; from?: string; text?: string; code?: string }>(
      'POST',
      `/v1/ding-links/${what}`,
      { token },
    );
  const smsLink = async (who: Person): Promise<string> =>
    (await who.phone.expectSms(LINK))[1] as string;
  const confirmInApp = (who: Person, id: string) =>
    world.call<DingBody>('POST', `/v1/dings/${id}/confirm`, undefined, who);
  const recall = (id: string) =>
    world.call<DingBody>('POST', `/v1/dings/${id}/recall`, undefined, ann);
  const handoffs = (purpose = 'ding') =>
    world.rows<{ id: string; kind: string; state: string }>(
      'SELECT id, kind, state FROM handoffs WHERE purpose = $1',
      [purpose],
    );
  const events = (id: string) =>
    world.rows<{
      event: {
        kind: string;
        participantId?: string;
        state?: string;
        reason?: string | null;
        because?: string | null;
      };
      audience: string[];
    }>('SELECT event::json AS event, audience FROM call_events WHERE call_id = $1 ORDER BY id', [
      id,
    ]);
  const listening = async (ring: RingingCall): Promise<RingingCall> => {
    await ring.answer();
    for (const pause of ['pause', 'pause'] as const) await ring.letPass(pause);
    await ring.expectListening();
    return ring;
  };
  const declined = async (who: Person): Promise<string> => {
    await (await who.phone.expectRing({ from: 'withheld' })).decline();
    return smsLink(who);
  };
  const ended = (id: string) =>
    eventually('the Ding to end', async () =>
      (await read(id)).state === 'ended' ? read(id) : undefined,
    );

  beforeAll(async () => {
    world = await World.start();
    ann = await account(world, 'Ann', next());
    await verify(world, ann);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE);
    [bob, carl, dora] = [
      await account(world, 'Bob', next()),
      await account(world, 'Carl', next()),
      await account(world, 'Dora', next()),
    ];
    for (const one of [bob, carl, dora]) await verify(world, one);
    await team(world, [ann, bob, carl, dora]);
  });
  afterEach(() => world.phones.clearTroubles());

  test('each recipient stands for themself: one confirms by phone, one by the link of the SMS that follows a declined call, one never', async () => {
    const { status, body } = await ding([bob, carl, dora]);
    expect(status).toBe(201);
    const [bobs, carls, doras] = await Promise.all(
      [bob, carl, dora].map((one) => one.phone.expectRing({ from: 'withheld' })),
    );
    await carls?.decline();
    const token = await smsLink(carl);
    expect(await of(body.id, carl)).toMatchObject({
      leg: { state: 'ended', reason: 'busy' },
      notifications: [{ channel: 'sms', because: 'busy' }],
      confirmedAt: null,
    });

    await bobs?.answer();
    for (const pause of ['pause', 'pause'] as const) await bobs?.letPass(pause);
    await bobs?.press('1');
    await bobs?.expectEnded('completed');
    await world.phones.settled();
    expect(await of(body.id, bob)).toMatchObject({ confirmedBy: 'voice', notifications: [] });

    expect((await link('read', token)).body).toEqual(OPEN);
    expect(await of(body.id, carl)).toMatchObject({ confirmedAt: null });
    expect((await link('confirm', token)).body).toEqual({ state: 'confirmed' });
    expect(await of(body.id, carl)).toMatchObject({ confirmedBy: 'link' });

    await doras?.letRingOut();
    await smsLink(dora);
    await world.phones.settled();
    expect(await of(body.id, dora)).toMatchObject({
      confirmedAt: null,
      leg: { reason: 'no_answer' },
      notifications: [{ because: 'no_answer', state: 'accepted', delivery: 'delivered' }],
    });
    expect((await read(body.id)).state).toBe('live');
    expect((await callerId(dora, body.id)).status).toBe(200);
    await world.pass(60 * MINUTE);
    expect(await ended(body.id)).toMatchObject({ endReason: 'finished' });
    expect(await of(body.id, dora)).toMatchObject({
      notifications: [{ state: 'ended', reason: 'expired' }],
    });
    for (const one of [bob, carl, dora]) expect((await callerId(one, body.id)).status).toBe(404);
  });

  test('by SMS no phone rings, and the caller ID is there once the SMS is out', async () => {
    const { status, body } = await ding([bob, carl], 'sms');
    expect(status).toBe(201);
    const token = await smsLink(bob);
    await smsLink(carl);
    await world.phones.settled();
    for (const one of [bob, carl])
      expect(await of(body.id, one)).toMatchObject({
        leg: null,
        notifications: [
          { channel: 'sms', because: null, state: 'accepted', delivery: 'delivered' },
        ],
      });
    await sealed(world);
    expect((await callerId(bob, body.id)).body.callerIds).toMatchObject([{ number: ann.number }]);
    expect((await link('confirm', token)).body).toEqual({ state: 'confirmed' });
    await recall(body.id);
    expect([...bob.phone.rings(), ...carl.phone.rings()]).toEqual([]);
  });

  test('by app nothing goes to a carrier, whoever has no number is reached too, and each confirms for themself', async () => {
    const eve = await account(world, 'Eve', next());
    await team(world, [ann, eve]);
    const [before, requests] = [await handoffs(), (await world.phones.requests()).length];
    const { status, body } = await ding([bob, carl, eve], 'app');
    expect(status).toBe(201);
    await eventually(
      'the caller ID to be sealed',
      async () => (await callerId(bob, body.id)).status === 200,
    );
    expect((await callerId(bob, body.id)).body.callerIds).toMatchObject([{ number: ann.number }]);
    expect(
      (await handoffs()).filter(({ id }) => before.every((one) => one.id !== id)),
    ).toMatchObject([{ kind: 'present', state: 'accepted' }]);
    for (const one of [bob, carl, eve])
      expect(await of(body.id, one)).toMatchObject({
        leg: null,
        notifications: [{ channel: 'app', state: 'accepted' }],
      });

    const others = await Promise.all([
      confirmInApp(ann, body.id),
      confirmInApp(dora, body.id),
      confirmInApp(bob, NOBODYS),
    ]);
    expect(others.map((answer) => answer.status)).toEqual([404, 404, 404]);
    expect(new Set(others.map((answer) => answer.text)).size).toBe(1);
    for (const one of [bob, bob, carl])
      expect((await confirmInApp(one, body.id)).body).toMatchObject({
        state: 'live',
        recipients: [{ accountId: one.id, confirmedBy: 'app' }],
      });
    expect((await of(body.id, eve)).confirmedAt).toBeNull();
    expect((await confirmInApp(eve, body.id)).body).toMatchObject({
      state: 'ended',
      endReason: 'finished',
    });
    expect((await callerId(bob, body.id)).status).toBe(404);
    expect((await world.phones.requests()).length).toBe(requests);
  });

  test('a call of which nobody knows whether it went out is followed by the SMS, not placed again, and if it rings after all its menu works', async () => {
    await bob.phone.trouble({ kind: 'reset', accepted: true, times: 1, channel: 'call' });
    await bob.phone.trouble({ kind: 'callbacks-lost', events: ['initiated', 'ringing'] });
    const { body } = await ding([bob]);
    const ring = await bob.phone.expectRing();
    await letFollow(world);
    const token = await smsLink(bob);
    expect(await of(body.id, bob)).toMatchObject({
      leg: { state: 'queued', reason: 'unknown' },
      notifications: [{ because: 'unknown' }],
    });
    await world.pass(2 * MINUTE);
    await listening(ring);
    await ring.press('1');
    await ring.expectSaid(/You have confirmed/);
    await ring.expectEnded('completed');
    expect(await ended(body.id)).toMatchObject({
      recipients: [
        { confirmedBy: 'voice', notifications: [{ state: 'ended', reason: 'confirmed' }] },
      ],
    });
    expect((await link('confirm', token)).body).toEqual({ state: 'already_confirmed' });
    expect(bob.phone.rings()).toHaveLength(1);
  });

  test('taken back, it is hung up where it rings, its links say so, and an SMS that waits is never sent', async () => {
    await dora.phone.trouble({ kind: 'error', code: 20429, status: 429, channel: 'sms', times: 1 });
    const { body } = await ding([bob, carl, dora]);
    const ring = await bob.phone.expectRing();
    const token = await declined(carl);
    await (await dora.phone.expectRing()).decline();
    await eventually(
      'the SMS to wait',
      async () =>
        (
          await world.rows(
            `
              SELECT 1
              FROM handoffs
              WHERE channel = 'sms' AND state = 'queued' AND attempts = 1 AND account_id = $1
            `,
            [dora.id],
          )
        ).length === 1,
    );
    expect((await recall(body.id)).body).toMatchObject({ state: 'ended', endReason: 'recalled' });
    await ring.expectEnded('canceled');
    for (const what of ['read', 'confirm'] as const)
      expect((await link(what, token)).body).toMatchObject({ state: 'recalled' });
    await world.pass(61_000);
    await eventually(
      'the SMS to be given up',
      async () =>
        (
          await world.rows(
            `SELECT 1 FROM handoffs WHERE channel = 'sms' AND state = 'canceled' AND account_id = $1`,
            [dora.id],
          )
        ).length === 1,
    );
    expect((await of(body.id, carl)).confirmedAt).toBeNull();
    expect(dora.phone.messages()).toHaveLength(1); // her code
  });

  test('confirmed in the app, the phone stops ringing and no SMS comes; one that speaks says kindly that all is confirmed', async () => {
    const { body } = await ding([bob, carl]);
    const [bobs, carls] = [
      await bob.phone.expectRing(),
      await listening(await carl.phone.expectRing()),
    ];
    for (const one of [bob, carl]) expect((await confirmInApp(one, body.id)).status).toBe(200);
    await bobs.expectEnded('canceled');
    await carls.press('*');
    await carls.expectSaid(/confirmed this message already, thank you/);
    expect(await carls.expectEnded('completed')).toMatchObject({ by: 'instructions' });
    expect(
      (await ended(body.id)).recipients.map((one) => [one.confirmedBy, one.notifications]),
    ).toEqual([
      ['app', []],
      ['app', []],
    ]);
  });

  test('confirmed by link, a phone that rings late is hung up', async () => {
    await bob.phone.trouble({ kind: 'reset', accepted: true, times: 1, channel: 'call' });
    await bob.phone.trouble({
      kind: 'callbacks-late',
      ms: 1_000,
      events: ['initiated', 'ringing'],
    });
    const { body } = await ding([bob]);
    const ring = await bob.phone.expectRing();
    await letFollow(world);
    const token = await smsLink(bob);
    await eventually(
      'the ring to be known',
      async () => (await of(body.id, bob)).leg?.state === 'ringing',
    );
    expect((await link('confirm', token)).body).toEqual({ state: 'confirmed' });
    await ring.expectEnded('canceled');
    await ended(body.id);
  });

  test('reading a link confirms nothing, however often; it confirms once, for its own Ding and person; one that is over or never was is the same 404', async () => {
    const neverWas = await link('read', NEVER_WAS);
    expect(neverWas).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
    const [first, second] = [
      (await ding([bob, carl], 'sms')).body.id,
      (await ding([bob], 'sms', 'Another text.')).body.id,
    ];
    const token = await smsLink(bob);
    const carls = await smsLink(carl);
    await bob.phone.expectSms(/Another text\.\nConfirm: /);
    for (let time = 0; time < 10; time += 1) expect((await link('read', token)).body).toEqual(OPEN);
    expect((await of(first, bob)).confirmedAt).toBeNull();
    expect((await link('confirm', token)).body).toEqual({ state: 'confirmed' });
    expect((await link('confirm', token)).body).toEqual({ state: 'already_confirmed' });
    expect((await link('read', token)).body).toEqual({
      state: 'already_confirmed',
      from: null,
      teams: null,
      sentAt: null,
      text: null,
    });
    for (const [id, who] of [
      [first, carl],
      [second, bob],
    ] as const)
      expect((await of(id, who)).confirmedAt).toBeNull();

    await world.stop('worker'); // whose sweep isn't what ends a link
    await world.pass(60 * MINUTE - 1);
    expect((await link('read', carls)).body).toMatchObject({ state: 'open' });
    await world.pass(1);
    for (const over of [carls, token])
      for (const what of ['read', 'confirm'] as const)
        expect(await link(what, over)).toMatchObject({ status: 404, text: neverWas.text });
    expect((await of(first, carl)).confirmedAt).toBeNull();
    await world.boot('worker');
    await ended(second);
  });

  test('of two confirmations by one link at once, one confirms', async () => {
    await ding([bob], 'sms');
    const token = await smsLink(bob);
    const answers = await Promise.all(Array.from({ length: 8 }, () => link('confirm', token)));
    expect(answers.map((answer) => answer.body.state).sort()).toEqual([
      ...Array<string>(7).fill('already_confirmed'),
      'confirmed',
    ]);
  });

  test('an address that tries links by the dozen is slowed down', async () => {
    const answers = [];
    for (let time = 0; time < 61; time += 1) answers.push((await link('read', NEVER_WAS)).status);
    expect(answers).toEqual([...Array<number>(60).fill(404), 429]);
    expect((await link('confirm', NEVER_WAS)).status).toBe(429);
  });

  test("the page behind a link may run its own script and nothing else, and the link's secret is in no log and no row", async () => {
    const page = await world.call('GET', '/c');
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-store');
    const policy = page.headers.get('content-security-policy') ?? '';
    const hashOf = (tag: string): string =>
      `'sha256-${createHash('sha256')
        .update(new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(page.text)?.[1] ?? '')
        .digest('base64')}'`;
    expect(policy.split('; ')).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        `script-src ${hashOf('script')}`,
        `style-src ${hashOf('style')}`,
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(page.text).not.toMatch(/<script [^>]|<link |<img |https?:\/\//);

    await ding([bob], 'sms');
    const token = await smsLink(bob);
    await link('read', token);
    await link('confirm', token);
    expect(world.logs.join('')).not.toContain(token);
    expect(JSON.stringify(await world.rows('SELECT * FROM notifications'))).not.toContain(token);
  });

  test('a refusal names those who stand in the way, but not strangers; it is all or nothing', async () => {
    const [eve, stranger] = [
      await account(world, 'Eve', next()),
      await account(world, 'Stranger', next()),
    ];
    await team(world, [ann, eve]);
    const unwilling = await account(world, 'Unwilling', next());
    await verify(world, unwilling);
    await team(world, [ann, unwilling], { withConsent: false });
    const before = [(await handoffs()).length, (await world.rows('SELECT 1 FROM calls')).length];
    expect(await ding([bob, unwilling])).toMatchObject({
      status: 403,
      body: { code: 'NO_CONSENT', accountIds: [unwilling.id] },
    });
    for (const channel of ['sms', 'voice'])
      expect(await ding([bob, eve], channel)).toMatchObject({
        status: 409,
        body: { code: 'RECIPIENT_UNREACHABLE', accountIds: [eve.id] },
      });
    const [unknown, nobody] = [
      await ding([bob, stranger]),
      await ding([bob, { ...bob, id: NOBODYS }]),
    ];
    expect([unknown, nobody].map((answer) => answer.status)).toEqual([404, 404]);
    expect(unknown.text).toBe(nobody.text);
    expect(unknown.body.accountIds).toBeUndefined();
    const many = Array.from({ length: 51 }, (_, nth) => ({
      ...bob,
      id: `00000000-0000-4000-8000-${String(nth).padStart(12, '0')}`,
    }));
    for (const to of [[], [bob, bob], [bob, ann], many])
      expect(await ding(to)).toMatchObject({ status: 400 });
    expect([(await handoffs()).length, (await world.rows('SELECT 1 FROM calls')).length]).toEqual(
      before,
    );
  });

  test('two calls that end at the same moment end the Ding, once', async () => {
    const { body } = await ding([bob, carl]);
    const rings = [
      await listening(await bob.phone.expectRing()),
      await listening(await carl.phone.expectRing()),
    ];
    for (const one of [bob, carl]) await confirmInApp(one, body.id);
    const client = new pg.Client({ connectionString: world.database.ownerUrl });
    await client.connect();
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM calls WHERE id = $1 FOR UPDATE', [body.id]);
    for (const ring of rings) await ring.hangUp();
    // Both callbacks have come, and neither has written.
    await eventually(
      'two to wait',
      async () =>
        (
          await world.rows<{ n: number }>(
            `
              SELECT count(*)::int AS n
              FROM pg_stat_activity
              WHERE usename = 'dingline_ingress' AND datname = $1 AND wait_event_type = 'Lock'
            `,
            [world.database.name],
          )
        )[0]?.n === 2,
    );
    await client.query('COMMIT');
    await client.end();
    expect(await ended(body.id)).toMatchObject({ endReason: 'finished' });
    await world.phones.settled();
    expect((await events(body.id)).filter(({ event }) => event.kind === 'ding.ended')).toHaveLength(
      1,
    );
  });

  test('an SMS that is refused or does not arrive says so, and ends its Ding', async () => {
    await bob.phone.trouble({ kind: 'error', code: 21211, channel: 'sms' });
    await carl.phone.trouble({ kind: 'undelivered' });
    const [refused, lost] = [
      (await ding([bob], 'sms')).body.id,
      (await ding([carl], 'sms')).body.id,
    ];
    expect(await ended(refused)).toMatchObject({
      endReason: 'finished',
      recipients: [
        { confirmedAt: null, notifications: [{ state: 'ended', reason: 'bad_number' }] },
      ],
    });
    expect(await ended(lost)).toMatchObject({
      endReason: 'finished',
      recipients: [
        { confirmedAt: null, notifications: [{ state: 'ended', delivery: 'undelivered' }] },
      ],
    });
  });

  test("the SMS speaks the recipient's language", async () => {
    const li = await account(world, '李雷', next(), 'zh');
    await verify(world, li);
    await team(world, [ann, li]);
    await ding([li]);
    await (await li.phone.expectRing()).decline();
    await li.phone.expectSms(
      /^Ann通过叮线发来紧急消息：The pump in hall 3 has stopped\.\n确认：https:\/\/dingline\.example\/c#[\w-]{22}$/,
    );
  });

  test('each change is told to the sender and to the one whom it is about, and to no other recipient', async () => {
    const { body } = await ding([bob, carl]);
    const [bobs, carls] = [await bob.phone.expectRing(), await carl.phone.expectRing()];
    await bobs.decline();
    const token = await smsLink(bob);
    await world.phones.settled();
    await link('confirm', token);
    await carls.answer();
    for (const pause of ['pause', 'pause'] as const) await carls.letPass(pause);
    await carls.press('9');
    await carls.expectEnded('completed');
    await ended(body.id);
    const told = await events(body.id);
    const ids = new Map(body.recipients.map((one) => [one.participantId, one.accountId]));
    for (const { event, audience } of told)
      expect(audience.sort()).toEqual(
        (event.participantId === undefined
          ? [ann.id, bob.id, carl.id]
          : [ann.id, ids.get(event.participantId) as string]
        ).sort(),
      );
    const about = (who: Person) =>
      told
        .filter(
          ({ event }) =>
            event.participantId !== undefined && ids.get(event.participantId) === who.id,
        )
        .map(({ event }) =>
          [event.kind, event.state, event.reason]
            .filter((part) => typeof part === 'string')
            .join(' '),
        );
    expect(about(bob)).toEqual([
      'ding.leg ringing',
      'ding.leg ended busy',
      'ding.notification queued',
      'ding.notification accepted',
      'ding.confirmed',
      'ding.notification ended confirmed',
    ]);
    expect(about(carl)).toEqual([
      'ding.leg ringing',
      'ding.leg answered',
      'ding.stopped',
      'ding.leg ended hung_up',
    ]);
    expect(
      told.filter(({ event }) => event.participantId === undefined).map(({ event }) => event.kind),
    ).toEqual(['ding.created', 'ding.caller_id', 'ding.ended']);
    expect(told.at(-1)?.event.kind).toBe('ding.ended');
  });

  test('whoever takes their consent back before the worker has dialled is neither rung nor sent an SMS; the others are', async () => {
    await world.stop('worker');
    const { body } = await ding([bob, carl]);
    const { body: mine } = await world.call<{ teams: { id: string }[] }>(
      'GET',
      '/v1/teams',
      undefined,
      bob,
    );
    for (const { id } of mine.teams)
      expect((await world.call('DELETE', `/v1/teams/${id}/consent`, undefined, bob)).status).toBe(
        204,
      );
    await world.boot('worker');
    await declined(carl);
    expect(await of(body.id, bob)).toMatchObject({
      leg: { state: 'ended', reason: 'no_consent' },
      notifications: [],
    });
    expect([bob.phone.rings(), bob.phone.messages().length]).toEqual([[], 1]); // his code
    expect((await callerId(bob, body.id)).status).toBe(404);
    await recall(body.id);
  });
});
