import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor } from '../kernel/database.js';
import type { NumberRef } from '../kernel/ids.js';

export interface DayKey {
  day: string;
  publicKey: Buffer;
  wrapped: Buffer;
  /** Null for a key that was made before there were signatures. */
  signature: Buffer | null;
}

export interface PresentationRow {
  day: string;
  enc: Buffer;
  sealed: Buffer;
  /** The account whose number it is, and which number of theirs. */
  accountId: string;
  numberRef: NumberRef | null;
}

/**
 * Rows of what may be shown while a call is live, and of the daily keys that it is sealed under.
 *
 * Holds plaintext: never; its rows are sealed.
 */
@Injectable()
export class PresentationRepository {
  /** The row decides among several processes. */
  async insertKey(db: Executor, { day, publicKey, wrapped, signature }: DayKey): Promise<void> {
    await sql`
      INSERT INTO presentation_keys (day, public_key, wrapped, signature)
      VALUES (${day}::date, ${publicKey}, ${wrapped}, ${signature})
      ON CONFLICT DO NOTHING
    `.execute(db);
  }

  /** Another key that was put in its place meanwhile is not signed. */
  async signKey(
    db: Executor,
    { day, publicKey }: Pick<DayKey, 'day' | 'publicKey'>,
    signature: Buffer,
  ): Promise<void> {
    await sql`
      UPDATE presentation_keys
      SET signature = ${signature}
      WHERE day = ${day}::date AND public_key = ${publicKey}
    `.execute(db);
  }

  async keys(db: Executor): Promise<DayKey[]> {
    const { rows } = await sql<DayKey>`
      SELECT day::text, public_key AS "publicKey", wrapped, signature
      FROM presentation_keys
    `.execute(db);
    return rows;
  }

  async deleteKeysBefore(db: Executor, day: string): Promise<void> {
    await sql`DELETE FROM presentation_keys WHERE day < ${day}::date`.execute(db);
  }

  async findPublicKey(
    db: Executor,
    day: string,
  ): Promise<Pick<DayKey, 'publicKey' | 'signature'> | undefined> {
    const { rows } = await sql<Pick<DayKey, 'publicKey' | 'signature'>>`
      SELECT public_key AS "publicKey", signature
      FROM presentation_keys
      WHERE day = ${day}::date
    `.execute(db);
    return rows[0];
  }

  /**
   * A second one for the same participant changes nothing, nor does one for a call that has ended:
   * nobody would be shown it. Nor one of a number that its person lost while a worker had it in
   * hand: it would stand in the way of the one that they have now. Their row is held, so that it
   * moves before, or finds this and erases it.
   */
  async insert(
    db: Executor,
    row: {
      callId: string;
      participantId: string;
      numberRef: NumberRef;
      day: string;
      enc: Buffer;
      sealed: Buffer;
      expiresAt: Date;
    },
  ): Promise<void> {
    await sql`
      SELECT hold_numbers(ARRAY(SELECT account_id FROM participants WHERE id = ${row.participantId}))
    `.execute(db);
    await sql`
      INSERT INTO presentations (call_id, participant_id, number_ref, day, enc, sealed, expires_at)
      SELECT
        c.id,
        p.id,
        n.number_ref,
        ${row.day}::date,
        ${row.enc}::bytea,
        ${row.sealed}::bytea,
        ${row.expiresAt}::timestamptz
      FROM calls c
      JOIN participants p ON p.call_id = c.id
      JOIN account_numbers n ON n.account_id = p.account_id
      WHERE c.id = ${row.callId}
        AND c.ended_at IS NULL
        AND p.id = ${row.participantId}
        AND n.number_ref = ${row.numberRef}
      ON CONFLICT (call_id, participant_id) DO NOTHING
    `.execute(db);
  }

  async find(
    db: Executor,
    callId: string,
    participantId: string,
    now: Date,
  ): Promise<PresentationRow | undefined> {
    const { rows } = await sql<PresentationRow>`
      SELECT
        p.day::text,
        p.enc,
        p.sealed,
        who.account_id AS "accountId",
        p.number_ref AS "numberRef"
      FROM presentations p
      JOIN participants who ON who.id = p.participant_id AND who.call_id = p.call_id
      WHERE p.call_id = ${callId} AND p.participant_id = ${participantId} AND p.expires_at > ${now}
    `.execute(db);
    return rows[0];
  }
}
