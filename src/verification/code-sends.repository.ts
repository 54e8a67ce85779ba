import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { AskingCall } from '../calls/call-instructions.service.js';
import type { Channel } from '../handoff/channels.js';
import { WAKE_CHANNEL } from '../handoff/handoffs.repository.js';
import type { Transaction } from '../kernel/database.js';
import type { CodeOnPhone } from './code-script.js';
import { sendLimitsFor } from './verification-columns.js';
import type { SendLimits } from './verification-session.js';

/** One statement of the sweep finishes, or calls for, this many verifications. */
const SWEPT_AT_ONCE = 100;

/**
 * Follows the sends of verifications, as `worker` and `ingress` need them, and finishes what nobody
 * else does.
 */
@Injectable()
export class CodeSendsRepository {
  /** Says whether this verification still waits for its code. */
  async isPending(trx: Transaction, id: string, now: Date): Promise<boolean> {
    const { rows } = await sql`
      SELECT 1
      FROM verifications
      WHERE id = ${id} AND state = 'pending' AND expires_at > ${now}
    `.execute(trx);
    return rows.length > 0;
  }

  /** The send of this hand-off costs its person nothing: see give_back_send in sends.sql. */
  async giveBack(
    trx: Transaction,
    id: string,
    handoff: { id: string; channel: Channel },
  ): Promise<void> {
    await sql`
      SELECT give_back_send(
        ${id}::uuid,
        ${handoff.channel},
        (SELECT created_at FROM handoffs WHERE id = ${handoff.id})
      )
    `.execute(trx);
  }

  /** Has a code of this verification gone out, or may it have? */
  async hasLeft(trx: Transaction, id: string): Promise<boolean> {
    const { rows } = await sql`
      SELECT
      FROM handoffs
      WHERE subject_id = ${id} AND kind = 'deliver' AND state IN ('sending', 'accepted', 'unknown')
    `.execute(trx);
    return rows.length > 0;
  }

  /** The channel does not reach this number. False, and unchanged, where no call would be left. */
  async dropChannel(trx: Transaction, id: string, channel: Channel): Promise<boolean> {
    const { rows } = await sql`
      UPDATE verifications
      SET channels = array_remove(channels, ${channel})
      WHERE id = ${id} AND state = 'pending' AND 'voice' = ANY (channels)
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  /** A call need not wait for the SMS any more; with `auto` the next sweep makes it. */
  async allowCall(trx: Transaction, id: string, now: Date): Promise<void> {
    await sql`
      UPDATE verifications
      SET
        first_sms_at = NULL,
        voice_at = CASE WHEN is_auto AND 'voice' = ANY (channels) THEN ${now}::timestamptz END
      WHERE id = ${id} AND state = 'pending' AND expires_at > ${now}
    `.execute(trx);
  }

  /** No call is to follow by itself. */
  async cancelCall(trx: Transaction, id: string): Promise<void> {
    await sql`
      UPDATE verifications
      SET voice_at = NULL
      WHERE id = ${id} AND voice_at IS NOT NULL
    `.execute(trx);
  }

  /** Erases what a call was to speak. */
  async eraseSpokenCode(trx: Transaction, handoffId: string): Promise<void> {
    await sql`DELETE FROM spoken_codes WHERE handoff_id = ${handoffId}`.execute(trx);
  }

  /** What decides how a call with a code goes on. */
  async findOnPhone(
    trx: Transaction,
    id: string,
    { handoffId }: Pick<AskingCall, 'handoffId'>,
    now: Date,
  ): Promise<Omit<CodeOnPhone, 'language'> | undefined> {
    const { rows } = await sql<{ isOver: boolean; isSilenced: boolean; appName: string | null }>`
      SELECT
        state <> 'pending' OR expires_at <= ${now} AS "isOver",
        service_on_phone() AS "appName",
        NOT EXISTS (SELECT FROM spoken_codes c WHERE c.handoff_id = ${handoffId}) AS "isSilenced"
      FROM verifications
      WHERE id = ${id}
    `.execute(trx);
    return rows[0];
  }

  /** Makes the calls of `auto` that are due, and wakes whoever enqueues hand-offs. */
  async fallBackToVoice(trx: Transaction, limits: SendLimits, now: Date): Promise<void> {
    await sql`
      SELECT pg_notify(${WAKE_CHANNEL}, id || ' voice verification')
      FROM fall_back_to_voice(
        ${sendLimitsFor(limits)}::jsonb,
        ${now}::timestamptz,
        ${SWEPT_AT_ONCE}::int
      ) AS id
    `.execute(trx);
  }

  /** Sends a code once more of which the carrier has nothing: see send_again in sends.sql. */
  async sendAgain(
    trx: Transaction,
    { first, id }: { first: string; id: string },
    limits: SendLimits,
    now: Date,
  ): Promise<boolean> {
    const { rows } = await sql<{ isSent: boolean }>`
      SELECT send_again(
        ${first}::uuid,
        ${id}::uuid,
        ${sendLimitsFor(limits)}::jsonb,
        ${now}::timestamptz
      ) AS "isSent"
    `.execute(trx);
    return rows[0]?.isSent === true;
  }

  /**
   * Finishes those whose time is over, with their codes. Gives those of apps, which may have a
   * webhook.
   */
  async expire(trx: Transaction, now: Date): Promise<{ id: string; appId: string }[]> {
    const { rows } = await sql<{ id: string; appId: string }>`
      WITH over AS (
        SELECT id
        FROM verifications
        WHERE state = 'pending' AND expires_at <= ${now}
        LIMIT ${SWEPT_AT_ONCE}::int
        FOR UPDATE SKIP LOCKED
      ),
      finished AS (
        UPDATE verifications v
        SET
          state = 'expired',
          finished_at = expires_at,
          voice_at = NULL,
          index_before = NULL,
          index_after = NULL
        FROM over
        WHERE v.id = over.id
        RETURNING v.id, v.service_id
      ),
      gone AS (
        DELETE FROM codes
        WHERE verification_id IN (SELECT id FROM over)
      )
      SELECT f.id, s.app_id AS "appId"
      FROM finished f
      JOIN verify_services s ON s.id = f.service_id
    `.execute(trx);
    return rows;
  }
}
