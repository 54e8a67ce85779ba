import { Module } from '@nestjs/common';
import { LiveEventsRepository } from './live-events.repository.js';

/** For the roles that only tell. */
@Module({ providers: [LiveEventsRepository], exports: [LiveEventsRepository] })
export class RealtimeModule {}
