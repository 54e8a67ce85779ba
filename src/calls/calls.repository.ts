import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Sql } from '../kernel/database.js';
import { type CallEndReason, type CallView, type LegState, legStatesBefore, type Viewer } from './call.js';

export interface NewCall {
  id: string;
  purpose: 'ding' | 'conference';
  endsAt: Date;
}

@Injectable()
export class CallsRepository {
  async insertCall(trx: Sql, call: NewCall, now: Date): Promise<void> {
    await sql`INSERT INTO calls (id, purpose, created_at, ends_at) VALUES (${call.id}, ${call.purpose}, ${now}, ${call.endsAt})`.execute(trx);
  }

  async insertParticipant(trx: Sql, participant: { id: string; callId: string; accountId: string; role: 'initiator' | 'recipient' }): Promise<void> {
    await sql`INSERT INTO participants (id, call_id, account_id, role) VALUES (${participant.id}, ${participant.callId}, ${participant.accountId}, ${participant.role})`.execute(trx);
  }

  async insertLeg(trx: Sql, leg: { id: string; callId: string; participantId: string }, now: Date): Promise<void> {
    await sql`INSERT INTO legs (id, call_id, participant_id, state, created_at) VALUES (${leg.id}, ${leg.callId}, ${leg.participantId}, 'queued', ${now})`.execute(trx);
  }

  /** Moves a leg forward; undefined if it is there or further already. */
  async advanceLeg(trx: Sql, legId: string, state: LegState, reason: string | undefined, now: Date): Promise<{ callId: string } | undefined> {
    const { rows } = await sql<{ call_id: string }>`
      UPDATE legs SET state = ${state}, reason = CASE WHEN ${state} = 'ended' THEN ${reason ?? null} END,
        begun_at = CASE WHEN ${state} IN ('ringing', 'answered') THEN coalesce(begun_at, ${now}::timestamptz) ELSE begun_at END,
        answered_at = CASE WHEN ${state} = 'answered' THEN ${now}::timestamptz ELSE answered_at END,
        ended_at = CASE WHEN ${state} = 'ended' THEN ${now}::timestamptz END
      WHERE id = ${legId} AND state = ANY (${legStatesBefore(state)}::text[])
      RETURNING call_id
    `.execute(trx);
    return rows[0] && { callId: rows[0].call_id };
  }

  /** Says of a leg that nobody knows whether it went out; it may still move on. */
  async noteUnknown(trx: Sql, legId: string): Promise<void> {
    await sql`UPDATE legs SET reason = 'unknown' WHERE id = ${legId} AND state = 'queued'`.execute(trx);
  }

  async noteMachine(trx: Sql, legId: string): Promise<void> {
    await sql`UPDATE legs SET is_machine = true WHERE id = ${legId}`.execute(trx);
  }

  /** Locks the call, so that what is shown and what ends it come one after the other. */
  async lockCall(trx: Sql, callId: string): Promise<CallView | undefined> {
    const { rows } = await sql<{ purpose: 'ding' | 'conference'; ended_at: Date | null; ends_at: Date }>`SELECT purpose, ended_at, ends_at FROM calls WHERE id = ${callId} FOR UPDATE`.execute(trx);
    const row = rows[0];
    return row && { purpose: row.purpose, endedAt: row.ended_at ?? undefined, endsAt: row.ends_at };
  }

  /** Ends the call if it is live; false if it had ended. What was shown while it lasted is erased with it (D5c). */
  async endCall(trx: Sql, callId: string, reason: CallEndReason, now: Date): Promise<boolean> {
    const { rows } = await sql`UPDATE calls SET ended_at = ${now}, end_reason = ${reason} WHERE id = ${callId} AND ended_at IS NULL RETURNING id`.execute(trx);
    await sql`DELETE FROM presentations WHERE call_id = ${callId}`.execute(trx);
    return rows.length > 0;
  }

  async hasOpenLegs(trx: Sql, callId: string): Promise<boolean> {
    const { rows } = await sql`SELECT 1 FROM legs WHERE call_id = ${callId} AND state <> 'ended' LIMIT 1`.execute(trx);
    return rows.length > 0;
  }

  async openLegsOf(trx: Sql, callId: string): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`SELECT id FROM legs WHERE call_id = ${callId} AND state <> 'ended'`.execute(trx);
    return rows.map((row) => row.id);
  }

  async viewerOf(trx: Sql, callId: string, accountId: string): Promise<(Viewer & { participantId: string }) | undefined> {
    const { rows } = await sql<{ id: string; role: 'initiator' | 'recipient'; has_begun: boolean }>`
      SELECT p.id, p.role, EXISTS (SELECT FROM legs l WHERE l.participant_id = p.id AND l.begun_at IS NOT NULL) AS has_begun
      FROM participants p WHERE p.call_id = ${callId} AND p.account_id = ${accountId}
    `.execute(trx);
    const row = rows[0];
    return row && { participantId: row.id, role: row.role, hasBegun: row.has_begun };
  }

  async initiatorOf(trx: Sql, callId: string): Promise<{ participantId: string; accountId: string } | undefined> {
    const { rows } = await sql<{ id: string; account_id: string }>`SELECT id, account_id FROM participants WHERE call_id = ${callId} AND role = 'initiator'`.execute(trx);
    return rows[0] && { participantId: rows[0].id, accountId: rows[0].account_id };
  }

  /** Of a leg: its call, and whether that has ended. */
  async findLeg(trx: Sql, legId: string): Promise<{ callId: string; participantId: string; isMachine: boolean; isCallLive: boolean } | undefined> {
    const { rows } = await sql<{ call_id: string; participant_id: string; is_machine: boolean; is_live: boolean }>`
      SELECT l.call_id, l.participant_id, l.is_machine, c.ended_at IS NULL AS is_live FROM legs l JOIN calls c ON c.id = l.call_id WHERE l.id = ${legId}
    `.execute(trx);
    const row = rows[0];
    return row && { callId: row.call_id, participantId: row.participant_id, isMachine: row.is_machine, isCallLive: row.is_live };
  }

  /** Legs that no callback has ended by the time that even the longest call would have. */
  async takeLostLegs(trx: Sql, startedBefore: Date): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`
      SELECT l.id FROM legs l JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
      WHERE l.state <> 'ended' AND h.state IN ('accepted', 'unknown') AND h.settled_at < ${startedBefore}
      LIMIT 200 FOR UPDATE OF l SKIP LOCKED
    `.execute(trx);
    return rows.map((row) => row.id);
  }

  /** What was sealed for a call at the moment it ended, or outlived it. */
  async eraseStalePresentations(trx: Sql, now: Date): Promise<void> {
    await sql`DELETE FROM presentations p USING calls c WHERE c.id = p.call_id AND (c.ended_at IS NOT NULL OR p.expires_at <= ${now})`.execute(trx);
  }

  /** Calls past their hard end. */
  async takeOverdueCalls(trx: Sql, now: Date): Promise<string[]> {
    const { rows } = await sql<{ id: string }>`SELECT id FROM calls WHERE ended_at IS NULL AND ends_at <= ${now} LIMIT 200 FOR UPDATE SKIP LOCKED`.execute(trx);
    return rows.map((row) => row.id);
  }
}
