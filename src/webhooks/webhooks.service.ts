import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Database, type Transaction } from '../kernel/database.js';
import type { NewEvent } from './webhook-event.js';
import { WebhooksRepository } from './webhooks.repository.js';

const WAKE_AFTER_MS = 25;

/**
 * Queues events for an app: each is stored in the transaction in which it happens, so that neither
 * is without the other. The worker sends it.
 *
 * The worker is woken a moment later, on a connection of its own: a NOTIFY within the transaction
 * would hold a lock of the whole database until the commit is on the disk, and so put all commits
 * in a row. Should the commit take longer than that moment, the worker's sweep finds the event
 * within a second.
 */
@Injectable()
export class Webhooks implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private waking: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly rows: WebhooksRepository,
  ) {}

  /** Stores nothing for an app that has no webhook. */
  async add(trx: Transaction, event: NewEvent, now: Date): Promise<void> {
    if (await this.rows.add(trx, event, now)) this.wakeSoon();
  }

  /** To be called after another's statement has stored what the worker is to send. */
  wakeSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // If the database is away, the sweep finds the event.
      this.waking = this.rows.wake(this.database.sql).catch(() => {});
    }, WAKE_AFTER_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.waking;
  }
}
