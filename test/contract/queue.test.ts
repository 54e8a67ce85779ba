import { randomUUID } from 'node:crypto';
import { createClient } from '@redis/client';
import type { Channel } from '../../src/handoff/channels.js';
import type { Purpose } from '../../src/handoff/handoff.js';
import type { HandoffRunner, JobResult } from '../../src/handoff/handoff.processor.js';
import { errorName, type HandoffQueue } from '../../src/handoff/handoff.queue.js';
import { Cuttable } from '../support/cuttable.js';
import { eventually } from '../support/eventually.js';
import { createQueue, queueBackend } from '../support/postgres.js';
import { openProducer, type Producer, startWorkers } from '../support/queue.js';

// One suite for every queue backend; test/run.mjs runs it once for each. Real: Nest's wiring of
// both ends, BullMQ and its backend.

describe(`the queue in ${queueBackend()}`, () => {
  let store: { url: string; drop(): Promise<void> };
  let producer: Producer;
  let queue: HandoffQueue;
  let errors: string[];
  const consumers: { close(): Promise<void> }[] = [];
  const job = (purpose: Purpose = 'ding', channel: Channel = 'voice') => ({
    id: randomUUID(),
    channel,
    purpose,
  });

  /** A consumer that notes what it was given, in order, and can be waited for. */
  function consumer(
    process: (id: string, run: number) => Promise<JobResult> = () => Promise.resolve(undefined),
  ) {
    const runs: string[] = [];
    const waiting = new Set<() => void>();
    const mine = errors;
    const take = async (id: string): Promise<JobResult> => {
      runs.push(id);
      const run = runs.filter((one) => one === id).length;
      try {
        return await process(id, run);
      } finally {
        for (const look of waiting) look();
      }
    };
    const start = async () => {
      const workers = await startWorkers(store.url, take, (line) => mine.push(line));
      consumers.push(workers);
      return workers;
    };
    const until = (holds: () => boolean): Promise<void> =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`not in time; it ran ${JSON.stringify(runs)}`)),
          15_000,
        );
        const look = (): void => {
          if (!holds()) return;
          clearTimeout(timer);
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      });
    return {
      start,
      runs,
      until,
      ran: (...ids: string[]) => until(() => ids.every((id) => runs.includes(id))),
    };
  }

  beforeEach(async () => {
    const mine: string[] = (errors = []);
    store = await createQueue();
    producer = await openProducer(store.url, (line) => mine.push(line));
    queue = producer.queue;
  });
  afterEach(async () => {
    await Promise.all(consumers.splice(0).map((one) => one.close()));
    await producer.close();
    expect(errors.splice(0)).toEqual([]);
    await store.drop(); // cuts whatever connection PostgreSQL hasn't yet seen the end of
  });

  test('what is added runs, on both channels', async () => {
    const { start, ran } = consumer();
    await start();
    const [a, b] = [job('verification', 'sms'), job()];
    await queue.add(a);
    await queue.add(b);
    await ran(a.id, b.id);
  });

  test('the same id added twice while it waits runs once', async () => {
    const { start, runs, ran } = consumer();
    const [twice, last] = [job(), job()];
    for (const one of [twice, twice, twice, last]) await queue.add(one);
    await start();
    await ran(twice.id, last.id);
    expect(runs.filter((id) => id === twice.id)).toHaveLength(1);
  });

  test('the same id added while it runs does not run beside itself', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { start, runs, ran } = consumer(async (id) => {
      if (id === slow.id) await gate;
      return undefined;
    });
    const [slow, other] = [job(), job()];
    await start();
    await queue.add(slow);
    await waitFor(() => runs.includes(slow.id));
    await queue.add(slow);
    await queue.add(other);
    await ran(other.id);
    expect(runs.filter((id) => id === slow.id)).toHaveLength(1);
    release();
  });

  test('what is in hand is listed, and is added beside itself where it is said to be taken: once', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { start, runs, until } = consumer((_, run) =>
      run === 1 ? gate.then(() => undefined) : Promise.resolve(undefined),
    );
    const [sms, voice] = [job('verification', 'sms'), job()];
    await start();
    for (const one of [sms, voice]) await queue.add(one);
    await waitFor(() => runs.length === 2);
    expect(await queue.listTaken()).toEqual(new Set([sms.id, voice.id]));
    for (const one of [sms, voice]) await queue.add({ ...one, isTaken: true });
    await until(() => runs.length === 4);
    expect([...runs].sort()).toEqual([sms.id, sms.id, voice.id, voice.id].sort());
    release();
  });

  test('an id that has run can be added again: the row decides, not the queue', async () => {
    const { start, runs, until } = consumer();
    await start();
    const one = job();
    await queue.add(one);
    await until(() => runs.length === 1);
    // The job is taken away a moment after its work is done; until then an add changes nothing.
    for (const end = Date.now() + 10_000; runs.length < 2 && Date.now() < end;) {
      await queue.add(one);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(runs.length).toBeGreaterThanOrEqual(2);
  });

  test('a Ding goes before codes that wait already', async () => {
    const order: string[] = [];
    const { start, until } = consumer((id) => {
      order.push(id);
      return Promise.resolve(undefined);
    });
    const codes = Array.from({ length: 30 }, () => job('verification', 'voice'));
    for (const one of codes) await queue.add(one);
    const ding = job();
    await queue.add(ding);
    await start();
    await until(() => order.length === 31);
    // Up to 20 run beside each other, so it is the order of taking that counts: it is among the first.
    expect(order.indexOf(ding.id)).toBe(0);
  });

  test('what is delayed runs later, what is to be looked at again runs again', async () => {
    const { start, runs, ran, until } = consumer((id, run) =>
      Promise.resolve(
        id === again.id && run === 1 ? { again: new Date(Date.now() + 400) } : undefined,
      ),
    );
    const [again, delayed, now] = [job(), job(), job()];
    await start();
    const since = Date.now();
    await queue.add({ ...delayed, delayMs: 1_500 });
    await queue.add(again);
    await queue.add(now);
    await ran(now.id, again.id);
    expect(runs).not.toContain(delayed.id);
    await until(
      () => runs.filter((id) => id === again.id).length === 2 && runs.includes(delayed.id),
    );
    expect(Date.now() - since).toBeGreaterThanOrEqual(1_500);
    expect(runs.filter((id) => id === delayed.id)).toHaveLength(1);
  });

  test('a job that fails is not run again by the queue', async () => {
    const { start, runs, ran } = consumer((id) =>
      id === failing.id ? Promise.reject(new Error('HANDOFF_FAILED')) : Promise.resolve(undefined),
    );
    const [failing, after] = [job(), job()];
    await start();
    await queue.add(failing);
    await ran(failing.id);
    await queue.add(after);
    await ran(after.id);
    expect(runs.filter((id) => id === failing.id)).toHaveLength(1);
  });

  test('closing lets what is in hand finish, and what it did not take is there for the next', async () => {
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let hasFinished = false;
    const { start, runs } = consumer(async (id) => {
      if (id === inHand.id) {
        await gate;
        hasFinished = true;
      }
      return undefined;
    });
    const [inHand, late] = [job(), job()];
    const workers = await start();
    await queue.add(inHand);
    await waitFor(() => runs.includes(inHand.id));
    let isClosed = false;
    const closing = workers.close().then(() => {
      isClosed = true;
    });
    await queue.add(late);
    expect(isClosed).toBe(false);
    release();
    await closing;
    expect(hasFinished).toBe(true);
    // A fetch that was under way when the closing began may still bring one; then it was finished, like the first.
    expect([[inHand.id], [inHand.id, late.id]]).toContainEqual(runs);
    if (runs.includes(late.id)) return;
    const second = consumer();
    await second.start();
    await second.ran(late.id);
  });

  test('nothing is taken before the application is ready, and nothing while what a job needs is being closed', async () => {
    let noteEarly = (): void => {};
    const isEarlyTaken = new Promise<void>((resolve) => {
      noteEarly = resolve;
    });
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const order: string[] = [];
    const [early, inHand] = [job(), job()];
    await queue.add(early);
    const workers = await startWorkers(
      store.url,
      {
        async run(id: string) {
          order.push(id === early.id ? 'early' : 'in hand');
          if (id === early.id) noteEarly();
          if (id === inHand.id) await gate;
          order.push('done');
          return undefined;
        },
        async onModuleInit() {
          // Workers that had begun already would take it in this time.
          await Promise.race([isEarlyTaken, new Promise((resolve) => setTimeout(resolve, 500))]);
          order.push('ready');
        },
        onModuleDestroy: () => void order.push('closing'),
        onApplicationShutdown: () => void order.push('lease and carrier closed'),
      } as HandoffRunner,
      (line) => errors.push(line),
    );
    await waitFor(() => order.length === 3);
    await queue.add(inHand);
    await waitFor(() => order.length === 4);
    const closing = workers.close();
    await waitFor(() => order.includes('closing'));
    release();
    await closing;
    expect(order).toEqual([
      'ready',
      'early',
      'done',
      'in hand',
      'closing',
      'done',
      'lease and carrier closed',
    ]);
  });

  test('while the queue is away an add fails at once; when it is back, though it has forgotten its scripts, jobs are added and run', async () => {
    const cable = await Cuttable.before(store.url);
    const heard: string[] = [];
    const ran = new Set<string>();
    const far = await openProducer(cable.url, (line) => heard.push(line));
    const workers = await startWorkers(
      cable.url,
      (id) => {
        ran.add(id);
        return Promise.resolve(undefined);
      },
      (line) => heard.push(line),
    );
    try {
      const [before, lost, ...after] = [job(), job(), job(), job(), job(), job()];
      await far.queue.add(before);
      await waitFor(() => ran.has(before.id));

      await cable.cut();
      await expect(far.queue.add(lost)).rejects.toThrow();
      await forgetScripts(store.url);
      await cable.mend();
      await eventually('the queue takes jobs again', () =>
        far.queue.add(lost).then(
          () => true,
          () => false,
        ),
      );
      await Promise.all(after.map((one) => far.queue.add(one)));
      await eventually('all run', () =>
        Promise.resolve([lost, ...after].every((one) => ran.has(one.id))),
      );
      expect(heard.length).toBeGreaterThan(0);
    } finally {
      await workers.close();
      await far.close();
      await cable.cut();
    }
  });
});

async function waitFor(holds: () => boolean): Promise<void> {
  for (
    const until = Date.now() + 10_000;
    !holds();
    await new Promise((resolve) => setTimeout(resolve, 10))
  ) {
    if (Date.now() > until) throw new Error('it did not come');
  }
}

test('of an error the log has its class, its code, and why Redis refused, and none of the rest', () => {
  expect(
    errorName(new Error('WRONGPASS invalid username-password pair or user is disabled.')),
  ).toBe('Error WRONGPASS');
  expect(
    errorName(
      Object.assign(new TypeError('connect ECONNREFUSED 127.0.0.1:6379'), { code: 'ECONNREFUSED' }),
    ),
  ).toBe('TypeError ECONNREFUSED');
  expect(errorName(new Error('HUNTER2 is no password'))).toBe('Error');
  // BullMQ's own codes are numbers: -1 is a job that is gone.
  expect(errorName(Object.assign(new Error('Missing key'), { code: -1 }))).toBe(
    'BullMQ JobNotExist',
  );
});

/** As a Redis has that was started anew. */
async function forgetScripts(url: string): Promise<void> {
  if (queueBackend() !== 'redis') return;
  const redis = await createClient({ url }).connect();
  await redis.scriptFlush();
  redis.destroy();
}
