import { Injectable } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { Database, isDatabaseAway } from '../kernel/database.js';
import { Logger } from '../kernel/logger.js';
import type { Standing } from './entitlement.js';
import type { LiveEvent } from './events.js';
import { type EventRow, LiveEventsRepository, standingKey } from './live-events.repository.js';
import { LiveOptions } from './live-options.js';
import type { LiveReader } from './live-reader.socket.js';
import type { LiveReaders } from './live-readers.js';
import type { Batch } from './live-tail.service.js';
import { isSeen, newerSnapshot } from './position.js';

/**
 * Brings events to readers: what the tail reads to those that are live, and to each that is behind
 * what it has missed, a page at a time; never both.
 */
@Injectable()
export class LiveDelivery {
  /** Readers that wait for their turn to catch up. */
  private readonly waiting: LiveReader[] = [];
  private catchingUp = 0;

  constructor(
    private readonly database: Database,
    private readonly events: LiveEventsRepository,
    private readonly options: LiveOptions,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Sends a batch of the tail to all live readers that it concerns. */
  async deliver({ seen, until, rows }: Batch, readers: LiveReaders): Promise<void> {
    const concerned = rows.filter((row) => row.audience.some((id) => readers.has(id)));
    if (concerned.length === 0) return;
    const accountIds = new Set(
      concerned.flatMap((row) => row.audience.filter((id) => readers.has(id))),
    );
    const standings = await this.findStandings(concerned, [...accountIds]);
    // Whoever has come since then reads for themself, and later than this was read.
    for (const row of concerned) {
      for (const accountId of new Set(row.audience)) {
        const standing = findStanding(standings, row.event, accountId);
        for (const reader of readers.list(accountId)) {
          if (reader.state !== 'live') {
            reader.hasMissed = true;
          } else if (!isSeen(row.xid, reader.position.seen)) {
            const newest = newerSnapshot(seen, reader.position.seen);
            const position = { seen: newest, part: { until, id: row.id } };
            reader.send(row.event, position, standing, this.clock.now());
          }
        }
      }
    }
  }

  /** Queues the reader for one page each turn, so that nobody waits for one who missed much. */
  queueCatchUp(reader: LiveReader): void {
    if (!reader.isInTurn) {
      reader.isInTurn = true;
      this.waiting.push(reader);
    }
    this.startTurns();
  }

  private startTurns(): void {
    while (this.catchingUp < this.options.catchingUpAtOnce) {
      const next = this.waiting.shift();
      if (next === undefined) return;
      void this.runTurn(next);
    }
  }

  private async runTurn(reader: LiveReader): Promise<void> {
    this.catchingUp += 1;
    let hasMore = false;
    try {
      hasMore = await this.catchUp(reader);
    } catch (error) {
      // It is tried again when the tail has read.
      if (!isDatabaseAway(error)) this.logger.error('live_catch_up_failed', error);
    }
    this.catchingUp -= 1;
    reader.isInTurn = false;
    if (hasMore) this.queueCatchUp(reader);
    else this.startTurns();
  }

  /** Reads and sends one page; true if there is more. */
  private async catchUp(reader: LiveReader): Promise<boolean> {
    if (reader.state !== 'behind') return false;
    reader.hasMissed = false;
    const { accountId } = reader.me;
    const { seen } = reader.position;
    const { sql } = this.database;
    const page = await this.events.read(sql, reader.position, this.options.readerPage, accountId);
    const standings = await this.findStandings(page.rows, [accountId]);
    if ((reader.state as string) !== 'behind') return false; // it ended meanwhile
    for (const { id, event } of page.rows) {
      const standing = findStanding(standings, event, accountId);
      const position = { seen, part: { until: page.until, id } };
      if (!reader.send(event, position, standing, this.clock.now())) return false;
    }
    reader.position = page.next;
    if (!page.isLast || reader.hasMissed) return true;
    reader.state = 'live';
    return false;
  }

  private async findStandings(
    rows: readonly EventRow[],
    accountIds: readonly string[],
  ): Promise<Map<string, Standing>> {
    const callIds = new Set(rows.flatMap(({ event }) => ('callId' in event ? [event.callId] : [])));
    if (callIds.size === 0) return new Map();
    return this.events.findStandings(this.database.sql, [...callIds], accountIds);
  }
}

const findStanding = (
  standings: ReadonlyMap<string, Standing>,
  event: LiveEvent,
  accountId: string,
): Standing | undefined =>
  'callId' in event ? standings.get(standingKey(event.callId, accountId)) : undefined;
