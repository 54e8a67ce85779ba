import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Channel } from './channels.js';
import { type Handoff, OVER_AFTER_MS, type Purpose } from './handoff.js';
import { COLUMNS, type HandoffRow, toHandoff } from './handoff-rows.repository.js';
import { IS_KNOWN } from './handoffs.repository.js';
import { isLeased } from './leases.repository.js';
import { IS_HELD } from './stops.repository.js';

const OVER = {
  /**
   * Its worker has had it for so long that no request of it can be on the wire; or it is gone, or
   * stands still: nobody holds its lease.
   */
  unknown: () => sql`state = 'sending' AND (
    claimed_at <= clock_timestamp() - make_interval(secs => ${OVER_AFTER_MS / 1000})
    OR NOT ${isLeased('h.worker')}
  )`,
  /** It was to leave by now, and has not. */
  expired: (now: Date) => sql`state = 'queued' AND not_after <= ${now}`,
};

/** Finds what a crash, a lost job or a passed deadline left behind, for the sweeper. */
@Injectable()
export class OverdueHandoffsRepository {
  /** What nobody will settle: see OVER. */
  async findOver(db: Executor, as: keyof typeof OVER, now: Date): Promise<string[]> {
    const { rows } = await sql<{
      id: string;
    }>`
      SELECT id
      FROM handoffs h
      WHERE ${OVER[as](now)} AND ${IS_KNOWN}
      LIMIT 500
    `.execute(db);
    return rows.map((row) => row.id);
  }

  /** It, to be settled; undefined if that is not so any more, or somebody has it in hand. */
  async takeOver(
    trx: Transaction,
    id: string,
    as: keyof typeof OVER,
    now: Date,
  ): Promise<Handoff | undefined> {
    const { rows } = await sql<HandoffRow>`
        SELECT ${COLUMNS}
        FROM handoffs h
        WHERE id = ${id} AND ${OVER[as](now)} AND ${IS_KNOWN}
        FOR NO KEY UPDATE SKIP LOCKED
      `.execute(trx);
    return rows[0] && toHandoff(rows[0]);
  }

  /**
   * Rows that should have a job by now; most have one, and adding it again does nothing. What is
   * held is left out: its job could only be refused.
   */
  async findDue(
    db: Executor,
    dueBefore: Date,
  ): Promise<{ id: string; channel: Channel; purpose: Purpose }[]> {
    const { rows } = await sql<{ id: string; channel: Channel; purpose: Purpose }>`
      SELECT id, channel, purpose
      FROM handoffs
      WHERE state = 'queued' AND not_before <= ${dueBefore} AND ${IS_KNOWN} AND NOT ${IS_HELD}
      ORDER BY not_before
      LIMIT 500
    `.execute(db);
    return rows;
  }
}
