import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { account, verify } from '../support/make.js';
import { numbersOf } from '../support/numbers.js';
import { World } from '../support/world.js';

// Real: the three roles over HTTP, PostgreSQL, the queue. Fake: the telephone network (simulator).

test('every line is JSON; a request is found by the id that its answer had, or by that of its verification; a hand-off by its own in worker and ingress, each of its moves once', async () => {
  const world = await World.start();
  const next = numbersOf(20260301);
  const ann = await account(world, 'Ann', next());
  await verify(world, ann);
  const answer = await world.call('GET', '/v1/me', undefined, ann);
  await world.phones.settled();
  const [handoff] = await world.rows<{ id: string }>('SELECT id FROM handoffs');
  const [verification] = await world.rows<{ id: string }>('SELECT id FROM verifications');
  await world.close(); // fails if the scrubber had to act

  const lines = world.logs
    .flatMap((line) => line.trim().split('\n'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const requestId = answer.headers.get('x-request-id');
  expect(lines.filter((line) => line['requestId'] === requestId)).toMatchObject([
    { role: 'api', event: 'request', method: 'GET', route: '/v1/me', status: 200 },
  ]);
  expect(
    lines.filter(
      (line) => line['verificationId'] === verification?.id && line['event'] === 'request',
    ),
  ).toMatchObject([
    { method: 'POST', route: '/v1/verifications', status: 201, state: 'pending' },
    { method: 'POST', route: '/v1/verifications/:id/check', status: 200, state: 'approved' },
  ]);
  const lineKinds = lines
    .filter((line) => line['handoffId'] === handoff?.id)
    .map((line) => `${String(line['role'])} ${String(line['event'])}`);
  expect(lineKinds).toEqual(expect.arrayContaining(['worker handoff', 'ingress carrier_event']));
  const moves = lines.filter(
    (line) => line['handoffId'] === handoff?.id && line['event'] === 'handoff_moved',
  );
  expect(moves).toMatchObject([
    { from: 'queued', to: 'sending', cause: 'claimed' },
    { from: 'sending', to: 'accepted' },
  ]);
  const all = JSON.stringify(lines);
  for (const secret of [ann.number, ann.number.slice(1), ann.token])
    expect(all).not.toContain(secret);
});

test.each([
  ['ends by itself', '', 0],
  ['is ended', 'process.exit(3);', 3],
  ['throws', "throw new Error('nobody caught it');", 1],
  ['rejects', "Promise.reject(new Error('nobody caught it'));", 1],
])(
  'no line is lost when the process %s, and a warning is not overtaken by a line before it',
  (_, ending, status) => {
    const logger = path.join(__dirname, '../../dist/kernel/logger.js');
    const program = `
    import { Logger } from ${JSON.stringify(logger)};
    const [api, worker] = ['api', 'worker'].map((role) => new Logger('info', role));
    for (let i = 0; i < 2_000; i += 1) api.info('counted', { count: i });
    worker.warn('warned');
    api.info('last');
    ${ending}`;
    const ended = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
      encoding: 'utf8',
    });
    const events = ended.stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event);
    expect([ended.status, events]).toEqual([
      status,
      [...Array<string>(2_000).fill('counted'), 'warned', 'last'],
    ]);
  },
);
