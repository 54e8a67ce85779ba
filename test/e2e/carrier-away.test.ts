import { CarrierSweep } from '../../src/handoff/carrier.sweep.js';
import { formatMetrics } from '../../src/kernel/metrics.js';
import { Commands } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { account, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the operator's command, the roles over HTTP, two of them workers, PostgreSQL, the queue, the carrier's SDK.
// Fake: the telephone network (simulator), which makes trouble, and the time, which the test moves.

const next = numbersOf(20261129);
let world: World;
let people: Person[];
let commands: Commands;

beforeAll(() => {
  commands = new Commands();
});
afterAll(() => commands.close());

beforeEach(async () => {
  world = await World.start({ at: new Date() });
  await world.bootAnother('worker');
  people = [];
  for (const name of ['Ann', 'Bob', 'Carl']) people.push(await account(world, name, next()));
});
afterEach(() => world.close());

interface Line {
  level: string;
  event: string;
  [field: string]: unknown;
}
const logged = (): Line[] =>
  world.logs
    .map((line) => JSON.parse(line) as Line)
    .filter(({ event }) => /^carrier_(away|back)$/.test(event));
/** The workers look by themselves every two seconds; this is once more, by one of them. */
const look = (): Promise<void> =>
  (world.apps.get('worker') as NonNullable<ReturnType<typeof world.apps.get>>).app
    .get(CarrierSweep, { strict: false })
    .run();
const isLogged = (count: number): Promise<Line> =>
  eventually(`${count} lines say how the carrier is`, async () => {
    await look();
    return logged()[count - 1];
  });
const start = async (person: Person): Promise<string> =>
  (await world.call<{ id: string }>('POST', '/v1/verifications', { number: person.number }, person))
    .body.id;
const isTried = (attempts: number): Promise<unknown> =>
  eventually(`all were tried ${attempts} times`, async () => {
    const rows = await world.rows<{ attempts: number; state: string }>(
      `SELECT attempts, state FROM handoffs WHERE kind = 'deliver'`,
    );
    return rows.every((row) => row.attempts === attempts && row.state !== 'sending');
  });
/** What `dingline status` says of the carrier by SMS. */
async function readStatus(): Promise<string> {
  const { status, out, err } = await commands.run(['status'], {
    DATABASE_URL: world.database.ownerUrl,
  });
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out.split('\n').find((line) => /^. carrier sms /.test(line)) ?? out;
}
async function readLevel(): Promise<string[]> {
  const { text } = await formatMetrics();
  return text
    .split('\n')
    .filter((line) => /^dingline_carrier_away\{.*\} [12]$/.test(line))
    .map((line) => line.replace(/^dingline_carrier_away/, ''));
}

test('a carrier that takes nothing is logged once as it is seen, once as it lasts, and once when it is back', async () => {
  await world.phones.trouble({ kind: 'error', code: 20429, status: 429, channel: 'sms' });
  const since = world.clock.now().toISOString();
  for (const person of people) await start(person);
  await isTried(1);
  const about = { channel: 'sms', reason: 'not_taken', outcome: 'unavailable', carrierCode: 20429 };
  expect(await isLogged(1)).toMatchObject({
    ...about,
    event: 'carrier_away',
    level: 'warn',
    count: 3,
    since,
  });
  expect(await readLevel()).toEqual(['{channel="sms",run="not_taken"} 1']);
  const away = `! carrier sms             away: it takes nothing since ${since.slice(0, 19)}Z, `;
  expect(await readStatus()).toBe(
    `${away}0 s: 3 in a row, the last 0 s ago: unavailable, code 20429`,
  );

  await world.pass(121_000);
  await isTried(2);
  expect(await isLogged(2)).toMatchObject({
    ...about,
    event: 'carrier_away',
    level: 'error',
    since,
  });
  expect(await readLevel()).toEqual(['{channel="sms",run="not_taken"} 2']);
  expect(await readStatus()).toContain(`${away}2 min: `);
  expect(await world.rows('SELECT channel, kind, stage FROM carrier_runs')).toEqual([
    { channel: 'sms', kind: 'not_taken', stage: 2 },
  ]);

  await world.phones.clearTroubles();
  await world.pass(61_000);
  for (const person of people) await person.phone.expectSms(/#\d{6}$/);
  await isTried(3);
  expect(await isLogged(3)).toMatchObject({
    ...about,
    event: 'carrier_back',
    level: 'info',
    state: 'back',
    since,
  });
  expect(await readLevel()).toEqual([]);
  expect(await readStatus()).toMatch(/^ {2}carrier sms +ok, took the last 0 s ago$/);
  expect(await world.rows('SELECT FROM carrier_runs')).toEqual([]);
  // Each worker looked again and again, and none has logged what another had.
  await look();
  expect(logged()).toHaveLength(3);
});

test('a carrier that times out is one, and a worker that died is none', async () => {
  await world.phones.trouble({ kind: 'reset', accepted: false, channel: 'sms' });
  await world.rows(
    `INSERT INTO carrier_runs VALUES ('voice', 'refused', 'rejected', 21211, 10, $1, $1, 1)`,
    [world.clock.now()],
  );
  const [ann, bob, carl] = people as [Person, Person, Person];
  await start(ann);
  await start(bob);
  await isTried(1);
  // As the sweeper leaves what a dead worker had in hand.
  await world.rows(`UPDATE handoffs SET carrier = NULL WHERE account_id = $1`, [ann.id]);
  await start(carl);
  await isTried(1);
  await look();
  // What another worker has logged is not logged again, only that nobody knows any more.
  expect(logged()).toMatchObject([
    { event: 'carrier_back', state: 'quiet', channel: 'voice', carrierCode: 21211 },
  ]);
  await world.rows(`UPDATE handoffs SET carrier = 'twilio' WHERE account_id = $1`, [ann.id]);
  expect(await isLogged(2)).toMatchObject({
    event: 'carrier_away',
    level: 'warn',
    channel: 'sms',
    outcome: 'unknown',
    count: 3,
  });
});
