import { Enqueuer } from '../../../src/handoff/enqueuer.service.js';
import type { HandoffQueue, WaitingHandoff } from '../../../src/handoff/handoff.queue.js';
import { Logger } from '../../../src/kernel/logger.js';

const ding = { channel: 'voice', purpose: 'ding' } as const;

function setUp(
  away: readonly string[] = [],
  taken: ReadonlySet<string> = new Set(),
): {
  enqueuer: Enqueuer;
  added: WaitingHandoff[];
  lines: string[];
} {
  const [added, lines]: [WaitingHandoff[], string[]] = [[], []];
  const queue = {
    listTaken: () => Promise.resolve(taken),
    add: (handoff: WaitingHandoff) => {
      if (away.includes(handoff.id)) return Promise.reject(new Error('the queue is away'));
      added.push(handoff);
      return Promise.resolve();
    },
  } as unknown as HandoffQueue;
  const logger = new Logger('info', 'test', (line) => lines.push(line));
  return { enqueuer: new Enqueuer(queue, logger), added, lines };
}

test('each hand-off is added with its delay', async () => {
  const { enqueuer, added, lines } = setUp();
  await enqueuer.enqueueAll([
    { id: 'a', ...ding, delayMs: 5_000 },
    { id: 'b', channel: 'sms', purpose: 'ding' },
  ]);
  expect(added).toEqual([
    { id: 'a', ...ding, delayMs: 5_000 },
    { id: 'b', channel: 'sms', purpose: 'ding' },
  ]);
  expect(lines).toEqual([]);
});

test('a queue that is away fails nobody: it is said of the hand-off that waits, and the others are added', async () => {
  const { enqueuer, added, lines } = setUp(['a']);
  await enqueuer.enqueueAll([
    { id: 'a', ...ding },
    { id: 'b', ...ding },
  ]);
  expect(added.map(({ id }) => id)).toEqual(['b']);
  const said = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(said).toEqual([expect.objectContaining({ level: 'warn', event: 'queue_away' })]);
});

test('who adds many learns from the first that the queue is away', async () => {
  const { enqueuer } = setUp(['a']);
  expect(await enqueuer.enqueue({ id: 'a', ...ding })).toBe(false);
  expect(await enqueuer.enqueue({ id: 'b', ...ding })).toBe(true);
});

test('what a dead worker has taken is added once more, by a job of its own', async () => {
  const { enqueuer, added } = setUp([], new Set(['a']));
  await enqueuer.enqueueOverdue([
    { id: 'a', ...ding },
    { id: 'b', ...ding },
  ]);
  expect(added).toEqual([
    { id: 'a', ...ding, isTaken: true },
    { id: 'b', ...ding, isTaken: false },
  ]);
});

test('while the queue is away no more than one is tried: the next sweep tries all', async () => {
  const { enqueuer, added, lines } = setUp(['a', 'b']);
  await enqueuer.enqueueOverdue([
    { id: 'a', ...ding },
    { id: 'b', ...ding },
  ]);
  expect([added, lines.length]).toEqual([[], 1]);
});
