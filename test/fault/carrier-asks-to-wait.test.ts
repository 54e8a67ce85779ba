import { Sweeper } from '../../src/handoff/sweeper.service.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network (simulator),
// which answers 429 with a Retry-After, and the time, which stands still until the test moves it.

const next = numbersOf(20261206);
let world: World;
let ann: Person;
let bob: Person;
let eve: Person;

beforeEach(async () => {
  world = await World.start({ at: new Date() });
  [ann, bob, eve] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Eve', next()),
  ];
  await verify(world, ann);
  await verify(world, bob);
  await team(world, [ann, bob]);
});
afterEach(() => world.close());

const start = async (): Promise<string> =>
  (await world.call<{ id: string }>('POST', '/v1/verifications', { number: eve.number }, eve)).body
    .id;
const ding = async (): Promise<string> => {
  const order = { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' };
  return (await world.call<{ id: string }>('POST', '/v1/dings', order, ann)).body.id;
};
const refuse = (person: Person, retryAfter: string, channel: 'sms' | 'call'): Promise<unknown> =>
  person.phone.trouble({ kind: 'error', code: 20429, status: 429, retryAfter, channel, times: 1 });
interface Row {
  state: string;
  attempts: number;
  waitsMs: number;
}
/** By the verification or the Ding; how long it waits is counted from `since`. */
const becomes = async (id: string, state: string, attempts: number, since: Date): Promise<Row> => {
  let last: Row | undefined;
  return eventually(`the hand-off is ${state} after ${String(attempts)} tries`, async () => {
    [last] = await world.rows<Row>(
      `
        SELECT state, attempts, extract(epoch FROM not_before - $2)::float8 * 1000 AS "waitsMs"
        FROM handoffs
        WHERE kind = 'deliver' AND subject_id IN ($1, (SELECT id FROM legs WHERE call_id = $1))
      `,
      [id, since],
    );
    return last?.state === state && last.attempts === attempts ? last : undefined;
  }).catch((error: Error) => {
    throw new Error(`${error.message}; it is ${JSON.stringify(last)}`);
  });
};
const calls = async (): Promise<number> =>
  (await world.phones.requests()).filter(
    ({ fields, channel }) => fields['To'] === bob.number && channel === 'call',
  ).length;
/** All that could ask again has its chance. */
const sweep = async (): Promise<void> => {
  await (world.apps.get('worker') as NonNullable<ReturnType<typeof world.apps.get>>).app
    .get(Sweeper, { strict: false })
    .sweep();
  await eventually('no job is due', async () =>
    (
      await world.onQueues((queue) => queue.getJobCountByTypes('wait', 'active', 'prioritized'))
    ).every((count) => count === 0),
  );
};

test('a carrier that asks to be left alone for 20 s is asked again after 20 s, and not before', async () => {
  const since = world.clock.now();
  await refuse(eve, '20', 'sms');
  await refuse(bob, '20', 'call');
  const ids = [await start(), await ding()];
  for (const id of ids)
    expect(await becomes(id, 'queued', 1, since)).toMatchObject({ waitsMs: 20_000 });
  await world.pass(19_000);
  await sweep();
  for (const id of ids) await becomes(id, 'queued', 1, since);
  await world.pass(1_000);
  await eve.phone.expectSms(/#\d{6}$/);
  await (await bob.phone.expectRing()).decline();
  await bob.phone.expectSms(/Confirm: /);
  for (const id of ids) await becomes(id, 'accepted', 2, since);
});

test('where that is too long for a Ding its SMS goes out beside the call, which rings when it may', async () => {
  const since = world.clock.now();
  await refuse(bob, '120', 'call');
  const id = await ding();
  await bob.phone.expectSms(/Confirm: /);
  expect(await becomes(id, 'queued', 1, since)).toMatchObject({ waitsMs: 120_000 });
  await world.pass(120_000);
  await (await bob.phone.expectRing()).decline();
});

test('one that asks for a year is not asked again, and the next way starts at once', async () => {
  const since = world.clock.now();
  await refuse(bob, '31536000', 'call');
  await refuse(eve, '99999999999999999999', 'sms');
  const ids = [await start(), await ding()];
  await bob.phone.expectSms(/Confirm: /);
  for (const id of ids) await becomes(id, 'expired', 1, since);
  await world.pass(61_000);
  await sweep();
  for (const id of ids) await becomes(id, 'expired', 1, since);
  expect([await calls(), bob.phone.rings()]).toEqual([1, []]);
  // The code's person may have it spoken, or sent once more: what did not leave costs them nothing.
  const again = await world.call('POST', `/v1/verifications/${ids[0] ?? ''}/sends`, undefined, eve);
  expect(again.status).toBeLessThan(300);
  await eve.phone.expectSms(/#\d{6}$/);
});
