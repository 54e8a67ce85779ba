import { type DynamicModule, type FactoryProvider, Global, Module } from '@nestjs/common';
import type { Redacted } from './redacted.js';
import { Clock } from './clock.js';
import { Database } from './database.js';
import { HealthController } from './health.controller.js';
import { countLostConnection } from './http.metrics.js';
import { Logger } from './logger.js';
import { PartErrors } from './part-errors.js';
import { findPlace } from './place.js';
import { ProblemFilter } from './problem.filter.js';
import { Readiness } from './readiness.js';
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
          useFactory: () => {
            const errors = new PartErrors(logger, findPlace('database', databaseUrl.reveal()));
            return new Database(databaseUrl, role, (trouble, error) => {
              if (trouble === 'lost') countLostConnection(role);
              errors.log(trouble === 'lost' ? 'database_connection_lost' : 'database_away', error);
            });
          },
        },
        ProblemFilter,
        Readiness,
        RequestTurns,
        ...keyed,
      ],
      exports: [
        Clock,
        Logger,
        Database,
        ProblemFilter,
        Readiness,
        RequestTurns,
        ...keyed.map((part) => part.provide),
      ],
    };
  }
}
