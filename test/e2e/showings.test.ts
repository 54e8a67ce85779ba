import { account, team, verify, type Person } from '../support/make.js';
import { numberPool } from '../support/numbers.js';
import { askCallerIds, sealed } from '../support/shown.js';
import { REFUSED, steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by each role's login, the queue, the carrier's SDK over HTTP. Fake: the network.

const HOUR = 3_600_000;
const draw = numberPool(Date.now());
let world: World;
let ann: Person;
let bob: Person;
let carl: Person;

beforeAll(async () => {
  world = await World.start({
    env: { PRESENTATIONS_OF_PERSON_AN_HOUR: '2', PRESENTATIONS_AN_HOUR: '3' },
  });
  ann = await account(world, 'Ann', draw().e164);
  bob = await account(world, 'Bob', draw().e164);
  carl = await account(world, 'Carl', draw().e164);
  await team(world, [ann, bob, carl]);
  for (const one of [ann, bob, carl]) await verify(world, one);
});
afterAll(() => world.close());

const ding = async (from: Person, to: Person, channel = 'app'): Promise<string> => {
  const { body } = await world.call<{ id: string }>(
    'POST',
    '/v1/dings',
    { recipientIds: [to.id], text: 'the cellar is under water', channel },
    from,
  );
  await sealed(world);
  return body.id;
};
const isShown = async (to: Person, id: string): Promise<boolean> =>
  (await askCallerIds(world, to, `dings/${id}`)).status === 200;
const notices = async (who: Person) =>
  (
    await world.call<{
      notices: { kind: string; call?: { id: string; purpose: string; accountIds: string[] } }[];
    }>('GET', '/v1/me', undefined, who)
  ).body.notices;
const shouts = (): string[] =>
  world.logs.filter((line) => line.includes('"presentations_unusual"'));

test('whose number is shown is told once for each call, to whom and in which', async () => {
  const id = await ding(ann, bob);
  expect(await isShown(bob, id)).toBe(true);
  expect(await notices(ann)).toMatchObject([
    { kind: 'number_shown', call: { id, purpose: 'ding', accountIds: [bob.id] } },
  ]);
  expect(await notices(bob)).toEqual([]);
});

test('beyond what an hour allows of one person it rings and shows nothing, the log shouts, and the person is told', async () => {
  await ding(ann, bob); // the second
  const id = await ding(ann, carl, 'voice');
  const ring = await carl.phone.expectRing();
  await world.phones.settled();
  await sealed(world);
  expect(await isShown(carl, id)).toBe(false);
  expect(shouts()).toHaveLength(1);
  expect(JSON.parse(shouts()[0] ?? '')).toMatchObject({ level: 'error', reason: 'person' });
  expect(shouts()[0]).not.toContain(ann.number.slice(1));
  const [last, ...before] = await notices(ann);
  expect(last).toMatchObject({
    kind: 'number_not_shown',
    call: { id, purpose: 'ding', accountIds: [carl.id] },
  });
  expect(before.map(({ kind }) => kind)).toEqual(['number_shown', 'number_shown']);
  await ring.decline();
  await carl.phone.expectSms(/Confirm: /);
  await world.phones.settled();
  await sealed(world);
  expect(await isShown(carl, id)).toBe(false);
  expect(shouts()).toHaveLength(1); // once an hour
});

test('nor is it shown beyond what an hour allows of all together', async () => {
  expect(await isShown(carl, await ding(bob, carl))).toBe(true); // the third of all
  expect(await isShown(bob, await ding(carl, bob))).toBe(false);
  expect(shouts()).toHaveLength(2);
  expect(JSON.parse(shouts()[1] ?? '')).toMatchObject({ level: 'error', reason: 'all' });
  expect((await notices(carl)).map(({ kind }) => kind)).toEqual(['number_not_shown']);
  await world.pass(HOUR);
  expect(await isShown(bob, await ding(carl, bob))).toBe(true);
});

test.each(['apiUrl', 'ingressUrl'] as const)(
  'the login %s lifts no bound, and silences or forges no such notice',
  async (login) => {
    const thief = await steal(world, login);
    const insertNotice = (kind: string): string => `
      INSERT INTO notices (id, account_id, kind, at)
      VALUES (gen_random_uuid(), '${bob.id}', '${kind}', now())
    `;
    try {
      for (const text of [
        'DELETE FROM presentation_openings',
        `INSERT INTO presentation_openings VALUES (gen_random_uuid(), '${bob.id}', now())`,
        insertNotice('number_shown'),
        insertNotice('number_not_shown'),
        'UPDATE notices SET call_id = NULL',
        'DELETE FROM notices',
      ])
        await expect(thief.query(text)).rejects.toThrow(REFUSED);
    } finally {
      await thief.end();
    }
  },
);
