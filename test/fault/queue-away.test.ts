import { setTimeout as wait } from 'node:timers/promises';
import { QueueErrors } from '../../src/handoff/handoff.queue.js';
import { Cuttable } from '../support/cuttable.js';
import { account, type Person } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { queueBackend } from '../support/postgres.js';
import { World } from '../support/world.js';

// Real: the roles over HTTP, PostgreSQL, the queue (on a server of its own, as far as the roles can
// see) and the cable to it, which is cut. Fake: the telephone network. Time passes for real here:
// what is tested are the clients' own waits.

/**
 * A client that asks less and less often shows itself after a minute; some seconds show one that
 * never asks again. The minute: `LONG=yes node test/run.mjs fault -- test/fault/queue-away.test.ts`.
 */
const IS_LONG = process.env['LONG'] === 'yes';
const AWAY_MS = IS_LONG ? 60_000 : 6_000;
const IN_TIME_MS = 3_000;

const TITLE =
  `starts are accepted while the queue in ${queueBackend()} is away, ` +
  'and what waited is sent within 3 s of its return';

test(
  TITLE,
  async () => {
    const next = numbersOf(20261128);
    const cables: Cuttable[] = [];
    const world = await World.start({
      at: new Date(),
      wire: async (env) => {
        cables.push(await Cuttable.before(env['QUEUE_URL'] ?? ''));
        env['QUEUE_URL'] = cables[0]?.url ?? '';
      },
    });
    try {
      const people: Person[] = [];
      for (const name of ['Ann', 'Bob', 'Carl', 'Dora'])
        people.push(await account(world, name, next()));
      const start = async (person: Person, channel: string): Promise<void> => {
        const { status, text } = await world.call(
          'POST',
          '/v1/verifications',
          { number: person.number, channel },
          person,
        );
        expect([status, text]).toEqual([201, expect.stringContaining('"delivery":{"channel"')]);
      };
      const errors = jest.spyOn(QueueErrors.prototype, 'log');
      const [ann, bob, carl, dora] = people as [Person, Person, Person, Person];

      await cables[0]?.cut();
      await start(ann, 'sms');
      await wait(AWAY_MS / 2);
      await start(bob, 'sms');
      await wait(AWAY_MS / 2);
      await start(carl, 'sms');
      await start(dora, 'voice');
      // Four connections try again four times a second; consumers whose commands failed at once would try without end.
      expect(errors.mock.calls.length).toBeLessThan(AWAY_MS / 10);
      world.clock.advance(AWAY_MS);
      await cables[0]?.mend();
      const since = performance.now();

      const rings = dora.phone.expectRing({ from: 'withheld' });
      for (const person of [ann, bob, carl]) await person.phone.expectSms(/#\d{6}$/);
      await (await rings).decline();
      if (IS_LONG) expect(performance.now() - since).toBeLessThan(IN_TIME_MS);
      // Who reads the log learns that the queue is away, and not four times a second.
      const logged = (event: string): number =>
        world.logs.filter((line) => line.includes(event)).length;
      expect(logged('queue_error')).toBeGreaterThan(0);
      expect(logged('queue_error')).toBeLessThanOrEqual(4 * Math.ceil(AWAY_MS / 10_000));
      expect(logged('sweep_failed')).toBe(0);
    } finally {
      jest.restoreAllMocks();
      try {
        await world.close();
      } finally {
        await cables[0]?.cut();
      }
    }
  },
  180_000,
);
