import { Injectable } from '@nestjs/common';
import { Logger } from '../kernel/logger.js';
import type { Channel } from './channels.js';
import type { Purpose } from './handoff.js';
import { HandoffQueue } from './handoff.queue.js';

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
    } catch {
      const message = 'the hand-off waits for the sweeper';
      this.logger.warn('queue_away', { handoffId: id, message });
      return false;
    }
  }

  async enqueueAll(handoffs: readonly WaitingHandoff[]): Promise<void> {
    await Promise.all(handoffs.map((handoff) => this.enqueue(handoff)));
  }
}
