import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Claimed } from '../handoff/handoffs.repository.js';
import type { ToPresent } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';

/**
 * How often numbers were opened to be shown, and what their people are told of it.
 *
 * Holds plaintext: never.
 */
@Injectable()
export class ShowingsRepository {
  /**
   * Counts those since a time: of one person, exactly, since they come one after the other; and of
   * all, nearly.
   */
  async count(
    trx: Transaction,
    accountId: string,
    since: Date,
  ): Promise<{ ofPerson: number; ofAll: number }> {
    await sql`
      SELECT pg_advisory_xact_lock(hashtextextended(${accountId}, 4))
    `.execute(trx);
    const { rows } = await sql<{ ofPerson: number; ofAll: number }>`
      SELECT
        (
          SELECT count(*)::int
          FROM presentation_openings
          WHERE account_id = ${accountId} AND at > ${since}
        ) AS "ofPerson",
        (SELECT count(*)::int FROM presentation_openings WHERE at > ${since}) AS "ofAll"
    `.execute(trx);
    return rows[0] ?? { ofPerson: 0, ofAll: 0 };
  }

  /** A hand-off that is taken up again counts once. */
  async add(trx: Transaction, { id }: Claimed, accountId: string, now: Date): Promise<void> {
    await sql`
      INSERT INTO presentation_openings (handoff_id, account_id, at)
      VALUES (${id}, ${accountId}, ${now})
      ON CONFLICT DO NOTHING
    `.execute(trx);
  }

  /**
   * To whom and in which call: the others who are in it. One for each call that shows the number,
   * and one an hour of calls that don't; false if there was one.
   */
  async addNotice(
    trx: Transaction,
    kind: 'number_shown' | 'number_not_shown',
    { callId, accountId, participantId }: ToPresent,
    now: Date,
  ): Promise<boolean> {
    const { rows } = await sql`
      INSERT INTO notices (id, account_id, kind, at, call_id, purpose, shown_to)
      SELECT
        ${newId()}, ${accountId}, ${kind}, ${now}, c.id, c.purpose,
        ARRAY(
          SELECT p.account_id
          FROM participants p
          WHERE p.call_id = c.id AND p.id <> ${participantId} AND p.removed_at IS NULL
          ORDER BY p.account_id
        )
      FROM calls c
      WHERE c.id = ${callId}
      ON CONFLICT DO NOTHING
      RETURNING id
    `.execute(trx);
    return rows.length > 0;
  }
}
