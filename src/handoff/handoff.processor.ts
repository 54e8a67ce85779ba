import { BullRegistrar, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type Provider,
} from '@nestjs/common';
import { DelayedError, type Job, type Worker } from 'bullmq';
import { Clock } from '../kernel/clock.js';
import { type Channel, QUEUES } from './channels.js';
import { Logger } from '../kernel/logger.js';
import { RECONNECT_MS } from './connections.queue.js';
import { type HandoffJob, QueueErrors } from './handoff.queue.js';

/** What became of a job: finished, or to be looked at again later. */
export type JobResult = { again: Date } | undefined;

/** Does what a hand-off's row asks for. Who opens numbers provides it; the queue knows ids only. */
export abstract class HandoffRunner {
  /**
   * @throws nothing that may not be kept in clear text: BullMQ keeps what it is thrown, message and
   * stack
   */
  abstract run(handoffId: string): Promise<JobResult>;
}

/** A living worker renews its jobs' locks twice in this time. */
const LOCK_MS = 10_000;

const WORKER = {
  concurrency: 20,
  // The default of 1 runs a killed worker's job again after about 30 s: a second call.
  maxStalledCount: 0,
  // A killed worker's job stands in the way of a new one with its id until the stalled check has
  // failed it. The row is what guards against doing it twice, not the job's lock, so the lock may
  // be short: the default of 30 s would make a code wait up to a minute.
  lockDuration: LOCK_MS,
  stalledInterval: LOCK_MS / 2,
  drainDelay: 5,
  // After a lost connection; the default of 15 s would be another silence once the queue is back.
  runRetryDelay: RECONNECT_MS,
};

/** How often a worker that ends says what it still waits for. */
const SAY_EVERY_MS = 5_000;

@Injectable()
abstract class HandoffProcessor extends WorkerHost<Worker<HandoffJob>> {
  /** How many jobs are being done. */
  inHand = 0;

  constructor(
    private readonly runner: HandoffRunner,
    private readonly clock: Clock,
    private readonly errors: QueueErrors,
  ) {
    super();
  }

  async process(job: Job<HandoffJob>, token?: string): Promise<void> {
    this.inHand += 1;
    const result = await this.runner.run(job.data.handoffId).finally(() => {
      this.inHand -= 1;
    });
    if (result === undefined) return;
    // A job can't add its own id again while it runs: it is moved. The queue's delays go by the
    // machine's clock, which a test's is not.
    const waitMs = Math.max(1, result.again.getTime() - this.clock.now().getTime());
    await job.moveToDelayed(Date.now() + waitMs, token);
    throw new DelayedError();
  }

  @OnWorkerEvent('error')
  logError(error: Error): void {
    this.errors.log(error);
  }
}

@Processor(QUEUES.sms, WORKER)
class SmsProcessor extends HandoffProcessor {}

@Processor(QUEUES.voice, WORKER)
class VoiceProcessor extends HandoffProcessor {}

const PROCESSOR_OF = { sms: SmsProcessor, voice: VoiceProcessor } satisfies Record<
  Channel,
  Provider
>;

/**
 * Starts the workers once the application is ready: whoever has a part in what a job does has been
 * initialised. They end before the application shuts down: they take no new jobs and finish those
 * in hand, while all that these need is open.
 */
@Injectable()
class WorkersLife implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private workers: Worker<HandoffJob>[] = [];

  constructor(
    private readonly registrar: BullRegistrar,
    private readonly sms: SmsProcessor,
    private readonly voice: VoiceProcessor,
    private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.registrar.register();
    this.workers = [this.sms.worker, this.voice.worker];
    await Promise.all(this.workers.map((worker) => worker.waitUntilReady()));
  }

  /** Whoever waits for the end reads in the log what it waits for. */
  async beforeApplicationShutdown(): Promise<void> {
    const closing = Promise.all(this.workers.map((worker) => worker.close()));
    this.logInHand();
    const timer = setInterval(() => this.logInHand(), SAY_EVERY_MS);
    await closing.finally(() => clearInterval(timer));
  }

  private logInHand(): void {
    const count = this.sms.inHand + this.voice.inHand;
    if (count === 0) return;
    this.logger.info('draining', {
      count,
      message: "nothing new is taken; these wait for the carrier's answers",
    });
  }
}

/** For the module that provides a `HandoffRunner`. */
export const PROCESSORS: Provider[] = [...Object.values(PROCESSOR_OF), WorkersLife];
