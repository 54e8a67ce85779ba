import { Commands, startCommand, type CommandResult } from '../support/commands.js';
import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the operator's command (as a process of its own where it says so), two workers, the other
// roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator), and the time.

const MINUTE = 60_000;

describe('an operator', () => {
  const next = numbersOf(77);
  let world: World;
  let commands: Commands;
  let ann: Person;
  let bob: Person;

  const env = () => ({ DATABASE_URL: world.database.ownerUrl });
  const order = (...words: string[]): Promise<CommandResult> => commands.run(words, env());
  /** By a process of its own. */
  const start = (...words: string[]): Promise<CommandResult> => startCommand(words, env());
  const handoff = async (id: string) =>
    (
      await world.rows<{ state: string; attempts: number; capability_hash: Buffer | null }>(
        `
          SELECT state, attempts, capability_hash
          FROM handoffs
          WHERE subject_id IN ($1, (SELECT id FROM legs WHERE call_id = $1)) AND kind = 'deliver'
          ORDER BY created_at DESC
          LIMIT 1
        `,
        [id],
      )
    )[0];
  const ledger = async () => (await world.rows('SELECT id FROM ledger_entries')).length;
  const hits = async () =>
    (
      await world.rows<{ hits: number }>(
        'SELECT coalesce(sum(cardinality(hits)), 0)::int AS hits FROM limits',
      )
    )[0]?.hits;
  /** Both workers have seen the job and swept: what was to be refused has been. */
  const refused = async (): Promise<void> => {
    const jobs = () =>
      world.onQueues((queue) => queue.getJobCounts('waiting', 'active', 'prioritized', 'delayed'));
    await eventually('no job is left', async () =>
      (await jobs()).every((counts) => Object.values(counts).every((count) => count === 0)),
    );
    const sweeps = 2;
    for (let i = 0; i < sweeps; i += 1) await new Promise((resolve) => setTimeout(resolve, 1_100));
  };

  beforeAll(async () => {
    world = await World.start();
    commands = new Commands();
    await world.bootAnother('worker');
    [ann, bob] = [await account(world, 'Ann', next()), await account(world, 'Bob', next())];
    await Promise.all([verify(world, ann), verify(world, bob)]);
    await team(world, [ann, bob]);
  });
  afterAll(async () => {
    await commands.close();
    await world.close();
  });
  beforeEach(() => world.pass(61 * MINUTE));
  afterEach(async () => {
    await order('resume', 'all', 'all');
  });

  test('stops codes by SMS: they wait, nothing is opened or counted, the API says held, and after a resume each goes out once', async () => {
    expect(await start('stop', 'verification', 'sms', 'carrier', 'outage')).toEqual({
      status: 0,
      out: 'verification sms: stopped; 0 hand-offs held\n',
      err: '',
    });
    const carl = await account(world, 'Carl', next());
    const before = await ledger();
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number: carl.number },
      carl,
    );
    const counted = await hits();
    const delivery = async () =>
      (
        await world.call<{ delivery: { state: string } }>(
          'GET',
          `/v1/verifications/${body.id}`,
          undefined,
          carl,
        )
      ).body.delivery.state;
    await world.pass(3_000);
    await refused();
    expect(await handoff(body.id)).toEqual({ state: 'queued', attempts: 0, capability_hash: null });
    expect([await ledger(), await delivery()]).toEqual([before, 'held']);
    // The look of a moment ago; old ones are forgotten meanwhile.
    expect(await hits()).toBeLessThanOrEqual((counted as number) + 1);
    expect((await order('stops')).out).toMatch(
      /^verification sms: stopped since \S+ \(carrier outage\); 1 hand-off held\n$/,
    );

    // Others go on meanwhile.
    const ding = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump has stopped.' },
      ann,
    );
    expect(ding.status).toBe(201);
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/The pump has stopped/);

    expect((await order('resume', 'verification', 'sms')).out).toBe(
      'verification sms: resumed; 1 hand-off waited: sent now unless too late\n',
    );
    const [, code] = await carl.phone.expectSms(/#(\d{6})$/);
    await world.phones.settled();
    expect(
      (
        await world.call<{ isCorrect: boolean }>(
          'POST',
          `/v1/verifications/${body.id}/check`,
          { code },
          carl,
        )
      ).body.isCorrect,
    ).toBe(true);
    expect(carl.phone.messages()).toHaveLength(1);
  });

  test('stops calls of Dings: none rings, no ring is counted, and a resume lets the phone ring once', async () => {
    await order('stop', 'ding', 'voice');
    const before = await ledger();
    const rings = bob.phone.rings().length;
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump has stopped.' },
      ann,
    );
    const counted = await hits();
    await refused();
    expect(await handoff(body.id)).toEqual({ state: 'queued', attempts: 0, capability_hash: null });
    expect(await ledger()).toBe(before);
    expect(await hits()).toBeLessThanOrEqual(counted as number);
    await world.pass(3_000);
    await order('resume', 'ding', 'all');
    await (await bob.phone.expectRing()).decline();
    await bob.phone.expectSms(/The pump has stopped/);
    await world.phones.settled();
    expect(bob.phone.rings()).toHaveLength(rings + 1);
  });

  test('lets what is held too long expire: it is not sent late, and its sender is told', async () => {
    await order('stop', 'all', 'voice');
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump has stopped.' },
      ann,
    );
    const rings = bob.phone.rings().length;
    await refused();
    await world.pass(2 * 60 * MINUTE);
    await eventually('it has expired', async () => (await handoff(body.id))?.state === 'expired');
    await order('resume', 'all', 'voice');
    await world.pass(3_000);
    await refused();
    expect(bob.phone.rings()).toHaveLength(rings);
    expect(
      (await world.call<{ state: string }>('GET', `/v1/dings/${body.id}`, undefined, ann)).body
        .state,
    ).toBe('ended');
  });

  test('ends a call that is ringing although its kind is stopped', async () => {
    const { body } = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump has stopped.' },
      ann,
    );
    const ring = await bob.phone.expectRing();
    await order('stop', 'all', 'all', 'nothing goes out');
    expect(
      (await world.call('POST', `/v1/dings/${body.id}/recall`, undefined, ann)).status,
    ).toBeLessThan(300);
    await ring.expectEnded();
  });

  test("is told once in each worker's log when a stop is set and lifted, without the reason", async () => {
    await eventually('no stop of an earlier test is left', () =>
      Promise.resolve(
        world.logs.filter((line) => /"stop_set"/.test(line)).length ===
          world.logs.filter((line) => /"stop_lifted"/.test(line)).length,
      ),
    );
    const earlier = world.logs.length;
    await order('stop', 'conference', 'voice', 'call', 'Bob', bob.number);
    const lines = (name: string) =>
      world.logs
        .slice(earlier)
        .filter((line) => line.includes(`"${name}"`) && line.includes('"conference"'));
    await eventually('both workers say so', () => Promise.resolve(lines('stop_set').length === 2));
    await order('resume', 'conference', 'voice');
    await eventually('both workers say so', () =>
      Promise.resolve(lines('stop_lifted').length === 2),
    );
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    expect([lines('stop_set').length, lines('stop_lifted').length]).toEqual([2, 2]);
    expect(world.logs.join('')).not.toContain(bob.number);
  });

  test.each([
    [['stop']],
    [['stop', 'ding']],
    [['stop', 'dng', 'voice']],
    [['stop', 'ding', 'phone']],
    [['stop', 'voice', 'ding']],
    [['resume', 'ding', 'voice', 'now']],
    [['stops', 'ding']],
    [['halt', 'ding', 'voice']],
    [[]],
  ])('who mistypes is told how it goes, and nothing is changed: %j', async (words) => {
    const { status, out, err } = await order(...words);
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toMatch(/^dingline: .*; nothing was changed\n\nUsage: dingline /);
    expect(await world.rows('SELECT FROM stops')).toEqual([]);
  });

  test('reads what is stopped, whatever it is', async () => {
    expect((await order('stops')).out).toBe('nothing is stopped\n');
    expect((await order('stop', 'all', 'all')).out.split('\n')).toHaveLength(7);
    expect((await order('stops')).out.split('\n')).toHaveLength(7);
    expect((await order('stop', 'ding', 'sms')).out).toMatch(
      /^ding sms: was stopped already, since /,
    );
    expect((await order('resume', 'ding', 'sms')).out).toMatch(/^ding sms: resumed; /);
    expect((await order('resume', 'ding', 'sms')).out).toBe('ding sms: was not stopped\n');
  });
});
