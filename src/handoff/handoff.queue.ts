import { DelayedError, type Job, Queue, Worker, type WorkerOptions, withBackend } from 'bullmq';
import { createPostgresBackend } from 'bullmq';
import { Batches } from '../kernel/batches.js';
import { MortalClient } from '../kernel/database.js';
import type { Redacted } from '../kernel/redacted.js';
import { type Channel, type Purpose } from './handoff.js';

/** All that a job carries (house rule: the queue carries ids). */
export interface HandoffJob {
  handoffId: string;
}

interface NewJob {
  id: string;
  delayMs: number;
  priority: number | undefined;
}

const BULK_FROM = 4;

/** One queue for each channel: they have different paces, and a slow carrier for calls must not hold up codes. */
const QUEUES: Record<Channel, string> = { sms: 'dingline-sms', voice: 'dingline-voice' };

/** A job without a priority number runs before all that have one: codes first, Dings after them. */
const PRIORITY: Partial<Record<Purpose, number>> = { ding: 1, conference: 1 };

/**
 * BullMQ on Redis or on PostgreSQL, by the address. `withBackend` binds the classes instead of setting a factory for
 * the whole process, so two backends may live side by side.
 */
function backend(url: string, isProducer: boolean) {
  if (url.startsWith('redis')) {
    // A producer must not hang while Redis is away: the row is committed, the sweeper adds the job later.
    const connection = isProducer
      ? { url, maxRetriesPerRequest: 1, enableOfflineQueue: false }
      : { url, maxRetriesPerRequest: null };
    return { Queue, Worker, connection };
  }
  return {
    ...(withBackend(createPostgresBackend) as unknown as { Queue: typeof Queue; Worker: typeof Worker }),
    connection: { connectionString: url, migrate: true, max: isProducer ? 5 : 10, Client: MortalClient } as unknown as { url: string },
  };
}

/** The producers' end: points the workers at a row. Adding twice is harmless, the job's id is the hand-off's. */
export class HandoffQueue {
  private readonly queues: Record<Channel, Queue<HandoffJob>>;
  /** What is to be added in one moment goes in one round trip. */
  private readonly jobs: Record<Channel, Batches<NewJob, void>>;

  constructor(url: Redacted<string>, onError: (error: Error) => void) {
    const { Queue: QueueOn, connection } = backend(url.reveal(), true);
    const open = (channel: Channel) => {
      const queue = new QueueOn<HandoffJob>(QUEUES[channel], { connection });
      queue.on('error', onError);
      return queue;
    };
    this.queues = { sms: open('sms'), voice: open('voice') };
    const batches = (channel: Channel) => new Batches<NewJob, void>({ run: (jobs) => this.addAll(channel, jobs) });
    this.jobs = { sms: batches('sms'), voice: batches('voice') };
  }

  async ready(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.waitUntilReady()));
  }

  add(handoff: { id: string; channel: Channel; purpose: Purpose }, delayMs = 0): Promise<void> {
    return this.jobs[handoff.channel].add({ id: handoff.id, delayMs, priority: PRIORITY[handoff.purpose] });
  }

  private async addAll(channel: Channel, jobs: readonly NewJob[]): Promise<void[]> {
    const all = jobs.map(({ id, delayMs, priority }) => ({ name: 'handoff', data: { handoffId: id }, opts: {
      jobId: id,
      // A kept job would swallow a later add of the same id; the row is the guard against doing it twice.
      removeOnComplete: true,
      removeOnFail: true,
      ...(delayMs > 0 ? { delay: delayMs } : {}),
      ...(priority === undefined ? {} : { priority }),
    } }));
    // On PostgreSQL BullMQ makes two tables for each call of addBulk: not for a few.
    if (all.length < BULK_FROM) await Promise.all(all.map(({ name, data, opts }) => this.queues[channel].add(name, data, opts)));
    else await this.queues[channel].addBulk(all);
    return jobs.map(() => {});
  }

  async close(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
  }
}

/** A living worker renews its jobs' locks twice in this time. */
const LOCK_MS = 10_000;

/** What became of a job: finished, or to be looked at again later. */
export type JobResult = { again: Date } | undefined;

/** The consumers' end: calls `process` for each id. */
export class HandoffConsumers {
  private readonly workers: Worker<HandoffJob>[];

  constructor(url: Redacted<string>, process: (handoffId: string) => Promise<JobResult>, now: () => Date, onError: (error: Error) => void) {
    const { Worker: WorkerOn, connection } = backend(url.reveal(), false);
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
  }
}
