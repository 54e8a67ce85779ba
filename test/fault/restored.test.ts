import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startCommand } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { letFollow } from '../support/follows.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { OwnPostgres } from '../support/own-postgres.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, the queue, the carrier's SDK, and a PostgreSQL of the test's own, whose data are put
// back to a copy, or whose standby takes over. Fake: the telephone network (simulator), and the time.

const next = numbersOf(20261130);
let postgres: OwnPostgres;
let world: World;
let folder: string;
let ann: Person;
let people: Person[];

beforeEach(async () => {
  postgres = await OwnPostgres.start();
  folder = await mkdtemp(path.join(tmpdir(), 'dingline-high-water-'));
  world = await World.start({
    at: new Date(Date.now() - 120_000), // an operator's command has the machine's time
    env: { HIGH_WATER_FILE: path.join(folder, 'high-water') },
  });
  ann = await account(world, 'Ann', next());
  people = [];
  for (const name of ['Bob', 'Carl', 'Dora', 'Eve'])
    people.push(await account(world, name, next()));
  for (const person of [ann, ...people]) await verify(world, person);
  await team(world, [ann, ...people]);
  await world.pass(61_000); // their phones may have another code
});
afterEach(async () => {
  try {
    await world.close();
  } finally {
    await postgres.stop();
    await rm(folder, { recursive: true });
  }
});

async function ding(channel: 'voice' | 'sms', recipients: Person[]): Promise<void> {
  const order = {
    recipientIds: recipients.map(({ id }) => id),
    text: 'The pump has stopped.',
    channel,
  };
  const answer = await world.call('POST', '/v1/dings', order, ann);
  if (answer.status !== 201) throw new Error(answer.text);
}
async function startCode(person: Person): Promise<void> {
  const answer = await world.call('POST', '/v1/verifications', { number: person.number }, person);
  if (answer.status !== 201) throw new Error(answer.text);
}
const states = async (): Promise<Record<string, number>> =>
  Object.fromEntries(
    (
      await world.rows<{ state: string; count: number }>(
        `SELECT state, count(*)::int AS count FROM handoffs WHERE kind = 'deliver' GROUP BY state`,
      )
    ).map(({ state, count }) => [state, count]),
  );
/** The worker's lease, and with it what is remembered outside of the database. */
async function isRenewed(): Promise<void> {
  const read = async (): Promise<number> =>
    (await world.rows<{ renewals: number }>('SELECT max(renewals) AS renewals FROM leases'))[0]
      ?.renewals ?? 0;
  const before = await read();
  // The one after the next began after this.
  await eventually('the lease is renewed twice', async () => (await read()) > before + 1);
}
/** Nothing outside the database knows what it knew. */
async function forget(): Promise<void> {
  await world.stop('worker');
  await rm(path.join(folder, 'high-water'), { force: true });
}
const linesOf = (event: string): { reason?: string; count?: number }[] =>
  world.logs
    .map((line) => JSON.parse(line) as { event: string; reason?: string; count?: number })
    .filter((line) => line.event === event);

/** All but the last two are rung and reached by SMS; the last is sent a code. */
async function handOff(): Promise<void> {
  const [bob, carl, dora, eve] = people as [Person, Person, Person, Person];
  await ding('voice', [bob, carl]);
  await ding('sms', [dora]);
  await startCode(eve);
}
async function answerAndConfirm(person: Person): Promise<void> {
  const call = await (await person.phone.expectRing()).answer();
  await call.expectListening();
  await call.press('1');
  await call.expectEnded();
}
/** The worker begins, and what waited for it goes out. */
async function goesOut(): Promise<void> {
  const [bob, carl, dora, eve] = people as [Person, Person, Person, Person];
  await world.boot('worker');
  await world.pass(3_000); // the sweeper finds what no worker was there to hear of
  for (const person of [bob, carl]) await answerAndConfirm(person);
  await dora.phone.expectSms(/pump/);
  await eve.phone.expectSms(/#(\d{6})$/);
  await world.phones.settled();
}
/**
 * Whose call is in doubt has the SMS of the Ding, since nothing is known of their key any more; nobody is rung, and no
 * code or SMS goes out again.
 */
async function isHeldBack(): Promise<void> {
  await eventually('what was queued is held back', () =>
    Promise.resolve(linesOf('handoffs_held_back').length > 0),
  );
  expect(linesOf('handoffs_held_back')).toMatchObject([{ count: 4 }]);
  await eventually('and is unknown', async () => (await states())['unknown'] === 4);
  await letFollow(world);
  for (const person of people.slice(0, 2)) await person.phone.expectSms(/pump/);
  await world.phones.settled();
  await world.phones.expectNothingMore();
}
/** None of it had gone out; once the carrier's lists say so it does: an SMS at the first look, a call at the second. */
async function comesAfterAll(): Promise<void> {
  const [bob, carl, dora, eve] = people as [Person, Person, Person, Person];
  await world.pass(31_000);
  await dora.phone.expectSms(/pump/);
  await eve.phone.expectSms(/#(\d{6})$/);
  await world.pass(61_000);
  for (const person of [bob, carl]) await answerAndConfirm(person);
  await world.phones.settled();
}
/** The rest goes on. */
async function goesOn(): Promise<void> {
  await world.pass(120_000);
  await ding('sms', people.slice(3));
  await people[3]?.phone.expectSms(/pump/);
}

test('what goes out after a copy was made goes out no second time when it is put back', async () => {
  await world.stop('worker');
  await handOff();
  const copy = await postgres.copy();
  await goesOut();

  world.logs.length = 0; // its moves are told of a database that has forgotten them
  await postgres.putBack(copy);
  await isHeldBack();
  expect(linesOf('database_went_back')).toMatchObject([{ reason: 'went_back' }]);
  await goesOn();
});

test('what a standby that takes over still has queued is held back: it may lack what was committed last', async () => {
  const copy = await postgres.copy();
  const stops = [
    { purpose: 'ding', channel: 'voice' },
    { purpose: 'ding', channel: 'sms' },
    { purpose: 'verification', channel: 'sms' },
  ];
  for (const { purpose, channel } of stops)
    await world.rows(
      `INSERT INTO stops (purpose, channel, reason, since) VALUES ($1, $2, 'test', now())`,
      [purpose, channel],
    );
  await handOff();
  await isRenewed();
  await postgres.failOver(copy);
  await world.rows('DELETE FROM stops');

  await isHeldBack();
  expect(linesOf('database_went_back')).toMatchObject([{ reason: 'failed_over' }]);
  await comesAfterAll();
  await goesOn();
});

test('an operator says so where nothing outside the database remembers it', async () => {
  await world.stop('worker');
  await handOff();
  const copy = await postgres.copy();
  await goesOut();
  await forget();
  world.logs.length = 0; // its moves are told of a database that has forgotten them
  await postgres.putBack(copy);
  const { out } = await startCommand(['recover'], { DATABASE_URL: world.database.ownerUrl });
  expect(out).toMatch(/^4 hand-offs that were to go out by /);
  await world.boot('worker');
  await isHeldBack();
  expect(linesOf('database_went_back')).toEqual([]);
  await goesOn();
});
