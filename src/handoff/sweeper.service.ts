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
import { parseId } from '../kernel/ids.js';
import { Logger } from '../kernel/logger.js';
import { isChannel } from './channels.js';
import { Enqueuer } from './enqueuer.service.js';
import type { Handoff, Purpose } from './handoff.js';
import { countOver, STOPS, SWEPT_AT } from './handoff.metrics.js';
import { HandoffsRepository, WAKE_CHANNEL } from './handoffs.repository.js';
import { listLogIds } from './log-ids.js';
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
 * Whoever cut us off from the database may have cut off others, who live and try again every five
 * seconds to say what became of what they have in hand: for so many sweeps nothing is given up.
 */
const PATIENT_SWEEPS = 10;

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
  private patience = 0;
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
    await this.attempt(() => this.noteStops());
    if (this.patience > 0) this.patience -= 1;
    else
      for (const id of await this.overdue.findOver(this.database.sql, 'unknown', now))
        await this.attempt(() => this.giveUp(id, now));
    for (const id of await this.overdue.findOver(this.database.sql, 'expired', now))
      await this.attempt(() => this.expire(id, now));
    await this.attempt(() => forgetHits(this.database.sql, now));
    for (const task of this.tasks)
      await this.attempt(() => this.database.transaction((trx) => task(trx, now)));
    await this.enqueuer.enqueueOverdue(
      await this.overdue.findDue(this.database.sql, new Date(now.getTime() - OVERDUE_MS)),
    );
    SWEPT_AT.set({}, Date.now() / 1000);
  }

  private async giveUp(id: string, now: Date): Promise<void> {
    const handoff = await this.settle(id, 'unknown', now);
    if (handoff !== undefined)
      this.logger.warn('handoff_abandoned', {
        ...listLogIds(handoff),
        outcome: 'unknown',
        message: 'its worker is gone, or stood still; it may have left, so it is not sent again',
      });
  }

  private async expire(id: string, now: Date): Promise<void> {
    const handoff = await this.settle(id, 'expired', now);
    if (handoff !== undefined) this.logger.warn('handoff_expired', listLogIds(handoff));
  }

  /** What one hand-off, or one feature's rows, do to their own part stops nobody else's. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.logger.error('sweep_failed', error);
    }
  }

  /**
   * Each in a transaction of its own: who holds what of several verifications or calls would have
   * to take it in everybody else's order. Undefined where there was nothing to settle any more.
   */
  private settle(
    id: string,
    state: 'unknown' | 'expired',
    now: Date,
  ): Promise<Handoff | undefined> {
    return this.database.transaction(async (trx) => {
      const handoff = await this.overdue.takeOver(trx, id, state, now);
      if (handoff === undefined) return undefined;
      if (handoff.kind === 'present' && state === 'unknown') {
        await this.handoffs.requeue(trx, handoff, now, 'abandoned'); // nothing leaves by it: it may be done again
        return undefined;
      }
      const tried = state === 'unknown' ? { outcome: state } : undefined;
      const cause = state === 'unknown' ? 'abandoned' : 'late';
      await this.handoffs.settle(trx, handoff, state, { cause, reason: state, tried }, now);
      countOver(handoff, state === 'unknown' ? 'abandoned' : state);
      if (handoff.kind === 'deliver')
        await this.outcomes
          .listenerFor(handoff.purpose)
          .settled(trx, handoff, { state, reason: state }, now);
      return handoff;
    });
  }

  /**
   * A lost connection is opened again by the next sweep; what was told meanwhile is found by the
   * rows.
   */
  private async listen(): Promise<void> {
    if (this.listening !== undefined) return;
    this.listening = await this.database.listen(
      [WAKE_CHANNEL],
      (payload) => {
        const [id, channel, purpose] = payload.split(' ') as [string, string, Purpose];
        if (!isChannel(channel)) return; // a newer build's, whose workers hear it too
        if (parseId(id) === undefined) return; // nobody's of ours: any login may notify anything
        void this.enqueuer.enqueue({ id, channel, purpose });
      },
      () => {
        this.listening = undefined;
        this.patience = PATIENT_SWEEPS;
      },
    );
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
    STOPS.setAll(0);
    for (const { purpose, channel } of stops.values()) STOPS.set({ purpose, channel }, 1);
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
