import type pg from 'pg';
import { Search } from '../support/canary.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numberPool, seeded, type TestNumber } from '../support/numbers.js';
import { RandomWrites, type Write } from '../support/random-writes.js';
import { sha256, steal } from '../support/thief.js';
import { World } from '../support/world.js';

// Real: all three roles, PostgreSQL by api's login, the queue, the carrier's SDK over HTTP. Fake: the network.
// A thief has api's login and two accounts of his own, who agreed to be rung by each other. He knows every row. What
// the login permits him he writes at random, then the service goes on by itself.

const SEED = Number(process.env['WRITES_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const PERMITTED = 1_000;
const TRIES_AT_MOST = 60_000;

let world: World;
let thief: pg.Client;
const numbers = new Map<string, TestNumber>();
const people = new Map<string, Person>();
const person = (name: string): Person => people.get(name) as Person;
const ofThief = (): Person[] => [person('Mallory'), person('Mordred')];

beforeAll(async () => {
  process.stdout.write(`WRITES_SEED=${SEED}\n`);
  world = await World.start();
  const draw = numberPool(SEED);
  for (const name of ['Ann', 'Bob', 'Carol', 'Mallory', 'Mordred']) {
    const number = draw();
    numbers.set(name, number);
    people.set(name, await account(world, name, number.e164));
    await verify(world, person(name));
  }
  await team(world, [person('Ann'), person('Bob'), person('Carol')]);
  await team(world, [person('Mallory'), person('Mordred')]);
  thief = await steal(world, 'apiUrl');
  await thief.query("SET lock_timeout = '2s'; SET statement_timeout = '5s'");
});
afterAll(async () => {
  await thief?.end();
  await world?.close({ quietly: true });
});

/** A Ding in the app and a call: a conference where there are three, a Ding by phone where there are two. */
async function callsOf(caller: Person, others: readonly [Person, ...Person[]]): Promise<void> {
  const post = async (path: string, body: object): Promise<void> => {
    const { status, text } = await world.call('POST', path, body, caller);
    expect([status, text]).toEqual([201, expect.anything()]);
  };
  const ding = { recipientIds: [others[0].id], text: `${caller.name} has the cellar under water` };
  await post('/v1/dings', { ...ding, channel: 'app' });
  if (others.length > 1) {
    await post('/v1/conferences', { accountIds: others.map(({ id }) => id) });
    for (const one of [caller, ...others]) {
      const call = await (await one.phone.expectRing()).answer();
      await call.expectListening();
      await call.press('1');
      await call.expectInRoom();
    }
  } else {
    await post('/v1/dings', { ...ding, channel: 'voice' });
    await (await others[0].phone.expectRing()).answer();
  }
}

/** Lets time pass until nothing waits. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await world.pass(61_000);
    await eventually(
      'no hand-off is under way',
      async () =>
        (
          await world.rows(
            `SELECT FROM handoffs WHERE state = 'sending' OR state = 'queued' AND not_before <= $1 AND not_after > $1`,
            [world.clock.now()],
          )
        ).length === 0,
    );
    await world.phones.settled();
  }
}

/** Whose number is whose, and what a code has proved: the thief may destroy, and gain nothing. */
const proofs = async (): Promise<string[]> =>
  (
    await world.rows<{ proof: string }>(`
      SELECT account_id || ' has ' || number_ref AS proof FROM account_numbers
      UNION ALL
      SELECT id || ' is approved' FROM verifications WHERE state = 'approved'
    `)
  ).map(({ proof }) => proof);

/** Whether it was permitted and did something. What is refused changes nothing. */
async function tryWrite(
  thief: pg.Client,
  { text, values }: Write,
  session: Buffer | undefined,
): Promise<boolean> {
  await thief.query('BEGIN');
  try {
    if (session !== undefined) await thief.query('SELECT identify_by_session($1)', [session]);
    const { rowCount } = await thief.query(text, values);
    await thief.query('COMMIT');
    return (rowCount ?? 0) > 0;
  } catch {
    await thief.query('ROLLBACK');
    return false;
  }
}

test('a thief who writes 1,000 times at random is shown and sent nothing of others', async () => {
  world.clock.advance(61_000); // since Carol's last code
  await callsOf(person('Ann'), [person('Bob'), person('Carol')]);
  await callsOf(person('Mallory'), [person('Mordred')]);
  const pending = await world.call<{ id: string }>(
    'POST',
    '/v1/verifications',
    { number: (numbers.get('Carol') as TestNumber).e164 },
    person('Carol'),
  );
  expect(pending.status).toBe(201);
  const [, code] = await person('Carol').phone.expectSms(/#(\d{6})$/);
  await world.phones.settled();
  const before = await proofs();
  const seen = new Map([...people].map(([name, { phone }]) => [name, phone.seen().length]));
  const seenSince = ({ name, phone }: Person) => phone.seen().slice(seen.get(name));

  const sessions = ofThief().map(({ token }) => sha256(token));
  const random = seeded(SEED);
  const writes = await RandomWrites.of(world, 'dingline_api', random, sessions);
  let permitted = 0;
  let tries = 0;
  const kinds = new Set<string>();
  for (; permitted < PERMITTED && tries < TRIES_AT_MOST; tries += 1) {
    const write = writes.next();
    if (!(await tryWrite(thief, write, [undefined, ...sessions][Math.floor(random() * 3)])))
      continue;
    permitted += 1;
    kinds.add(
      write.text
        .trim()
        .split(/[(\s]+/)
        .slice(0, 4)
        .join(' '),
    );
    if (permitted % 20 === 0) await writes.look();
  }
  process.stdout.write(`${permitted} of ${tries} were permitted, of ${kinds.size} kinds\n`);
  expect(permitted).toBe(PERMITTED);
  expect(kinds.size).toBeGreaterThan(15);
  await settle();

  const others = new Search({
    numbers: ['Ann', 'Bob', 'Carol'].map((name) => numbers.get(name) as TestNumber),
  });
  // What his phones got, what he is shown, and what he reads.
  for (const one of ofThief()) {
    const got = JSON.stringify(seenSince(one));
    expect(others.in('his phone', got)).toEqual([]);
    expect(got).not.toContain(code);
  }
  // What the others got: nothing that they were not being sent already, and no word of his.
  for (const name of ['Ann', 'Bob', 'Carol']) {
    const got = seenSince(person(name)).filter(({ type }) => type === 'sms' || type === 'ring');
    expect([name, got]).toEqual([name, []]);
  }
  for (const one of ofThief())
    for (const kind of ['dings', 'conferences']) {
      const { rows } = await thief.query<{ id: string }>('SELECT id FROM calls');
      for (const { id } of rows)
        expect(
          others.in(
            kind,
            (await world.call('GET', `/v1/${kind}/${id}/caller-id`, undefined, one)).text,
          ),
        ).toEqual([]);
    }
  expect((await proofs()).filter((proof) => !before.includes(proof))).toEqual([]);
});
