import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database } from '../kernel/database.js';
import { readBeforeScrapes } from '../kernel/metrics.js';
import { BLOCKS, DATABASE_UP, OLDEST_WAIT, SPEND_CAP, SPENT, WAITING } from './guard.metrics.js';
import { readStanding, type Standing } from './standing.repository.js';

/** Reads for each scrape what no process can count: it is in the rows, whoever wrote them. */
@Injectable()
export class StandingMetrics implements OnModuleInit, OnModuleDestroy {
  private stop: (() => void) | undefined;

  constructor(
    private readonly capADay: number | undefined,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    if (this.capADay !== undefined) SPEND_CAP.set({}, this.capADay);
    this.stop = readBeforeScrapes({
      read: async () => show(await readStanding(this.database.sql, this.clock.now())),
      fail: showNothing,
    });
  }

  onModuleDestroy(): void {
    this.stop?.();
  }
}

function show({ waiting, spent, blockedPrefixes, blockedCountries }: Standing): void {
  DATABASE_UP.set({}, 1);
  WAITING.setAll(0);
  OLDEST_WAIT.setAll(0);
  for (const { purpose, channel, count, oldestSeconds } of waiting) {
    WAITING.set({ purpose, channel }, count);
    OLDEST_WAIT.set({ purpose, channel }, oldestSeconds);
  }
  SPENT.set({}, Number(spent ?? 0));
  BLOCKS.set({ kind: 'prefix' }, blockedPrefixes);
  BLOCKS.set({ kind: 'country' }, blockedCountries);
}

function showNothing(): void {
  DATABASE_UP.set({}, 0);
  for (const level of [WAITING, OLDEST_WAIT, SPENT, BLOCKS]) level.clear();
}
