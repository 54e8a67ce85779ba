import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
  type OnModuleInit,
} from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, isDatabaseAway } from '../kernel/database.js';
import { type LogFields, Logger } from '../kernel/logger.js';
import { PacedLoop } from '../kernel/paced-loop.js';
import { findPlace } from '../kernel/place.js';
import { findNewestCallback } from './callbacks.repository.js';
import { INGRESS_AWAY } from './handoff.metrics.js';
import { addFailure, type Failures, isIngressAway, mayBeAway } from './ingress-away.js';
import { IngressProbe, type Probed } from './ingress-probe.service.js';

/** Whether it is time to ask is looked at so often; a first failure is followed up at once. */
const EVERY_MS = 1_000;
/** What is known of `ingress` is at most so old. */
const ASKED_EVERY_MS = 5_000;
/** A call that waits for `ingress` is looked at again after so long. */
const AGAIN_MS = 10_000;

/**
 * Knows whether the carrier would find anybody at `ingress`: a phone that is rung while nobody
 * answers there hears nothing, and nobody learns that it rang.
 *
 * Each worker asks for itself, beside its jobs: what is known when a call is due costs it no time.
 */
@Injectable()
export class IngressWatch
  implements OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown
{
  private readonly loop: PacedLoop;
  private askedAt: Date | undefined;
  private failures: Failures | undefined;
  private awaySince: Date | undefined;

  constructor(
    private readonly probe: IngressProbe,
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    this.loop = new PacedLoop(
      () => this.look(),
      (error) => {
        if (!isDatabaseAway(error)) this.logger.error('ingress_watch_failed', error);
      },
      { everyMs: EVERY_MS, rest: 1 },
    );
  }

  /** Before the first job is taken. */
  async onModuleInit(): Promise<void> {
    INGRESS_AWAY.set({}, 0);
    if (this.probe.url !== undefined) await this.look();
  }

  onApplicationBootstrap(): void {
    if (this.probe.url !== undefined) this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await this.probe.close();
  }

  /** Until when a call has to wait; undefined: it may ring now, as far as anybody knows. */
  findWait(now: Date): Date | undefined {
    return this.awaySince && new Date(now.getTime() + AGAIN_MS);
  }

  private async look(): Promise<void> {
    const now = this.clock.now();
    if (!this.isDue(now)) return;
    this.askedAt = now;
    const probed = await this.probe.ask();
    this.failures = probed === 'answered' ? undefined : addFailure(this.failures, now);
    const calledBackAt = mayBeAway(this.failures)
      ? await findNewestCallback(this.database.sql)
      : undefined;
    this.note(isIngressAway(this.failures, calledBackAt, now), probed, now);
  }

  /** The machine's time may be set back: that is no reason to wait. */
  private isDue(now: Date): boolean {
    if (this.askedAt === undefined || this.failures?.count === 1) return true;
    return Math.abs(now.getTime() - this.askedAt.getTime()) >= ASKED_EVERY_MS;
  }

  private note(isAway: boolean, probed: Probed, now: Date): void {
    const since = this.awaySince;
    if (isAway === (since !== undefined)) return;
    this.awaySince = isAway ? (this.failures?.since ?? now) : undefined;
    INGRESS_AWAY.set({}, isAway ? 1 : 0);
    const fields: LogFields = {
      ...findPlace('ingress', this.probe.url ?? ''),
      since: (since ?? this.awaySince ?? now).toISOString(),
    };
    if (!isAway) this.logger.info('ingress_back', fields);
    else
      this.logger.error('ingress_away', undefined, {
        ...fields,
        reason: probed,
        message: 'the carrier would find nobody: no phone is rung until ingress answers',
      });
  }
}
