import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Sweeper } from '../handoff/sweeper.service.js';
import { Clock, type Timer } from '../kernel/clock.js';
import { Database, type HeldConnection, isDatabaseAway } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import type { Redacted } from '../kernel/redacted.js';
import { type Answer, WebhookRequests } from './webhook-request.service.js';
import { calculateWait, FAILING_FOR_MS, parseRetryAfter } from './webhook-retry.js';
import { serializeEvent } from './webhook-event.js';
import { deriveSecret, sign } from './webhook-signature.js';
import { countTry } from './webhook.metrics.js';
import { type ClaimedEvent, WAKE_CHANNEL, WebhooksRepository } from './webhooks.repository.js';

export interface SenderOptions {
  webhookKey: Redacted<Uint8Array>;
  timer: Timer;
}

/** The least that the specification calls reasonable, so that a dead endpoint costs little. */
const TIMEOUT_MS = 15_000;
/** Four times the timeout: a worker that hasn't settled by then is dead. */
export const LEASE_MS = 60_000;
/**
 * Requests of this worker at a time. Endpoints that fail have places of their own: however many
 * hang, the others' are free.
 */
const MOST = { well: 48, failing: 16 };
/** Somebody waits for what becomes of a test: at once, and once more after 5 s. */
const TRIES_OF_TEST = 2;
/** A worker that closes waits so long for answers; then it gives back what it has. */
const LAST_WAIT_MS = 2_000;

interface Sending {
  isFailing: boolean;
  abort: AbortController;
  done: Promise<void>;
}

/**
 * Sends what `Webhooks` stored, at least once: if a worker dies after the endpoint took an event,
 * nobody knows that it did, and another sends it again, with the same id. There is no order: an
 * event that is retried comes after later ones.
 *
 * Every worker sends. A claim is a row's lease, so that two never have the same one.
 */
@Injectable()
export class WebhookSender implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly sendings = new Set<Sending>();
  private isDue = false;
  private isClosed = false;
  private claiming: Promise<void> | undefined;
  private listening: HeldConnection | undefined;

  constructor(
    private readonly options: SenderOptions,
    private readonly database: Database,
    private readonly rows: WebhooksRepository,
    private readonly requests: WebhookRequests,
    sweeper: Sweeper,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    sweeper.also(async (trx, now) => {
      const count = await this.rows.giveUpDisabled(trx, now);
      if (count > 0) this.logger.warn('webhooks_given_up', { count, reason: 'disabled' });
      await this.listen();
      this.wake(); // what is due by now: retries, and what a dead worker left
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    // The next sweep tries again.
    await this.listen().catch(() => {});
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosed = true;
    await this.listening?.end();
    await this.claiming;
    const late = setTimeout(() => {
      for (const { abort } of this.sendings) abort.abort();
    }, LAST_WAIT_MS);
    await Promise.all([...this.sendings].map(({ done }) => done));
    clearTimeout(late);
    await this.requests.close();
  }

  /** Claims what may be due. */
  wake(): void {
    this.isDue = true;
    if (this.isClosed) return;
    this.claiming ??= this.claimAll().finally(() => {
      this.claiming = undefined;
      if (this.isDue) this.wake();
    });
  }

  private async claimAll(): Promise<void> {
    while (this.isDue && !this.isClosed) {
      this.isDue = false;
      try {
        await this.claim();
      } catch (error) {
        // The next sweep tries again. A database that is away is logged once by its pool; anything
        // else is a defect.
        if (!isDatabaseAway(error)) this.logger.error('webhooks_not_claimed', error);
      }
    }
  }

  private async claim(): Promise<void> {
    const failing = [...this.sendings].filter(({ isFailing }) => isFailing).length;
    const free = {
      wellMost: MOST.well - (this.sendings.size - failing),
      failingMost: MOST.failing - failing,
    };
    if (free.wellMost <= 0 && free.failingMost <= 0) return; // whoever ends looks again
    const { sql } = this.database;
    for (const event of await this.rows.claim(sql, free, this.clock.now(), LEASE_MS)) {
      const sending: Sending = {
        isFailing: event.isFailing,
        abort: new AbortController(),
        done: Promise.resolve(),
      };
      this.sendings.add(sending);
      sending.done = this.send(event, sending.abort)
        .catch((error: unknown) => {
          // Its lease will be over, and it is sent again.
          if (!isDatabaseAway(error))
            this.logger.error('webhook_not_settled', error, {
              appId: event.appId,
              webhookId: event.id,
            });
        })
        .finally(() => {
          this.sendings.delete(sending);
          this.wake();
        });
    }
  }

  private async send(event: ClaimedEvent, abort: AbortController): Promise<void> {
    const answered = new AbortController();
    void this.options.timer.wait(TIMEOUT_MS, answered.signal).then(() => abort.abort());
    const body = serializeEvent(event);
    const headers = this.makeHeaders(event, body);
    const answer = await this.requests.post(event.url, headers, body, abort.signal);
    answered.abort();
    countTry(answer);
    await this.settle(event, answer);
  }

  private makeHeaders(
    { id, appId, secretVersion, previousUntil }: ClaimedEvent,
    body: string,
  ): Record<string, string> {
    const now = this.clock.now();
    const timestamp = Math.floor(now.getTime() / 1000);
    const isRotating = previousUntil !== null && previousUntil > now && secretVersion > 1;
    const key = this.options.webhookKey.reveal();
    const secrets = [secretVersion, ...(isRotating ? [secretVersion - 1] : [])].map((version) =>
      deriveSecret(key, appId, version),
    );
    return {
      'content-type': 'application/json',
      'user-agent': 'Dingline-Webhooks',
      'webhook-id': id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign(secrets, id, timestamp, body),
    };
  }

  private async settle(event: ClaimedEvent, answer: Answer): Promise<void> {
    const now = this.clock.now();
    // Its app says which host it is: an address may hold a secret of the app's.
    const logFields = { part: 'webhook' as const, appId: event.appId, webhookId: event.id };
    const { status } = answer;
    if (status !== undefined && status >= 200 && status < 300) {
      await this.rows.markDelivered(this.database.sql, event, status, now);
      this.logger.debug('webhook_delivered', { ...logFields, status });
      return;
    }
    if (this.isClosed && status === undefined && answer.reason === 'timeout') {
      await this.rows.release(this.database.sql, event, now); // we hung up, not they
      return;
    }
    const isGone = status === 410;
    const reason = status === undefined ? answer.reason : 'refused';
    const askedMs =
      status === undefined ? undefined : parseRetryAfter(status, answer.retryAfter, now);
    const isTest = event.type === 'test';
    const isLast = isGone || (isTest && event.attempts >= TRIES_OF_TEST);
    const waitMs = isLast ? undefined : calculateWait(event.attempts, askedMs, Math.random());
    const addToNow = (ms: number | undefined): Date | undefined =>
      ms === undefined ? undefined : new Date(now.getTime() + ms);
    const disabled = await this.database.transaction(async (trx) => {
      await this.rows.markFailed(
        trx,
        event,
        { reason, ...(status === undefined ? {} : { status }) },
        addToNow(waitMs),
        now,
      );
      // It was tried by an operator, who sees what came of it: nothing is held against its app.
      if (isTest) return undefined;
      return this.rows.markEndpointFailed(
        trx,
        event,
        { isGone, pausedUntil: addToNow(askedMs), failingForMs: FAILING_FOR_MS },
        now,
      );
    });
    this.logger.info('webhook_failed', {
      ...logFields,
      reason,
      count: event.attempts,
      ...(status === undefined ? {} : { status }),
    });
    if (waitMs === undefined) this.logger.warn('webhook_given_up', { ...logFields, reason });
    if (disabled !== undefined)
      this.logger.warn('webhook_disabled', {
        appId: event.appId,
        reason: disabled,
        message: 'its app is told nothing until an operator sets the address again',
      });
  }

  /**
   * The next sweep opens a lost connection again, and finds by the rows what came meanwhile.
   */
  private async listen(): Promise<void> {
    if (this.listening !== undefined || this.isClosed) return;
    this.listening = await this.database.listen(
      [WAKE_CHANNEL],
      () => this.wake(),
      () => (this.listening = undefined),
    );
  }
}
