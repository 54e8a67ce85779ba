import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { sql } from 'kysely';
import { Clock } from '../kernel/clock.js';
import { Database, isDatabaseAway, type Transaction } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';
import { Logger } from '../kernel/logger.js';
import { PriceList } from './price-list.service.js';
import { costOf } from './prices.js';
import { blockMs, judge, type Thresholds } from './pumping.js';
import { block, endBlocks, lookAtLastHour, type Suspect } from './pumping.repository.js';

const EVERY_MS = 5_000;
/** It takes a tenth of one connection's time at most, however many verifications an hour has. */
const REST = 9;
/** "pump" in ASCII: one worker looks at a time. */
const LOCK = 0x70756d70;

/** Carries out pumping.ts in the worker: blocks what looks like pumping, and closes blocks that are over. */
@Injectable()
export class PumpingSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isClosed = false;

  constructor(
    private readonly thresholds: Thresholds,
    private readonly database: Database,
    private readonly prices: PriceList,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
  }

  async run(): Promise<void> {
    const now = this.clock.now();
    const lines = await this.database.transaction(async (trx) => {
      const { rows } = await sql<{
        isMine: boolean;
      }>`SELECT pg_try_advisory_xact_lock(${LOCK}) AS "isMine"`.execute(trx);
      return rows[0]?.isMine
        ? [...(await this.end(trx, now)), ...(await this.begin(trx, now))]
        : [];
    });
    for (const line of lines) line();
  }

  private async end(trx: Transaction, now: Date): Promise<(() => void)[]> {
    const ended = await endBlocks(trx, now);
    return ended.map(
      ({ kind, country, isLifted }) =>
        () =>
          this.logger.info('pumping_ended', {
            reason: isLifted ? 'lifted' : 'over',
            purpose: kind,
            ...(country === null ? {} : { country }),
          }),
    );
  }

  /** Prefixes first: what they are blocked for isn't held against their country. */
  private async begin(trx: Transaction, now: Date): Promise<(() => void)[]> {
    if (this.thresholds.conversion === 0) return [];
    const suspects = await lookAtLastHour(trx, now);
    const prefixes = await this.blockAll(
      trx,
      suspects.filter(({ kind }) => kind === 'prefix'),
      now,
    );
    const afterwards = prefixes.length > 0 ? await lookAtLastHour(trx, now) : suspects;
    return [
      ...prefixes,
      ...(await this.blockAll(
        trx,
        afterwards.filter(({ kind }) => kind === 'country'),
        now,
      )),
    ];
  }

  private async blockAll(
    trx: Transaction,
    suspects: readonly Suspect[],
    now: Date,
  ): Promise<(() => void)[]> {
    const lines: (() => void)[] = [];
    for (const suspect of suspects) {
      const { kind, prefixKey, country, level, sentBy } = suspect;
      const reason = suspect.isBlocked ? undefined : judge(kind, suspect, this.thresholds);
      if (reason === undefined) continue;
      const counts = reason === 'burst' ? suspect.burst : suspect.hour;
      const cost = costOf(counts.sends, sentBy, (channel) => this.prices.of(country, channel));
      if (
        !(await block(
          trx,
          {
            id: newId(),
            kind,
            prefixKey,
            country,
            reason,
            counts,
            cost,
            level,
            until: new Date(now.getTime() + blockMs(level)),
          },
          now,
        ))
      )
        continue;
      lines.push(() =>
        this.logger.warn('pumping_blocked', {
          reason,
          purpose: kind,
          count: counts.sends,
          approvals: counts.approvals,
          ...(country === null ? {} : { country }),
          message:
            'codes are asked for and not typed in: no more are sent there for a while; npm run guard -- list',
        }),
      );
    }
    return lines;
  }

  private schedule(afterMs: number): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      const since = performance.now();
      this.running = this.run()
        .catch((error: unknown) => {
          if (!isDatabaseAway(error)) this.logger.error('pumping_sweep_failed', error);
        })
        .finally(() => this.schedule(Math.max(EVERY_MS, REST * (performance.now() - since))));
    }, afterMs).unref();
  }
}
