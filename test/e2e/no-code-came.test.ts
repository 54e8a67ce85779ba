import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PumpingGuard } from '../../src/guard/pumping-guard.service.js';
import { newId } from '../../src/kernel/ids.js';
import { NumberRules } from '../../src/plaintext/number-rules.service.js';
import { eventually } from '../support/eventually.js';
import { account, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the commands of docs/operating.md as they stand there, in a shell, with npm; the roles over HTTP, PostgreSQL,
// the queue. Fake: the telephone network (simulator), which makes trouble, and the time, which the test moves.

const ROOT = path.join(__dirname, '../..');
const next = numbersOf(20261201);
let world: World;
let asking: Person;

/** What the page has under this heading. */
function readSection(heading: string): string {
  const page = readFileSync(path.join(ROOT, 'docs/operating.md'), 'utf8');
  return page.split(/^## /m).find((section) => section.startsWith(`${heading}\n`)) ?? '';
}
const SECTION = readSection('Why did no code come?');
/** The command that asks for a number, as the page writes it. */
const COMMAND = /^npm run look -- --number ".*?"/m.exec(SECTION)?.[0] ?? '';
/** What the page says may be seen: the patterns of each row's first column, `…` for anything. */
const ROWS = [...SECTION.matchAll(/^\| (`.*?) \| /gm)].map(([, first = '']) =>
  [...first.matchAll(/`(.+?)`/g)].map(
    ([, text = '']) =>
      new RegExp(
        text
          .split('…')
          .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
          .join('.*'),
      ),
  ),
);

beforeAll(async () => {
  world = await World.start();
  asking = await account(world, 'Ann', next());
});
afterAll(() => world.close());
beforeEach(async () => {
  world.clock.advance(24 * 3_600_000);
  await world.phones.clearTroubles();
});

/** Pastes a command into a shell, and types what it asks for; gives the lines, blanks as one. */
async function paste(command: string, typed: string, env: Record<string, string>) {
  const shell = spawn('bash', ['-c', command], {
    cwd: ROOT,
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      DATABASE_URL: world.database.ownerUrl,
      VAULT_PUBLIC_KEY: world.env['VAULT_PUBLIC_KEY'],
      ...env,
    },
  });
  const printed = { out: '', err: '' };
  shell.stdout.on('data', (chunk: Buffer) => (printed.out += chunk.toString()));
  shell.stderr.on('data', (chunk: Buffer) => (printed.err += chunk.toString()));
  shell.stdin.on('error', () => {}); // it may have ended without asking
  shell.stdin.end(`${typed}\n`);
  const [status] = (await once(shell, 'close')) as [number];
  expect({ status, ...printed }).toEqual({ ...printed, status: 0 });
  const lines = printed.out.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' '));
  return { ...printed, lines };
}
async function look(number: string, env: Record<string, string> = {}): Promise<string[]> {
  const { lines, out, err } = await paste(COMMAND, number, env);
  expect(err).toContain('number: ');
  expect(`${out}${err}`).not.toContain(number.slice(1));
  return lines;
}
/** It is said in one of the lines, and the page has a row for it. */
function expectReason(lines: string[], said: RegExp): void {
  expect(lines).toContainEqual(expect.stringMatching(said));
  const line = lines.find((one) => said.test(one)) ?? '';
  expect(ROWS.flat().filter((row) => row.test(line))).not.toEqual([]);
}
const start = (number: string) =>
  world.call<{ id: string; code?: string }>('POST', '/v1/verifications', { number }, asking);
/** `api` looks each second. */
async function lookAtRules(): Promise<void> {
  const { app } = world.apps.get('api') as NonNullable<ReturnType<typeof world.apps.get>>;
  await app.get(NumberRules, { strict: false }).findNewest();
  await app.get(PumpingGuard, { strict: false }).look();
}
const isSettled = (id: string, where: string): Promise<unknown> =>
  eventually(`${where}, of ${id}`, async () => {
    const rows = await world.rows(`SELECT FROM handoffs WHERE subject_id = $1 AND ${where}`, [id]);
    return rows.length === 1;
  });

test('the page has the command, and rows for what it prints', () => {
  expect(COMMAND).toBe('npm run look -- --number "Ann says that no code came"');
  expect(ROWS.length).toBeGreaterThan(9);
  expect(SECTION).toContain('`npm run status`');
});

test.each([
  [30034, /^hand-off .*, misconfigured: the carrier refuses our account, sender or country: /],
  [30007, /^hand-off .*, filtered: the carrier, or the network, takes it for unwanted: /],
  [30006, /^hand-off .*, no_sms: no SMS reaches this number: a landline, or a network /],
])('the network gave the SMS up with %i', async (code, reason) => {
  const number = next();
  await world.phones.phone(number).trouble({ kind: 'undelivered', code });
  const { id } = (await start(number)).body;
  await isSettled(id, `delivery = 'undelivered'`);
  await world.phones.settled();
  const lines = await look(number);
  expectReason(lines, new RegExp(`^delivery undelivered, carrier's code ${String(code)}$`));
  expect(lines).toContainEqual(expect.stringMatching(reason));
});

test.each([
  [21211, 'rejected', /bad_number: the carrier says that there is no such number$/],
  [21408, 'misconfigured', /misconfigured: the carrier refuses our account, sender or country: /],
])('the carrier refused the SMS with %i at once', async (code, outcome, reason) => {
  const number = next();
  await world.phones.phone(number).trouble({ kind: 'error', code, channel: 'sms' });
  const { id } = (await start(number)).body;
  await isSettled(id, `outcome = '${outcome}'`);
  const lines = await look(number);
  expectReason(lines, new RegExp(`^tried once, last .*: ${outcome}, carrier's code ${code}$`));
  expect(lines).toContainEqual(expect.stringMatching(reason));
});

test('it still waits, since the carrier is away', async () => {
  const number = next();
  const phone = world.phones.phone(number);
  await phone.trouble({ kind: 'error', code: 20429, status: 429, channel: 'sms' });
  const { id } = (await start(number)).body;
  await isSettled(id, `state = 'queued' AND outcome = 'unavailable'`);
  const lines = await look(number);
  expectReason(lines, /^waits until \S+Z, when the carrier is asked again$/);
  expectReason(
    lines,
    /^tried once, last \S+: unavailable, carrier's code 20429: the carrier took /,
  );
  await world.phones.clearTroubles();
  await world.pass(2_000);
  await phone.expectSms(/#\d{6}$/);
});

test('its prefix is denied, by a command or by a file', async () => {
  const number = next();
  const prefix = number.slice(0, 9);
  await world.rows(`INSERT INTO denied_prefixes (prefix, reason, since) VALUES ($1, 'x', now())`, [
    prefix,
  ]);
  await lookAtRules();
  expect((await start(number)).body.code).toBe('PREFIX_REFUSED');
  expectReason(
    await look(number),
    /^refused now: PREFIX_REFUSED, its prefix is denied \(dingline /,
  );
  await world.rows('DELETE FROM denied_prefixes');
});

test('its country is let in no more', async () => {
  const lines = await look(next(), { NUMBER_COUNTRIES: 'IS' });
  expectReason(lines, /^refused now: COUNTRY_REFUSED, its country is not in NUMBER_COUNTRIES$/);
});

test.each(['prefix', 'country'])('its %s is blocked as SMS pumping', async (kind) => {
  const number = next();
  await start(number);
  await world.phones.phone(number).expectSms(/#\d{6}$/);
  const until = new Date(world.clock.now().getTime() + 3_600_000);
  await world.rows(
    `INSERT INTO pumping_blocks (
       id, kind, prefix_key, country, reason, sends, approvals, cost, level, since, until)
     SELECT $1, $2, CASE WHEN $2 = 'prefix' THEN prefix_key END, country, 'burst', 12, 1, 0.6, 0, $3, $4
     FROM verifications ORDER BY created_at DESC, id DESC LIMIT 1`,
    [newId(), kind, world.clock.now(), until],
  );
  world.clock.advance(61_000);
  const another = `${number.slice(0, -1)}${String((Number(number.at(-1)) + 1) % 10)}`;
  await lookAtRules();
  expect((await start(another)).body.code).toBe('SENDS_BLOCKED');
  const named = `kind = 'country' OR prefix IS NOT NULL`;
  await eventually('it is named', async () => {
    return (await world.rows(`SELECT FROM pumping_blocks WHERE ${named}`)).length > 0;
  });
  expectReason(
    await look(another),
    new RegExp(`^refused now: SENDS_BLOCKED until ${until.toISOString()}, .* as SMS pumping `),
  );
  await world.rows('DELETE FROM pumping_blocks');
  await lookAtRules();
});

test('as many codes went to it as may', async () => {
  const number = next();
  for (const waitMs of [0, 60_000, 120_000]) {
    await world.pass(waitMs);
    const { id } = (await start(number)).body;
    await world.phones.phone(number).expectSms(/#\d{6}$/);
    await world.call('POST', `/v1/verifications/${id}/cancel`, undefined, asking);
  }
  await world.pass(300_000);
  expect((await start(number)).body.code).toBe('SEND_LIMIT');
  const until = new Date(world.clock.now().getTime() + 24 * 3_600_000 - 480_000).toISOString();
  const lines = await look(number);
  expectReason(lines, new RegExp(`^refused now: SEND_LIMIT until ${until}, as many codes `));
  expect(lines.join('\n')).toMatch(
    /to a session or device that has proved it before: not refused$/m,
  );
  expect(lines.filter((line) => line.startsWith('verification '))).toHaveLength(3);
});

test("the day's spend cap ended it", async () => {
  await world.stop('worker');
  await world.boot('worker', { SPEND_CAP_A_DAY: '0.01' });
  const number = next();
  const { id } = (await start(number)).body;
  await isSettled(id, `reason = 'spend_cap'`);
  expectReason(
    await look(number),
    /^not sent: of codes to its country a spend cap has ended 1 today, the last at \S+Z /,
  );
  const { lines } = await paste('npm run status', '', {});
  expect(lines).toContain('! spend cap it ended 1 hand-off in the last hour');
});
