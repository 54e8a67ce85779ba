import { InjectQueue } from '@nestjs/bullmq';
import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { ErrorCode, type Queue } from 'bullmq';
import { Batches } from '../kernel/batches.js';
import { describe, Logger } from '../kernel/logger.js';
import { PartErrors } from '../kernel/part-errors.js';
import type { Place } from '../kernel/place.js';
import { Readiness } from '../kernel/readiness.js';
import { type Channel, QUEUES } from './channels.js';
import { QueueConnections } from './connections.queue.js';
import type { Purpose } from './handoff.js';
import { QUEUE_ERRORS } from './handoff.metrics.js';

/** All that a job carries (house rule: the queue carries ids). */
export interface HandoffJob {
  handoffId: string;
}

/**
 * A job without a priority number runs before all that have one: Dings first, since whoever asks for
 * codes holds back nobody's urgent Ding.
 */
const PRIORITY: Partial<Record<Purpose, number>> = { verification: 1, conference: 1 };

type NewJob = Parameters<Queue<HandoffJob>['addBulk']>[0][number];
type AddJob = (job: NewJob) => Promise<unknown>;

/**
 * What may be logged of an error of the queue: its class, its code, and what a refusal of Redis
 * begins with. BullMQ's own codes are numbers below 0: they are said by their names.
 */
export function errorName(error: Error): string {
  const { code } = error as { code?: unknown };
  if (typeof code === 'number' && ErrorCode[code] !== undefined) return `BullMQ ${ErrorCode[code]}`;
  const [word = ''] =
    /^(?:NOAUTH|WRONGPASS|NOPERM|OOM|READONLY|LOADING|MISCONF|BUSY|MASTERDOWN)\b/.exec(
      error.message,
    ) ?? [];
  return [describe(error).error, word].filter((part) => part !== '').join(' ');
}

/** What both ends of the queue log of their errors. */
@Injectable()
export class QueueErrors {
  private readonly errors: PartErrors;

  constructor(logger: Logger, { place }: QueueConnections) {
    this.errors = new PartErrors(logger, place, (error) => errorName(error as Error));
  }

  log(error: Error): void {
    QUEUE_ERRORS.add({});
    this.errors.log('queue_error', error);
  }
}

/** A hand-off whose row is written and that waits for its job. */
export interface WaitingHandoff {
  id: string;
  channel: Channel;
  purpose: Purpose;
  delayMs?: number;
  /** A job of its id was taken by a worker that has not claimed the row: it may be dead. */
  isTaken?: boolean;
}

/**
 * The producers' end: points the workers at a row. Adding twice is harmless: a job has the id of its
 * hand-off, and where that one was taken, another of its own.
 */
@Injectable()
export class HandoffQueue implements OnModuleInit, OnApplicationShutdown {
  private readonly queues: Record<Channel, Queue<HandoffJob>>;
  private readonly adders: Record<Channel, AddJob>;
  /** For the log. */
  readonly place: Place;

  constructor(
    @InjectQueue(QUEUES.sms) sms: Queue<HandoffJob>,
    @InjectQueue(QUEUES.voice) voice: Queue<HandoffJob>,
    private readonly connections: QueueConnections,
    errors: QueueErrors,
  ) {
    this.queues = { sms, voice };
    this.place = connections.place;
    for (const queue of [sms, voice]) queue.on('error', (error) => errors.log(error));
    // node-redis writes together what comes in one turn of the event loop.
    const makeAdder = connections.isRedis ? addEach : addTogether;
    this.adders = { sms: makeAdder(sms), voice: makeAdder(voice) };
  }

  async onModuleInit(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.waitUntilReady()));
  }

  add({ id, channel, purpose, delayMs = 0, isTaken = false }: WaitingHandoff): Promise<unknown> {
    const priority = PRIORITY[purpose];
    return this.adders[channel]({
      name: 'handoff',
      data: { handoffId: id },
      opts: {
        jobId: isTaken ? `${id}-again` : id,
        // A kept job would swallow a later add of the same id; the row is the guard against doing
        // it twice.
        removeOnComplete: true,
        removeOnFail: true,
        ...(delayMs > 0 ? { delay: delayMs } : {}),
        ...(priority === undefined ? {} : { priority }),
      },
    });
  }

  /**
   * The hand-offs whose jobs are in hand. A killed worker's are, too, until the queue has seen that
   * nobody renews their locks. @throws while it is away
   */
  async listTaken(): Promise<ReadonlySet<string>> {
    const ids = await Promise.all(
      Object.values(this.queues).map((queue) => queue.getRanges(['active'], 0, -1)),
    );
    return new Set(ids.flat());
  }

  /** @throws while it is away */
  async ping(): Promise<void> {
    await this.queues.sms.getJobCountByTypes('active');
  }

  /**
   * The last of what knows the queue: the workers, and who adds to it while the application ends,
   * have ended before.
   */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all(Object.values(this.queues).map((queue) => queue.close()));
    this.connections.close();
  }
}

/** For a role that does nothing without the queue. */
@Injectable()
export class QueueNeeded implements OnModuleInit {
  constructor(
    private readonly queue: HandoffQueue,
    private readonly readiness: Readiness,
  ) {}

  onModuleInit(): void {
    this.readiness.require(() => this.queue.ping());
  }
}

const addEach =
  (queue: Queue<HandoffJob>): AddJob =>
  ({ name, data, opts }) =>
    queue.add(name, data, opts);

/**
 * From how many on BullMQ's addBulk, which makes two tables each time, costs less than as many
 * adds.
 */
const BULK_FROM = 4;

/** What is to be added in one moment goes in one round trip. */
function addTogether(queue: Queue<HandoffJob>): AddJob {
  const addOne = addEach(queue);
  const batches = new Batches<NewJob, unknown>({
    run: (jobs) =>
      jobs.length < BULK_FROM ? Promise.all(jobs.map(addOne)) : queue.addBulk([...jobs]),
  });
  return (job) => batches.add(job);
}
