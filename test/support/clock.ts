import { renameSync, writeFileSync } from 'node:fs';
import { Clock, Timer } from '../../src/kernel/clock.js';

/** A clock that a test moves. */
export class ManualClock extends Clock {
  private file: string | undefined;

  constructor(private at = new Date('2026-03-01T12:00:00Z')) {
    super();
  }

  now(): Date {
    return new Date(this.at);
  }

  advance(ms: number): void {
    this.at = new Date(this.at.getTime() + ms);
    this.write();
  }

  /** From now on a database reads the time from this file (test/support/postgres.ts). */
  showIn(file: string): void {
    this.file = file;
    this.write();
  }

  private write(): void {
    if (this.file === undefined) return;
    // Whole at any moment: statements may read it now.
    writeFileSync(`${this.file}.next`, this.at.toISOString());
    renameSync(`${this.file}.next`, this.file);
  }
}

/** A deadline that is over when the test says so, and a time that passes when it says so. */
export class ManualTimer extends Timer {
  readonly waits: { ms: number; end: () => void }[] = [];
  private ms = 0;

  readMs(): number {
    return this.ms;
  }

  advance(ms: number): void {
    this.ms += ms;
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wait = { ms, end: resolve };
      this.waits.push(wait);
      signal.addEventListener(
        'abort',
        () => {
          this.waits.splice(this.waits.indexOf(wait), 1);
          resolve();
        },
        { once: true },
      );
    });
  }
}
