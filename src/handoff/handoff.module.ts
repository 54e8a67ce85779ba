import { type DynamicModule, Injectable, Module, type OnApplicationShutdown, type OnModuleInit, type Provider } from '@nestjs/common';
import { Logger } from '../kernel/logger.js';
import type { Redacted } from '../kernel/redacted.js';
import { errorName, HandoffQueue } from './handoff.queue.js';
import { HandoffsRepository } from './handoffs.repository.js';
import { Outcomes } from './outcomes.service.js';
import { Sweeper } from './sweeper.service.js';

/** Opens the queue with its role and closes it after everyone who adds to it. */
@Injectable()
class QueueLife implements OnModuleInit, OnApplicationShutdown {
  constructor(private readonly queue: HandoffQueue) {}

  async onModuleInit(): Promise<void> {
    await this.queue.ready();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.queue.close();
  }
}

/** Hand-offs: decided in `api`, swept in `worker`, and in `ingress` only heard of. */
@Module({})
export class HandoffModule {
  static for({ queueUrl, isSwept }: { queueUrl?: Redacted<string>; isSwept?: boolean }): DynamicModule {
    const providers: Provider[] = [HandoffsRepository, Outcomes];
    if (queueUrl !== undefined) {
      providers.push(QueueLife, {
        provide: HandoffQueue,
        inject: [Logger],
        useFactory: (logger: Logger) => new HandoffQueue(queueUrl, (error) => logger.warn('queue_error', { error: errorName(error) })),
      });
    }
    if (isSwept) providers.push(Sweeper);
    return { module: HandoffModule, providers, exports: providers.filter((provider) => provider !== QueueLife).map((provider) => ('provide' in provider ? provider.provide : provider)) };
  }
}
