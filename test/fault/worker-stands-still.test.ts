import { eventually } from '../support/eventually.js';
import { letFollow } from '../support/follows.js';
import { account, team, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { WorkerProcess } from '../support/worker-process.js';
import { World } from '../support/world.js';

// Real: workers as processes of their own, one stopped by a signal, as a machine without power is, whose
// connections stay; the other roles over HTTP, PostgreSQL, the queue, the carrier's SDK. Fake: the telephone
// network, and that the lease has run out: PostgreSQL's clock can't be moved, so its row is made older.

test('what a worker that stands still had on its way has its next way', async () => {
  const next = numbersOf(20261130);
  const world = await World.start({ roles: ['api', 'ingress'], at: new Date() });
  const workers: WorkerProcess[] = [];
  const bootOne = async (): Promise<WorkerProcess> => {
    const worker = WorkerProcess.spare(world);
    workers.push(worker);
    return worker.boot();
  };
  try {
    const still = await bootOne();
    const ann = await account(world, 'Ann', next());
    const bob = await account(world, 'Bob', next());
    for (const person of [ann, bob]) await verify(world, person);
    await team(world, [ann, bob]);

    await bob.phone.trouble({ kind: 'latency', ms: 600_000, accepted: false, channel: 'call' });
    const ding = await world.call<{ id: string }>(
      'POST',
      '/v1/dings',
      { recipientIds: [bob.id], text: 'The pump in hall 3 has stopped.' },
      ann,
    );
    await eventually('it asks the carrier, which does not answer', () =>
      Promise.resolve(still.steps.filter(({ step }) => step === 'opened').length === 3),
    );
    const [lease] = await world.rows<{ number: number }>('SELECT number FROM leases');
    still.stop();
    const other = await bootOne();
    await world.rows(`SET session_replication_role = replica;
      UPDATE leases SET renewed_at = renewed_at - interval '21 seconds' WHERE number = ${lease?.number};
      RESET session_replication_role`);

    await letFollow(world);
    await other.tellTime();
    await bob.phone.expectSms(/Confirm: /);
    expect(
      await world.rows(
        `SELECT h.state FROM handoffs h JOIN legs l ON l.id = h.subject_id WHERE l.call_id = $1`,
        [ding.body.id],
      ),
    ).toEqual([{ state: 'unknown' }]);
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
    await world.close();
  }
});
