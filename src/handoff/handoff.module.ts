import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import type { Redacted } from '../kernel/redacted.js';
import { QUEUES } from './channels.js';
import { Queue, QueueConnections, Worker } from './connections.queue.js';
import { CallbacksRepository } from './callbacks.repository.js';
import { Enqueuer } from './enqueuer.service.js';
import { HandoffQueue, QueueErrors, QueueNeeded } from './handoff.queue.js';
import { CarrierSweep } from './carrier.sweep.js';
import { HandoffsRepository } from './handoffs.repository.js';
import { IngressProbe } from './ingress-probe.service.js';
import { IngressWatch } from './ingress-watch.service.js';
import { Outcomes } from './outcomes.service.js';
import { OverdueHandoffsRepository } from './overdue-handoffs.repository.js';
import { Sweeper } from './sweeper.service.js';

// Nest reads them when queues are registered and when workers are made. One pair serves every role
// and both kinds of queue.
BullModule.queueClass = Queue;
BullModule.workerClass = Worker;

/** Hand-offs: decided in `api`, swept in `worker`, and in `ingress` only heard of. */
@Module({})
export class HandoffModule {
  static for({
    queueUrl,
    isSwept,
    probe,
  }: {
    queueUrl?: Redacted<string>;
    isSwept?: boolean;
    /** How the worker asks whether `ingress` is there. */
    probe?: IngressProbe;
  }): DynamicModule {
    const providers: Provider[] = [HandoffsRepository, CallbacksRepository, Outcomes];
    if (queueUrl !== undefined) providers.push(Enqueuer);
    if (isSwept) providers.push(OverdueHandoffsRepository, Sweeper, CarrierSweep, QueueNeeded);
    if (probe !== undefined)
      providers.push({
        provide: IngressWatch,
        inject: [Database, Clock, Logger],
        useFactory: (database: Database, clock: Clock, logger: Logger) =>
          new IngressWatch(probe, database, clock, logger),
      });
    const queue = queueUrl === undefined ? [] : [QueueModule.to(queueUrl)];
    return {
      module: HandoffModule,
      imports: queue,
      providers,
      exports: [...queue, ...(providers as NonNullable<DynamicModule['exports']>)],
    };
  }
}

/** The queues alone, for who adds to them or works on them. */
@Module({})
export class QueueModule {
  static to(url: Redacted<string>): DynamicModule {
    const connections = new QueueConnections(url);
    const queues = Object.values(QUEUES).map((name) => ({
      name,
      useFactory: () => ({ connection: connections as never }),
    }));
    return {
      module: QueueModule,
      // Workers are registered by who starts them, when the application is ready.
      imports: [
        BullModule.forRoot({
          connection: connections as never,
          extraOptions: { manualRegistration: true },
        }),
        BullModule.registerQueueAsync(...queues),
      ],
      providers: [HandoffQueue, QueueErrors, { provide: QueueConnections, useValue: connections }],
      exports: [HandoffQueue, QueueErrors, QueueConnections],
    };
  }
}
