import { LEASE_LOCK_CLASS } from '../../src/handoff/leases.repository.js';
import { Database } from '../../src/kernel/database.js';
import { newId } from '../../src/kernel/ids.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { type CommandResult, Commands } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { account, type Person, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the operator's command, the roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).
// The clock is moved by hand.

const next = numbersOf(20261130);
let world: World;
let commands: Commands;
let ann: Person;
let bob: Person;

beforeAll(async () => {
  world = await World.start();
  commands = new Commands();
  [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next())];
  for (const person of [ann, bob]) await verify(world, person);
  await team(world, [ann, bob]);
});
afterAll(async () => {
  await commands.close();
  await world.close();
});

const run = (words: readonly string[], env: Record<string, string> = {}): Promise<CommandResult> =>
  commands.run(words, { DATABASE_URL: world.database.ownerUrl, ...env });
/** Its lines, each mark and part with one blank between them and the text. */
async function see(env: Record<string, string> = {}): Promise<string[]> {
  const { status, out, err } = await run(['status'], env);
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out.trimEnd().split('\n');
}
const line = (lines: readonly string[], part: string): string[] =>
  lines
    .filter((one) => one.slice(2).startsWith(`${part} `))
    .map((one) => one.replace(/ {2,}/g, ' '));
const start = async (person: Person): Promise<string> =>
  (await world.call<{ id: string }>('POST', '/v1/verifications', { number: person.number }, person))
    .body.id;
const hasRows = (what: string, where: string): Promise<unknown> =>
  eventually(what, async () => (await world.rows(`SELECT FROM ${where}`)).length > 0);

test('on a good day nothing is wrong, and each part has its line', async () => {
  const lines = await see();
  expect(lines[0]).toMatch(/^dingline at \S+Z: nothing is wrong$/);
  expect(line(lines, 'carrier sms')).toEqual([' carrier sms ok, took the last 0 s ago']);
  expect(line(lines, 'workers')[0]).toMatch(
    /^ workers 1 worker; connections to the database: api [1-9]\d*, ingress \d+, worker [1-9]\d*$/,
  );
  expect(line(lines, 'queue')).toEqual([' queue nothing waits']);
  expect(line(lines, 'spent today')).toEqual([' spent today 0.10 of 100.00']);
  expect(line(await see({ SPEND_CAP_A_DAY: '0.11' }), 'spent today')[0]).toMatch(
    /^! spent today 0\.10 of 0\.11, /,
  );
});

test('what waits, and why: a stop, a budget, no worker', async () => {
  world.clock.advance(3_600_000);
  await run(['stop', 'verification', 'sms', "Ann's boss said so"]);
  const waits = await start(ann);
  const stopped = await see();
  expect(line(stopped, 'stop verification sms')[0]).toMatch(
    /^! .* held back by an operator since /,
  );
  expect(line(stopped, 'waits verification sms')).toEqual([
    '! waits verification sms 1: held back by an operator (dingline stops)',
  ]);
  await run(['resume', 'verification', 'sms']);
  await ann.phone.expectSms(/#\d{6}$/);
  await hasRows('it is settled', `handoffs WHERE subject_id = '${waits}' AND state = 'accepted'`);

  // Bob's phone has just rung: it may ring again in a minute.
  const ding = { recipientIds: [bob.id], text: 'The pump in the cellar has stopped' };
  await world.call('POST', '/v1/dings', ding, ann);
  await (await bob.phone.expectRing()).decline();
  await bob.phone.expectSms(/Confirm: /);
  await world.call('POST', '/v1/dings', ding, ann);
  await bob.phone.expectSms(/Confirm: /);
  await hasRows('the second waits', `handoffs WHERE channel = 'voice' AND state = 'queued'`);
  expect(line(await see(), 'waits ding voice')[0]).toMatch(
    /^ waits ding voice 1: put off: its phone was reached as often as it may be for now, the first in /,
  );

  await world.stop('worker');
  // Whoever has another role's login takes a lock like a worker's, and is none.
  const thief = new Database(new Redacted(world.database.apiUrl), 'worker', () => {});
  const held = await thief.hold(() => {});
  await held.query('SELECT pg_advisory_lock($1, 1000000)', [LEASE_LOCK_CLASS]);
  await start(bob);
  const alone = await see();
  expect(line(alone, 'workers')[0]).toMatch(/^! workers none runs, so nothing goes out; /);
  expect(line(alone, 'waits verification sms')).toEqual([
    '! waits verification sms 1: due, the first for 0 s: no worker runs',
  ]);
  await held.end();
  await thief.close();
  await world.boot('worker');
  await bob.phone.expectSms(/#\d{6}$/);
  await world.pass(3_600_000);
  await eventually('what waited has gone out, or is too late', async () => {
    const rows = await world.rows(`SELECT FROM handoffs WHERE state IN ('queued', 'sending')`);
    return rows.length === 0;
  });
});

test('money, blocks and webhooks: what is wrong stands first, and by ids alone', async () => {
  const [app, off] = [newId(), newId()];
  const until = new Date(world.clock.now().getTime() + 600_000);
  await world.rows(
    `INSERT INTO apps (id, name, countries, spend_cap, created_at)
     VALUES ($1, 'Acme', '{}', 2, now()), ($2, 'Bank', '{}', NULL, now())`,
    [app, off],
  );
  await world.rows(
    `INSERT INTO app_webhooks (app_id, url, is_enabled, disabled_because, paused_until, created_at)
     VALUES ($1, 'https://acme.example/x', true, NULL, $3, now()),
       ($2, 'https://bank.example/x', false, 'failing', NULL, now())`,
    [app, off, until],
  );
  await world.rows(
    `INSERT INTO spendings (day, subject, spent) VALUES ($1, 'app:' || $2, 1.99), ($1, 'country:DE', 1)`,
    [world.clock.now().toISOString().slice(0, 10), app],
  );
  await world.rows(
    `INSERT INTO pumping_blocks (id, kind, country, reason, sends, approvals, cost, level, since, until)
     VALUES ($1, 'country', 'DE', 'burst', 50, 0, 2.5, 0, now(), $2)`,
    [newId(), until],
  );
  const lines = await see({ SPEND_CAP_COUNTRY_A_DAY: 'none' });
  expect(line(lines, `spent app ${app}`)[0]).toMatch(/^! .* 1\.99 of 2\.00, what does not fit /);
  expect(line(lines, 'spent country DE')).toEqual([' spent country DE 1.00, no cap']);
  expect(
    lines.filter((one) => /^! block .* SMS pumping: a country, DE, until /.test(one)),
  ).toHaveLength(1);
  expect(line(lines, `webhook ${app}`)[0]).toMatch(/^! .* its server asks us to wait until /);
  expect(line(lines, `webhook ${off}`)[0]).toMatch(/^! .* off, /);
  const marks = lines
    .slice(1)
    .map((one) => one[0])
    .join('');
  expect(marks).toMatch(/^!{4,} +$/);

  // As a program reads it: the same, and what is wrong by itself.
  const { status, out } = await run(['status', '--json'], { SPEND_CAP_COUNTRY_A_DAY: 'none' });
  const json = JSON.parse(out) as Record<string, unknown> & { wrong: string[] };
  expect(status).toBe(0);
  expect(json).toMatchObject({ isWell: false, workers: 1, stops: [], waiting: [] });
  expect(json.wrong).toHaveLength(marks.lastIndexOf('!') + 1);
  expect(json['spending']).toContainEqual({ subject: `app:${app}`, spent: 1.99, cap: 2 });

  // No name, text, address or number, whoever typed it.
  for (const secret of [
    'Acme',
    'Bank',
    'example',
    'boss',
    'pump in',
    ann.login,
    'Ann',
    bob.number.slice(1),
  ])
    expect(`${lines.join('\n')}${out}`).not.toContain(secret);
});

test('where the database is away it says so in a line, and ends with 1', async () => {
  const away = await run(['status'], { DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none' });
  expect(away).toEqual({
    status: 1,
    out: '',
    err: "dingline: DATABASE_URL: the server can't be reached (ECONNREFUSED)\n",
  });
});
