import { createClient } from '@redis/client';
import { type ConnectionOptions, createNodeRedisClient, createPostgresBackend, DelayedError, type Job, Queue, Worker, type WorkerOptions, withBackend } from 'bullmq';
import { Batches } from '../kernel/batches.js';
import { MortalClient } from '../kernel/database.js';
import { describe } from '../kernel/logger.js';
import type { Redacted } from '../kernel/redacted.js';
import { type Channel, type Purpose } from './handoff.js';

/** All that a job carries (house rule: the queue carries ids). */
export interface HandoffJob {
  handoffId: string;
}

/** One queue for each channel: they have different paces, and a slow carrier for calls must not hold up codes. */
const QUEUES: Record<Channel, string> = { sms: 'dingline-sms', voice: 'dingline-voice' };

/** A job without a priority number runs before all that have one: codes first, Dings after them. */
const PRIORITY: Partial<Record<Purpose, number>> = { ding: 1, conference: 1 };

type NewJob = Parameters<Queue<HandoffJob>['addBulk']>[0][number];

interface Backend {
  Queue: typeof Queue;
  Worker: typeof Worker;
  connection: ConnectionOptions;
  /** How what is to be added in one moment goes in one round trip. */
  adder: (queue: Queue<HandoffJob>) => (job: NewJob) => Promise<unknown>;
  /** BullMQ leaves open what it was given open. */
  close: () => void;
}

/**
 * BullMQ on Redis or on PostgreSQL, by the address. `withBackend` binds the classes instead of setting a factory for
 * the whole process, so two backends may live side by side.
 */
export function backend(url: string, isProducer: boolean): Backend {
  return url.startsWith('redis') ? onRedis(url, isProducer) : onPostgres(url, isProducer);
}

/**
 * By node-redis, not by ioredis, which is BullMQ's default: adding a job takes 17 us of Node by it, 28 by the other, and of all that
 * outlived its request by two sweeps most was what ioredis had sent. A start took 17 % less CPU by the change.
 */
function onRedis(url: string, isProducer: boolean): Backend {
  const client = createClient({
    url,
    RESP: 2, // what BullMQ's scripts were written for
    // A producer must not hang while Redis is away: the row is committed, the sweeper adds the job later.
    disableOfflineQueue: isProducer,
    // None: by default each command makes an AbortSignal for the time that it waits to be written.
    commandOptions: { timeout: 0 },
  });
  return {
    Queue, Worker, connection: createNodeRedisClient(client),
    // It writes together what comes in one turn of the event loop.
    adder: (queue) => ({ name, data, opts }) => queue.add(name, data, opts),
    close() {
      if (client.isOpen) client.destroy();
    },
  };
}

/** From how many on BullMQ's addBulk, which makes two tables each time, costs less than as many adds. */
const BULK_FROM = 4;

function onPostgres(url: string, isProducer: boolean): Backend {
  return {
    ...(withBackend(createPostgresBackend) as unknown as { Queue: typeof Queue; Worker: typeof Worker }),
    connection: { connectionString: url, migrate: true, max: isProducer ? 5 : 10, Client: MortalClient },
    adder(queue) {
      const run = async (jobs: readonly NewJob[]): Promise<unknown[]> =>
        jobs.length < BULK_FROM ? Promise.all(jobs.map(({ name, data, opts }) => queue.add(name, data, opts))) : queue.addBulk([...jobs]);
      const batches = new Batches<NewJob, unknown>({ run });
      return (job) => batches.add(job);
    },
    close() {},
  };
}

/** What may be logged of an error of the queue: its class, its code, and what a refusal of Redis begins with. */
export function errorName(error: Error): string {
  const [word = ''] = /^(?:NOAUTH|WRONGPASS|NOPERM|OOM|READONLY|LOADING|MISCONF|BUSY|MASTERDOWN)\b/.exec(error.message) ?? [];
  return [describe(error).error, word].filter((part) => part !== '').join(' ');
}

/** The producers' end: points the workers at a row. Adding twice is harmless, the job's id is the hand-off's. */
export class HandoffQueue {
  private readonly backend: Backend;
  private readonly queues: Record<Channel, Queue<HandoffJob>>;
  private readonly adders: Record<Channel, (job: NewJob) => Promise<unknown>>;

  constructor(url: Redacted<string>, onError: (error: Error) => void) {
    this.backend = backend(url.reveal(), true);
    const { Queue: QueueOn, connection, adder } = this.backend;
    const open = (channel: Channel) => {
      const queue = new QueueOn<HandoffJob>(QUEUES[channel], { connection });
      queue.on('error', onError);
      return queue;
    };
    this.queues = { sms: open('sms'), voice: open('voice') };
    this.adders = { sms: adder(this.queues.sms), voice: adder(this.queues.voice) };
  }

  async ready(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.waitUntilReady()));
  }

  add(handoff: { id: string; channel: Channel; purpose: Purpose }, delayMs = 0): Promise<unknown> {
    const priority = PRIORITY[handoff.purpose];
    return this.adders[handoff.channel]({ name: 'handoff', data: { handoffId: handoff.id }, opts: {
      jobId: handoff.id,
      // A kept job would swallow a later add of the same id; the row is the guard against doing it twice.
      removeOnComplete: true,
      removeOnFail: true,
      ...(delayMs > 0 ? { delay: delayMs } : {}),
      ...(priority === undefined ? {} : { priority }),
    } });
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
    this.backend.close();
  }
}

/** A living worker renews its jobs' locks twice in this time. */
const LOCK_MS = 10_000;

/** What became of a job: finished, or to be looked at again later. */
export type JobResult = { again: Date } | undefined;

/** The consumers' end: calls `process` for each id. */
export class HandoffConsumers {
  private readonly workers: Worker<HandoffJob>[];
  private readonly backend: Backend;

  constructor(url: Redacted<string>, process: (handoffId: string) => Promise<JobResult>, now: () => Date, onError: (error: Error) => void) {
    this.backend = backend(url.reveal(), false);
    const { Worker: WorkerOn, connection } = this.backend;
    const options = {
      connection,
      concurrency: 20,
      autorun: false,
      // The default of 1 runs a killed worker's job again after about 30 s: a second call.
      maxStalledCount: 0,
      // A killed worker's job stands in the way of a new one with its id until the stalled check has failed it. The row
      // is what guards against doing it twice, not the job's lock, so the lock may be short: the default of 30 s would
      // make a code wait up to a minute.
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS / 2,
      drainDelay: 5,
    } as unknown as WorkerOptions;
    this.workers = Object.values(QUEUES).map((name) => {
      const worker = new WorkerOn<HandoffJob>(name, async (job: Job<HandoffJob>, token?: string) => {
        const result = await process(job.data.handoffId);
        if (result === undefined) return;
        // A job can't add its own id again while it runs: it is moved.
        await job.moveToDelayed(Math.max(result.again.getTime(), now().getTime() + 1), token);
        throw new DelayedError();
      }, options);
      worker.on('error', onError);
      return worker;
    });
  }

  async start(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
    for (const worker of this.workers) void worker.run();
  }

  /** Lets the jobs in hand finish, takes no new ones. */
  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.close()));
    this.backend.close();
  }
}
