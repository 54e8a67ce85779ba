import { account, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network, whose phones
// of test numbers must stay silent: closing the world fails on an SMS that nobody expected.

const [TEST, OTHER, CODE] = ['+12025550100', '+447400123400', '424242'];
const SMS = /#(\d{6})$/;

interface Verification {
  id: string;
  state: string;
  code?: string;
  isCorrect?: boolean;
  delivery: object | null;
  next: { smsAt: string | null; voiceAt: string | null; checksLeft: number };
}

describe('a test number', () => {
  const next = numbersOf(34);
  let world: World;
  let ann: Person;
  let bob: Person;
  const start = (who: Person, number: string) =>
    world.call<Verification>('POST', '/v1/verifications', { number }, who);
  const act = (who: Person, id: string, what: string, body?: object) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/${what}`, body, who);
  const count = async (rows: string): Promise<number> =>
    (await world.rows<{ count: number }>(`SELECT count(*)::int AS count FROM ${rows}`))[0]?.count ??
    -1;
  /** What a send leaves behind, by table. */
  const sent = async () => ({
    handoffs: await count('handoffs'),
    codes: await count('codes'),
    ledger: await count('ledger_entries'),
    readable: await count('ledger_readable'),
    limits: await count(`limits WHERE expires_at > '${world.clock.now().toISOString()}'`),
  });

  beforeAll(async () => {
    world = await World.start({ env: { TEST_NUMBERS: `${TEST}=${CODE},${OTHER}=0000` } });
    ann = await account(world, 'Ann', next());
    bob = await account(world, 'Bob', next());
  });
  afterAll(() => world.close());
  beforeEach(() => world.pass(15 * 60_000));

  test('is proved by its code, written as people write it, and nothing goes out, is opened or is counted for it', async () => {
    const before = await sent();
    const started = await start(ann, '+1 (202) 555-0100');
    expect(started).toMatchObject({
      status: 201,
      body: {
        state: 'pending',
        delivery: null,
        next: { smsAt: world.clock.now().toISOString(), checksLeft: 5 },
      },
    });
    expect((await act(ann, started.body.id, 'sends')).status).toBe(201);
    expect((await act(ann, started.body.id, 'check', { code: CODE })).body).toMatchObject({
      state: 'approved',
      isCorrect: true,
    });
    expect(await sent()).toEqual(before);
    expect(
      (await world.call<{ number: object }>('GET', '/v1/me', undefined, ann)).body.number,
    ).toMatchObject({ verifiedAt: world.clock.now().toISOString() });
    expect(
      (
        await world.call<Verification>(
          'GET',
          `/v1/verifications/${started.body.id}`,
          undefined,
          ann,
        )
      ).body.state,
    ).toBe('approved');
  });

  test('has its own code and no other: five guesses, then the right one is worth nothing', async () => {
    const {
      body: { id },
    } = await start(ann, OTHER);
    for (let left = 4; left >= 0; left -= 1)
      expect((await act(ann, id, 'check', { code: CODE })).body).toMatchObject({
        isCorrect: false,
        next: { checksLeft: left },
      });
    expect(await act(ann, id, 'check', { code: '0000' })).toMatchObject({
      status: 409,
      body: { code: 'VERIFICATION_FINISHED', next: { state: 'max_attempts' } },
    });
    const again = await start(ann, OTHER);
    expect((await act(ann, again.body.id, 'check', { code: '0000' })).body).toMatchObject({
      isCorrect: true,
    });
  });

  test('is never throttled, by waits, by its number or by the address; and uses up nothing of what others have', async () => {
    for (let round = 0; round < 15; round += 1) {
      const { status, body } = await start(ann, TEST);
      expect(status).toBe(201);
      expect((await act(ann, body.id, 'sends')).status).toBe(201);
      expect((await act(ann, body.id, 'sends')).status).toBe(201);
      expect((await act(ann, body.id, 'cancel')).status).toBe(200);
    }
    // Ten others from the same address, as ever; the eleventh waits, and a test number still doesn't.
    for (let index = 0; index < 10; index += 1) {
      const number = next();
      expect((await start(ann, number)).status).toBe(201);
      await world.phones.phone(number).expectSms(SMS);
    }
    expect(await start(ann, next())).toMatchObject({
      status: 429,
      body: { code: 'TOO_MANY_REQUESTS' },
    });
    expect((await start(ann, TEST)).status).toBe(201);
  });

  test("beside it any other number waits between its sends, gets three a day, and isn't proved by that code", async () => {
    const {
      body: { id },
    } = await start(bob, bob.number);
    const [, code] = await bob.phone.expectSms(SMS);
    expect(await act(bob, id, 'sends')).toMatchObject({
      status: 429,
      body: { code: 'SEND_TOO_SOON', retryAfter: 60 },
    });
    if (code !== CODE)
      expect((await act(bob, id, 'check', { code: CODE })).body).toMatchObject({
        isCorrect: false,
      });
    for (const wait of [60_000, 120_000]) {
      await world.pass(wait);
      expect((await act(bob, id, 'sends')).status).toBe(201);
      await bob.phone.expectSms(SMS);
    }
    await world.pass(300_000);
    expect(await act(bob, id, 'sends')).toMatchObject({
      status: 429,
      body: { code: 'SEND_LIMIT' },
    });
  });

  test("is one account's: who proves it next has it, also after a new start of api, and the first is told", async () => {
    expect(
      (await act(ann, (await start(ann, TEST)).body.id, 'check', { code: CODE })).body,
    ).toMatchObject({ state: 'approved' });
    await world.stop('api');
    await world.boot('api');
    const {
      body: { id },
    } = await start(bob, TEST);
    expect((await act(bob, id, 'check', { code: CODE })).body).toMatchObject({ state: 'approved' });
    const me = async (who: Person) =>
      (
        await world.call<{ number: object | null; notices: { kind: string }[] }>(
          'GET',
          '/v1/me',
          undefined,
          who,
        )
      ).body;
    expect((await me(bob)).number).not.toBeNull();
    const { number, notices } = await me(ann);
    expect(number).toBeNull();
    // She had put it in place of another one a moment before, by the clock of this test at the same time.
    expect(notices.filter(({ kind }) => kind === 'number_moved')).toHaveLength(1);
  });

  test('is in no log and no answer', () => {
    expect(world.logs.join('') + world.answers.map((answer) => answer.text).join('')).not.toMatch(
      /2025550100|7400123400|424242/,
    );
  });
});
