import { Injectable } from '@nestjs/common';
import { Clock } from './clock.js';
import { Database } from './database.js';
import { addressSteps, LimiterKeys } from './limiter-keys.js';
import { Problem } from './problem.js';
import { takeHit } from './limits.repository.js';
import type { Rule } from './rate-limit.js';

/** Limits on how often something is tried. A try counts whether or not what follows succeeds. */
@Injectable()
export class Throttle {
  constructor(
    private readonly database: Database,
    private readonly keys: LimiterKeys,
    private readonly clock: Clock,
  ) {}

  /**
   * Counts one try, outside any transaction, so that a failure doesn't give it back. `subject` says
   * what is tried and by whom: `sign-in:ip:...`.
   *
   * @throws Problem TOO_MANY_REQUESTS with the time from which the next try is let through
   */
  async take(subject: string, ...rules: readonly Rule[]): Promise<void> {
    const taken = await takeHit(
      this.database.sql,
      await this.keys.keysFor(subject, Math.max(...rules.map((rule) => rule.windowMs))),
      rules,
      this.clock.now(),
    );
    if (!taken.ok) throw new Problem('TOO_MANY_REQUESTS', { retryAt: taken.retryAt });
  }

  /**
   * Counts one try by the address that it comes from, and by the wider networks that it is in.
   * `subject` says what is tried.
   */
  async takeFrom(subject: string, ip: string, ...rules: readonly Rule[]): Promise<void> {
    for (const step of addressSteps(ip)) {
      const wider = rules.map(({ max, windowMs }) => ({ max: max * step.times, windowMs }));
      await this.take(`${subject}:${step.subject}`, ...wider);
    }
  }
}
