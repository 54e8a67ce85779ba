import { type DynamicModule, type FactoryProvider, Global, Module } from '@nestjs/common';
import type { Redacted } from './redacted.js';
import { Clock } from './clock.js';
import { Database } from './database.js';
import { HealthController } from './health.controller.js';
import { Logger } from './logger.js';
import { ProblemFilter } from './problem.filter.js';
import { RequestTurns } from './request-turns.js';

export interface KernelOptions {
  role: 'api' | 'ingress' | 'worker';
  databaseUrl: Redacted<string>;
  logger: Logger;
  clock: Clock;
  /** Parts of the kernel that need a key of this role. */
  keyed?: FactoryProvider[];
}

/**
 * What every role has: time, its own login at the database, its log, its health. The only global
 * module.
 */
@Global()
@Module({})
export class KernelModule {
  static for({ role, databaseUrl, logger, clock, keyed = [] }: KernelOptions): DynamicModule {
    return {
      module: KernelModule,
      controllers: [HealthController],
      providers: [
        { provide: Clock, useValue: clock },
        { provide: Logger, useValue: logger },
        {
          provide: Database,
          useFactory: () =>
            new Database(databaseUrl, role, () => logger.warn('database_connection_lost')),
        },
        ProblemFilter,
        RequestTurns,
        ...keyed,
      ],
      exports: [
        Clock,
        Logger,
        Database,
        ProblemFilter,
        RequestTurns,
        ...keyed.map((part) => part.provide),
      ],
    };
  }
}
