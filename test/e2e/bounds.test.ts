import { eventually } from '../support/eventually.js';
import { account, crowd, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import type { RingingCall } from '../support/ringing-call.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator).

interface Body {
  id: string;
  code?: string;
  accountIds?: string[];
  retryAfter?: number;
  state: string;
  participants: { reason: string | null }[];
  recipients: {
    leg: { state: string; reason: string | null } | null;
    notifications: { state: string; reason: string | null }[];
  }[];
}

const MINUTE = 60_000;
const DAY = 86_400_000;
const next = numbersOf(54);

let world: World;
const people = async (...names: string[]): Promise<Person[]> => {
  const made = await Promise.all(names.map((name) => account(world, name, next())));
  for (const one of made) await verify(world, one);
  return made;
};
const ding = (from: Person, to: Person, channel = 'voice') =>
  world.call<Body>(
    'POST',
    '/v1/dings',
    { recipientIds: [to.id], text: 'The pump has stopped.', channel },
    from,
  );
const confer = (from: Person, others: Person[], more: object = {}) =>
  world.call<Body>(
    'POST',
    '/v1/conferences',
    { accountIds: others.map((one) => one.id), ...more },
    from,
  );
const read = async (path: string, who: Person) =>
  (await world.call<Body>('GET', path, undefined, who)).body;
const join = async (who: Person): Promise<RingingCall> => {
  const ring = await who.phone.expectRing();
  await ring.answer();
  await ring.press('1');
  await ring.expectInRoom();
  return ring;
};
const dingSms = (who: Person) =>
  who.phone.messages().filter((text) => text.includes('The pump has stopped'));
/** Takes what has come, so that nobody is surprised by it. */
const readAll = async (who: Person, count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await who.phone.expectSms(/The pump has stopped/);
};

describe('what one account may reach others by', () => {
  let [ann, bob, carl, dora]: Person[] = [];
  beforeAll(async () => {
    world = await World.start({
      env: { CONFERENCES_AT_ONCE: '1', CONFERENCE_MINUTES_A_DAY: '10', NUMBERS_A_DAY: '5' },
    });
  });
  afterAll(() => world.close());
  beforeEach(async () => {
    await world.pass(DAY);
    [ann, bob, carl, dora] = await people('Ann', 'Bob', 'Carl', 'Dora');
    await team(world, [ann, bob, carl, dora] as [Person, ...Person[]]);
  });
  const [a, b, c, d] = [
    () => ann as Person,
    () => bob as Person,
    () => carl as Person,
    () => dora as Person,
  ];

  test('of 300 Dings to one phone at once three SMS arrive, and the sender is told at once, and until when', async () => {
    const answers = [];
    for (let i = 0; i < 300; i += 50)
      answers.push(...(await Promise.all(Array.from({ length: 50 }, () => ding(a(), b())))));
    await (await b().phone.expectRing()).decline();
    await world.phones.settled();
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.length).toBeGreaterThanOrEqual(295);
    for (const { status, body, headers } of refused) {
      expect([status, body.code, body.accountIds]).toEqual([429, 'DING_LIMIT', [b().id]]);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    for (let minute = 1; minute <= 2; minute += 1) {
      await world.pass(MINUTE);
      await (await b().phone.expectRing()).decline();
      await world.phones.settled();
    }
    await readAll(b(), 3);
    await world.pass(20 * MINUTE);
    await world.phones.settled();
    expect(dingSms(b())).toHaveLength(3);
    expect(b().phone.rings()).toHaveLength(3);
  });

  test('of the SMS of many senders to one phone four arrive in a quarter of an hour, and the next sender is told', async () => {
    for (const from of [a(), c(), d(), a()]) {
      expect((await ding(from, b(), 'sms')).status).toBe(201);
      await readAll(b(), 1);
    }
    const refused = await ding(d(), b(), 'sms');
    expect([refused.status, refused.body]).toMatchObject([
      429,
      { code: 'DING_LIMIT', accountIds: [b().id] },
    ]);
    await world.pass((refused.body.retryAfter ?? 0) * 1_000);
    expect((await ding(d(), b(), 'sms')).status).toBe(201);
    await world.pass(15 * MINUTE - 1_000);
    await readAll(b(), 1);
  });

  test('is thirty Dings in an hour', async () => {
    for (let i = 0; i < 30; i += 1) expect((await ding(a(), b(), 'app')).status).toBe(201);
    const refused = await ding(a(), c(), 'app');
    expect([refused.status, refused.body]).toMatchObject([
      429,
      { code: 'SENDER_LIMIT', retryAfter: 3_600 },
    ]);
    expect((await ding(b(), c(), 'app')).status).toBe(201);
    await world.pass(60 * MINUTE);
    expect((await ding(a(), c(), 'app')).status).toBe(201);
  });

  test('is so many live conferences, also when they are begun at the same moment', async () => {
    const [eve, finn] = (await people('Eve', 'Finn')) as [Person, Person];
    await team(world, [a(), eve, finn]);
    const begun = await Promise.all([confer(a(), [b(), c()]), confer(a(), [eve, finn])]);
    expect(begun.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect(begun.find(({ status }) => status === 409)?.body.code).toBe('CONFERENCE_LIMIT');
    const id = begun.find(({ status }) => status === 201)?.body.id as string;
    const rung = begun[0]?.status === 201 ? [a(), b(), c()] : [a(), eve, finn];
    for (const one of rung) await (await one.phone.expectRing()).decline();
    await eventually(
      'it ends',
      async () => (await read(`/v1/conferences/${id}`, a())).state === 'ended',
    );
  });

  test('a conference of a day ends when the minutes of all in it are used up, and no other is begun', async () => {
    const { body } = await confer(a(), [b(), c()], { maxMinutes: 24 * 60 });
    const rings = [await join(a()), await join(b()), await join(c())];
    await world.phones.settled();
    for (let minute = 1; minute <= 3; minute += 1) {
      await world.pass(MINUTE);
      await eventually(
        'the minute is counted',
        async () =>
          (
            await world.rows('SELECT FROM legs WHERE call_id = $1 AND minutes_paid = $2', [
              body.id,
              minute + 1,
            ])
          ).length === 3,
      );
    } // 12 by now, of 10: whoever's minute was the 11th or 12th is hung up, the third a minute later
    await world.pass(MINUTE);
    for (const ring of rings) await ring.expectEnded('completed');
    await eventually(
      'it ends',
      async () => (await read(`/v1/conferences/${body.id}`, a())).state === 'ended',
    );
    const refused = await confer(a(), [b(), c()]);
    expect([refused.status, refused.body]).toMatchObject([429, { code: 'SENDER_LIMIT' }]);
    const hours = (refused.body.retryAfter ?? 0) / 3_600;
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThanOrEqual(24);
  });

  test('five numbers may be sent codes in a day', async () => {
    const [eve] = (await crowd(world, 1)) as [Person];
    const start = (number: string) =>
      world.call<Body>('POST', '/v1/verifications', { number }, eve);
    const numbers = Array.from({ length: 6 }, () => next());
    for (const number of numbers.slice(0, 5)) {
      expect((await start(number)).status).toBe(201);
      await world.phones.phone(number).expectSms(/#(\d{6})$/);
    }
    const refused = await start(numbers[5] as string);
    expect([refused.status, refused.body]).toMatchObject([429, { code: 'SENDER_LIMIT' }]);
    expect((await start(numbers[0] as string)).status).toBe(201); // the live one, as it is
    await world.pass(DAY);
    expect((await start(numbers[5] as string)).status).toBe(201);
    await world.phones.phone(numbers[5] as string).expectSms(/#(\d{6})$/);
  });
});

describe('what a day may cost', () => {
  beforeAll(async () => {
    // A minute and an SMS cost 0.05.
    world = await World.start({
      env: { SPEND_CAP_ACCOUNT_A_DAY: '0.35', SPEND_CAP_TEAM_A_DAY: '0.4' },
    });
  });
  afterAll(() => world.close());
  const spent = async (subject: string): Promise<number> =>
    Number(
      (
        await world.rows<{ spent: string }>('SELECT spent FROM spendings WHERE subject = $1', [
          subject,
        ])
      )[0]?.spent ?? 0,
    );

  test('counts a conference by the minute, for its initiator and its team, and ends it at the cap', async () => {
    const [ann, bob, carl] = (await people('Ann', 'Bob', 'Carl')) as [Person, Person, Person];
    const teamId = await team(world, [ann, bob, carl]);
    expect(await spent(`account:${ann.id}`)).toBe(0.05); // her code
    const { body } = await confer(ann, [bob, carl]);
    const rings = [await join(ann), await join(bob), await join(carl)];
    await world.phones.settled();
    expect(await spent(`account:${ann.id}`)).toBe(0.2);
    await world.pass(MINUTE);
    await eventually('the second minute', async () => (await spent(`account:${ann.id}`)) === 0.35);
    expect(await spent(`team:${teamId}`)).toBe(0.2);
    await world.pass(MINUTE);
    for (const ring of rings) await ring.expectEnded('completed');
    await eventually(
      'it ends',
      async () => (await read(`/v1/conferences/${body.id}`, ann)).state === 'ended',
    );
    expect(await spent(`account:${ann.id}`)).toBe(0.35);

    const late = await ding(ann, bob);
    await eventually(
      'it is given up',
      async () => (await read(`/v1/dings/${late.body.id}`, ann)).state === 'ended',
    );
    expect((await read(`/v1/dings/${late.body.id}`, ann)).recipients[0]).toMatchObject({
      leg: { state: 'ended', reason: 'spend_cap' },
      notifications: [{ state: 'ended', reason: 'spend_cap' }],
    });
    // Another account goes on, until the team's cap.
    const other = await ding(bob, carl);
    expect(other.status).toBe(201);
    await (await carl.phone.expectRing()).decline();
    await carl.phone.expectSms(/The pump has stopped/);
    expect(await spent(`team:${teamId}`)).toBe(0.3);
  });
});
