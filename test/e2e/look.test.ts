import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { formatSid } from '../../src/apps/app.js';
import { newId } from '../../src/kernel/ids.js';
import { type CommandResult, Commands, DINGLINE } from '../support/commands.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account, app, type Person, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the operator's command (a process of its own where it asks for a number), the roles over HTTP, PostgreSQL, the
// queue. Fake: the telephone network (simulator), which loses what it is told to lose. The clock is moved by hand.

const next = numbersOf(81);
const REASON = 'Ann says that no code came';
const TEXT = 'The pump in the cellar has stopped';

let world: World;
let commands: Commands;
let env: Record<string, string>;
let ann: Person;
let bob: Person;
let carl: Person;

beforeAll(async () => {
  world = await World.start();
  commands = new Commands();
  env = {
    DATABASE_URL: world.database.ownerUrl,
    VAULT_PUBLIC_KEY: world.env['VAULT_PUBLIC_KEY'] as string,
  };
  [ann, bob, carl] = [
    await account(world, 'Ann', next()),
    await account(world, 'Bob', next()),
    await account(world, 'Carl', next()),
  ];
  for (const person of [ann, bob, carl]) await verify(world, person);
  await team(world, [ann, bob, carl]);
});
afterAll(async () => {
  await commands.close();
  await world.close();
});

const look = (id: string): Promise<CommandResult> => commands.run(['look', id], env);
async function see(id: string): Promise<string> {
  const { status, out, err } = await look(id);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out;
}
/** Types the number when it is asked for, as an operator does. */
async function lookByNumber(
  number: string,
  reason = REASON,
  more: Record<string, string> = {},
): Promise<CommandResult> {
  const program = spawn(process.execPath, [DINGLINE, 'look', '--number', reason], {
    env: { PATH: process.env['PATH'], ...env, ...more },
  });
  const printed = { out: '', err: '' };
  program.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
  program.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
  program.stdin.on('error', () => {}); // it may have ended without asking
  program.stdin.end(`${number}\n`);
  const [status] = (await once(program, 'close')) as [number];
  return { status, ...printed };
}
const start = async (person: Person, number = person.number): Promise<string> =>
  (await world.call<{ id: string }>('POST', '/v1/verifications', { number }, person)).body.id;

/** A code whose SMS the network gave up, with its code for why. */
async function lose(person: Person): Promise<string> {
  world.clock.advance(24 * 3_600_000);
  await person.phone.trouble({ kind: 'undelivered', code: 30006, times: 1 });
  const id = await start(person);
  await eventually('the news of it to come', async () => {
    const [row] = await world.rows<{ delivery: string }>(
      'SELECT delivery FROM handoffs WHERE subject_id = $1',
      [id],
    );
    return row?.delivery === 'undelivered';
  });
  await world.phones.settled();
  return id;
}

describe('by an id', () => {
  test('why no code came: its times, what the carrier answered and called back, and its code', async () => {
    const id = await lose(bob);
    const [row] = await world.rows<{ id: string; carrier_ref: string }>(
      'SELECT id, carrier_ref FROM handoffs WHERE subject_id = $1',
      [id],
    );
    const { id: handoff = '', carrier_ref: ref = '' } = row ?? {};
    const seen = await see(id);
    const AT = String.raw`\d{4}-\d\d-\d\dT[\d:.]+Z`;
    expect(seen).toMatch(
      new RegExp(`^verification ${id}: pending\n  started +${AT}, by an account\n`),
    );
    expect(seen).toMatch(new RegExp(`^hand-off ${handoff}, sms: accepted`, 'm'));
    expect(seen).toMatch(new RegExp(`^  tried +once, last ${AT}: accepted$`, 'm'));
    expect(seen).toMatch(new RegExp(`^  carrier +twilio as ${ref}$`, 'm'));
    expect(seen).toMatch(/^ {2}delivery +undelivered, carrier's code 30006$/m);
    expect(seen).toMatch(new RegExp(`^  callback +${AT} undelivered$`, 'm'));
    // By each of its ids, as an operator finds them in a log, at the carrier, or at an app's.
    expect(await see(formatSid('VE', id))).toBe(seen);
    for (const other of [handoff, ref]) {
      const way = await see(other);
      expect(way).toMatch(new RegExp(`^hand-off ${handoff}, sms: accepted`));
      expect(way).toMatch(new RegExp(`^  for +verification ${id}$`, 'm'));
    }
  });

  test('a try that the carrier refused for now is seen, and that it waits for the next', async () => {
    world.clock.advance(24 * 3_600_000);
    await carl.phone.trouble({ kind: 'error', code: 20429, status: 429, channel: 'sms', times: 1 });
    const id = await start(carl);
    await eventually('the refusal to be written', async () => {
      const rows = await world.rows(
        `SELECT FROM handoffs WHERE subject_id = $1 AND outcome = 'unavailable'`,
        [id],
      );
      return rows.length === 1;
    });
    const seen = await see(id);
    expect(seen).toMatch(/^ {2}waits +until /m);
    expect(seen).toMatch(/^ {2}tried +once, last \S+: unavailable, carrier's code 20429: /m);
    await world.pass(2_000);
    await carl.phone.expectSms(/#\d{6}$/);
    await eventually('the second try is settled', async () =>
      /^ {2}tried +2 times, last \S+: accepted/m.test(await see(id)),
    );
  });

  test('a Ding: each way to each recipient, and nobody who is in it, nor what it says', async () => {
    world.clock.advance(24 * 3_600_000);
    const made = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id, carl.id], text: TEXT },
      ann,
    );
    const { id } = made.body;
    await (await bob.phone.expectRing()).decline();
    await (await carl.phone.expectRing()).decline();
    await bob.phone.expectSms(/pump/);
    await carl.phone.expectSms(/pump/);
    await world.phones.settled();
    const seen = await see(id);
    expect(seen).toMatch(new RegExp(`^Ding ${id}: `));
    expect(seen).toMatch(/^voice to participant \d, \S+: ended, busy: /m);
    expect(seen).toMatch(/^sms to participant \d, \S+: accepted$/m);
    for (const person of [ann, bob, carl])
      for (const secret of [person.name, person.number.slice(1), person.id, person.login])
        expect(seen).not.toContain(secret);
    expect(seen).not.toContain('pump');
  });

  test("a test of a webhook: what its app's server answered, each time, and no name of the app", async () => {
    const shop = await app(world, 'Pump shop');
    const id = newId();
    await world.rows(
      `INSERT INTO app_webhooks (app_id, url, is_enabled, disabled_because, created_at)
       VALUES ($1, 'https://shop.example/x', false, 'operator', now())`,
      [shop.id],
    );
    await world.rows(
      `INSERT INTO webhook_events (
         id, app_id, type, created_at, happened_at, next_at, state, attempts, settled_at, tries)
       VALUES ($1, $2, 'test', now(), now(), NULL, 'given_up', 2, now(), $3)`,
      [
        id,
        shop.id,
        JSON.stringify([
          { at: '2026-01-01T03:00:00.000Z', status: 500 },
          { at: '2026-01-01T03:00:05.000Z', reason: 'timeout' },
        ]),
      ],
    );
    expect((await see(id)).split('\n')).toEqual([
      `webhook ${id}, test: given_up`,
      '  tried     2 times',
      '  try       2026-01-01T03:00:00.000Z: answered 500',
      '  try       2026-01-01T03:00:05.000Z: no answer (timeout)',
      `  for       app ${formatSid('AC', shop.id)}`,
      '',
    ]);
    const number = next();
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number },
      shop,
    );
    await world.phones.phone(number).expectSms(/#\d{6}$/);
    const seen = [await see(body.id), await see(formatSid('AC', shop.id))];
    for (const one of seen) {
      expect(one).toContain(`app ${formatSid('AC', shop.id)}`);
      expect(one).not.toContain('Pump shop');
    }
  });

  test("by a carrier's id that is a UUID, as some have them", async () => {
    const id = await lose(bob);
    const ref = newId();
    await world.rows('UPDATE handoffs SET carrier_ref = $2 WHERE subject_id = $1', [id, ref]);
    expect(await see(ref)).toMatch(new RegExp(`^  for +verification ${id}$`, 'm'));
  });

  test('what is no id, or nobody has, is said; a number that is typed there is not said back', async () => {
    const unknown = await look('0190a1b2-0000-7000-8000-000000000000');
    expect(unknown).toMatchObject({ status: 1, out: '' });
    expect(unknown.err).toMatch(/^dingline: nothing has this id/);
    const typed = await look(bob.number);
    expect(typed).toMatchObject({ status: 2, out: '' });
    expect(typed.err).toMatch(/^dingline: this is no id; a number is not typed here/);
    expect(typed.err).not.toContain(bob.number.slice(1));
  });
});

describe('by a number', () => {
  test('what went to it is found by the worker, its person reads that and why, and the number is kept nowhere', async () => {
    const id = await lose(bob);
    const seen = await lookByNumber(bob.number);
    expect({ status: seen.status, err: seen.err }).toEqual({ status: 0, err: 'number: ' });
    expect(seen.out).toMatch(new RegExp(`^proved by account ${bob.id}$`, 'm'));
    expect(seen.out).toMatch(new RegExp(`^verification ${id}: pending$`, 'm'));
    expect(seen.out).toMatch(/carrier's code 30006$/m);
    expect(seen.out).toMatch(/^hand-off \S+, voice: /m); // the Ding's
    for (const secret of [bob.number.slice(1), carl.id, ann.id, 'pump'])
      expect(seen.out).not.toContain(secret);

    const looked = async (person: Person) => {
      const { body } = await world.call<{ entries: { body: string }[] }>(
        'GET',
        '/v1/ledger',
        undefined,
        person,
      );
      return body.entries
        .map((entry) => JSON.parse(entry.body) as Record<string, unknown>)
        .filter(({ recipient }) => recipient === 'operator');
    };
    expect(await looked(bob)).toMatchObject([
      { basis: 'C8', purpose: 'look', fields: [], reason: REASON, subjectId: bob.id },
    ]);
    expect(await looked(carl)).toEqual([]);
    expect(await world.rows('SELECT sealed, found, reason FROM operator_looks')).toEqual([
      { sealed: null, found: null, reason: REASON },
    ]);
  });

  test('PostgreSQL is told the number by no statement and no notification, of the command or of a worker', async () => {
    const said = { command: '', worker: '' };
    const listen = (address: string, who: keyof typeof said): Promise<Cuttable> =>
      Cuttable.before(address, 5432, (bytes) => (said[who] += bytes.toString('latin1')));
    const cables = [
      await listen(world.database.ownerUrl, 'command'),
      await listen(world.database.workerUrl, 'worker'),
    ] as const;
    await world.stop('worker');
    await world.boot('worker', { WORKER_DATABASE_URL: cables[1].url });
    try {
      const way = { DATABASE_URL: cables[0].url };
      const { status, out } = await lookByNumber(bob.number, REASON, way);
      expect([status, out]).toEqual([0, expect.stringContaining(`proved by account ${bob.id}`)]);
    } finally {
      await world.stop('worker');
      await world.boot('worker');
      for (const cable of cables) await cable.cut();
    }
    expect(said.command).toContain(REASON);
    expect(said.worker).toContain('answer_look');
    const digits = bob.number.slice(1);
    expect([said.command.includes(digits), said.worker.includes(digits)]).toEqual([false, false]);
  });

  test('a number that nothing went to has nothing, and what is no number is refused', async () => {
    const nobody = await lookByNumber(next());
    expect(nobody).toMatchObject({ status: 0 });
    expect(nobody.out).toMatch(/^no account has proved it\nnothing went to it/);
    expect(await lookByNumber('12')).toMatchObject({ status: 1, out: '' });
    const named = await lookByNumber(bob.number, `${bob.number} is not reached`);
    expect(named).toMatchObject({ status: 2, out: '' });
    expect(named.err).not.toContain(bob.number.slice(1));
    expect(await lookByNumber(bob.number, ' \u200b')).toMatchObject({ status: 2, out: '' });
  });

  test('twenty an hour, and no more; without a worker it says so, and the number goes unopened', async () => {
    await world.rows('DELETE FROM operator_looks');
    await world.stop('worker');
    const unanswered = await lookByNumber(bob.number);
    expect(unanswered).toMatchObject({ status: 1, out: '' });
    expect(unanswered.err).toMatch(/no worker has answered/);
    expect(await world.rows('SELECT FROM operator_looks')).toEqual([]);
    await world.rows(
      `UPDATE limits SET hits = array_fill(now(), ARRAY[20]) WHERE key = sha256('operator looks')`,
    );
    expect((await lookByNumber(bob.number)).err).toMatch(
      /20 numbers were looked up within an hour/,
    );
    await world.boot('worker');
  });
});
