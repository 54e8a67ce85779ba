import { readFile, stat } from 'node:fs/promises';
import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Database, isDatabaseAway } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { Refresher } from '../kernel/refresher.js';
import { listDeniedPrefixes } from './denied-prefixes.repository.js';
import { LARGEST_DENY_FILE, parseDenyFile, type Rules } from './number-policy.js';
import { findUnmatched } from './shared-plans.js';

/**
 * So long may an operator's edit take to be known to a process that runs; real time, since a file
 * has no clock of ours.
 */
const LOOK_MS = 1_000;

export interface NumberRulesOptions {
  countries: readonly string[];
  /** The operator's file of prefixes, if there is one. */
  denyFile: string | undefined;
  /** Says of countries that let no number in when the process boots: one of its roles does. */
  warnsOfCountries: boolean;
}

/**
 * The operator's rules in force, in the memory of each process of `api`, which takes numbers by
 * them, and of each worker, which asks them again when it has opened one: that costs no statement.
 * The file and the table are looked at every second.
 *
 * What can't be read now (a file that is gone or malformed, a database that is away) leaves the
 * last good list in force. Where there never was one, no number is taken and none is reached: half
 * of the rules would let in what the other half denies. Lines of the log say which, and never what
 * stands there. Write the file beside and rename it: what is read half written, and is well formed,
 * holds for a second.
 *
 * Holds plaintext: never; a prefix is no number.
 */
@Injectable()
export class NumberRules implements OnModuleInit, OnModuleDestroy {
  private readonly countries: ReadonlySet<string>;
  private rows: ReadonlySet<string> | undefined;
  private file: ReadonlySet<string> | undefined;
  /** The state on the disk of the file that was read last, and what came of it. */
  private seen = '';
  private isFailureLogged = false;
  private readonly refresher = new Refresher(() => this.load(), LOOK_MS);

  constructor(
    private readonly database: Database,
    private readonly logger: Logger,
    private readonly options: NumberRulesOptions,
  ) {
    this.countries = new Set(options.countries);
    if (options.denyFile === undefined) this.file = new Set();
  }

  async onModuleInit(): Promise<void> {
    if (this.options.warnsOfCountries) this.warnOfCountries();
    await this.refresher.refresh();
    this.refresher.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.refresher.stop();
  }

  /** @throws Problem UNAVAILABLE while a list has never been read */
  async current(): Promise<Rules> {
    const rules = await this.find();
    if (rules === undefined) throw new Problem('UNAVAILABLE');
    return rules;
  }

  /** Undefined while a list has never been read: then nothing may be taken or reached. */
  async find(): Promise<Rules | undefined> {
    if (this.inForce === undefined) await this.refresher.refresh();
    return this.inForce;
  }

  /** Looks at the lists now: what one takes by the newest is not refused by another's older ones. */
  async findNewest(): Promise<Rules | undefined> {
    await this.refresher.refresh();
    return this.inForce;
  }

  /** Gives the rules without a promise; undefined while a list has never been read. */
  get inForce(): Rules | undefined {
    return this.rows && this.file && { countries: this.countries, denied: [this.rows, this.file] };
  }

  private warnOfCountries(): void {
    const unmatched = findUnmatched(this.options.countries);
    if (unmatched.length === 0) return;
    const named = unmatched.map(({ country, takenAs }) => `${country} (${takenAs ?? 'none'})`);
    this.logger.warn('countries_unmatched', {
      count: unmatched.length,
      message:
        `NUMBER_COUNTRIES lets no mobile of these in, since they share another's numbering plan, ` +
        `and are taken as of the country in brackets: name it too. ${named.join(', ')}`,
    });
  }

  private async load(): Promise<void> {
    await Promise.all([this.readRows(), this.readDenyFile()]);
  }

  private async readRows(): Promise<void> {
    try {
      const denied = await listDeniedPrefixes(this.database.sql);
      this.rows = new Set(denied.map(({ prefix }) => prefix));
      this.isFailureLogged = false;
    } catch (error) {
      // A database that is away is told once by its pool; anything else is a defect, told once too.
      if (!isDatabaseAway(error) && !this.isFailureLogged)
        this.logger.error('denied_prefixes_failed', error);
      this.isFailureLogged = true;
    }
  }

  private async readDenyFile(): Promise<void> {
    const { denyFile } = this.options;
    if (denyFile === undefined) return;
    try {
      const { mtimeNs, ctimeNs, ino, size } = await stat(denyFile, { bigint: true });
      const state = [mtimeNs, ctimeNs, ino, size].join();
      if (state === this.seen) return;
      const prefixes =
        size > LARGEST_DENY_FILE ? undefined : parseDenyFile(await readFile(denyFile, 'utf8'));
      this.seen = state;
      if (prefixes === undefined)
        return this.complain('a line of NUMBER_DENY_FILE is no prefix: the file is not taken');
      this.file = prefixes;
      this.logger.info('deny_file_read', { count: prefixes.size });
    } catch (error) {
      if (this.seen === 'unreadable') return;
      this.seen = 'unreadable';
      this.complain('NUMBER_DENY_FILE can not be read', error);
    }
  }

  private complain(message: string, error?: unknown): void {
    const inForce =
      this.file === undefined
        ? 'no number is taken, and none is reached, until it is put right'
        : 'the list read before stays in force';
    this.logger.error('deny_file_refused', error, { message: `${message}; ${inForce}` });
  }
}
