import { eventually } from '../support/eventually.js';
import { account, team, verify, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network, which answers
// everything with a 503 for a while, lists among it, and whose callbacks are lost; and the time, which the test moves.

const SIZE = 15;

describe('a carrier that answers 503 amid a Ding to 15', () => {
  const next = numbersOf(47);
  let world: World;
  let ann: Person;
  const people: Person[] = [];
  let began: Date;

  const becomes = (channel: 'sms' | 'voice', state: string, count = SIZE) =>
    eventually(`${channel}: ${String(count)} are ${state}`, async () => {
      const rows = await world.rows<{ state: string }>(
        `SELECT state FROM handoffs WHERE purpose = 'ding' AND kind = 'deliver' AND channel = $1 AND created_at >= $2`,
        [channel, began],
      );
      return rows.filter((row) => row.state === state).length === count;
    });
  const lookedFor = (): number =>
    world.logs.filter((line) => line.includes('"handoff_looked_for"')).length;
  /** Lets the time pass until so many were looked for. */
  const look = async (ms: number, count: number): Promise<void> => {
    const before = lookedFor();
    await world.pass(ms);
    await eventually('they were looked for', () => Promise.resolve(lookedFor() >= before + count));
  };
  const readSms = () => Promise.all(people.map(({ phone }) => phone.expectSms(/Confirm: /)));
  const decline = () =>
    Promise.all(people.map(async ({ phone }) => (await phone.expectRing()).decline()));

  beforeAll(async () => {
    world = await World.start();
    ann = await account(world, 'Ann', next());
    await verify(world, ann);
    for (let i = 0; i < SIZE; i += 1) {
      if (i % 5 === 4) await world.pass(3_600_000); // sign-ups and codes are counted by the hour
      const one = await account(world, `Person ${String.fromCharCode(97 + i)}`, next());
      await verify(world, one);
      people.push(one);
    }
    await team(world, [ann, ...people]);
  });
  afterEach(() => world.phones.clearTroubles());
  afterAll(() => world.close());

  test.each([
    { seconds: 2, accepted: false },
    { seconds: 2, accepted: true },
    { seconds: 30, accepted: false },
    { seconds: 30, accepted: true },
  ])(
    'for $seconds s (it had taken them: $accepted): all are reached, and nobody is rung or written to twice',
    async ({ seconds, accepted }) => {
      await world.pass(3_600_000);
      began = world.clock.now();
      const before = (await world.phones.created()).length;
      const away = async () => {
        await world.phones.trouble({ kind: 'callbacks-lost' });
        await world.phones.trouble({ kind: 'server-error', status: 503, accepted, on: 'any' });
      };
      await away();
      const { body } = await world.call<{ id: string }>(
        'POST',
        '/v1/dings',
        { recipientIds: people.map(({ id }) => id), text: 'The pump in hall 3 has stopped.' },
        ann,
      );
      await becomes('voice', 'unknown');
      if (accepted) await decline();
      if (seconds === 2) {
        await world.phones.clearTroubles();
        if (accepted) await world.phones.trouble({ kind: 'callbacks-lost' });
      }
      await eventually('their SMS wait', async () => {
        const waiting = await world.rows(
          `SELECT FROM handoffs WHERE purpose = 'ding' AND channel = 'sms' AND state = 'queued'`,
        );
        return waiting.length === SIZE;
      });
      await world.pass(5_000);
      if (seconds === 30) {
        await becomes('sms', 'unknown');
        if (accepted) await readSms();
        await world.phones.clearTroubles();
        if (accepted) await world.phones.trouble({ kind: 'callbacks-lost' });
        await look(31_000, 2 * SIZE);
        if (!accepted) await readSms();
      } else {
        await readSms();
        await look(26_000, SIZE);
      }
      if (accepted) await becomes('voice', 'accepted');
      else {
        await look(61_000, SIZE); // a call only after a second look
        await decline();
      }
      await becomes('sms', 'accepted');
      const theirs = (await world.phones.created()).slice(before);
      for (const { number } of people)
        expect(
          theirs
            .filter((one) => one.number === number)
            .map(({ channel }) => channel)
            .sort(),
        ).toEqual(['call', 'sms']);
      await world.phones.settled();
      await world.call('POST', `/v1/dings/${body.id}/recall`, undefined, ann);
    },
  );
});
