import { Injectable } from '@nestjs/common';
import { Logger } from '../kernel/logger.js';
import type { Channel } from './channels.js';
import type { Purpose } from './handoff.js';
import { JOBS_NOT_ADDED } from './handoff.metrics.js';
import { errorName, HandoffQueue } from './handoff.queue.js';

/** A hand-off whose row is written and that waits for its job. */
export interface WaitingHandoff {
  id: string;
  channel: Channel;
  purpose: Purpose;
  delayMs?: number;
}

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
  async enqueue({ id, channel, purpose, delayMs = 0 }: WaitingHandoff): Promise<boolean> {
    try {
      await this.queue.add({ id, channel, purpose }, delayMs);
      return true;
    } catch (error) {
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

  async enqueueAll(handoffs: readonly WaitingHandoff[]): Promise<void> {
    await Promise.all(handoffs.map((handoff) => this.enqueue(handoff)));
  }
}
