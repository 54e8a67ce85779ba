import { Enqueuer } from '../../../src/handoff/enqueuer.service.js';
import type { HandoffQueue } from '../../../src/handoff/handoff.queue.js';
import { Logger } from '../../../src/kernel/logger.js';

type Added = [handoff: { id: string; channel: string; purpose: string }, delayMs: number];

const ding = { channel: 'voice', purpose: 'ding' } as const;

function setUp(away: readonly string[] = []): {
  enqueuer: Enqueuer;
  added: Added[];
  lines: string[];
} {
  const [added, lines]: [Added[], string[]] = [[], []];
  const queue = {
    add: (...job: Added) => {
      if (away.includes(job[0].id)) return Promise.reject(new Error('the queue is away'));
      added.push(job);
      return Promise.resolve();
    },
  } as unknown as HandoffQueue;
  const logger = new Logger('info', 'test', (line) => lines.push(line));
  return { enqueuer: new Enqueuer(queue, logger), added, lines };
}

test('each hand-off is added with its delay, and no more of it than the queue may know', async () => {
  const { enqueuer, added, lines } = setUp();
  await enqueuer.enqueueAll([
    { id: 'a', ...ding, delayMs: 5_000 },
    { id: 'b', channel: 'sms', purpose: 'ding' },
  ]);
  expect(added).toEqual([
    [{ id: 'a', ...ding }, 5_000],
    [{ id: 'b', channel: 'sms', purpose: 'ding' }, 0],
  ]);
  expect(lines).toEqual([]);
});

test('a queue that is away fails nobody: it is said of the hand-off that waits, and the others are added', async () => {
  const { enqueuer, added, lines } = setUp(['a']);
  await enqueuer.enqueueAll([
    { id: 'a', ...ding },
    { id: 'b', ...ding },
  ]);
  expect(added.map(([handoff]) => handoff.id)).toEqual(['b']);
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(said).toEqual([expect.objectContaining({ level: 'warn', event: 'queue_away' })]);
});

test('who adds many learns from the first that the queue is away', async () => {
  const { enqueuer } = setUp(['a']);
  expect(await enqueuer.enqueue({ id: 'a', ...ding })).toBe(false);
  expect(await enqueuer.enqueue({ id: 'b', ...ding })).toBe(true);
});
