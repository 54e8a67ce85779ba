import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Database, type Transaction } from '../kernel/database.js';
import { bodyOf, type WebhookEvent } from './webhook-event.js';
import { WebhooksRepository } from './webhooks.repository.js';

const WAKE_AFTER_MS = 25;

/**
 * Tells an app what happened: writes it down in the transaction in which it happens, so that neither is without the
 * other. The worker sends it.
 *
 * The worker is woken a moment later, on a connection of its own: a NOTIFY within the transaction would hold a lock of the
 * whole database until the commit is on the disk, and so put all commits in a row. Should the commit take longer than that
 * moment, the worker's sweep finds the event within a second.
 */
@Injectable()
export class Webhooks implements OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private waking: Promise<void> | undefined;

  constructor(
    private readonly database: Database,
    private readonly rows: WebhooksRepository,
  ) {}

  /** Nothing, for an app that has no webhook. */
  async add(trx: Transaction, event: WebhookEvent & { appId: string }, now: Date): Promise<void> {
    if (
      await this.rows.add(
        trx,
        { appId: event.appId, type: event.type, body: bodyOf(event, now) },
        now,
      )
    )
      this.wakeSoon();
  }

  /** After what the worker is to send was written down by another's statement. */
  wakeSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.waking = this.rows.wake(this.database.sql).catch(() => {}); // away: the sweep
    }, WAKE_AFTER_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    clearTimeout(this.timer);
    await this.waking;
  }
}
