import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { workerKnows } from '../support/worker-rules.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL by their own logins, the queue. Fake: the telephone network (simulator).

describe('what waits for a number', () => {
  let world: World;
  let ann: Person;
  let bob: Person;
  beforeAll(async () => {
    world = await World.start();
    [ann, bob] = [
      await account(world, 'Ann', '+12025550123'),
      await account(world, 'Bob', '+447400123499'),
    ];
    for (const one of [ann, bob]) await verify(world, one);
    await team(world, [ann, bob]);
  });
  afterAll(() => world.close());

  test('that is denied after its Ding was queued is opened and not handed over, and the ledger says so', async () => {
    await world.rows(
      "INSERT INTO stops (purpose, channel, reason, since) VALUES ('ding', 'voice', 'wait', now())",
    );
    const ding = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump has stopped.' },
      ann,
    );
    expect(ding.status).toBe(201);
    await world.rows(
      "INSERT INTO denied_prefixes (prefix, reason, since) VALUES ('+44740012', 'pumping', now())",
    );
    await workerKnows(world, (denied) => denied.includes('+44740012'));
    await world.rows('DELETE FROM stops');
    await world.pass(3_000);
    const legOf = async () =>
      (
        await world.call<{ recipients: { leg: object; notifications: object[] }[] }>(
          'GET',
          `/v1/dings/${ding.body.id}`,
          undefined,
          ann,
        )
      ).body.recipients[0];
    await eventually('it is refused', async () =>
      JSON.stringify(await legOf()).includes('number_refused'),
    );
    expect(await legOf()).toMatchObject({
      leg: { state: 'ended', reason: 'number_refused' },
      notifications: [],
    });
    await world.phones.settled();
    expect([bob.phone.rings(), bob.phone.messages().length]).toEqual([[], 1]); // his code
    const { body } = await world.call<{ entries: { body: string }[] }>(
      'GET',
      '/v1/ledger',
      undefined,
      bob,
    );
    const said = body.entries.map((entry) => JSON.parse(entry.body) as Record<string, string>);
    expect(said.slice(0, 2)).toMatchObject([
      { recipient: 'nobody', basis: 'D5b', purpose: 'ding' },
      { recipient: 'carrier:twilio', basis: 'D5b', purpose: 'ding' },
    ]);
    expect(said[0]?.['handoffId']).toBe(said[1]?.['handoffId']);
  });

  test.each([
    ['Ding by phone', 'ding', 'voice'],
    ['Ding by SMS', 'ding', 'sms'],
    ['code', 'verification', 'sms'],
  ] as const)(
    'whose country was left out after its %s was queued gets none, and the ledger says so',
    async (_, purpose, channel) => {
      await world.rows('DELETE FROM denied_prefixes');
      await world.pass(3_600_000);
      await world.rows(
        `INSERT INTO stops (purpose, channel, reason, since) VALUES ($1, $2, 'wait', now())`,
        [purpose, channel],
      );
      const got = [bob.phone.rings().length, bob.phone.messages().length];
      const { status } =
        purpose === 'ding'
          ? await world.call(
              'POST',
              '/v1/dings',
              { recipientIds: [bob.id], text: 'The pump has stopped.', channel },
              ann,
            )
          : await world.call('POST', '/v1/verifications', { number: bob.number, channel }, ann);
      expect(status).toBe(201);
      await world.stop('worker');
      await world.boot('worker', { NUMBER_COUNTRIES: 'US' });
      await world.rows('DELETE FROM stops');
      await world.pass(3_000);
      const refused = () =>
        world.rows(
          `SELECT FROM handoffs WHERE purpose = $1 AND channel = $2 AND reason = 'number_refused'`,
          [purpose, channel],
        );
      const before = purpose === 'ding' && channel === 'voice' ? 1 : 0; // that of the test above
      await eventually('it is refused', async () => (await refused()).length > before);
      await world.phones.settled();
      expect([bob.phone.rings().length, bob.phone.messages().length]).toEqual(got);
      const [entry] = await world.rows<{ body: string }>(
        `
          SELECT body
          FROM ledger_readable
          WHERE body::json ->> 'recipient' = 'nobody'
          ORDER BY body::json ->> 'at' DESC
          LIMIT 1
        `,
      );
      expect(JSON.parse(entry?.body ?? '{}')).toMatchObject({ purpose, basis: 'D5b' });
      await world.stop('worker');
      await world.boot('worker');
    },
  );
});
