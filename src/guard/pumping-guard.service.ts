import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, isDatabaseAway } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { Refresher } from '../kernel/refresher.js';
import { listOpenBlocks, namePrefix } from './pumping-blocks.repository.js';

/**
 * A running process knows of a block after this time at most. The time is real, as for the
 * operator's other lists.
 */
const LOOK_MS = 1_000;

/** A number is looked up by these. */
export interface Whereabouts {
  country: string | undefined;
  /**
   * These are the limiter indexes of the number's prefix, today's and yesterday's. They are asked
   * for only while a prefix is blocked.
   */
  prefixKeys: () => Promise<readonly Buffer[]>;
}

interface Held {
  id: string;
  until: Date;
  /**
   * The prefix in clear is written by the first request that is refused, for the operator to see.
   */
  hasPrefix: boolean;
}

/**
 * Holds the blocks in force in the memory of each process of `api`, so that they cost a request no
 * statement. A database that is away leaves the last list in force, and blocks end by the clock;
 * where there never was a list nothing is sent.
 */
@Injectable()
export class PumpingGuard implements OnModuleInit, OnModuleDestroy {
  private prefixes: ReadonlyMap<string, Held> | undefined;
  private countries: ReadonlyMap<string, Held> = new Map();
  private readonly refresher = new Refresher(() => this.load(), LOOK_MS);
  private readonly naming = new Set<Promise<void>>();
  private isLogged = false;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.look();
    this.refresher.start();
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.all([this.refresher.stop(), ...this.naming]);
  }

  /**
   * This says whether `refusal` may refuse anything. It is asked first, since nearly always nothing
   * is blocked.
   */
  get mayRefuse(): boolean {
    return this.prefixes === undefined || this.prefixes.size > 0 || this.countries.size > 0;
  }

  /**
   * Finds until when nothing is to be sent there; undefined means that sends may go. `prefix`, in
   * clear, is written onto the block that refuses it.
   *
   * @throws Problem UNAVAILABLE while the blocks have never been read
   */
  async refusal(
    { country, prefixKeys }: Whereabouts,
    prefix?: string,
  ): Promise<{ retryAt: Date } | undefined> {
    if (this.prefixes === undefined) await this.look();
    const { prefixes } = this;
    if (prefixes === undefined) throw new Problem('UNAVAILABLE');
    if (!this.mayRefuse) return undefined;
    const now = this.clock.now();
    const byPrefix =
      prefixes.size === 0
        ? undefined
        : (await prefixKeys())
            .map((key) => prefixes.get(key.toString('hex')))
            .find((held) => held !== undefined && held.until > now);
    if (byPrefix !== undefined && !byPrefix.hasPrefix && prefix !== undefined)
      this.name(byPrefix, prefix);
    const byCountry = country === undefined ? undefined : this.countries.get(country);
    const until = [byPrefix, byCountry].flatMap((held) =>
      held === undefined ? [] : [held.until.getTime()],
    );
    const latest = Math.max(...until, 0);
    return latest > now.getTime() ? { retryAt: new Date(latest) } : undefined;
  }

  /** Reads the blocks at once, so that a test need not wait for the next second. */
  look(): Promise<void> {
    return this.refresher.refresh();
  }

  private async load(): Promise<void> {
    try {
      const [prefixes, countries] = [new Map<string, Held>(), new Map<string, Held>()];
      for (const { kind, prefixKey, country, ...held } of await listOpenBlocks(this.database.sql)) {
        if (kind === 'prefix' && prefixKey !== null) prefixes.set(prefixKey.toString('hex'), held);
        if (kind === 'country' && country !== null) countries.set(country, held);
      }
      [this.prefixes, this.countries] = [prefixes, countries];
      this.isLogged = false;
    } catch (error) {
      if (!isDatabaseAway(error) && !this.isLogged)
        this.logger.error('pumping_blocks_failed', error);
      this.isLogged = true;
    }
  }

  private name(held: Held, prefix: string): void {
    held.hasPrefix = true;
    const writing = namePrefix(this.database.sql, held.id, prefix)
      .catch((error: unknown) => {
        if (!isDatabaseAway(error)) this.logger.error('pumping_prefix_failed', error);
      })
      .finally(() => this.naming.delete(writing));
    this.naming.add(writing);
  }
}
