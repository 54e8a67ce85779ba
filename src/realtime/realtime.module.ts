import { type DynamicModule, Module } from '@nestjs/common';
import { EventsController } from './events.controller.js';
import { LiveDelivery } from './live-delivery.service.js';
import { LiveEventsRepository } from './live-events.repository.js';
import { LiveOptions } from './live-options.js';
import { LiveStreams } from './live-streams.service.js';
import { LiveTail } from './live-tail.service.js';

/** For the roles that only publish events. */
@Module({ providers: [LiveEventsRepository], exports: [LiveEventsRepository] })
export class RealtimeModule {
  /** For the role that people reach: it sends events to their browsers, too. */
  static forApi(
    imports: NonNullable<DynamicModule['imports']>,
    options = new LiveOptions(),
  ): DynamicModule {
    return {
      module: RealtimeModule,
      imports,
      controllers: [EventsController],
      providers: [{ provide: LiveOptions, useValue: options }, LiveTail, LiveDelivery, LiveStreams],
    };
  }
}
