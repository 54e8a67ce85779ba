import { account, consent, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import type { RingingCall } from '../support/ringing-call.js';
import { askCallerIds, sealed } from '../support/shown.js';
import { World } from '../support/world.js';
import { letFollow } from '../support/follows.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface DingBody {
  id: string;
  code?: string;
  retryAfter?: number;
  role: string;
  state: string;
  endReason: string | null;
  recipients: {
    accountId: string;
    confirmedAt: string | null;
    stoppedAt: string | null;
    leg: {
      state: string;
      reason: string | null;
      heardMachine: boolean;
      ringsAt: string | null;
    } | null;
    notifications: { because: string | null }[];
  }[];
}

const MINUTE = 60_000;
const NOBODYS = '00000000-0000-4000-8000-000000000000';
const TEXT = 'The pump in hall 3 has stopped.';
/** How long the SMS that follows a call can be confirmed, and with it how long its Ding lasts. */
const SMS_LASTS = 60 * MINUTE;

describe('a Ding by phone', () => {
  const next = numbersOf(9);
  let world: World;
  let ann: Person;
  let bob: Person;
  let carl: Person;
  let teamId: string;
  const ding = (
    from = ann,
    to: { id: string } = bob,
    text = TEXT,
    headers: Record<string, string> = {},
  ) =>
    world.call<DingBody>(
      'POST',
      '/v1/dings',
      { recipientIds: [to.id], text },
      { token: from.token, headers },
    );
  const read = async (who: Person, id: string) =>
    (await world.call<DingBody>('GET', `/v1/dings/${id}`, undefined, who)).body;
  const recall = (who: Person, id: string) =>
    world.call<DingBody>('POST', `/v1/dings/${id}/recall`, undefined, who);
  const callerId = (who: Person, id: string) => askCallerIds(world, who, `dings/${id}`);
  const leg = async (id: string) => (await read(ann, id)).recipients[0]?.leg;
  const handoffs = async () => (await world.rows('SELECT id FROM handoffs')).length;
  const shown = (id: string) => world.rows('SELECT 1 FROM presentations WHERE call_id = $1', [id]);
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (
      const end = Date.now() + 8_000;
      !(await holds());
      await new Promise((resolve) => setTimeout(resolve, 50))
    ) {
      if (Date.now() > end) throw new Error('it did not come');
    }
  };
  /** Answers, and lets the message be spoken up to its menu. */
  const listening = async (ring: RingingCall): Promise<RingingCall> => {
    await ring.answer();
    return menu(ring);
  };
  const menu = async (ring: RingingCall): Promise<RingingCall> => {
    await ring.letPass('pause');
    await ring.letPass('pause');
    await ring.expectListening();
    return ring;
  };
  /** What follows at once on a call that brought no confirmation. */
  const sms = (who: Person) => who.phone.expectSms(/^Urgent, from .+\nConfirm: /s);
  const declined = async (who: Person): Promise<void> => {
    await (await who.phone.expectRing({ from: 'withheld' })).decline();
    await sms(who);
  };
  const over = (id: string) => until(async () => (await read(ann, id)).state === 'ended');
  /** A ring that comes after it shows that what was to stay silent did. */
  const laterRing = async (): Promise<void> => {
    expect((await ding(ann, carl)).status).toBe(201);
    await declined(carl);
  };

  beforeAll(async () => {
    world = await World.start();
    [ann, carl] = [await account(world, 'Ann', next()), await account(world, 'Carl', next())];
    await Promise.all([verify(world, ann), verify(world, carl)]);
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE); // no phone has been called too often; sign-ups are throttled, too
    bob = await account(world, 'Bob', next());
    await verify(world, bob);
    teamId = await team(world, [ann, bob, carl]);
  });
  afterEach(() => world.phones.clearTroubles());

  test('without a verified number, a common team, consent or a reachable recipient, nobody is rung and nothing is handed off', async () => {
    const dora = await account(world, 'Dora', next());
    const before = await handoffs();
    expect(await ding(dora, bob)).toMatchObject({
      status: 403,
      body: { code: 'NUMBER_NOT_VERIFIED' },
    });
    const [stranger, nobody] = [await ding(ann, dora), await ding(ann, { id: NOBODYS })];
    expect([stranger.status, nobody.status]).toEqual([404, 404]);
    expect(stranger.text).toBe(nobody.text);

    const made = await team(world, [ann, dora], { withConsent: false });
    expect(await ding(ann, dora)).toMatchObject({ status: 403, body: { code: 'NO_CONSENT' } });
    await consent(world, dora, made);
    expect(await ding(ann, dora)).toMatchObject({
      status: 409,
      body: { code: 'RECIPIENT_UNREACHABLE' },
    });

    expect((await world.call('DELETE', `/v1/teams/${teamId}/consent`, undefined, bob)).status).toBe(
      204,
    );
    expect(await ding()).toMatchObject({ status: 403, body: { code: 'NO_CONSENT' } });
    for (const body of [
      {},
      { recipientIds: [bob.id] },
      { recipientIds: [bob.id], text: ' ' },
      { recipientIds: [bob.id], text: 'x'.repeat(1_001) },
      { recipientIds: [bob.number], text: TEXT },
      { recipientIds: [bob.id], text: TEXT, at: 1 },
    ]) {
      const answer = await world.call('POST', '/v1/dings', body, ann);
      expect(answer.status).toBe(400);
      expect(answer.text).not.toContain(bob.number);
    }
    expect(await handoffs()).toBe(before);
    expect(
      await world.rows('SELECT 1 FROM participants WHERE account_id = ANY ($1)', [
        [bob.id, dora.id],
      ]),
    ).toEqual([]);
  });

  test('a declined Ding does not ring again, and is over when its SMS is', async () => {
    const { body } = await ding();
    await declined(bob);
    await world.phones.settled();
    expect(await read(ann, body.id)).toMatchObject({
      state: 'live',
      recipients: [{ confirmedAt: null, leg: { state: 'ended', reason: 'busy' } }],
    });
    await world.pass(10 * MINUTE);
    await laterRing();
    await world.pass(SMS_LASTS - 10 * MINUTE - 1);
    expect((await read(ann, body.id)).state).toBe('live');
    await world.pass(1);
    await over(body.id);
    expect(await read(ann, body.id)).toMatchObject({
      endReason: 'finished',
      recipients: [{ confirmedAt: null }],
    });
    expect(bob.phone.rings()).toHaveLength(1);
  });

  test('an unanswered Ding says so', async () => {
    const { body } = await ding();
    await (await bob.phone.expectRing()).letRingOut();
    await sms(bob);
    expect(await read(ann, body.id)).toMatchObject({
      state: 'live',
      recipients: [{ confirmedAt: null, leg: { state: 'ended', reason: 'no_answer' } }],
    });
    await world.pass(SMS_LASTS);
    await over(body.id);
    expect(await recall(ann, body.id)).toMatchObject({ status: 409, body: { code: 'DING_ENDED' } });
  });

  test.each([
    [
      'when it answers, and again whenever we speak',
      [
        { key: '1', on: 'answer' },
        { key: '1', on: 'say' },
      ],
    ],
    ['just when we listen', [{ key: '1', on: 'gather' }]],
  ])('voicemail whose greeting plays key 1 %s confirms nothing', async (_, tones) => {
    await bob.phone.trouble({ kind: 'voicemail', ringMs: 0, detectedAfterMs: 0, tones });
    const { body } = await ding();
    const ring = await bob.phone.expectRing();
    await ring.expectSaid(/urgent message/);
    await until(async () => (await leg(body.id))?.heardMachine === true);
    await ring.expectEnded('completed'); // its two pauses pass by themselves
    await sms(bob);
    expect(await read(ann, body.id)).toMatchObject({
      recipients: [
        {
          confirmedAt: null,
          stoppedAt: null,
          leg: { state: 'ended', heardMachine: true },
          notifications: [{ because: 'machine' }],
        },
      ],
    });
  });

  test('keys before the menu are lost, star repeats, another key gets a kind word, and 1 still confirms', async () => {
    const { body } = await ding(ann, bob, 'Valve <4> & "5": open.');
    const ring = await bob.phone.expectRing();
    await ring.answer();
    await ring.expectSaid(/urgent message from Ann/);
    expect(await ring.pressNow('1')).toEqual([false]);
    await menu(ring);
    await ring.expectSaid(/^Valve <4> & "5": open\.$/);
    expect((await read(bob, body.id)).recipients[0]?.confirmedAt).toBeNull();

    await ring.press('*');
    await menu(ring);
    await ring.expectSaid(/^Valve <4> & "5": open\.$/);
    await ring.press('5');
    await ring.expectSaid(/Sorry/);
    await ring.press('1');
    await ring.expectSaid(/You have confirmed/);
    await ring.expectEnded('completed');
    await world.phones.settled();
    expect((await read(ann, body.id)).recipients[0]).toMatchObject({
      confirmedAt: world.clock.now().toISOString(),
      stoppedAt: null,
    });
  });

  test("key 9 stops this Ding's calls and says so; it confirms nothing", async () => {
    const { body } = await ding();
    const ring = await listening(await bob.phone.expectRing());
    await ring.press('9');
    await ring.expectSaid(/no more calls/);
    await ring.expectEnded('completed');
    await world.phones.settled();
    expect(await read(ann, body.id)).toMatchObject({
      state: 'ended',
      recipients: [
        { confirmedAt: null, stoppedAt: world.clock.now().toISOString(), notifications: [] },
      ],
    });
  });

  test('a Chinese recipient hears Chinese, and the text as it was written', async () => {
    const li = await account(world, '李雷', next(), 'zh');
    await verify(world, li);
    await team(world, [ann, li]);
    await ding(ann, li);
    const ring = await listening(await li.phone.expectRing());
    await ring.press('1');
    await ring.expectEnded('completed');
    expect(ring.said()).toEqual([
      expect.stringMatching(/^您好。这是Ann/),
      TEXT,
      expect.stringMatching(/请按1/),
      expect.stringMatching(/您已确认/),
    ]);
  });

  test('recalled before it went out, it never rings', async () => {
    await world.stop('worker');
    const { body } = await ding();
    expect(await recall(ann, body.id)).toMatchObject({
      status: 200,
      body: {
        state: 'ended',
        endReason: 'recalled',
        recipients: [{ leg: { state: 'ended', reason: 'recalled' } }],
      },
    });
    expect((await recall(ann, body.id)).status).toBe(200); // twice is once
    await world.boot('worker');
    await laterRing();
    expect(bob.phone.rings()).toEqual([]);
  });

  test('recalled while it is answered it is hung up; nobody but its sender can recall it', async () => {
    const { body } = await ding();
    const ring = await listening(await bob.phone.expectRing());
    const others = await Promise.all([
      recall(bob, body.id),
      recall(carl, body.id),
      recall(carl, NOBODYS),
    ]);
    expect(others.map((answer) => answer.status)).toEqual([404, 404, 404]);
    expect(new Set(others.map((answer) => answer.text)).size).toBe(1);
    expect((await recall(ann, body.id)).status).toBe(200);
    expect(await ring.expectEnded('completed')).toMatchObject({ by: 'caller' });
    await world.phones.settled();
    expect(await read(ann, body.id)).toMatchObject({
      endReason: 'recalled',
      recipients: [{ confirmedAt: null, leg: { state: 'ended' } }],
    });
  });

  test('a phone rings at most once a minute, 3 times in 15 minutes and 5 times an hour, whoever calls; a Ding beyond that goes by SMS at once', async () => {
    const begun = world.clock.now().getTime();
    let round = 0;
    for (const minute of [0, 1, 2, 15, 16]) {
      const { status, body } = await ding(round++ % 2 === 0 ? ann : carl);
      expect(status).toBe(201);
      const wait = begun + minute * MINUTE - world.clock.now().getTime();
      if (wait > 0) {
        expect(body.recipients[0]?.leg).toMatchObject({
          state: 'queued',
          ringsAt: new Date(begun + minute * MINUTE).toISOString(),
        });
        expect(bob.phone.rings()).toHaveLength(round - 1);
        await sms(bob); // beside the call that waits: counted before the time passes, not after
        await world.pass(wait);
        await (await bob.phone.expectRing({ from: 'withheld' })).decline();
      } else await declined(bob);
      await world.phones.settled();
    }
    const tooOften = await ding(carl);
    expect(tooOften).toMatchObject({
      status: 201,
      body: {
        recipients: [
          {
            leg: { state: 'ended', reason: 'ring_limit' },
            notifications: [{ channel: 'sms', because: 'ring_limit' }],
          },
        ],
      },
    });
    await sms(bob); // at once, since the phone may not ring before the Ding is stale
    expect(bob.phone.rings()).toHaveLength(round);
    await world.pass(44 * MINUTE);
    expect((await ding(carl)).status).toBe(201);
    await declined(bob);
  });

  test('of two Dings to one phone at the same moment the second waits for its minute', async () => {
    const dings = await Promise.all([ding(ann), ding(carl)]);
    await declined(bob);
    await world.phones.settled();
    const inAMinute = new Date(world.clock.now().getTime() + MINUTE).toISOString();
    await until(async () =>
      (
        await Promise.all(dings.map(({ body }, index) => read(index === 0 ? ann : carl, body.id)))
      ).some((one) => one.recipients[0]?.leg?.ringsAt === inAMinute),
    );
    expect(bob.phone.rings()).toHaveLength(1);
    await world.pass(MINUTE);
    await declined(bob);
  });

  test('of four Dings to one phone at the same moment the one whose turn would come too late goes by SMS, as soon as that is known', async () => {
    await world.stop('worker');
    const ids = await Promise.all(
      [ann, carl, ann, carl].map(async (from) => ({ from, id: (await ding(from)).body.id })),
    );
    await world.boot('worker');
    for (let minute = 0; minute < 3; minute += 1) {
      await declined(bob);
      await world.phones.settled();
      await world.pass(MINUTE);
    }
    await sms(bob);
    const ends = () =>
      Promise.all(
        ids.map(async ({ from, id }) => (await read(from, id)).recipients[0]?.leg?.reason),
      );
    await until(async () => !(await ends()).includes(null));
    expect((await ends()).sort()).toEqual(['busy', 'busy', 'busy', 'ring_limit']);
    expect(bob.phone.rings()).toHaveLength(3);
  });

  test('a try that did not reach the carrier is no ring: the next comes a second later', async () => {
    await bob.phone.trouble({ kind: 'error', code: 20429, status: 429, times: 1 });
    const { body } = await ding();
    await until(
      async () =>
        (
          await world.rows(
            `SELECT 1 FROM handoffs WHERE state = 'queued' AND attempts = 1 AND account_id = $1`,
            [bob.id],
          )
        ).length === 1,
    );
    expect((await leg(body.id))?.ringsAt).toBe(
      new Date(world.clock.now().getTime() + 1_000).toISOString(),
    );
    await world.pass(1_000);
    await declined(bob);
    await world.phones.settled();
    expect((await ding()).body.recipients[0]?.leg?.ringsAt).toBe(
      new Date(world.clock.now().getTime() + MINUTE).toISOString(),
    ); // the ring itself counts
    await world.pass(MINUTE);
    await declined(bob);
  });

  test('where nobody knows whether it went out the sender sees so, it is not sent again, and it ends by itself', async () => {
    await bob.phone.trouble({ kind: 'reset', times: 1 });
    const { body } = await ding();
    await until(async () => (await leg(body.id))?.reason === 'unknown');
    await letFollow(world);
    await sms(bob);
    expect(await read(ann, body.id)).toMatchObject({
      state: 'live',
      recipients: [
        { leg: { state: 'queued', reason: 'unknown' }, notifications: [{ because: 'unknown' }] },
      ],
    });
    await world.pass(31 * MINUTE);
    await until(async () => (await leg(body.id))?.state === 'ended');
    expect(await leg(body.id)).toMatchObject({ state: 'ended', reason: 'lost' });
    await world.pass(SMS_LASTS - 31 * MINUTE);
    await over(body.id);
    expect(await shown(body.id)).toEqual([]);
    await laterRing();
    expect(bob.phone.rings()).toEqual([]);
  });

  test("a lost answer is made good by the carrier's callbacks, and the phone rings once", async () => {
    await bob.phone.trouble({ kind: 'reset', accepted: true, times: 1 });
    await bob.phone.trouble({
      kind: 'callbacks-late',
      ms: 1_000,
      events: ['initiated', 'ringing'],
    });
    const { body } = await ding();
    const ring = await bob.phone.expectRing();
    await until(async () => (await leg(body.id))?.reason === 'unknown');
    await letFollow(world);
    await sms(bob); // until a callback says better
    await until(async () => (await leg(body.id))?.state === 'ringing');
    expect((await leg(body.id))?.reason).toBeNull();
    await recall(ann, body.id);
    await ring.expectEnded('canceled'); // by the id that the callback brought
    expect(bob.phone.rings()).toHaveLength(1);
  });

  test('a Ding whose callbacks are lost ends by itself, and shows no caller ID from then on', async () => {
    await bob.phone.trouble({ kind: 'callbacks-lost', events: ['completed', 'answered'] });
    const { body } = await ding();
    await (await bob.phone.expectRing()).letRingOut();
    await world.phones.settled();
    expect((await read(ann, body.id)).state).toBe('live');
    await sealed(world);
    expect((await callerId(bob, body.id)).status).toBe(200);
    await world.pass(91_000); // then the carrier is asked
    await sms(bob);
    expect(await leg(body.id)).toMatchObject({ state: 'ended', reason: 'no_answer' });
    await world.pass(SMS_LASTS);
    await over(body.id);
    expect((await callerId(bob, body.id)).status).toBe(404);
    expect(await shown(body.id)).toEqual([]);
  });

  test('the caller ID is there while the phone rings and talks and the SMS can be confirmed, each viewer and their looks are in the ledger, and all else is a 404 of the same bytes', async () => {
    const nobody = (await callerId(bob, NOBODYS)).text;
    await world.stop('worker');
    const { body } = await ding();
    expect(await callerId(bob, body.id)).toMatchObject({ status: 404, text: nobody }); // not begun
    await world.boot('worker');
    const ring = await bob.phone.expectRing();
    await until(async () => (await leg(body.id))?.state === 'ringing');
    const reveals = async () =>
      (
        await world.call<{ entries: { body: string }[] }>('GET', '/v1/ledger', undefined, ann)
      ).body.entries.filter(
        (entry) =>
          (JSON.parse(entry.body) as { recipient: string }).recipient === `account:${bob.id}`,
      ).length;
    await sealed(world);
    expect(await reveals()).toBe(0);
    const seen = await callerId(bob, body.id);
    expect(seen).toMatchObject({ status: 200, body: { callerIds: [{ number: ann.number }] } });
    expect(seen.headers.get('cache-control')).toBe('no-store');
    expect(await reveals()).toBe(1);
    await listening(ring);
    expect((await callerId(bob, body.id)).status).toBe(200);
    expect(await reveals()).toBe(1); // in one call one entry, until it ends
    for (const who of [ann, carl])
      expect(await callerId(who, body.id)).toMatchObject({ status: 404, text: nobody });
    await ring.hangUp();
    await sms(bob);
    expect((await callerId(bob, body.id)).status).toBe(200); // it lasts on, by its SMS
    await recall(ann, body.id);
    expect(await callerId(bob, body.id)).toMatchObject({ status: 404, text: nobody });
    expect(await reveals()).toBe(2); // and one that says how many looks there were
  });

  test('the caller ID ends with the 24th hour, though the Ding has not ended', async () => {
    const { body } = await ding();
    const ring = await bob.phone.expectRing();
    await until(async () => (await leg(body.id))?.state === 'ringing');
    await sealed(world);
    await world.stop('worker'); // which would have ended it long before
    await world.pass(24 * 60 * MINUTE - 1);
    expect((await callerId(bob, body.id)).status).toBe(200);
    await world.pass(1);
    expect((await callerId(bob, body.id)).status).toBe(404);
    await world.boot('worker');
    await until(async () => (await shown(body.id)).length === 0);
    await ring.decline();
  });

  test('a Ding sent again with its Idempotency-Key is the same Ding and rings once', async () => {
    const key = { 'idempotency-key': 'ding-1' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => ding(ann, bob, TEXT, key)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(5).fill(201));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    await declined(bob);
    await recall(ann, answers[0]?.body.id ?? '');
    expect((await ding(ann, bob, TEXT, key)).body).toMatchObject({
      id: answers[0]?.body.id,
      state: 'ended',
    });
    expect(await ding(ann, bob, 'Another text', key)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    expect(await ding(ann, carl, TEXT, key)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    await laterRing();
    expect(bob.phone.rings()).toHaveLength(1);
  });

  test('sender and recipient can read a Ding, no answer holds a number, and to others it is not there', async () => {
    const { body } = await ding();
    await declined(bob);
    expect(await read(ann, body.id)).toMatchObject({
      role: 'initiator',
      recipients: [{ accountId: bob.id }],
    });
    expect(await read(bob, body.id)).toMatchObject({
      role: 'recipient',
      recipients: [{ accountId: bob.id }],
    });
    const others = await Promise.all(
      [body.id, NOBODYS, 'x'].map((id) => world.call('GET', `/v1/dings/${id}`, undefined, carl)),
    );
    expect(others.map((answer) => answer.status)).toEqual([404, 404, 404]);
    expect(new Set(others.map((answer) => answer.text)).size).toBe(1);
    const lists = await Promise.all(
      [ann, bob, carl].map((who) =>
        world.call<{ dings: DingBody[] }>('GET', '/v1/dings', undefined, who),
      ),
    );
    expect(lists.map((list) => list.body.dings.filter((one) => one.id === body.id).length)).toEqual(
      [1, 1, 0],
    );
    expect(lists[1]?.body.dings).toHaveLength(1);
    for (const { number } of [ann, bob, carl])
      expect(lists.map((list) => list.text).join()).not.toContain(number.slice(1));
  });
});
