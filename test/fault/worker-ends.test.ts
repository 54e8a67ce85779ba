import type { Type } from '@nestjs/common';
import type { WorkerHost } from '@nestjs/bullmq';
import { PROCESSORS } from '../../src/handoff/handoff.processor.js';
import { LEASE_LOCK_CLASS } from '../../src/handoff/leases.repository.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { account } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the roles, PostgreSQL, the queue, the carrier's SDK, and the cable to the carrier. Fake: the telephone network.

test('a worker that is told to end keeps its lease until the carrier has answered and the answer is written', async () => {
  const next = numbersOf(20261129);
  const cables: Cuttable[] = [];
  const world = await World.start({
    wire: async (env) => {
      cables.push(await Cuttable.before(env['CARRIER_BASE_URL'] ?? ''));
      env['CARRIER_BASE_URL'] = cables[0]?.url ?? '';
    },
  });
  const stateOf = async (id: string) =>
    (
      await world.rows<{ state: string }>('SELECT state FROM handoffs WHERE subject_id = $1', [id])
    )[0]?.state;
  const worker = () =>
    (
      world.apps
        .get('worker')
        ?.app.get(PROCESSORS[0] as Type<WorkerHost>, { strict: false }) as WorkerHost
    ).worker;
  const leases = async () =>
    (
      await world.rows(
        `
          SELECT 1
          FROM pg_locks
          WHERE locktype = 'advisory'
            AND classid = $1
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        `,
        [LEASE_LOCK_CLASS],
      )
    ).length;
  try {
    const ann = await account(world, 'Ann', next());
    // A connection to the carrier is there, so that its answer can be held.
    const first = await world.call<{ id: string }>(
      'POST',
      '/v1/verifications',
      { number: ann.number },
      ann,
    );
    await ann.phone.expectSms(/#\d{6}$/);
    await eventually(
      'the first is settled',
      async () => (await stateOf(first.body.id)) === 'accepted',
    );
    expect(await leases()).toBe(1);

    // A callback would settle it as well, and may be quicker than what is looked at here.
    await world.stop('ingress');
    cables[0]?.holdAnswers();
    const bob = await account(world, 'Bob', next());
    const {
      body: { id },
    } = await world.call<{ id: string }>('POST', '/v1/verifications', { number: bob.number }, bob);
    await bob.phone.expectSms(/#\d{6}$/);
    let hasEnded = false;
    const queue = worker();
    const ending = world.stop('worker').then(() => {
      hasEnded = true;
    });
    await eventually('no new jobs are taken', () => Promise.resolve(queue.closing !== undefined));
    expect([await stateOf(id), await leases(), hasEnded]).toEqual(['sending', 1, false]);
    const drains = world.logs.filter((line) => line.includes('"draining"'));
    expect(drains.map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ event: 'draining', count: 1 }),
    ]);

    cables[0]?.letAnswersThrough();
    await ending;
    expect([await stateOf(id), await leases()]).toEqual(['accepted', 0]);
    await world.boot('ingress'); // for the callbacks that the network repeats
  } finally {
    try {
      await world.close();
    } finally {
      await cables[0]?.cut();
    }
  }
});
