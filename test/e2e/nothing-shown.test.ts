import type pg from 'pg';
import { account, app, consent, team, verify, type Person } from '../support/make.js';
import { numberPool, seeded } from '../support/numbers.js';
import { RandomWrites, type Write } from '../support/random-writes.js';
import { steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: PostgreSQL by each login, rows that all three roles have written. Fake: the network. The roles have ended, so
// that nothing but the thief changes anything.
// Of NULL a comparison says neither yes nor no: where nothing is shown, a rule must not take that for a yes.

const SEED = Number(process.env['WRITES_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = 50;
const NOTHING = ['null', 'false', '0', '""', '[]'];
let world: World;
let ann: Person;

beforeAll(async () => {
  process.stdout.write(`WRITES_SEED=${SEED}\n`);
  world = await World.start();
  const draw = numberPool(SEED);
  ann = await account(world, 'Ann', draw().e164);
  const bob = await account(world, 'Bob', draw().e164);
  const shop = await app(world, 'Pump shop');
  const teamId = await team(world, [ann, bob]);
  await consent(world, ann, teamId);
  for (const one of [ann, bob]) await verify(world, one);
  const [mine, theirs] = [draw().e164, draw().e164];
  await world.call('POST', '/v1/verifications', { number: theirs }, shop);
  await world.pass(61_000);
  await world.call('POST', '/v1/verifications', { number: mine }, ann);
  for (const number of [mine, theirs]) await world.phones.phone(number).expectSms(/#\d{6}$/);
  const text = 'the cellar is under water';
  await world.call('POST', '/v1/dings', { recipientIds: [bob.id], text, channel: 'voice' }, ann);
  await (await bob.phone.expectRing()).answer();
  await world.phones.settled();
  for (const role of ['worker', 'ingress', 'api'] as const) await world.stop(role);
});
afterAll(() => world.close({ quietly: true }));

/** All that somebody would want to change in another's name; new accounts of nobody's are none of it. */
async function possessions(): Promise<unknown> {
  const read = (text: string): Promise<object[]> => world.rows(text);
  return [
    await read('SELECT account_id, stretch, key_hash FROM account_passwords ORDER BY 1'),
    await read('SELECT id, account_id, token_hash, expires_at FROM sessions ORDER BY 1'),
    await read('SELECT id, name, invite_hash FROM teams ORDER BY 1'),
    await read('SELECT * FROM team_members ORDER BY 1, 2'),
    await read('SELECT * FROM consent_events ORDER BY id'),
    await read(
      'SELECT account_id, number_ref, number_index, verified_at FROM account_numbers ORDER BY 1',
    ),
    await read('SELECT id, sealed, number_index FROM numbers ORDER BY 1'),
    await read('SELECT id, state, expires_at FROM verifications ORDER BY 1'),
    await read('SELECT * FROM codes ORDER BY verification_id'),
    await read('SELECT * FROM ding_recipients ORDER BY participant_id'),
    await read('SELECT id, subject_id, state FROM handoffs ORDER BY 1'),
    await read('SELECT * FROM app_secrets ORDER BY secret_hash'),
    await read('SELECT * FROM verify_services ORDER BY id'),
  ];
}

/** Gives the answer; undefined: it was refused. */
async function attempt(login: pg.Client, { text, values }: Write): Promise<object[] | undefined> {
  try {
    return (await login.query<object>(text, values)).rows;
  } catch {
    return undefined;
  }
}

describe.each(['api', 'ingress', 'worker'] as const)('by the login %s alone', (name) => {
  let thief: pg.Client;
  let writes: RandomWrites;
  beforeAll(async () => {
    thief = await steal(world, `${name}Url`);
    // He has no session of his own, and knows all ids.
    const nothing = [Buffer.alloc(32)];
    writes = await RandomWrites.of(world, `dingline_${name}`, seeded(SEED), nothing);
  });
  afterAll(() => thief.end());

  test('no function gives or changes anything where nothing is shown', async () => {
    const before = await possessions();
    const calls = writes.callsWithout('everything');
    expect(calls.length).toBeGreaterThan(4);
    for (const call of calls) {
      const rows = (await attempt(thief, call)) ?? [];
      const given = rows.flatMap((row) => Object.values(row) as unknown[]);
      // An empty answer, a no, a count of nothing, a list of nothing; and what time it is.
      const told = given.filter(
        (value) => !(value instanceof Date) && !NOTHING.includes(JSON.stringify(value)),
      );
      expect([call.text, told]).toEqual([call.text, []]);
      expect([call.text, await possessions()]).toEqual([call.text, before]);
    }
  });

  test('nor where one thing is left out of what it wants', async () => {
    const before = await possessions();
    for (let round = 0; round < ROUNDS; round += 1)
      for (const call of writes.callsWithout('one thing')) {
        await attempt(thief, call);
        expect([call.text, call.values, await possessions()]).toEqual([
          call.text,
          call.values,
          before,
        ]);
      }
  });
});
