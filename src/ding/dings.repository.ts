import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { LegState } from '../calls/call.js';
import type { HandoffState, Language } from '../handoff/handoff.js';
import type { Sql } from '../kernel/database.js';

/** A Ding as one of its people may see it: no number anywhere. */
export interface DingRow {
  id: string;
  text: string;
  createdAt: Date;
  endsAt: Date;
  endedAt: Date | null;
  endReason: 'finished' | 'recalled' | null;
  viewerRole: 'initiator' | 'recipient';
  senderParticipantId: string;
  senderName: string;
}

export interface RecipientRow {
  participantId: string;
  accountId: string;
  name: string;
  confirmedAt: Date | null;
  stoppedAt: Date | null;
  leg: { state: LegState; reason: string | null; begunAt: Date | null; answeredAt: Date | null; endedAt: Date | null; isMachine: boolean; ringsAt: Date | null; handoffState: HandoffState };
}

@Injectable()
export class DingsRepository {
  async insert(trx: Sql, ding: { callId: string; text: string; recipient: { participantId: string; language: Language } }): Promise<void> {
    await sql`
      WITH ding AS (INSERT INTO dings (call_id, text) VALUES (${ding.callId}, ${ding.text}))
      INSERT INTO ding_recipients (participant_id, call_id, language) VALUES (${ding.recipient.participantId}, ${ding.callId}, ${ding.recipient.language})
    `.execute(trx);
  }

  /** The Dings in which this account takes part: one of them, or the newest. */
  async find(trx: Sql, viewerId: string, ids: { id: string } | { newest: number }): Promise<DingRow[]> {
    const { rows } = await sql<DingRow>`
      SELECT c.id, d.text, c.created_at AS "createdAt", c.ends_at AS "endsAt", c.ended_at AS "endedAt", c.end_reason AS "endReason",
             me.role AS "viewerRole", sender.id AS "senderParticipantId", a.name AS "senderName"
      FROM participants me
      JOIN calls c ON c.id = me.call_id AND c.purpose = 'ding'
      JOIN dings d ON d.call_id = c.id
      JOIN participants sender ON sender.call_id = c.id AND sender.role = 'initiator'
      JOIN accounts a ON a.id = sender.account_id
      WHERE me.account_id = ${viewerId} ${'id' in ids ? sql`AND c.id = ${ids.id}` : sql`ORDER BY c.created_at DESC LIMIT ${ids.newest}`}
    `.execute(trx);
    return rows;
  }

  /** For the initiator all recipients, for a recipient only themself. */
  async recipientsOf(trx: Sql, dingIds: string[], viewerId: string): Promise<(RecipientRow & { callId: string })[]> {
    const { rows } = await sql<{
      callId: string; participantId: string; accountId: string; name: string; confirmedAt: Date | null; stoppedAt: Date | null;
      state: LegState; reason: string | null; begunAt: Date | null; answeredAt: Date | null; endedAt: Date | null; isMachine: boolean; notBefore: Date; handoffState: HandoffState;
    }>`
      SELECT DISTINCT ON (r.call_id, r.participant_id)
             r.call_id AS "callId", r.participant_id AS "participantId", p.account_id AS "accountId", a.name, r.confirmed_at AS "confirmedAt", r.stopped_at AS "stoppedAt",
             l.state, l.reason, l.begun_at AS "begunAt", l.answered_at AS "answeredAt", l.ended_at AS "endedAt", l.is_machine AS "isMachine",
             h.not_before AS "notBefore", h.state AS "handoffState"
      FROM ding_recipients r
      JOIN participants p ON p.id = r.participant_id
      JOIN participants me ON me.call_id = r.call_id AND me.account_id = ${viewerId}
      JOIN accounts a ON a.id = p.account_id
      JOIN legs l ON l.participant_id = r.participant_id
      JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
      WHERE r.call_id = ANY (${dingIds}::uuid[]) AND (me.role = 'initiator' OR me.id = p.id)
      ORDER BY r.call_id, r.participant_id, l.created_at DESC
    `.execute(trx);
    return rows.map((row) => ({
      callId: row.callId,
      participantId: row.participantId,
      accountId: row.accountId,
      name: row.name,
      confirmedAt: row.confirmedAt,
      stoppedAt: row.stoppedAt,
      leg: {
        state: row.state, reason: row.reason, begunAt: row.begunAt, answeredAt: row.answeredAt, endedAt: row.endedAt, isMachine: row.isMachine,
        ringsAt: row.handoffState === 'queued' ? row.notBefore : null, handoffState: row.handoffState,
      },
    }));
  }

  /** What the phone of a leg's participant is to say. */
  async onPhone(trx: Sql, participantId: string): Promise<{ language: Language; senderName: string; text: string } | undefined> {
    const { rows } = await sql<{ language: Language; senderName: string; text: string }>`
      SELECT r.language, a.name AS "senderName", d.text
      FROM ding_recipients r
      JOIN dings d ON d.call_id = r.call_id
      JOIN participants s ON s.call_id = r.call_id AND s.role = 'initiator'
      JOIN accounts a ON a.id = s.account_id
      WHERE r.participant_id = ${participantId}
    `.execute(trx);
    return rows[0];
  }

  /** The first confirmation counts; later ones change nothing. */
  async confirm(trx: Sql, participantId: string, now: Date): Promise<void> {
    await sql`UPDATE ding_recipients SET confirmed_at = ${now} WHERE participant_id = ${participantId} AND confirmed_at IS NULL`.execute(trx);
  }

  async stop(trx: Sql, participantId: string, now: Date): Promise<void> {
    await sql`UPDATE ding_recipients SET stopped_at = ${now} WHERE participant_id = ${participantId} AND stopped_at IS NULL`.execute(trx);
  }

  /** Whether this leg's recipient still wants to be called for the Ding. */
  async isStopped(trx: Sql, participantId: string): Promise<boolean> {
    const { rows } = await sql`SELECT 1 FROM ding_recipients WHERE participant_id = ${participantId} AND (stopped_at IS NOT NULL OR confirmed_at IS NOT NULL)`.execute(trx);
    return rows.length > 0;
  }
}
