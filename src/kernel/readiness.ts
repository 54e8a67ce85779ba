import { Injectable } from '@nestjs/common';
import { Database } from './database.js';

type Check = () => Promise<unknown>;

/** Whoever asks waits no longer than this for an answer that doesn't come. */
const ANSWERED_WITHIN_MS = 2_500;

/**
 * What this role can't work without: the database, and what its other parts add. A start is accepted
 * while the queue is away, so only the worker needs it.
 */
@Injectable()
export class Readiness {
  private readonly checks: Check[];

  constructor(database: Database) {
    this.checks = [() => database.ping()];
  }

  /** `check` fails while something is away that this role needs. */
  require(check: Check): void {
    this.checks.push(check);
  }

  /** @throws if anything is away, or doesn't answer in time */
  async check(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('late')), ANSWERED_WITHIN_MS);
    });
    try {
      await Promise.race([Promise.all(this.checks.map((check) => check())), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
