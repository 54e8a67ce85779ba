import { eventually } from '../support/eventually.js';
import { account, type Person, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface Verification {
  id: string;
  state: string;
  code?: string;
  isCorrect?: boolean;
  retryAfter?: number;
  delivery: { channel: string; state: string; reason: string | null } | null;
  next: { smsAt: string | null; voiceAt: string | null; mayCheck: boolean; checksLeft: number };
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const CODE = /#(\d{6})$/;
const DEVICE = 'a-secret-that-the-app-keeps-on-this-phone';

describe('sends of a code', () => {
  const next = numbersOf(47);
  let world: World;
  let ann: Person;
  const start = (who: Person, more: object = {}) =>
    world.call<Verification>('POST', '/v1/verifications', { number: who.number, ...more }, who);
  const send = (who: Person, id: string, channel = 'sms') =>
    world.call<Verification>('POST', `/v1/verifications/${id}/sends`, { channel }, who);
  const read = async (who: Person, id: string) =>
    (await world.call<Verification>('GET', `/v1/verifications/${id}`, undefined, who)).body;
  const check = async (who: Person, id: string, code: string) =>
    (await world.call<Verification>('POST', `/v1/verifications/${id}/check`, { code }, who)).body;
  const cancel = (who: Person, id: string) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/cancel`, undefined, who);
  const inSeconds = (at: string | null): number | null =>
    at === null ? null : (Date.parse(at) - world.clock.now().getTime()) / 1_000;
  const codeOf = async (who: Person): Promise<string> =>
    (await who.phone.expectSms(CODE))[1] as string;
  /** A stranger's: another account, with this phone. */
  const stranger = async (of: Person, name = 'Eve'): Promise<Person> => ({
    ...(await account(world, name, of.number)),
    phone: of.phone,
  });

  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(61 * MINUTE);
    ann = await account(world, 'Ann', next());
  });
  afterEach(() => world.phones.clearTroubles());

  test('the wait grows from one SMS to the next, over a cancel too, a call has its own, and every answer says when', async () => {
    const first = await start(ann);
    expect([inSeconds(first.body.next.smsAt), inSeconds(first.body.next.voiceAt)]).toEqual([
      60, 60,
    ]);
    await codeOf(ann);
    await world.pass(MINUTE - 1);
    const early = await send(ann, first.body.id, 'voice');
    expect(early).toMatchObject({
      status: 429,
      body: {
        code: 'SEND_TOO_SOON',
        retryAfter: 1,
        next: { state: 'pending', mayCheck: true, checksLeft: 5 },
      },
    });
    expect(inSeconds(early.body.next.voiceAt)).toBe(0.001);
    await world.pass(1);
    const second = await send(ann, first.body.id);
    expect(second.status).toBe(201);
    expect([inSeconds(second.body.next.smsAt), inSeconds(second.body.next.voiceAt)]).toEqual([
      120, 0,
    ]);
    await codeOf(ann);
    await cancel(ann, first.body.id);
    const refused = await start(ann);
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'SEND_TOO_SOON', retryAfter: 120, next: { mayCheck: false, checksLeft: 0 } },
    });
    expect([inSeconds(refused.body.next.smsAt), inSeconds(refused.body.next.voiceAt)]).toEqual([
      120, 0,
    ]);
    await world.pass(2 * MINUTE);
    const third = await start(ann);
    expect(third.status).toBe(201);
    expect(inSeconds(third.body.next.smsAt)).toBeNull(); // the number has had its three of today
    await codeOf(ann);
  });

  test('strangers use up neither the sends nor the guesses that are kept for a session, or for a device, that has proved the number', async () => {
    const phone = await account(world, 'Ann', ann.number);
    const begun = await start(phone, { device: DEVICE });
    expect((await check(phone, begun.body.id, await codeOf(ann))).isCorrect).toBe(true);
    await world.pass(DAY);
    const eve = await stranger(ann);
    let last = '';
    for (const wait of [0, 1, 2]) {
      await world.pass(wait * MINUTE);
      const started = await start(eve);
      expect(started.status).toBe(201);
      last = started.body.id;
      await codeOf(ann);
      for (let guess = 0; guess < 5; guess += 1) await check(eve, last, '000000');
      await cancel(eve, last);
    }
    expect(await start(eve)).toMatchObject({ status: 429 });
    expect(await check(eve, last, '000000')).toMatchObject({ code: 'VERIFICATION_FINISHED' });
    // Another device, and another's secret of a device, are strangers.
    for (const device of [undefined, `${DEVICE}x`])
      expect(await start(await stranger(ann, 'Mallory'), { device })).toMatchObject({
        status: 429,
        body: { code: 'SEND_LIMIT' },
      });
    // A new account on the device that proved it, and the session that proved it.
    const again = await stranger(ann, 'Ann');
    const mine = await start(again, { device: DEVICE });
    expect(mine.status).toBe(201);
    expect(await check(again, mine.body.id, await codeOf(ann))).toMatchObject({
      isCorrect: true,
      state: 'approved',
    });
    const theirs = await start(phone);
    expect(theirs.status).toBe(201);
    await codeOf(ann);
  });

  test('what the device sends as its secret is in no row, and what can be none is refused', async () => {
    const { status, body } = await start(ann, { device: DEVICE });
    expect(status).toBe(201);
    await check(ann, body.id, await codeOf(ann));
    const rows = await world.rows<{ text: string }>(
      `SELECT v::text AS text FROM verifications v UNION ALL SELECT p::text FROM number_proofs p`,
    );
    expect(rows.length).toBeGreaterThan(1);
    for (const { text } of rows)
      expect(text).not.toMatch(new RegExp(`${DEVICE}|${Buffer.from(DEVICE).toString('hex')}`));
    for (const device of ['short', 'x'.repeat(201), 'with a blank in it here', 12, null])
      expect(await start(ann, { device })).toMatchObject({
        status: 400,
        body: { code: 'INVALID_INPUT' },
      });
  });

  test('sent again while the one before has not left, it is sent once and counted once', async () => {
    await world.stop('worker');
    const {
      body: { id },
    } = await start(ann);
    for (let again = 0; again < 3; again += 1) expect((await send(ann, id)).status).toBe(201);
    await world.boot('worker');
    await codeOf(ann);
    await world.phones.settled();
    expect(ann.phone.messages()).toHaveLength(1);
    expect(inSeconds((await read(ann, id)).next.smsAt)).toBe(60);
  });

  test("an SMS that went out by our own fault or the carrier's to nobody costs nothing: no wait, and none of the day's", async () => {
    await ann.phone.trouble({ kind: 'error', code: 21606, times: 3 });
    const {
      body: { id },
    } = await start(ann);
    for (let again = 0; again < 3; again += 1) {
      await eventually(
        'it has failed',
        async () => (await read(ann, id)).delivery?.state === 'failed',
      );
      const {
        next: { smsAt, voiceAt },
      } = await read(ann, id);
      expect([inSeconds(smsAt), inSeconds(voiceAt)]).toEqual([0, 0]);
      expect((await send(ann, id)).status).toBe(201);
    }
    await codeOf(ann);
    await world.pass(MINUTE);
    expect((await send(ann, id)).status).toBe(201);
    await codeOf(ann);
  });

  test('with `auto` an SMS that the carrier can not deliver is followed by a call with the same code, at once', async () => {
    await ann.phone.trouble({ kind: 'undelivered', times: 1 });
    const {
      body: { id },
    } = await start(ann, { channel: 'auto' });
    const ring = await (await ann.phone.expectRing()).answer();
    await ring.letPass('pause');
    const [, key] = await ring.expectSaid(/press (\d)\.$/);
    await ring.expectListening();
    await ring.press(key as string);
    await ring.letPass('pause');
    const [spoken] = await ring.expectSaid(/^\d( \d){5}$/);
    await ring.expectEnded('completed');
    expect(await check(ann, id, spoken.replaceAll(' ', ''))).toMatchObject({ isCorrect: true });
  });

  test('with `auto` a number that takes no SMS is called, and one that the carrier says nothing about is called after a minute', async () => {
    await ann.phone.trouble({ kind: 'error', code: 21614, times: 1, channel: 'sms' });
    const {
      body: { id },
    } = await start(ann, { channel: 'auto' });
    await (await ann.phone.expectRing()).decline();
    expect((await read(ann, id)).state).toBe('pending');
    expect(await send(ann, id, 'sms')).toMatchObject({ status: 409, body: { code: 'VOICE_ONLY' } });

    const bob = await account(world, 'Bob', next());
    await bob.phone.trouble({ kind: 'callbacks-lost' });
    await start(bob, { channel: 'auto' });
    await codeOf(bob);
    await world.pass(MINUTE - 1);
    expect(bob.phone.rings()).toEqual([]);
    await world.pass(1);
    await (await bob.phone.expectRing()).decline();
  });

  test('with `auto` an SMS that arrives, or a code that was entered, is followed by nothing', async () => {
    await start(ann, { channel: 'auto' });
    await codeOf(ann);
    await world.phones.settled();
    expect(await world.rows('SELECT 1 FROM verifications WHERE voice_at IS NOT NULL')).toEqual([]);
    const bob = await account(world, 'Bob', next());
    await bob.phone.trouble({ kind: 'callbacks-lost', times: 9 });
    const {
      body: { id },
    } = await start(bob, { channel: 'auto' });
    await check(bob, id, await codeOf(bob));
    await world.pass(5 * MINUTE);
    await verify(world, await account(world, 'Carl', next())); // by the same worker, later
    expect([...ann.phone.rings(), ...bob.phone.rings()]).toEqual([]);
  });

  test('without `auto` an SMS that did not arrive lets a call be asked for at once', async () => {
    await ann.phone.trouble({ kind: 'undelivered', times: 1 });
    const {
      body: { id },
    } = await start(ann);
    await eventually(
      'it is told',
      async () => (await read(ann, id)).delivery?.state === 'undelivered',
    );
    expect(inSeconds((await read(ann, id)).next.voiceAt)).toBe(0);
    expect((await send(ann, id, 'voice')).status).toBe(201);
    await (await ann.phone.expectRing()).decline();
  });

  test('three calls are all', async () => {
    const {
      body: { id },
    } = await start(ann, { channel: 'voice' });
    await (await ann.phone.expectRing()).decline();
    for (const wait of [MINUTE, 5 * MINUTE]) {
      await world.pass(wait - 1);
      expect(await send(ann, id, 'voice')).toMatchObject({
        status: 429,
        body: { code: 'SEND_TOO_SOON', retryAfter: 1 },
      });
      await world.pass(1);
      expect((await send(ann, id, 'voice')).status).toBe(201);
      await (await ann.phone.expectRing()).decline();
    }
    expect(await send(ann, id, 'voice')).toMatchObject({
      status: 429,
      body: { code: 'CALL_LIMIT', next: { voiceAt: null } },
    });
  });

  test('looks at verifications are limited to sixty a minute', async () => {
    const {
      body: { id },
    } = await start(ann);
    await codeOf(ann);
    for (let look = 0; look < 60; look += 1) expect((await read(ann, id)).state).toBe('pending');
    expect(await world.call('GET', `/v1/verifications/${id}`, undefined, ann)).toMatchObject({
      status: 429,
      body: { code: 'TOO_MANY_REQUESTS', retryAfter: 60 },
    });
    await world.pass(MINUTE);
    expect((await read(ann, id)).state).toBe('pending');
  });
});
