import { eventually } from '../support/eventually.js';
import { account, consent, crowd, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { WorkerProcess } from '../support/worker-process.js';
import { World } from '../support/world.js';

// Real: workers as processes of their own, one killed by -9; the other roles over HTTP, PostgreSQL, the queue, the
// carrier's SDK. Fake: the telephone network, which keeps its answers to itself, and the time, which the test moves.

const SIZE = 50;
/** As many as a worker has in hand at once: half of them the carrier has, of the others it has nothing. */
const HELD = 20;

interface Ding {
  id: string;
  state: string;
  recipients: {
    accountId: string;
    leg: unknown;
    notifications: { channel: string; standing: { code: string; text: string } }[];
  }[];
}

const next = numbersOf(20261207);
const workers: WorkerProcess[] = [];
let world: World;
let ann: Person;
let people: Person[];

beforeAll(async () => {
  world = await World.start({ at: new Date() });
  ann = await account(world, 'Ann', next());
  await verify(world, ann);
  people = await makePeople();
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.kill()));
  await world.close();
});

test('a worker is killed amid an SMS Ding to 50: nobody ends with nothing, nobody has it twice, and no phone rings', async () => {
  await world.stop('worker');
  const [first, second] = [WorkerProcess.spare(world), WorkerProcess.spare(world)];
  workers.push(first, second);
  await first.boot();

  const [had, lost] = [people.slice(10, 10 + HELD / 2), people.slice(10 + HELD / 2, 10 + HELD)];
  for (const { phone } of had) await phone.trouble({ kind: 'callbacks-lost', channel: 'sms' });
  for (const { phone } of [...had, ...lost])
    await phone.trouble({
      kind: 'latency',
      ms: 600_000,
      accepted: had.some((one) => one.phone === phone),
      channel: 'sms',
    });
  const before = (await world.phones.created()).length;
  const { body, status } = await world.call<Ding>(
    'POST',
    '/v1/dings',
    { recipientIds: people.map(({ id }) => id), text: 'The pump has stopped.', channel: 'sms' },
    ann,
  );
  expect(status).toBe(201);
  const read = async (who = ann): Promise<Ding> =>
    (await world.call<Ding>('GET', `/v1/dings/${body.id}`, undefined, who)).body;
  const held = new Set([...had, ...lost].map(({ id }) => id));
  /** Whether the SMS of all of these, and of nobody else, stand there, by what the sender is shown. */
  const isHeld = async (code: string): Promise<boolean> =>
    (await read()).recipients.every(
      ({ accountId, notifications }) =>
        (notifications[0]?.standing.code === code) === held.has(accountId),
    );

  await Promise.all(had.map(({ phone }) => phone.expectSms(/Confirm: /)));
  await eventually('all that it can hold is in hand', () => isHeld('sending'));
  await first.kill();
  await second.boot();
  const pass = async (ms: number): Promise<void> => {
    world.clock.advance(ms);
    await second.tellTime();
    await world.pass(0);
  };
  await pass(3_000); // the sweeper gives up what the dead one had in hand
  await eventually('what was on its way is shown as unknown', () => isHeld('unknown'));
  await Promise.all(
    people
      .filter((one) => !had.includes(one) && !lost.includes(one))
      .map(({ phone }) => phone.expectSms(/Confirm: /)),
  );
  for (const one of (await read()).recipients) expect(one.leg).toBeNull();

  // Who gets nothing by SMS for now has it in the app.
  for (const one of lost)
    expect(await read(one)).toMatchObject({ state: 'live', recipients: [{ accountId: one.id }] });

  await world.phones.clearTroubles();
  for (const { phone } of had) await phone.trouble({ kind: 'callbacks-lost', channel: 'sms' });
  await pass(31_000); // the carrier's lists are asked
  await Promise.all(lost.map(({ phone }) => phone.expectSms(/Confirm: /)));
  await eventually('each has it, as the sender sees', async () =>
    (await read()).recipients.every(({ notifications }) =>
      ['accepted', 'delivered'].includes(notifications[0]?.standing.code ?? ''),
    ),
  );
  await pass(61_000);
  await world.phones.settled();
  const came = (await world.phones.created()).slice(before);
  expect(came.map(({ channel }) => channel)).toEqual(came.map(() => 'sms'));
  expect(came.map(({ number }) => number).sort()).toEqual(
    people.map(({ number }) => number).sort(),
  );
  await world.phones.expectNothingMore();
});

/** People whom Ann may ring. Codes, and who joins a team, are counted by the hour. */
async function makePeople(): Promise<Person[]> {
  const all = (await crowd(world, SIZE)).map((one) => {
    const number = next();
    return { ...one, name: 'Eve', login: one.id, number, phone: world.phones.phone(number) };
  });
  const { body: team } = await world.call<{ id: string; inviteCode: string }>(
    'POST',
    '/v1/teams',
    { name: 'Night shift' },
    ann,
  );
  const join = async (one: Person): Promise<void> => {
    await verify(world, one);
    await world.call('POST', '/v1/teams/join', { inviteCode: team.inviteCode }, one);
    await consent(world, one, team.id, ['ring']);
  };
  for (let i = 0; i < SIZE; i += 5) {
    await Promise.all(all.slice(i, i + 5).map(join));
    await world.pass(3_600_000);
  }
  return all;
}
