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
});
