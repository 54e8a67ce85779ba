import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import {
  type CallEndReason,
  type CallPurpose,
  type CallView,
  type LegState,
  legStatesBefore,
  type ParticipantRole,
} from './call.js';
import { erasePresentationsInCall } from './shown-numbers.repository.js';

export interface NewCall {
  id: string;
  purpose: CallPurpose;
  endsAt: Date;
}

/** A leg as its call's lock shows it. */
export interface OpenLeg {
  id: string;
  callId: string;
  purpose: CallPurpose;
  participantId: string;
  state: LegState;
}

/** A leg, whose it is, and how it stands with its call. */
export interface LegView extends OpenLeg {
  accountId: string;
  role: ParticipantRole;
  isRemoved: boolean;
  reason: string | null;
  isMachine: boolean;
  isCallLive: boolean;
  isRecalled: boolean;
  endsAt: Date;
}

@Injectable()
export class CallsRepository {
  async insertCall(trx: Transaction, call: NewCall, now: Date): Promise<void> {
    await sql`
      INSERT INTO calls (id, purpose, created_at, ends_at)
      VALUES (${call.id}, ${call.purpose}, ${now}, ${call.endsAt})
    `.execute(trx);
  }

  async insertLeg(
    trx: Transaction,
    leg: { id: string; callId: string; participantId: string; isMuted?: boolean },
    now: Date,
  ): Promise<void> {
    await sql`
      INSERT INTO legs (id, call_id, participant_id, state, created_at, is_muted)
      VALUES (
        ${leg.id},
        ${leg.callId},
        ${leg.participantId},
        'queued',
        ${now},
        ${leg.isMuted ?? false}
      )
    `.execute(trx);
  }

  /** Moves a leg forward; false if it is there or further already. */
  async advanceLeg(
    trx: Transaction,
    legId: string,
    state: Exclude<LegState, 'ended'>,
    now: Date,
  ): Promise<boolean> {
    const { rows } = await sql`
      UPDATE legs
      SET state = ${state},
        reason = NULL,
        begun_at = CASE WHEN ${state} IN ('ringing', 'answered')
          THEN coalesce(begun_at, ${now}::timestamptz) ELSE begun_at END,
        answered_at = CASE WHEN ${state} = 'answered' THEN ${now}::timestamptz ELSE answered_at END
      WHERE id = ${legId} AND state = ANY (${legStatesBefore(state)}::text[])
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  /** Ends a leg; false if it had ended. All that `api` may do to one: it says of no phone that it rang. */
  async endLeg(trx: Transaction, legId: string, reason: string, now: Date): Promise<boolean> {
    const { rows } = await sql`
      UPDATE legs
      SET state = 'ended',
        reason = ${reason},
        ended_at = ${now}::timestamptz,
        left_at = CASE WHEN joined_at IS NOT NULL
          THEN coalesce(left_at, ${now}::timestamptz) ELSE left_at END
      WHERE id = ${legId} AND state = ANY (${legStatesBefore('ended')}::text[])
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  /**
   * Says of a leg that nobody knows whether it went out; it may still move on. False: it has moved
   * on.
   */
  async noteReason(
    trx: Transaction,
    legId: string,
    reason: 'unknown' | 'calls_away',
  ): Promise<boolean> {
    const { rows } = await sql`
      UPDATE legs
      SET reason = ${reason}
      WHERE id = ${legId} AND state = 'queued' AND reason IS DISTINCT FROM ${reason}
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  /** Into the room, once. False: it was there, has left, or has ended. */
  async joinRoom(trx: Transaction, legId: string, now: Date): Promise<boolean> {
    const { rows } = await sql`
      UPDATE legs
      SET joined_at = ${now}
      WHERE id = ${legId} AND joined_at IS NULL AND left_at IS NULL AND state <> 'ended'
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  /** Out of the room, for good: news that it joined may still be on its way. False: it had left. */
  async leaveRoom(trx: Transaction, legId: string, now: Date): Promise<boolean> {
    const { rows } = await sql`
      UPDATE legs
      SET left_at = ${now}
      WHERE id = ${legId} AND left_at IS NULL
      RETURNING 1
    `.execute(trx);
    return rows.length > 0;
  }

  async isLegInRoom(trx: Transaction, legId: string): Promise<boolean> {
    const { rows } = await sql`
      SELECT 1
      FROM legs
      WHERE id = ${legId} AND joined_at IS NOT NULL AND left_at IS NULL AND state <> 'ended'
    `.execute(trx);
    return rows.length > 0;
  }

  /** Its call is locked. */
  async noteMachine(trx: Transaction, legId: string): Promise<void> {
    await sql`
      UPDATE legs
      SET is_machine = true
      WHERE id = ${legId}
    `.execute(trx);
  }

  findCall(db: Executor, callId: string): Promise<CallView | undefined> {
    return this.readCall(db, callId, sql``);
  }

  /**
   * Locks the call, so that what is shown, what goes out and what ends it come one after the other.
   * Where a hand-off's row is locked as well, that comes first.
   */
  lockCall(trx: Transaction, callId: string): Promise<CallView | undefined> {
    return this.readCall(trx, callId, sql`FOR NO KEY UPDATE`);
  }

  /**
   * Locks a call for somebody who takes part in it. Whoever doesn't neither gets the lock nor waits
   * for it: by a wait, or by its end, they would learn that there is such a call.
   */
  lockOwnCall(trx: Transaction, callId: string, accountId: string): Promise<CallView | undefined> {
    const ifTheirs = sql`
      AND EXISTS (
        SELECT
        FROM participants p
        WHERE p.call_id = calls.id AND p.account_id = ${accountId} AND p.removed_at IS NULL
      )
      FOR NO KEY UPDATE
    `;
    return this.readCall(trx, callId, ifTheirs);
  }

  private async readCall(
    db: Executor,
    callId: string,
    rest: RawBuilder<unknown>,
  ): Promise<CallView | undefined> {
    const { rows } = await sql<CallView>`
      SELECT purpose, ended_at AS "endedAt", ends_at AS "endsAt"
      FROM calls
      WHERE id = ${callId} ${rest}
    `.execute(db);
    return rows[0] && { ...rows[0], endedAt: rows[0].endedAt ?? undefined };
  }

  /** Locks the call of a leg, and finds the leg as it is then. */
  async lockCallOfLeg(trx: Transaction, legId: string): Promise<LegView | undefined> {
    await sql`
      SELECT 1
      FROM calls
      WHERE id = (SELECT call_id FROM legs WHERE id = ${legId})
      FOR NO KEY UPDATE
    `.execute(trx);
    return this.findLeg(trx, legId);
  }

  /**
   * Ends the call if it is live; false if it had ended. What was shown while it lasted is erased
   * with it (D5c).
   */
  async endCall(
    trx: Transaction,
    callId: string,
    reason: CallEndReason,
    now: Date,
  ): Promise<boolean> {
    const { rows } = await sql`
      UPDATE calls
      SET ended_at = ${now}, end_reason = ${reason}
      WHERE id = ${callId} AND ended_at IS NULL
      RETURNING id
    `.execute(trx);
    await erasePresentationsInCall(trx, callId);
    return rows.length > 0;
  }

  /** Tells whether any leg or notification of it remains. */
  async hasOpenSteps(trx: Transaction, callId: string): Promise<boolean> {
    const { rows } = await sql`
      SELECT 1
      FROM legs
      WHERE call_id = ${callId} AND state <> 'ended'
      UNION ALL
      SELECT 1
      FROM notifications
      WHERE call_id = ${callId} AND state <> 'ended'
      LIMIT 1
    `.execute(trx);
    return rows.length > 0;
  }

  /** The legs that haven't ended: of the call, or of one participant. */
  async openLegs(
    trx: Transaction,
    { callId, participantId }: { callId: string; participantId?: string },
  ): Promise<OpenLeg[]> {
    const { rows } = await sql<OpenLeg>`
      SELECT l.id, l.call_id AS "callId", c.purpose, l.participant_id AS "participantId", l.state
      FROM legs l
      JOIN calls c ON c.id = l.call_id
      WHERE l.call_id = ${callId}
        AND l.state <> 'ended'
        ${participantId === undefined ? sql`` : sql`AND l.participant_id = ${participantId}`}
    `.execute(trx);
    return rows;
  }

  async findLeg(db: Executor, legId: string): Promise<LegView | undefined> {
    const { rows } = await sql<LegView>`
      SELECT
        l.id,
        l.call_id AS "callId",
        c.purpose,
        l.participant_id AS "participantId",
        p.account_id AS "accountId",
        p.role,
        p.removed_at IS NOT NULL AS "isRemoved",
        l.state,
        l.reason,
        l.is_machine AS "isMachine",
        c.ended_at IS NULL AS "isCallLive",
        c.end_reason IS NOT DISTINCT FROM 'recalled' AS "isRecalled",
        c.ends_at AS "endsAt"
      FROM legs l
      JOIN calls c ON c.id = l.call_id
      JOIN participants p ON p.id = l.participant_id
      WHERE l.id = ${legId}
    `.execute(db);
    return rows[0];
  }
}
