import { type DynamicModule, Module } from '@nestjs/common';
import { byChannel, getTraits } from '../handoff/channels.js';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import type { WorkerSettings } from '../settings.js';
import { PriceList, readPrices } from './price-list.service.js';
import { PumpingGuard } from './pumping-guard.service.js';
import { PumpingSweep } from './pumping.sweep.js';
import { Spending } from './spending.service.js';
import { StandingMetrics } from './standing.service.js';

/** This module guards against SMS pumping: `worker` counts and blocks, `api` refuses. */
@Module({})
export class GuardModule {
  static forApi(): DynamicModule {
    return { module: GuardModule, providers: [PumpingGuard], exports: [PumpingGuard] };
  }

  static forWorker(settings: WorkerSettings): DynamicModule {
    const { pricesFile } = settings;
    const standard = byChannel((channel) => settings[getTraits(channel).priceSetting]);
    const countries = pricesFile === undefined ? new Map() : readPrices(pricesFile);
    const caps = {
      aDay: settings.spendCapADay,
      countryADay: settings.spendCapCountryADay,
      accountADay: settings.spendCapAccountADay,
      teamADay: settings.spendCapTeamADay,
    };
    const thresholds = {
      conversion: settings.guardConversion,
      prefixSends: settings.guardPrefixSends,
      countrySends: settings.guardCountrySends,
    };
    return {
      module: GuardModule,
      providers: [
        {
          provide: PriceList,
          inject: [Logger],
          useFactory: (logger: Logger) => new PriceList(standard, pricesFile, countries, logger),
        },
        {
          provide: Spending,
          inject: [PriceList, Logger],
          useFactory: (list: PriceList, logger: Logger) => new Spending(list, caps, logger),
        },
        {
          provide: StandingMetrics,
          inject: [Database, Clock],
          useFactory: (database: Database, clock: Clock) =>
            new StandingMetrics(caps.aDay, database, clock),
        },
        {
          provide: PumpingSweep,
          inject: [Database, PriceList, Clock, Logger],
          useFactory: (database: Database, list: PriceList, clock: Clock, logger: Logger) =>
            new PumpingSweep(thresholds, database, list, clock, logger),
        },
      ],
      exports: [Spending],
    };
  }
}
