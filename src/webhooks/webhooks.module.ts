import { type DynamicModule, Module } from '@nestjs/common';
import { Sweeper } from '../handoff/sweeper.service.js';
import { Clock, type Timer } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import type { WorkerSettings } from '../settings.js';
import { WebhookRequests } from './webhook-request.service.js';
import { WebhookSender } from './webhook-sender.service.js';
import { Webhooks } from './webhooks.service.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** By itself it stores the events for an app. In the worker it sends them as well. */
@Module({ providers: [Webhooks, WebhooksRepository], exports: [Webhooks] })
export class WebhooksModule {
  static forWorker(
    { webhookKey, isLive }: WorkerSettings,
    imports: NonNullable<DynamicModule['imports']>,
    timer: Timer,
  ): DynamicModule {
    return {
      module: WebhooksModule,
      imports,
      providers: [
        {
          provide: WebhookSender,
          inject: [Database, WebhooksRepository, Sweeper, Clock, Logger],
          useFactory: (
            database: Database,
            rows: WebhooksRepository,
            sweeper: Sweeper,
            clock: Clock,
            logger: Logger,
          ) =>
            new WebhookSender(
              { webhookKey, timer },
              database,
              rows,
              new WebhookRequests({ isLive }),
              sweeper,
              clock,
              logger,
            ),
        },
      ],
    };
  }
}
