import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, isDatabaseAway, type Transaction } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';
import { Logger } from '../kernel/logger.js';
import { PacedLoop } from '../kernel/paced-loop.js';
import { takeSweep } from '../kernel/sweeps.repository.js';
import { BLOCKS_BEGUN } from './guard.metrics.js';
import { PriceList } from './price-list.service.js';
import { computeCost } from './prices.js';
import { blockMs, judge, type Thresholds } from './pumping.js';
import { block, endBlocks, type NewBlock } from './pumping-blocks.repository.js';
import { lookAtLastHour, type Suspect } from './pumping-evidence.repository.js';

const EVERY_MS = 5_000;
/**
 * At this pace the sweep takes a tenth of one connection's time at most, however many verifications
 * an hour has.
 */
const REST = 9;

/** It writes its line of the log once the change is committed. */
type LogLine = () => void;

/**
 * Carries out pumping.ts in the worker: blocks what looks like pumping, and closes blocks that are
 * over.
 */
@Injectable()
export class PumpingSweep implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly loop: PacedLoop;

  constructor(
    private readonly thresholds: Thresholds,
    private readonly database: Database,
    private readonly prices: PriceList,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.loop = new PacedLoop(
      () => this.run(),
      (error) => {
        if (!isDatabaseAway(error)) this.logger.error('pumping_sweep_failed', error);
      },
      { everyMs: EVERY_MS, rest: REST },
    );
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }

  async run(): Promise<void> {
    const now = this.clock.now();
    const lines = await this.database.transaction(async (trx) => {
      if (!(await takeSweep(trx, 'pumping'))) return [];
      const ended = await this.end(trx, now);
      return [...ended, ...(await this.begin(trx, now))];
    });
    for (const log of lines) log();
  }

  private async end(trx: Transaction, now: Date): Promise<LogLine[]> {
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

  /** Prefixes are judged first: what they are blocked for isn't held against their country. */
  private async begin(trx: Transaction, now: Date): Promise<LogLine[]> {
    if (this.thresholds.conversion === 0) return [];
    const suspects = await lookAtLastHour(trx, now);
    const isPrefix = ({ kind }: Suspect): boolean => kind === 'prefix';
    const prefixes = await this.blockAll(trx, suspects.filter(isPrefix), now);
    const left = prefixes.length > 0 ? await lookAtLastHour(trx, now) : suspects;
    const countries = left.filter((suspect) => !isPrefix(suspect));
    return [...prefixes, ...(await this.blockAll(trx, countries, now))];
  }

  private async blockAll(
    trx: Transaction,
    suspects: readonly Suspect[],
    now: Date,
  ): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (const suspect of suspects) {
      const wanted = this.toBlock(suspect, now);
      if (wanted !== undefined && (await block(trx, wanted, now)))
        lines.push(() => this.logBlock(wanted));
    }
    return lines;
  }

  /** The answer is undefined if the target looks honest, or is blocked already. */
  private toBlock(suspect: Suspect, now: Date): NewBlock | undefined {
    const { kind, prefixKey, country, level, sentBy } = suspect;
    const reason = suspect.isBlocked ? undefined : judge(kind, suspect, this.thresholds);
    if (reason === undefined) return undefined;
    const counts = reason === 'burst' ? suspect.burst : suspect.hour;
    const cost = computeCost(counts.sends, sentBy, (channel) =>
      this.prices.getPrice(country, channel),
    );
    const until = new Date(now.getTime() + blockMs(level));
    return { id: newId(), kind, prefixKey, country, reason, counts, cost, level, until };
  }

  private logBlock({ reason, kind, counts, country }: NewBlock): void {
    BLOCKS_BEGUN.add({ kind, reason });
    this.logger.warn('pumping_blocked', {
      reason,
      purpose: kind,
      count: counts.sends,
      approvals: counts.approvals,
      ...(country === null ? {} : { country }),
      message:
        'codes are asked for and not typed in: no more are sent there for a while; npm run guard -- list',
    });
  }
}
