import {
  Injectable,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import {
  Database,
  type HeldConnection,
  isDatabaseAway,
  type Transaction,
} from '../kernel/database.js';
import { forgetHits } from '../kernel/limits.repository.js';
import { Logger } from '../kernel/logger.js';
import { isChannel } from './channels.js';
import { Enqueuer } from './enqueuer.service.js';
import type { Purpose } from './handoff.js';
import { HandoffsRepository, WAKE_CHANNEL } from './handoffs.repository.js';
import { Outcomes } from './outcomes.service.js';
import { OverdueHandoffsRepository } from './overdue-handoffs.repository.js';
import { listStops, type Stop } from './stops.repository.js';

/**
 * A job is added right after its row is committed; a row that has waited this long may have lost
 * its job.
 */
const OVERDUE_MS = 2_000;
const EVERY_MS = 1_000;

/**
 * Puts right what a crash left behind, by the rows alone, so that losing the queue loses nothing:
 * abandoned sendings become `unknown` (and are never sent again by themselves), what is too late
 * expires, what has no job gets one. Every worker sweeps; SKIP LOCKED and forward-only states make
 * that harmless. It also hears at once of the hand-offs that `ingress` writes, which has no queue.
 */
@Injectable()
export class Sweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private isClosed = false;
  private listening: HeldConnection | undefined;
  private stops = new Map<string, Stop>();
  private readonly tasks: ((trx: Transaction, now: Date) => Promise<void>)[] = [];

  constructor(
    private readonly database: Database,
    private readonly handoffs: HandoffsRepository,
    private readonly overdue: OverdueHandoffsRepository,
    private readonly outcomes: Outcomes,
    private readonly enqueuer: Enqueuer,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** A feature's own overdue rows, swept with ours, each in its own transaction. */
  also(task: (trx: Transaction, now: Date) => Promise<void>): void {
    this.tasks.push(task);
  }

  onApplicationBootstrap(): void {
    this.schedule(0);
  }

  /** Before the queue, to which it adds, closes. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.timer);
    await this.running;
    await this.listening?.end();
  }

  async sweep(): Promise<void> {
    const now = this.clock.now();
    await this.listen();
    await this.noteStops();
    for (const id of await this.overdue.findOver(this.database.sql, 'unknown', now)) {
      if (await this.settle(id, 'unknown', now))
        this.logger.warn('handoff_abandoned', {
          handoffId: id,
          outcome: 'unknown',
          message: 'its worker is gone; it may have left, so it is not sent again',
        });
    }
    for (const id of await this.overdue.findOver(this.database.sql, 'expired', now)) {
      if (await this.settle(id, 'expired', now))
        this.logger.warn('handoff_expired', { handoffId: id });
    }
    await forgetHits(this.database.sql, now);
    for (const task of this.tasks) await this.database.transaction((trx) => task(trx, now));
    for (const handoff of await this.overdue.findDue(
      this.database.sql,
      new Date(now.getTime() - OVERDUE_MS),
    )) {
      // While the queue is away there is nothing to do: the next sweep tries all of them again.
      if (!(await this.enqueuer.enqueue(handoff))) break;
    }
  }

  /**
   * Each in a transaction of its own: who holds what of several verifications or calls would have
   * to take it in everybody else's order.
   */
  private settle(id: string, state: 'unknown' | 'expired', now: Date): Promise<boolean> {
    return this.database.transaction(async (trx) => {
      const handoff = await this.overdue.takeOver(trx, id, state, now);
      if (handoff === undefined) return false;
      if (handoff.kind === 'present' && state === 'unknown') {
        await this.handoffs.requeue(trx, id, now); // nothing leaves by it: it may be done again
        return false;
      }
      await this.handoffs.settle(trx, id, state, { reason: state }, now);
      if (handoff.kind === 'deliver')
        await this.outcomes
          .listenerFor(handoff.purpose)
          .settled(trx, handoff, { state, reason: state }, now);
      return true;
    });
  }

  /**
   * A lost connection is opened again by the next sweep; what was told meanwhile is found by the
   * rows.
   */
  private async listen(): Promise<void> {
    if (this.listening !== undefined) return;
    const held = await this.database.hold(
      () => (this.listening = undefined),
      (payload) => {
        const [id, channel, purpose] = payload.split(' ') as [string, string, Purpose];
        if (!isChannel(channel)) return; // a newer build's, whose workers hear it too
        void this.enqueuer.enqueue({ id, channel, purpose });
      },
    );
    this.listening = held;
    await held.listen(WAKE_CHANNEL);
  }

  /**
   * Says once that a stop was set or lifted: a line for each held hand-off would drown the rest.
   * The reason is the operator's own text, and in no log.
   */
  private async noteStops(): Promise<void> {
    const stops = new Map(
      (await listStops(this.database.sql)).map((stop) => [`${stop.purpose} ${stop.channel}`, stop]),
    );
    for (const [key, { purpose, channel }] of stops) {
      if (!this.stops.has(key))
        this.logger.warn('stop_set', {
          purpose,
          channel,
          message:
            'an operator holds these back; what waits goes out when it is lifted, or expires',
        });
    }
    for (const [key, { purpose, channel }] of this.stops)
      if (!stops.has(key)) this.logger.warn('stop_lifted', { purpose, channel });
    this.stops = stops;
  }

  private schedule(afterMs: number): void {
    if (this.isClosed) return;
    this.timer = setTimeout(() => {
      this.running = this.sweep()
        .catch((error: unknown) => {
          // A database that is away is told once by its pool; anything else is a defect.
          if (!isDatabaseAway(error)) this.logger.error('sweep_failed', error);
        })
        .finally(() => this.schedule(EVERY_MS));
    }, afterMs);
  }
}
