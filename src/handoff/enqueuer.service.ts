import { Injectable } from '@nestjs/common';
import { Logger } from '../kernel/logger.js';
import { JOBS_NOT_ADDED } from './handoff.metrics.js';
import { errorName, HandoffQueue, type WaitingHandoff } from './handoff.queue.js';

/** Gives hand-offs to the queue once their rows are committed. */
@Injectable()
export class Enqueuer {
  constructor(
    private readonly queue: HandoffQueue,
    private readonly logger: Logger,
  ) {}

  /**
   * False if the queue is away. That fails nobody: the row is what counts, and the sweeper adds the
   * job later.
   */
  async enqueue(handoff: WaitingHandoff): Promise<boolean> {
    try {
      await this.queue.add(handoff);
      return true;
    } catch (error) {
      const { purpose, channel } = handoff;
      JOBS_NOT_ADDED.add({ purpose, channel });
      // A line about the queue, and none of the hand-off's: it waits, and its own lines say what it is for.
      this.logger.warn('queue_away', {
        ...this.queue.place,
        error: errorName(error as Error),
        purpose,
        channel,
        message: 'the hand-off waits for the sweeper',
      });
      return false;
    }
  }

  /**
   * Those that should have gone out by now: a job that a dead worker has taken stands in nobody's
   * way. Ends where the queue is away: the next sweep tries all of them again.
   */
  async enqueueOverdue(handoffs: readonly WaitingHandoff[]): Promise<void> {
    if (handoffs.length === 0) return;
    const taken = await this.queue.listTaken().catch(() => new Set());
    for (const handoff of handoffs)
      if (!(await this.enqueue({ ...handoff, isTaken: taken.has(handoff.id) }))) break;
  }

  async enqueueAll(handoffs: readonly WaitingHandoff[]): Promise<void> {
    await Promise.all(handoffs.map((handoff) => this.enqueue(handoff)));
  }
}
