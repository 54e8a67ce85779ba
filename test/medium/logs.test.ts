import { account, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).

test('every line is JSON, a request is found by the id that its answer had, and a hand-off by its own in worker and ingress', async () => {
  const world = await World.start();
  const next = numbersOf(20260301);
  const ann = await account(world, 'Ann', next());
  await verify(world, ann);
  const answer = await world.call('GET', '/v1/me', undefined, ann);
  await world.phones.settled();
  const [handoff] = await world.rows<{ id: string }>('SELECT id FROM handoffs');
  await world.close(); // fails if the scrubber had to act

  const lines = world.logs.flatMap((line) => line.trim().split('\n')).map((line) => JSON.parse(line) as Record<string, unknown>);
  const requestId = answer.headers.get('x-request-id');
  expect(lines.filter((line) => line['requestId'] === requestId)).toMatchObject([{ role: 'api', event: 'request', method: 'GET', route: '/v1/me', status: 200 }]);
  const told = lines.filter((line) => line['handoffId'] === handoff?.id).map((line) => `${String(line['role'])} ${String(line['event'])}`);
  expect(told).toEqual(expect.arrayContaining(['worker handoff', 'ingress carrier_event']));
  const all = JSON.stringify(lines);
  for (const secret of [ann.number, ann.number.slice(1), ann.token]) expect(all).not.toContain(secret);
});
