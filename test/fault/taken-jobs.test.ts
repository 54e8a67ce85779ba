import { QUEUES } from '../../src/handoff/channels.js';
import { QueueConnections, Worker } from '../../src/handoff/connections.queue.js';
import { Redacted } from '../../src/kernel/redacted.js';
import { account } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the roles, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone network, and a worker that
// takes a job and does nothing with it, as one does that was killed a moment later; the queue believes that it
// lives for as long as the test does.

test('a code whose job a dead worker has taken, and nothing more, goes out by another job', async () => {
  const next = numbersOf(20261201);
  const world = await World.start();
  await world.stop('worker');
  const connection = new QueueConnections(new Redacted(world.queue.url));
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => (end = resolve));
  let note = (): void => {};
  const taken = new Promise<void>((resolve) => (note = resolve));
  const dead = new Worker(QUEUES.sms, () => (note(), ended), { connection });
  try {
    const ann = await account(world, 'Ann', next());
    await world.call('POST', '/v1/verifications', { number: ann.number }, ann);
    await taken;
    await dead.pause(true);
    await world.boot('worker');
    await world.pass(3_000); // a row that still waits after 2 s may have lost its job
    await ann.phone.expectSms(/#\d{6}$/);
    const [active] = await world.onQueues((queue) => queue.getActiveCount());
    expect(active).toBeGreaterThanOrEqual(1);
  } finally {
    end();
    await dead.close();
    connection.close();
    await world.close();
  }
});
