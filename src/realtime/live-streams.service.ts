import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Me } from '../accounts/session.guard.js';
import { Sessions } from '../accounts/sessions.service.js';
import { Clock } from '../kernel/clock.js';
import { isDatabaseAway } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { eventFrame, heartbeatFrame, retryFrame } from './frames.js';
import { LiveDelivery } from './live-delivery.service.js';
import { LiveOptions } from './live-options.js';
import { LiveReader } from './live-reader.socket.js';
import { LiveReaders } from './live-readers.js';
import { type Batch, LiveTail, type TailListener } from './live-tail.service.js';
import {
  decodePosition,
  encodePosition,
  isAsNew,
  newerSnapshot,
  type Position,
} from './position.js';

/**
 * Events are erased 24 hours after their call: within this time of an id nothing that came after it
 * can be gone.
 */
export const REPLAYS_FOR_MS = 12 * 3_600_000;

/** Spread, so that the readers of a process that restarts don't come back all at once. */
const pickRetryMs = (): number => 2_000 + randomInt(3_000);
/** What a reader hasn't taken by then, it doesn't get when this process ends. */
const CLOSING_MS = 250;
/** A reader that had to make room waits so long: with more tabs than streams they take turns. */
const ROOM_RETRY_MS = 60_000;

/** Where a stream begins, and the first event in it if it has one. */
export interface StreamStart {
  readonly position: Position;
  readonly first: 'hello' | 'reset' | undefined;
}

/**
 * The streams of this process: who has one, when it ends, and its heartbeat. A reader that can't
 * keep up costs nobody else anything: nothing is kept for it but its position.
 */
@Injectable()
export class LiveStreams implements TailListener, OnApplicationBootstrap, OnModuleDestroy {
  private readonly readers = new LiveReaders();
  /** They have ended, and their connections have not taken their last bytes yet. */
  private readonly ending = new Set<LiveReader>();
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private allClosed = (): void => {};

  constructor(
    private readonly tail: LiveTail,
    private readonly delivery: LiveDelivery,
    private readonly sessions: Sessions,
    private readonly options: LiveOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    tail.setListener(this);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.beat().catch((error: unknown) => this.logger.error('live_heartbeat_failed', error));
    }, this.options.heartbeatMs);
  }

  /** The server closes after this and waits for nobody: streams end as if by themselves. */
  async onModuleDestroy(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const reader of this.readers.all()) reader.end('closing', this.clock.now());
    if (this.ending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSING_MS);
    });
    const allClosed = new Promise<void>((resolve) => {
      this.allClosed = resolve;
    });
    await Promise.race([late, allClosed]);
    clearTimeout(timer);
    for (const reader of this.ending) reader.cut('closing');
  }

  // Opening and ending ----------------------------------------------------------------------------

  /** @throws Problem UNAVAILABLE when this process has all streams that it may, or is closing */
  async resolveStart(lastEventId: string | undefined): Promise<StreamStart> {
    if (this.isClosed || this.readers.size >= this.options.maxStreams)
      throw new Problem('UNAVAILABLE');
    const now = await this.tail.takeSnapshot();
    if (lastEventId === undefined || lastEventId === '')
      return { position: { seen: now }, first: 'hello' };
    const last = decodePosition(lastEventId);
    // A snapshot that is newer than now is another database's, or this one's from before it was
    // restored from a backup.
    const isUsable =
      last !== undefined &&
      this.clock.now().getTime() - last.at.getTime() < REPLAYS_FOR_MS &&
      isAsNew(now, last.position.part?.until ?? last.position.seen);
    // This is no refusal: a browser that is refused once never asks again.
    return isUsable
      ? { position: last.position, first: undefined }
      : { position: { seen: now }, first: 'reset' };
  }

  /** The head of `out` is sent already. From here on only this service writes to it. */
  open(me: Me, { position, first }: StreamStart, out: ServerResponse): void {
    if (out.destroyed) return;
    if (this.isClosed) {
      out.end();
      return;
    }
    const reader = new LiveReader(me, position, out, (ended) => {
      this.readers.remove(ended);
      this.ending.add(ended);
    });
    this.readers.add(reader);
    out.on('error', () => {}); // 'close' follows
    out.once('close', () => this.onClosed(reader));
    out.on('drain', () => this.onDrained(reader));
    const own = this.readers.list(me.accountId);
    if (own.length > this.options.maxPerAccount)
      own[0]?.end('too_many', this.clock.now(), ROOM_RETRY_MS);
    const now = this.clock.now();
    const hello = first && eventFrame({ kind: first }, encodePosition(position, now));
    if (reader.write(`${retryFrame(pickRetryMs())}${hello ?? ''}`, now))
      this.delivery.queueCatchUp(reader);
    // Its session may have ended since the guard looked.
    void this.checkSessions([reader]);
  }

  private onClosed(reader: LiveReader): void {
    if (reader.state !== 'ended') reader.cut('gone');
    this.readers.remove(reader);
    this.ending.delete(reader);
    if (this.ending.size === 0) this.allClosed();
    const { me, endReason } = reader;
    this.logger.debug('live_stream_closed', { accountId: me.accountId, reason: endReason });
  }

  private onDrained(reader: LiveReader): void {
    if (reader.state !== 'stalled') return;
    reader.state = 'behind';
    reader.stalledAt = undefined;
    this.delivery.queueCatchUp(reader);
  }

  /** A session expires without a notification, and a notification can be lost. */
  private async checkSessions(readers: readonly LiveReader[]): Promise<void> {
    if (readers.length === 0) return;
    const sessionIds = new Set(readers.map((reader) => reader.me.sessionId));
    try {
      const live = await this.sessions.findLive([...sessionIds]);
      for (const reader of readers) {
        if (reader.state !== 'ended' && !live.has(reader.me.sessionId))
          reader.end('session_over', this.clock.now());
      }
    } catch (error) {
      if (!isDatabaseAway(error)) this.logger.error('live_session_check_failed', error);
    }
  }

  /** Runs each 15 s: who is still there, and may they be? */
  async beat(): Promise<void> {
    const now = this.clock.now();
    for (const reader of [...this.ending, ...this.readers.all()]) {
      if (reader.stalledAt !== undefined) {
        if (now.getTime() - reader.stalledAt.getTime() >= this.options.stallMs) reader.cut('slow');
      } else {
        const position = this.findIdlePosition(reader);
        if (position !== undefined) reader.position = position;
        reader.write(heartbeatFrame(position && encodePosition(position, now)), now);
      }
    }
    await this.checkSessions([...this.readers.all()]);
  }

  /** How far a live reader has come, counting what wasn't for it. */
  private findIdlePosition({ state, position }: LiveReader): Position | undefined {
    const { seen, part } = position;
    const delivered = this.tail.seen;
    if (state !== 'live' || delivered === undefined) return undefined;
    if (part !== undefined && !isAsNew(delivered, part.until)) return undefined;
    return { seen: newerSnapshot(seen, delivered) };
  }

  // What the tail reports -------------------------------------------------------------------------

  hasReaders(): boolean {
    return this.readers.size > 0;
  }

  deliver(batch: Batch): Promise<void> {
    return this.delivery.deliver(batch, this.readers);
  }

  /** Those whose catching up failed try again now, too. */
  onCaughtUp(): void {
    for (const reader of this.readers.all())
      if (reader.state === 'behind') this.delivery.queueCatchUp(reader);
  }

  onSessionEnded(sessionId: string): void {
    for (const reader of this.readers.all())
      if (reader.me.sessionId === sessionId) reader.end('session_over', this.clock.now());
  }

  onReconnected(): void {
    void this.checkSessions([...this.readers.all()]);
  }

  /** What the streams cost this process now. */
  get load(): { streams: number; stalled: number; bufferedBytes: number } {
    const all = [...this.readers.all()];
    return {
      streams: all.length,
      stalled: all.filter((reader) => reader.state === 'stalled').length,
      bufferedBytes: all.reduce((sum, reader) => sum + reader.bufferedBytes, 0),
    };
  }
}
