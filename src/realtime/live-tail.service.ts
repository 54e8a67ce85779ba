import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Database, type HeldConnection, isDatabaseAway } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { type EventRow, LiveEventsRepository } from './live-events.repository.js';
import { LiveOptions } from './live-options.js';
import type { Position, Snapshot } from './position.js';

/** Part of what is new: all that `until` shows and `seen` doesn't, in pages. */
export interface Batch {
  seen: Snapshot;
  until: Snapshot;
  rows: readonly EventRow[];
}

export interface TailListener {
  hasReaders(): boolean;
  /** The next batch waits for it. If it throws, it has sent nothing, and gets the batch again. */
  deliver(batch: Batch): Promise<void>;
  /** All that there was has been delivered. */
  onCaughtUp(): void;
  onSessionEnded(sessionId: string): void;
  /** PostgreSQL's notifications since the connection was lost are not known. */
  onReconnected(): void;
}

const RELISTEN_MS = 250;

/**
 * Reads what is new in `call_events` once for all readers of this process. PostgreSQL says when
 * there is something; what it says is lost with its connection, so there is also a look every few
 * seconds.
 */
@Injectable()
export class LiveTail implements OnApplicationBootstrap, OnModuleDestroy {
  private listener: TailListener | undefined;
  private position: Position | undefined;
  private held: HeldConnection | undefined;
  private listening: Promise<void> | undefined;
  private reading: Promise<void> | undefined;
  private isDue = false;
  private isClosed = false;
  private poll: NodeJS.Timeout | undefined;
  private relisten: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly events: LiveEventsRepository,
    private readonly options: LiveOptions,
    private readonly logger: Logger,
  ) {}

  setListener(listener: TailListener): void {
    this.listener = listener;
  }

  onApplicationBootstrap(): void {
    this.poll = setInterval(() => this.wake(), this.options.pollMs);
    this.listen();
  }

  async onModuleDestroy(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.poll);
    clearTimeout(this.relisten);
    await this.listening;
    await this.held?.end();
    await this.reading;
  }

  /** Shows what there is now. From here on all that is new will be delivered. */
  async takeSnapshot(): Promise<Snapshot> {
    await this.ensurePosition();
    return this.events.takeSnapshot(this.database.sql);
  }

  private async ensurePosition(): Promise<void> {
    if (this.position !== undefined) return;
    const now = await this.events.takeSnapshot(this.database.sql);
    this.position ??= { seen: now };
  }

  /** All that this shows has been delivered. */
  get seen(): Snapshot | undefined {
    return this.position?.seen;
  }

  wake(): void {
    this.isDue = true;
    this.reading ??= this.readAll().finally(() => {
      this.reading = undefined;
      if (this.isDue && !this.isClosed) this.wake();
    });
  }

  private async readAll(): Promise<void> {
    while (this.isDue && !this.isClosed) {
      this.isDue = false;
      try {
        await this.readNew();
      } catch (error) {
        // The next look tries again. A database that is away is logged once by its pool; anything
        // else is a defect.
        if (!isDatabaseAway(error)) this.logger.error('live_tail_failed', error);
      }
    }
  }

  private async readNew(): Promise<void> {
    const { listener } = this;
    if (listener === undefined) return;
    if (!listener.hasReaders()) {
      const now = await this.events.takeSnapshot(this.database.sql);
      // Someone who came meanwhile counts on what was there before.
      if (!listener.hasReaders()) this.position = { seen: now };
      return;
    }
    await this.ensurePosition();
    for (;;) {
      const { seen } = this.position as Position;
      const page = await this.events.read(
        this.database.sql,
        this.position as Position,
        this.options.tailPage,
      );
      if (page.rows.length > 0)
        await listener.deliver({ seen, until: page.until, rows: page.rows });
      this.position = page.next;
      if (page.next.part === undefined) break;
    }
    listener.onCaughtUp();
  }

  private listen(): void {
    this.listening = this.connect()
      .catch((error: unknown) => {
        if (!isDatabaseAway(error)) this.logger.error('live_listen_failed', error);
        this.listenAgain();
      })
      .finally(() => {
        this.listening = undefined;
      });
  }

  private async connect(): Promise<void> {
    this.held = await this.database.listen(
      ['dingline_events', 'dingline_sessions'],
      // The notification of an event is empty; the one of a session's end holds the session's id.
      (payload) => (payload === '' ? this.wake() : this.listener?.onSessionEnded(payload)),
      () => {
        this.held = undefined;
        this.listenAgain();
      },
    );
    this.listener?.onReconnected();
    this.wake();
  }

  private listenAgain(): void {
    if (this.isClosed) return;
    clearTimeout(this.relisten);
    this.relisten = setTimeout(() => this.listen(), RELISTEN_MS);
  }
}
