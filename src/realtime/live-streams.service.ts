import { randomInt } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { Me } from '../accounts/session.guard.js';
import { Sessions } from '../accounts/sessions.service.js';
import { Clock } from '../kernel/clock.js';
import { Database, isDatabaseAway } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import { Problem } from '../kernel/problem.js';
import { mayBeTold, type Standing } from './entitlement.js';
import { eventFrame, heartbeatFrame, retryFrame } from './frames.js';
import { type EventRow, LiveEventsRepository, standingKey } from './live-events.repository.js';
import { LiveOptions } from './live-options.js';
import { LiveReader, type WhyEnded } from './live-reader.socket.js';
import { type Batch, LiveTail, type TailListener } from './live-tail.service.js';
import {
  decodePosition,
  encodePosition,
  isAsNew,
  isSeen,
  newer,
  type Position,
  type Snapshot,
} from './position.js';

/** Events are erased 24 hours after their call: within this time of an id nothing that came after it can be gone. */
export const REPLAYS_FOR_MS = 12 * 3_600_000;

/** Spread, so that the readers of a process that restarts don't come back all at once. */
const retryMs = (): number => 2_000 + randomInt(3_000);
/** What a reader hasn't taken by then, it doesn't get when this process ends. */
const CLOSING_MS = 250;
/** For who had to make room: with more tabs than streams they take turns, slowly. */
const ROOM_RETRY_MS = 60_000;

export interface Opened {
  /** Where it goes on; undefined: no id came, or none to go on from. */
  readonly position: Position;
  readonly first: 'hello' | 'reset' | undefined;
}

/**
 * The streams of this process. Each is told what the tail reads, or catches up by itself, a page at a time; never both.
 * A reader that can't keep up costs nobody else anything: nothing is kept for it but its position.
 */
@Injectable()
export class LiveStreams implements TailListener, OnApplicationBootstrap, OnModuleDestroy {
  private readonly readers = new Map<string, Set<LiveReader>>();
  private count = 0;
  /** Ended, and their last bytes not yet taken. */
  private readonly ending = new Set<LiveReader>();
  private readonly turns: LiveReader[] = [];
  private catchingUp = 0;
  private timer: NodeJS.Timeout | undefined;
  private isClosed = false;
  private allClosed = (): void => {};

  constructor(
    private readonly database: Database,
    private readonly events: LiveEventsRepository,
    private readonly tail: LiveTail,
    private readonly sessions: Sessions,
    private readonly options: LiveOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {
    tail.to(this);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.beat().catch((error: unknown) => this.logger.error('live_heartbeat_failed', error));
    }, this.options.heartbeatMs);
  }

  /** Before the server closes, which waits for nobody: streams end as if they had come to their end. */
  async onModuleDestroy(): Promise<void> {
    this.isClosed = true;
    clearInterval(this.timer);
    for (const reader of this.all()) this.end(reader, 'closing');
    if (this.ending.size === 0) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSING_MS);
    });
    await Promise.race([
      late,
      new Promise<void>((resolve) => {
        this.allClosed = resolve;
      }),
    ]);
    clearTimeout(timer);
    for (const reader of this.ending) reader.cut('closing');
  }

  // Opening and ending ------------------------------------------------------------------------------------------------

  /** @throws Problem UNAVAILABLE when this process has as many streams as it may, or is closing */
  async whereFrom(lastEventId: string | undefined): Promise<Opened> {
    if (this.isClosed || this.count >= this.options.maxStreams) throw new Problem('UNAVAILABLE');
    await this.tail.ready();
    const now = await this.events.snapshot(this.database.sql);
    if (lastEventId === undefined || lastEventId === '')
      return { position: { seen: now }, first: 'hello' };
    const last = decodePosition(lastEventId);
    // A snapshot that is newer than now is of another database, or of this one before it was put back from a backup.
    const isUsable =
      last !== undefined &&
      this.clock.now().getTime() - last.at.getTime() < REPLAYS_FOR_MS &&
      isAsNew(now, last.position.part?.until ?? last.position.seen);
    // No refusal: a browser that is refused once never asks again.
    return isUsable
      ? { position: last.position, first: undefined }
      : { position: { seen: now }, first: 'reset' };
  }

  /** `out` has its head sent. From here on it is this service that writes to it. */
  open(me: Me, { position, first }: Opened, out: ServerResponse): void {
    const reader = new LiveReader(me, position, out);
    if (out.destroyed) return;
    if (this.isClosed) return reader.end('closing', this.clock.now());
    const mine = this.readers.get(me.accountId) ?? new Set();
    this.readers.set(me.accountId, mine.add(reader));
    this.count += 1;
    out.on('error', () => {}); // 'close' follows
    out.once('close', () => this.closed(reader));
    out.on('drain', () => this.drained(reader));
    const [oldest] = mine;
    if (mine.size > this.options.maxPerAccount && oldest !== undefined)
      this.end(oldest, 'too_many', ROOM_RETRY_MS);
    const hello =
      first === undefined
        ? ''
        : eventFrame({ kind: first }, encodePosition(position, this.clock.now()));
    if (reader.write(`${retryFrame(retryMs())}${hello}`, this.clock.now())) this.takeTurn(reader);
    // It may have ended between the guard's look and now.
    this.checkSessions([reader]).catch((error: unknown) =>
      this.failed('live_session_check_failed', error),
    );
  }

  sessionEnded(sessionId: string): void {
    for (const reader of this.all())
      if (reader.me.sessionId === sessionId) this.end(reader, 'session_over');
  }

  heardNothingFor(): void {
    this.checkSessions([...this.all()]).catch((error: unknown) =>
      this.failed('live_session_check_failed', error),
    );
  }

  private end(reader: LiveReader, why: WhyEnded, retry?: number): void {
    reader.end(why, this.clock.now(), retry);
    this.forget(reader);
    this.ending.add(reader);
  }

  private closed(reader: LiveReader): void {
    if (reader.state !== 'ended') reader.cut('gone');
    this.forget(reader);
    this.ending.delete(reader);
    if (this.ending.size === 0) this.allClosed();
    this.logger.debug('live_stream_closed', { accountId: reader.me.accountId, reason: reader.why });
  }

  private forget(reader: LiveReader): void {
    const mine = this.readers.get(reader.me.accountId);
    if (!mine?.delete(reader)) return;
    this.count -= 1;
    if (mine.size === 0) this.readers.delete(reader.me.accountId);
  }

  /** Sessions end at their time without a word, and a word can be lost. */
  private async checkSessions(readers: readonly LiveReader[]): Promise<void> {
    if (readers.length === 0) return;
    const live = await this.sessions.stillLive([
      ...new Set(readers.map((reader) => reader.me.sessionId)),
    ]);
    for (const reader of readers)
      if (reader.state !== 'ended' && !live.has(reader.me.sessionId))
        this.end(reader, 'session_over');
  }

  /** Each 15 s: who is still there, and may they be? */
  async beat(): Promise<void> {
    const now = this.clock.now();
    for (const reader of [...this.ending, ...this.all()]) {
      if (reader.stalledAt !== undefined) {
        if (now.getTime() - reader.stalledAt.getTime() >= this.options.stallMs) reader.cut('slow');
      } else {
        const position = this.idleAt(reader);
        if (position !== undefined) reader.position = position;
        reader.write(heartbeatFrame(position && encodePosition(position, now)), now);
      }
    }
    await this.checkSessions([...this.all()]).catch((error: unknown) =>
      this.failed('live_session_check_failed', error),
    );
  }

  /** How far a live reader has come, with what wasn't for it. */
  private idleAt(reader: LiveReader): Position | undefined {
    const {
      state,
      position: { seen, part },
    } = reader;
    const done = this.tail.seen;
    if (
      state !== 'live' ||
      done === undefined ||
      (part !== undefined && !isAsNew(done, part.until))
    )
      return undefined;
    return { seen: newer(seen, done) };
  }

  // What is new -------------------------------------------------------------------------------------------------------

  hasReaders(): boolean {
    return this.count > 0;
  }

  async deliver({ seen, until, rows }: Batch): Promise<void> {
    const concerned = rows.filter((row) => row.audience.some((id) => this.readers.has(id)));
    if (concerned.length === 0) return;
    const accountIds = new Set(
      concerned.flatMap((row) => row.audience.filter((id) => this.readers.has(id))),
    );
    const standings = await this.events.standings(this.database.sql, callsOf(concerned), [
      ...accountIds,
    ]);
    // Who has come since reads for themself, and later than this was read.
    for (const row of concerned) {
      for (const accountId of new Set(row.audience)) {
        for (const reader of [...(this.readers.get(accountId) ?? [])]) {
          if (reader.state !== 'live') reader.hasMissed = true;
          else if (!isSeen(row.xid, reader.position.seen))
            this.tell(reader, row, standings, newer(seen, reader.position.seen), until);
        }
      }
    }
  }

  /** Also tries again for those whose catching up failed. */
  caughtUp(): void {
    for (const reader of this.all()) if (reader.state === 'behind') this.takeTurn(reader);
  }

  /** False: no more for this reader now. */
  private tell(
    reader: LiveReader,
    row: EventRow,
    standings: ReadonlyMap<string, Standing>,
    seen: Snapshot,
    until: Snapshot,
  ): boolean {
    const answer = mayBeTold(
      row.event,
      standings.get(standingKey(row.event.callId, reader.me.accountId)),
    );
    if (answer === 'no') return true;
    reader.position = { seen, part: { until, id: row.id } };
    const now = this.clock.now();
    const mayGoOn = reader.write(eventFrame(row.event, encodePosition(reader.position, now)), now);
    if (answer === 'last') this.end(reader, 'removed');
    return mayGoOn && answer === 'yes';
  }

  // Catching up -------------------------------------------------------------------------------------------------------

  private drained(reader: LiveReader): void {
    if (reader.state !== 'stalled') return;
    [reader.state, reader.stalledAt] = ['behind', undefined];
    this.takeTurn(reader);
  }

  /** One page each turn, so that who has missed much doesn't keep others waiting. */
  private takeTurn(reader: LiveReader): void {
    if (!reader.isInTurn) {
      reader.isInTurn = true;
      this.turns.push(reader);
    }
    this.nextTurns();
  }

  private nextTurns(): void {
    while (this.catchingUp < this.options.catchingUpAtOnce) {
      const next = this.turns.shift();
      if (next === undefined) return;
      void this.turnOf(next);
    }
  }

  private async turnOf(reader: LiveReader): Promise<void> {
    this.catchingUp += 1;
    let hasMore = false;
    try {
      hasMore = await this.catchUp(reader);
    } catch (error) {
      this.failed('live_catch_up_failed', error); // it is tried again when the tail has read
    }
    this.catchingUp -= 1;
    reader.isInTurn = false;
    if (hasMore) this.takeTurn(reader);
    else this.nextTurns();
  }

  /** Reads and tells one page; true if there is more. */
  private async catchUp(reader: LiveReader): Promise<boolean> {
    if (this.isClosed || reader.state !== 'behind') return false;
    reader.hasMissed = false;
    const { accountId } = reader.me;
    const { seen } = reader.position;
    const page = await this.events.read(
      this.database.sql,
      reader.position,
      this.options.readerPage,
      accountId,
    );
    const standings =
      page.rows.length === 0
        ? new Map<string, Standing>()
        : await this.events.standings(this.database.sql, callsOf(page.rows), [accountId]);
    if ((reader.state as string) !== 'behind') return false; // it ended meanwhile
    for (const row of page.rows)
      if (!this.tell(reader, row, standings, seen, page.until)) return false;
    reader.position = page.next;
    if (!page.isLast || reader.hasMissed) return true;
    reader.state = 'live';
    return false;
  }

  /** What the streams cost this process now. */
  get load(): { streams: number; stalled: number; bufferedBytes: number } {
    const all = [...this.all()];
    return {
      streams: all.length,
      stalled: all.filter((reader) => reader.state === 'stalled').length,
      bufferedBytes: all.reduce((sum, reader) => sum + reader.bufferedBytes, 0),
    };
  }

  private *all(): Generator<LiveReader> {
    for (const mine of [...this.readers.values()]) yield* [...mine];
  }

  private failed(event: string, error: unknown): void {
    if (!isDatabaseAway(error)) this.logger.error(event, error);
  }
}

const callsOf = (rows: readonly EventRow[]): string[] => [
  ...new Set(rows.map((row) => row.event.callId)),
];
