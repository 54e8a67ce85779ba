import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Channel } from '../handoff/channels.js';
import { Logger } from '../kernel/logger.js';
import { Refresher } from '../kernel/refresher.js';
import { SettingsError } from '../settings.js';
import { LARGEST_PRICES_FILE, parsePrices, type Price, getPrice, type Prices } from './prices.js';

/**
 * An operator's edit is known after this time at most. The time is real, since a file has no clock
 * of ours.
 */
const LOOK_MS = 1_000;

const FORM =
  'PRICES_FILE must have lines like `GB sms 0.04` and `#` comments, each country and channel once';

/**
 * Reads the prices before the worker opens anything: a cap that counts wrong prices is none.
 *
 * @throws SettingsError
 */
export function readPrices(file: string): Prices['countries'] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new SettingsError(['PRICES_FILE can not be read']);
  }
  const countries = text.length > LARGEST_PRICES_FILE ? undefined : parsePrices(text);
  if (countries === undefined) throw new SettingsError([FORM]);
  return countries;
}

/**
 * Knows what a send costs, by PRICES_FILE and the two settings. The file is looked at every second;
 * one that can't be read any more, or is malformed, leaves the last good one in force.
 */
@Injectable()
export class PriceList implements OnModuleInit, OnModuleDestroy {
  /** This is the state on the disk of the file that was read last. */
  private seen = '';
  private readonly refresher = new Refresher(() => this.load(), LOOK_MS);

  constructor(
    private readonly standard: Price,
    private readonly file: string | undefined,
    private countries: Prices['countries'],
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    if (this.file !== undefined) this.refresher.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.refresher.stop();
  }

  getPrice(country: string | null, channel: Channel): number {
    return getPrice({ standard: this.standard, countries: this.countries }, country, channel);
  }

  private async load(): Promise<void> {
    const wrong = this.file === undefined ? undefined : await this.read(this.file);
    if (wrong !== undefined)
      this.logger.error('prices_file_refused', undefined, {
        message: `${wrong}; the prices read before stay in force`,
      });
  }

  /**
   * Reads the file if it has changed. A problem with it is answered once for each state of the
   * file.
   */
  private async read(file: string): Promise<string | undefined> {
    try {
      const { mtimeNs, ctimeNs, ino, size } = await stat(file, { bigint: true });
      const state = [mtimeNs, ctimeNs, ino, size].join();
      if (state === this.seen) return undefined;
      const countries =
        size > LARGEST_PRICES_FILE ? undefined : parsePrices(await readFile(file, 'utf8'));
      this.seen = state;
      if (countries === undefined) return FORM;
      this.countries = countries;
      this.logger.info('prices_file_read', { count: countries.size });
      return undefined;
    } catch {
      const isLogged = this.seen === 'unreadable';
      this.seen = 'unreadable';
      return isLogged ? undefined : 'PRICES_FILE can not be read';
    }
  }
}
