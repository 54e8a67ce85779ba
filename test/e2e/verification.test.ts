import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { type Answer, World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface Verification {
  id: string;
  state: string;
  code?: string;
  isCorrect?: boolean;
  retryAfter?: number;
  finishedAt: string | null;
  delivery: { state: string; reason: string | null } | null;
  next: { smsAt: string | null; voiceAt: string | null; mayCheck: boolean; checksLeft: number };
}

const MINUTE = 60_000;
const CODE = /#(\d{6})$/;
const NOBODYS = '00000000-0000-4000-8000-000000000000';
const wrong = (code: string): string => (code === '123456' ? '654321' : '123456');

describe('verification by SMS', () => {
  const next = numbersOf(8);
  let world: World;
  let ann: Person;
  let bob: Person;
  const start = (who: Person, more: object = {}, headers: Record<string, string> = {}) =>
    world.call<Verification>(
      'POST',
      '/v1/verifications',
      { number: who.number, ...more },
      { token: who.token, headers },
    );
  const sendAgain = (who: Person, id: string, headers: Record<string, string> = {}) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/sends`, undefined, {
      token: who.token,
      headers,
    });
  const check = (who: Person, id: string, code: string) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/check`, { code }, who);
  const read = (who: Person, id: string) =>
    world.call<Verification>('GET', `/v1/verifications/${id}`, undefined, who);
  const cancel = (who: Person, id: string) =>
    world.call<Verification>('POST', `/v1/verifications/${id}/cancel`, undefined, who);
  const codeOf = async (who: Person): Promise<string> =>
    (await who.phone.expectSms(CODE))[1] as string;
  const started = async (who: Person): Promise<{ id: string; code: string }> => {
    const { status, body } = await start(who);
    expect(status).toBe(201);
    return { id: body.id, code: await codeOf(who) };
  };
  const count = async (table: string): Promise<number> =>
    Number((await world.rows<{ count: string }>(`SELECT count(*) FROM ${table}`))[0]?.count);
  /** Rows by table. What is due to be swept may go at any moment, so it isn't counted. */
  const everything = async () => {
    const now = world.clock.now().toISOString();
    const due: Record<string, string> = {
      limits: `limits WHERE expires_at > '${now}'`,
      codes: `codes JOIN verifications v ON v.id = verification_id WHERE v.expires_at > '${now}'`,
    };
    const tables = [
      'verifications',
      'numbers',
      'codes',
      'handoffs',
      'limits',
      'idempotency_keys',
      'ledger_entries',
    ];
    return Object.fromEntries(
      await Promise.all(
        tables.map(async (table) => [table, await count(due[table] ?? table)] as const),
      ),
    );
  };
  const attempts = async (id: string): Promise<number> =>
    (
      await world.rows<{ attempts: number }>('SELECT attempts FROM verifications WHERE id = $1', [
        id,
      ])
    )[0]?.attempts as number;

  beforeAll(async () => {
    world = await World.start({ env: { TRUSTED_PROXIES: '127.0.0.1' } });
  });
  afterAll(() => world.close());
  // Another address, and people of their own, for each test: none uses up what another counts.
  let address = 0;
  beforeEach(async () => {
    address += 1;
    await world.pass(15 * MINUTE); // sign-ups are throttled, too
    ann = await account(world, 'Ann', next());
    bob = await account(world, 'Bob', next());
  });

  test('a code arrives, can be sent again after a minute as the same code, and approves once', async () => {
    const first = await start(ann);
    expect(first).toMatchObject({
      status: 201,
      body: { state: 'pending', finishedAt: null, next: { mayCheck: true, checksLeft: 5 } },
    });
    const { id } = first.body;
    expect(Date.parse(first.body.next.smsAt as string)).toBe(world.clock.now().getTime() + MINUTE);
    const code = await codeOf(ann);

    await world.pass(40_000);
    const early = await sendAgain(ann, id);
    expect(early).toMatchObject({ status: 429, body: { code: 'SEND_TOO_SOON', retryAfter: 20 } });
    expect(early.headers.get('retry-after')).toBe('20');

    await world.pass(20_000);
    expect((await sendAgain(ann, id)).status).toBe(201);
    expect(await codeOf(ann)).toBe(code);
    await world.phones.settled();
    expect((await read(ann, id)).body).toMatchObject({
      state: 'pending',
      delivery: { state: 'delivered' },
    });

    expect((await check(ann, id, code)).body).toMatchObject({
      state: 'approved',
      isCorrect: true,
      next: { smsAt: null, mayCheck: false, checksLeft: 0 },
    });
    expect(await check(ann, id, code)).toMatchObject({
      status: 409,
      body: { code: 'VERIFICATION_FINISHED' },
    });
    expect(await sendAgain(ann, id)).toMatchObject({
      status: 409,
      body: { code: 'VERIFICATION_FINISHED' },
    });
    expect((await read(ann, id)).body).toMatchObject({ state: 'approved' });
    expect(await world.rows('SELECT 1 FROM codes WHERE verification_id = $1', [id])).toEqual([]);
    expect(await world.rows('SELECT 1 FROM verifications WHERE id = $1', [id])).toHaveLength(1);
  });

  test('a wrong code says so and counts; after five the right one is worth nothing, and a send brings no new checks', async () => {
    const { id, code } = await started(ann);
    for (let left = 4; left >= 1; left--) {
      expect(await check(ann, id, wrong(code))).toMatchObject({
        status: 200,
        body: { isCorrect: false, state: 'pending', next: { checksLeft: left } },
      });
      if (left !== 3) continue;
      await world.pass(MINUTE);
      expect((await sendAgain(ann, id)).body.next.checksLeft).toBe(3);
      await codeOf(ann);
    }
    expect((await check(ann, id, wrong(code))).body).toMatchObject({
      isCorrect: false,
      state: 'max_attempts',
      next: { mayCheck: false, checksLeft: 0 },
    });
    expect(await check(ann, id, code)).toMatchObject({
      status: 409,
      body: { code: 'VERIFICATION_FINISHED', next: { state: 'max_attempts' } },
    });
    expect(await attempts(id)).toBe(5);
    expect(await world.rows('SELECT 1 FROM codes WHERE verification_id = $1', [id])).toEqual([]);
  });

  test("what can't be a code is refused and costs no check, nor does one of another length", async () => {
    const { id, code } = await started(ann);
    for (const other of [code.slice(1), `${code}0`, '1234', '1234567890'])
      expect(await check(ann, id, other)).toMatchObject({
        status: 400,
        body: { code: 'INVALID_INPUT', errors: [{ path: 'code' }] },
      });
    expect(await check(bob, id, '1234')).toMatchObject({ status: 404 });
    for (const body of [
      { code: 'abcdef' },
      { code: '12' },
      { code: 123_456 },
      { code: null },
      {},
      { code: '123456', more: 1 },
      [],
    ]) {
      expect((await world.call('POST', `/v1/verifications/${id}/check`, body, ann)).status).toBe(
        400,
      );
    }
    expect(await attempts(id)).toBe(0);
    const guesses = `
      SELECT FROM number_guesses g
      JOIN numbers n ON n.number_index = g.number_index
      JOIN verifications v ON v.number_ref = n.id
      WHERE v.id = $1`;
    expect(await world.rows(guesses, [id])).toEqual([]);
    expect((await check(ann, id, code)).body).toMatchObject({ isCorrect: true });
  });

  test("a stranger's wrong codes count for the number, whatever they start anew, and the owner verifies at the next try", async () => {
    const { id, code } = await started(ann);
    expect((await check(ann, id, code)).body).toMatchObject({ isCorrect: true });
    const eve = await account(world, 'Eve', ann.number);
    await world.pass(MINUTE);
    const first = await started(eve);
    for (let left = 4; left >= 0; left -= 1)
      expect((await check(eve, first.id, wrong(first.code))).body.next.checksLeft).toBe(left);
    await world.pass(MINUTE);
    const second = await started(eve);
    for (const left of [4, 3])
      expect((await check(eve, second.id, wrong(second.code))).body.next.checksLeft).toBe(left);
    const refused = await check(eve, second.id, second.code); // the right one: it isn't compared
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'GUESS_LIMIT', next: { state: 'pending', mayCheck: false, checksLeft: 3 } },
    });
    expect(refused.headers.get('retry-after')).toBe(String(24 * 3600 - 60));
    expect(await attempts(second.id)).toBe(2);

    const again = await started(ann);
    expect((await check(ann, again.id, wrong(again.code))).body).toMatchObject({
      isCorrect: false,
    });
    expect((await check(ann, again.id, again.code)).body).toMatchObject({
      isCorrect: true,
      state: 'approved',
    });
    // The number was proved: the count begins anew.
    expect((await check(eve, second.id, wrong(second.code))).status).toBe(200);
  });

  test('of 200 guesses at once exactly 5 are compared', async () => {
    const { id, code } = await started(ann);
    const guesses = Array.from({ length: 201 }, (_, index) => String(100_000 + index))
      .filter((guess) => guess !== code)
      .slice(0, 200);
    const answers = await Promise.all(guesses.map((guess) => check(ann, id, guess)));
    const compared = answers.filter((answer) => answer.status === 200);
    expect(compared).toHaveLength(5);
    expect(compared.every((answer) => answer.body.isCorrect === false)).toBe(true);
    expect(
      answers.filter(
        (answer) => answer.status === 409 && answer.body.code === 'VERIFICATION_FINISHED',
      ),
    ).toHaveLength(195);
    expect(await attempts(id)).toBe(5);
    expect((await read(ann, id)).body.state).toBe('max_attempts');
  });

  test('the right code sent 50 times at once, wrong ones among them, approves once', async () => {
    const { id, code } = await started(ann);
    // Three wrong ones, so of the five that are compared two at least are right.
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        check(ann, id, index % 13 === 12 ? wrong(code) : code),
      ),
    );
    expect(answers.filter((answer) => answer.status === 200 && answer.body.isCorrect)).toHaveLength(
      1,
    );
    expect((await read(ann, id)).body.state).toBe('approved');
    expect(await attempts(id)).toBeLessThanOrEqual(5);
    expect(
      await world.rows('SELECT 1 FROM account_numbers WHERE account_id = $1', [ann.id]),
    ).toHaveLength(1);
  });

  test('after ten minutes it has expired, its code is erased by itself, and a new one can be started', async () => {
    const { id, code } = await started(ann);
    await world.pass(10 * MINUTE - 1);
    expect((await read(ann, id)).body).toMatchObject({
      state: 'pending',
      next: { smsAt: world.clock.now().toISOString() },
    });
    await world.pass(1);
    expect((await read(ann, id)).body).toMatchObject({
      state: 'expired',
      next: { smsAt: null, mayCheck: false, checksLeft: 0 },
    });
    expect(await check(ann, id, code)).toMatchObject({
      status: 409,
      body: { code: 'VERIFICATION_FINISHED', next: { state: 'expired' } },
    });
    expect(await attempts(id)).toBe(0);
    expect(await sendAgain(ann, id)).toMatchObject({
      status: 409,
      body: { code: 'VERIFICATION_FINISHED' },
    });
    expect(await cancel(ann, id)).toMatchObject({
      status: 409,
      body: { code: 'VERIFICATION_FINISHED' },
    });
    await eventually(
      async () =>
        (await world.rows('SELECT 1 FROM codes WHERE verification_id = $1', [id])).length === 0,
    );
    expect(
      await world.rows(`SELECT 1 FROM verifications WHERE id = $1 AND state = 'expired'`, [id]),
    ).toHaveLength(1);
    const again = await started(ann);
    expect(again.id).not.toBe(id);
    expect((await check(ann, again.id, again.code)).body.isCorrect).toBe(true);
  });

  test('canceled twice is canceled once; the code is erased, what has not gone out stays here, and the wait for the next send stays', async () => {
    await world.stop('worker');
    const {
      body: { id },
    } = await start(ann);
    expect(await cancel(ann, id)).toMatchObject({
      status: 200,
      body: { state: 'canceled', delivery: { state: 'canceled' } },
    });
    expect((await cancel(ann, id)).status).toBe(200);
    expect(await world.rows('SELECT 1 FROM codes WHERE verification_id = $1', [id])).toEqual([]);
    expect(await start(ann)).toMatchObject({
      status: 429,
      body: { code: 'SEND_TOO_SOON', retryAfter: 60 },
    });
    await world.boot('worker');
    await started(bob); // its SMS comes by the same queue, after that of the canceled one would have come
    expect(ann.phone.messages()).toEqual([]);
    expect(await check(ann, id, '123456')).toMatchObject({
      status: 409,
      body: { next: { state: 'canceled' } },
    });
  });

  test('the code of one verification is refused at another', async () => {
    const [a, b] = [
      await started(ann),
      await started({ ...ann, number: bob.number, phone: bob.phone }),
    ];
    if (a.code === b.code) return; // once in a million
    expect((await check(ann, b.id, a.code)).body).toMatchObject({
      isCorrect: false,
      state: 'pending',
    });
    expect((await check(ann, a.id, b.code)).body).toMatchObject({
      isCorrect: false,
      state: 'pending',
    });
    expect((await check(ann, b.id, b.code)).body.isCorrect).toBe(true);
  });

  test('of ten starts at once by one person for one number there is one verification and one SMS', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => start(ann)));
    expect(answers.map((answer) => answer.status)).toEqual(Array(10).fill(201));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    await codeOf(ann);
    await world.phones.settled();
    expect(ann.phone.messages()).toHaveLength(1);
    expect(
      await world.rows('SELECT 1 FROM handoffs WHERE subject_id = $1', [answers[0]?.body.id]),
    ).toHaveLength(1);
  });

  test("a stranger's verification of the same number neither replaces nor blocks the owner's", async () => {
    const stranger = { ...bob, number: ann.number, phone: ann.phone };
    const theirs = await started(stranger);
    const mine = await started(ann);
    expect(mine.id).not.toBe(theirs.id);
    for (let guess = 0; guess < 5; guess++) await check(stranger, theirs.id, wrong(theirs.code));
    expect((await read(stranger, theirs.id)).body.state).toBe('max_attempts');
    expect((await check(ann, mine.id, mine.code)).body).toMatchObject({
      isCorrect: true,
      state: 'approved',
    });
  });

  test("a number that a second account proves moves to it; the first is told and can't Ding any more", async () => {
    await verify(world, ann);
    await team(world, [ann, bob]);
    await world.pass(MINUTE);
    await verify(world, { ...bob, number: ann.number, phone: ann.phone });
    const me = async (who: Person) =>
      (
        await world.call<{ number: object | null; notices: { kind: string }[] }>(
          'GET',
          '/v1/me',
          undefined,
          who,
        )
      ).body;
    expect(await me(ann)).toMatchObject({ number: null, notices: [{ kind: 'number_moved' }] });
    expect(await me(bob)).toMatchObject({
      number: { verifiedAt: world.clock.now().toISOString() },
      notices: [],
    });
    expect(
      await world.call('POST', '/v1/dings', { recipientIds: [bob.id], text: 'Hello' }, ann),
    ).toMatchObject({ status: 403, body: { code: 'NUMBER_NOT_VERIFIED' } });
    // Proved again by the same account it moves nowhere, and nobody is told anything.
    await world.pass(MINUTE);
    await verify(world, { ...bob, number: ann.number, phone: ann.phone });
    expect((await me(bob)).notices).toEqual([]);
    expect((await me(ann)).notices).toHaveLength(1);
  });

  test('Chinese is written to those who chose it, for the account or for one verification', async () => {
    const li = await account(world, '李雷', next(), 'zh');
    await start(li);
    await li.phone.expectSms(/^您的叮线验证码是(\d{6})，.*\n\n@dingline\.example #\1$/);
    await start(ann, { language: 'zh' });
    await ann.phone.expectSms(/^您的叮线验证码是/);
    await start(bob);
    await bob.phone.expectSms(/^(\d{6}) is your Dingline code\..*\n\n@dingline\.example #\1$/);
  });

  test("another's verification is not there, byte for byte as one that never was", async () => {
    const { id, code } = await started(ann);
    const asked = await Promise.all(
      [id, NOBODYS, 'not-an-id', `${id}0`].flatMap((one) => [
        read(bob, one),
        sendAgain(bob, one),
        check(bob, one, code),
        cancel(bob, one),
      ]),
    );
    expect(asked.map((answer) => answer.status)).toEqual(Array(16).fill(404));
    expect(new Set(asked.map((answer) => answer.text)).size).toBe(1);
    expect(await attempts(id)).toBe(0);
    expect((await read(ann, id)).body.state).toBe('pending');
  });

  test('an Idempotency-Key makes a repeated start the same one: one id, one SMS, at once or later', async () => {
    const key = { 'idempotency-key': 'key-1' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => start(ann, {}, key)));
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1);
    const code = await codeOf(ann);
    const id = answers[0]?.body.id as string;
    await cancel(ann, id);
    await world.pass(2 * MINUTE);
    expect(await start(ann, {}, key)).toMatchObject({
      status: 201,
      body: { id, state: 'canceled' },
    }); // rendered anew, nothing sent
    expect(await start({ ...ann, number: bob.number }, {}, key)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    expect(await start(ann, { language: 'zh' }, key)).toMatchObject({
      status: 422,
      body: { code: 'IDEMPOTENCY_KEY_REUSED' },
    });
    expect((await start(bob, {}, key)).body.id).not.toBe(id); // another account's key is another key
    await codeOf(bob);
    expect(ann.phone.messages().map((text) => CODE.exec(text)?.[1])).toEqual([code]);
  });

  test('an Idempotency-Key makes a repeated send one send', async () => {
    const { id } = await started(ann);
    await world.pass(MINUTE);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => sendAgain(ann, id, { 'idempotency-key': 'again' })),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array(5).fill(201));
    await codeOf(ann);
    await world.phones.settled();
    expect(ann.phone.messages()).toHaveLength(2);
  });

  test('a number gets three codes a day from strangers, whoever asks, they are told when there will be more, and who has proved it gets the two that are kept', async () => {
    await verify(world, ann);
    await world.pass(24 * 60 * MINUTE);
    const begun = world.clock.now().getTime();
    let last: Answer<Verification> | undefined;
    for (let sent = 0; sent < 3; sent++) {
      const who = await account(world, 'Carl', ann.number);
      last = await start(who);
      expect(last.status).toBe(201);
      await who.phone.expectSms(CODE);
      await world.pass(MINUTE);
    }
    const dora = await account(world, 'Dora', ann.number);
    const before = await everything();
    const refused = await start(dora);
    expect(refused).toMatchObject({
      status: 429,
      body: { code: 'SEND_LIMIT', next: { smsAt: null, voiceAt: null, mayCheck: false } },
    });
    const seconds = Math.ceil((begun + 24 * 60 * MINUTE - world.clock.now().getTime()) / 1_000);
    expect(refused.body.retryAfter).toBe(seconds);
    expect(refused.headers.get('retry-after')).toBe(String(seconds));
    // Only that this account has asked for one more number is noted.
    expect(await everything()).toEqual({ ...before, limits: Number(before['limits']) + 1 });
    await start(bob); // other numbers go on
    await codeOf(bob);
    const { id } = await started(ann);
    await world.pass(MINUTE);
    expect((await sendAgain(ann, id)).status).toBe(201);
    await codeOf(ann);
    await world.pass(2 * MINUTE);
    expect(await sendAgain(ann, id)).toMatchObject({ status: 429, body: { code: 'SEND_LIMIT' } });
    await world.pass(24 * 60 * MINUTE - 3 * MINUTE);
    expect((await start(dora)).status).toBe(201);
    await codeOf(ann);
  });

  test.each([
    ['an IPv4 address', () => `198.51.100.${address}`, '198.51.100.250'],
    [
      'an IPv6 network of /64',
      (index: number) => `2001:db8:0:1:${index}::${index}`,
      '2001:db8:0:2::1',
    ],
  ])('%s gets ten codes a minute, then none until it has waited', async (_, from, other) => {
    const via = (index: number) => ({ 'x-forwarded-for': from(index) });
    const target = (): Person => {
      const number = next();
      return { ...ann, number, phone: world.phones.phone(number) };
    };
    const begun = world.clock.now().getTime();
    for (let index = 1; index <= 10; index++) {
      const one = target();
      expect((await start(one, {}, via(index))).status).toBe(201);
      await codeOf(one);
      await world.pass(1_000);
    }
    const [late, before] = [target(), await everything()];
    const refused = await start(late, {}, via(11));
    expect(refused).toMatchObject({
      status: 429,
      body: {
        code: 'TOO_MANY_REQUESTS',
        retryAfter: Math.ceil((begun + MINUTE - world.clock.now().getTime()) / 1_000),
      },
    });
    expect(await everything()).toEqual(before);
    const elsewhere = target();
    expect((await start(elsewhere, {}, { 'x-forwarded-for': other })).status).toBe(201);
    await codeOf(elsewhere);
    await world.pass(MINUTE);
    expect((await start(late, {}, via(11))).status).toBe(201);
    await codeOf(late);
  });

  test('what is no number that we may reach is refused, leaves nothing and is not repeated', async () => {
    const before = await everything();
    const [emergency, premium, short] = [
      ['911', '+1911', '112', '+49112'],
      ['+19005550123', '+80012345678', '+870773111632'],
      ['+12025550'],
    ];
    const [national, garbage] = [
      ['2025550123', '(202) 555-0123', '0151 12345678'],
      ['garbage-4711', '', '+1202555012345678901234', `+1${'2'.repeat(300)}`],
    ];
    for (const number of [emergency, premium, short, national, garbage].flat()) {
      const answer = await world.call<Verification>('POST', '/v1/verifications', { number }, ann);
      expect({ number, status: answer.status, code: answer.body.code }).toEqual({
        number,
        ...(premium.includes(number)
          ? { status: 403, code: 'NUMBER_TYPE_REFUSED' }
          : { status: 400, code: 'INVALID_NUMBER' }),
      });
      if (number.length > 3) expect(answer.text).not.toContain(number);
      const digits = number.replace(/\D/g, '');
      if (digits.length > 6) expect(world.logs.filter((line) => line.includes(digits))).toEqual([]);
    }
    expect(await everything()).toEqual(before);
  });

  test("a number that isn't a text, unknown fields and other languages are refused and leave nothing", async () => {
    const before = await everything();
    for (const body of [
      {},
      { number: 12_025_550_123 },
      { number: null },
      { number: [ann.number] },
      { number: { e164: ann.number } },
      { number: ann.number, language: 'tlh' },
      { number: ann.number, [ann.number]: 1 },
      [ann.number],
    ]) {
      const answer = await world.call('POST', '/v1/verifications', body, ann);
      expect(answer).toMatchObject({ status: 400, body: { code: 'INVALID_INPUT' } });
      expect(answer.text).not.toContain(ann.number.slice(1));
    }
    expect(await everything()).toEqual(before);
  });

  test("a number that the carrier can't reach ends the verification; an outage does not", async () => {
    await ann.phone.trouble({ kind: 'error', code: 21211, times: 1 });
    const {
      body: { id },
    } = await start(ann);
    await eventually(async () => (await read(ann, id)).body.state === 'undeliverable');
    expect((await read(ann, id)).body).toMatchObject({
      delivery: { state: 'rejected', reason: 'bad_number' },
      next: { smsAt: null, mayCheck: false },
    });
    expect(await world.rows('SELECT 1 FROM codes WHERE verification_id = $1', [id])).toEqual([]);

    await bob.phone.trouble({ kind: 'error', code: 20429, status: 429, times: 1 });
    const {
      body: { id: other },
    } = await start(bob);
    await eventually(
      async () =>
        (
          await world.rows(
            `SELECT 1 FROM handoffs WHERE subject_id = $1 AND state = 'queued' AND attempts = 1`,
            [other],
          )
        ).length === 1,
    );
    await world.pass(1_000);
    const code = await codeOf(bob);
    expect((await check(bob, other, code)).body.isCorrect).toBe(true);
  });
});

/** Waits for what a background task does by itself, as its user would: by looking again. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (
    const until = Date.now() + 8_000;
    !(await holds());
    await new Promise((resolve) => setTimeout(resolve, 50))
  ) {
    if (Date.now() > until) throw new Error('it did not come');
  }
}
