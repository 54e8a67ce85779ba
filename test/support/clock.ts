import { Clock } from '../../src/kernel/clock.js';

/** A clock that a test moves. */
export class ManualClock extends Clock {
  constructor(private at = new Date('2026-03-01T12:00:00Z')) {
    super();
  }

  now(): Date {
    return new Date(this.at);
  }

  advance(ms: number): void {
    this.at = new Date(this.at.getTime() + ms);
  }
}
