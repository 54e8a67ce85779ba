import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator),
// and the time, which stands still until the test moves it.

const next = numbersOf(20261207);
const MANY = 10;
let world: World;
let ann: Person;
let bob: Person;
let eve: Person;
let people: Person[];

beforeEach(async () => {
  world = await World.start({
    at: new Date(),
    env: {
      CALLS_A_SECOND: '1',
      SIGN_UPS_PER_ADDRESS_AN_HOUR: '100',
      SENDS_PER_ADDRESS_A_MINUTE: '100',
    },
  });
  ann = await account(world, 'Ann', next());
  bob = await account(world, 'Bob', next());
  eve = await account(world, 'Eve', next());
  people = [];
  for (let nth = 0; nth < 2 * MANY; nth += 1) people.push(await account(world, 'Person', next()));
  for (const one of [ann, bob, ...people]) await verify(world, one);
  await team(world, [ann, bob, ...people]);
});
afterEach(() => world.close());

const ding = async (from: Person, to: Person[]): Promise<string> => {
  const order = { recipientIds: to.map(({ id }) => id), text: 'The pump in hall 3 has stopped.' };
  const answer = await world.call<{ id: string }>('POST', '/v1/dings', order, from);
  expect(answer.status).toBe(201);
  return answer.body.id;
};
/** Whom the carrier was asked to call, in this order. */
const called = async (): Promise<string[]> =>
  (await world.phones.requests())
    .filter(({ method, path }) => method === 'POST' && path.endsWith('/Calls.json'))
    .map(({ fields }) => fields['To'] ?? '');
/** All that were due have asked, and nobody has what it was given in hand. */
const settled = (): Promise<unknown> =>
  eventually('nobody is due', async () => {
    await world.pass(0); // a job that was just being put off is woken, too
    const [row] = await world.rows<{ count: number }>(
      `
        SELECT count(*)::int
        FROM handoffs
        WHERE channel = 'voice' AND (state = 'sending' OR state = 'queued' AND not_before <= $1)
      `,
      [world.clock.now()],
    );
    return row?.count === 0;
  });

test('two Dings to ten have one call a second, each has its share, and a code by voice goes next', async () => {
  const [one, other] = [people.slice(0, MANY), people.slice(MANY)];
  const ids = [await ding(ann, one), await ding(bob, other)];
  await settled();
  expect(await called()).toHaveLength(1);
  const view = await world.call<{
    recipients: { leg: { state: string; ringsAt: string | null } }[];
  }>('GET', `/v1/dings/${ids[0] ?? ''}`, undefined, ann);
  const waits = view.body.recipients.map(({ leg }) => leg.ringsAt).filter((at) => at !== null);
  expect(new Set(waits).size).toBe(MANY - 1);

  let count = 1;
  for (let second = 1; second < 2 * MANY + 1; second += 1) {
    if (second === 5) {
      const order = { number: eve.number, channel: 'voice' };
      expect((await world.call('POST', '/v1/verifications', order, eve)).status).toBe(201);
      await settled();
      expect(await called()).toHaveLength(count);
    }
    await world.pass(1_000);
    await settled();
    // Nobody went too early, and no second was lost.
    expect((await called()).length).toBe((count += 1));
  }
  const all = await called();
  expect(new Set(all).size).toBe(2 * MANY + 1);
  expect(all.indexOf(eve.number)).toBeLessThanOrEqual(6);
  const numbers = new Set(one.map(({ number }) => number));
  const share = all.slice(0, MANY).filter((number) => numbers.has(number)).length;
  expect(share).toBeGreaterThanOrEqual(MANY / 2 - 2);
  expect(share).toBeLessThanOrEqual(MANY / 2 + 2);
  const texts = (await world.phones.requests()).filter(
    ({ channel, fields }) => channel === 'sms' && fields['Body']?.startsWith('Urgent'),
  );
  expect(texts).toEqual([]);
  for (const one of [eve, ...people]) await one.phone.expectRing();
});

test('whoever waits for a turn holds nobody back by what a day may cost', async () => {
  const sums = () =>
    world.rows('SELECT subject, xmin::text AS written FROM spendings ORDER BY day, subject');
  await ding(ann, [bob]);
  await settled();
  const before = await sums();
  expect(before).not.toEqual([]);
  await ding(bob, people.slice(0, 3));
  await settled();
  expect(await called()).toHaveLength(1);
  expect(await sums()).toEqual(before);
  for (let second = 0; second < 3; second += 1) {
    await world.pass(1_000);
    await settled();
  }
  for (const one of [bob, ...people.slice(0, 3)]) await one.phone.expectRing();
});
