import {
  account,
  app,
  type Client,
  crowd,
  type Person,
  type Someone,
  team,
  verify,
} from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { type Answer, World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface Verification {
  id: string;
  state: string;
  code?: string;
  isCorrect?: boolean;
  next: { checksLeft: number };
}
type Asker = { token: string } | { headers: Record<string, string> };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const next = numbersOf(1203);
let world: World;
const post = (who: Asker, path: string, body?: object, headers: Record<string, string> = {}) =>
  world.call<Verification>('POST', `/v1/verifications${path}`, body, {
    ...who,
    headers: { ...('headers' in who ? who.headers : {}), ...headers },
  });
const check = (who: Asker, id: string, code: string, headers?: Record<string, string>) =>
  post(who, `/${id}/check`, { code }, headers);
const codeAt = async (number: string): Promise<string> =>
  (await world.phones.phone(number).expectSms(/#(\d{6})$/))[1] as string;
const started = async (who: Asker, number: string): Promise<{ id: string; code: string }> => {
  const { status, body, text } = await post(who, '', { number });
  if (status !== 201) throw new Error(text);
  return { id: body.id, code: await codeAt(number) };
};
const other = (code: string): string => (code === '123456' ? '654321' : '123456');

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(() => world.pass(15 * MINUTE));

describe('a code that is tried where or when it is not right', () => {
  let ann: Someone;
  let eve: Someone;
  let shop: Client;
  let number: string;
  let made = 0;
  beforeEach(async () => {
    made += 1;
    [ann, eve] = (await crowd(world, 2)) as [Someone, Someone];
    shop = await app(world, `shop ${String(made)}`);
    number = next();
  });
  const expectNoApproval = async (before: number): Promise<void> =>
    expect(await world.rows(`SELECT 1 FROM verifications WHERE state = 'approved'`)).toHaveLength(
      before,
    );
  const approvals = async (): Promise<number> =>
    (await world.rows(`SELECT 1 FROM verifications WHERE state = 'approved'`)).length;

  test('used, canceled or expired, it approves nothing, neither its own verification nor the next of the same number', async () => {
    const ends: [string, (id: string, code: string) => Promise<unknown>][] = [
      ['approved', (id, code) => check(ann, id, code)],
      ['canceled', (id) => post(ann, `/${id}/cancel`)],
      ['expired', () => world.pass(10 * MINUTE)],
    ];
    for (const [state, end] of ends) {
      number = next();
      const old = await started(ann, number);
      await end(old.id, old.code);
      const before = await approvals();
      for (let i = 0; i < 2; i += 1)
        expect(await check(ann, old.id, old.code)).toMatchObject({
          status: 409,
          body: { code: 'VERIFICATION_FINISHED', next: { state } },
        });
      await world.pass(MINUTE);
      const now = await started(ann, number);
      if (now.code === old.code) continue; // once in a million
      expect((await check(ann, now.id, old.code)).body).toMatchObject({
        isCorrect: false,
        state: 'pending',
      });
      expect((await check(ann, old.id, now.code)).status).toBe(409);
      await expectNoApproval(before);
    }
  });

  test('at another number, by another account, by an app, by a person for an app: it approves nothing', async () => {
    const before = await approvals();
    const mine = await started(ann, number);
    const theirs = await started(eve, number);
    const shops = await started(shop, number);
    const elsewhere = await started(eve, next());
    const pairs: [Asker, { id: string; code: string }, { id: string; code: string }][] = [
      [eve, elsewhere, mine],
      [eve, theirs, mine],
      [ann, mine, theirs],
      [ann, mine, shops],
      [shop, shops, mine],
      [shop, shops, theirs],
    ];
    for (const [who, at, from] of pairs)
      if (at.code !== from.code)
        expect((await check(who, at.id, from.code)).body).toMatchObject({
          isCorrect: false,
          state: 'pending',
        });
    // With the right code, but not one's own.
    for (const [who, at] of [
      [eve, mine],
      [shop, mine],
      [ann, shops],
      [eve, shops],
      [shop, theirs],
    ] as const)
      expect((await check(who, at.id, at.code)).status).toBe(404);
    await expectNoApproval(before);
    // Each was right in its own place all the time.
    for (const [who, at] of [
      [ann, mine],
      [eve, theirs],
      [shop, shops],
      [eve, elsewhere],
    ] as const)
      expect((await check(who, at.id, at.code)).body).toMatchObject({ isCorrect: true });
  });

  test.each([
    ['a person', () => ann as Asker],
    ['an app', () => shop as Asker],
  ])(
    'a start that %s repeats with its Idempotency-Key sends nothing and gives no checks back, in whatever state it is',
    async (_, who) => {
      const key = { 'idempotency-key': 'a-start' };
      const first = await post(who(), '', { number }, key);
      const code = await codeAt(number);
      const { id } = first.body;
      for (let left = 4; left >= 3; left -= 1)
        expect((await check(who(), id, other(code))).body.next.checksLeft).toBe(left);
      await world.pass(2 * MINUTE);
      expect((await post(who(), '', { number }, key)).body).toMatchObject({
        id,
        state: 'pending',
        next: { checksLeft: 3 },
      });
      const again = { 'idempotency-key': 'a-send' };
      expect((await post(who(), `/${id}/sends`, {}, again)).status).toBe(201);
      expect(await codeAt(number)).toBe(code);
      await world.pass(2 * MINUTE);
      for (let i = 0; i < 2; i += 1)
        expect(await post(who(), `/${id}/sends`, {}, again)).toMatchObject({
          status: 201,
          body: { id, next: { checksLeft: 3 } },
        });
      // A check knows no such key: each is one more, and the right one is right once.
      for (const left of [2, 1])
        expect(
          (await check(who(), id, other(code), { 'idempotency-key': 'a-check' })).body.next
            .checksLeft,
        ).toBe(left);
      expect((await check(who(), id, code, { 'idempotency-key': 'a-check' })).body).toMatchObject({
        isCorrect: true,
        state: 'approved',
      });
      expect((await check(who(), id, code, { 'idempotency-key': 'a-check' })).status).toBe(409);
      await world.pass(2 * MINUTE);
      expect((await post(who(), '', { number }, key)).body).toMatchObject({
        id,
        state: 'approved',
        next: { checksLeft: 0 },
      });
      await world.phones.settled();
      expect(world.phones.phone(number).messages()).toHaveLength(2);
    },
  );
});

describe('answers tell nobody whether a number is known', () => {
  let numbers: Record<string, string>;
  beforeAll(async () => {
    const [member, mate, lone] = [
      await account(world, 'Ann', next()),
      await account(world, 'Bob', next()),
      await account(world, 'Carl', next()),
    ];
    for (const one of [member, mate, lone]) await verify(world, one);
    await team(world, [member, mate] as [Person, Person]);
    const [shops, guessed] = [next(), next()];
    const shop = await app(world, 'another shop');
    const theirs = await started(shop, shops);
    expect((await check(shop, theirs.id, theirs.code)).body).toMatchObject({ isCorrect: true });
    const [eve] = await crowd(world, 1);
    const at = await started(eve, guessed);
    expect((await check(eve, at.id, other(at.code))).body).toMatchObject({ isCorrect: false });
    await world.phones.settled();
    numbers = {
      'in a team': member.number,
      proved: lone.number,
      'proved with an app': shops,
      'guessed at': guessed,
    };
  });

  /** All but what differs from any request to the next. */
  const shown = ({ status, headers, text }: Answer<Verification>): string =>
    [
      status,
      ...[...headers]
        .filter(([name]) => !['date', 'x-request-id', 'content-length'].includes(name))
        .map((one) => one.join(': ')),
      text,
    ]
      .join('\n')
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>');

  test.each([
    ['an app', (name: string) => app(world, `asks for ${name}`) as Promise<Asker>],
    ['a person', async (_: string) => (await crowd(world, 1))[0] as Asker],
  ])('by what %s is answered, from the start to the approval', async (_, asker) => {
    // What a number was sent in the last day, by whomever, counts for all, and shows; that somebody has it does not.
    await world.pass(DAY);
    const subjects = await Promise.all(
      Object.entries({ ...numbers, 'never seen': next(), 'never seen, either': next() }).map(
        async ([name, number]) => ({ name, number, who: await asker(name), id: '', code: '' }),
      ),
    );
    type Subject = (typeof subjects)[number];
    const readCode = async (one: Subject): Promise<void> => {
      one.code = await codeAt(one.number);
    };
    const begin = async (one: Subject): Promise<Answer<Verification>> => {
      const answer = await post(one.who, '', { number: one.number });
      one.id = answer.body.id;
      return answer;
    };
    const steps: [
      string,
      (one: Subject) => Promise<Answer<Verification>>,
      after?: (one: Subject) => Promise<void>,
    ][] = [
      ['a start', begin, readCode],
      ['the same start', (one) => post(one.who, '', { number: one.number })],
      ['a start by a call', (one) => post(one.who, '', { number: one.number, channel: 'voice' })],
      [
        'a look',
        (one) => world.call<Verification>('GET', `/v1/verifications/${one.id}`, undefined, one.who),
      ],
      ['a send that comes too soon', (one) => post(one.who, `/${one.id}/sends`, {})],
      ['a wrong code', (one) => check(one.who, one.id, other(one.code))],
      ['no code', (one) => check(one.who, one.id, 'x')],
      ['a cancel', (one) => post(one.who, `/${one.id}/cancel`)],
      ['a check of it', (one) => check(one.who, one.id, one.code)],
      ['a start too soon', (one) => post(one.who, '', { number: one.number })],
      ['an hour later', begin, readCode],
      ['a right code', (one) => check(one.who, one.id, one.code)],
      [
        'a look at what is approved',
        (one) => world.call<Verification>('GET', `/v1/verifications/${one.id}`, undefined, one.who),
      ],
    ];
    for (const [what, act, after] of steps) {
      if (what === 'an hour later') await world.pass(61 * MINUTE);
      const answers: Record<string, string> = {};
      for (const one of subjects) answers[one.name] = shown(await act(one));
      for (const one of subjects) await after?.(one);
      await world.phones.settled();
      const expected = answers['never seen'] as string;
      expect({ what, answers }).toEqual({
        what,
        answers: Object.fromEntries(subjects.map(({ name }) => [name, expected])),
      });
    }
  });
});
