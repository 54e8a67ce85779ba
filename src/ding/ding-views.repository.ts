import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { CallEndReason, LegState } from '../calls/call.js';
import type { ConfirmedBy, NotifiedBy, Way } from '../handoff/channels.js';
import type { Delivery, HandoffState } from '../handoff/handoff.js';
import { speaksForStep } from '../handoff/handoff-rows.repository.js';
import { readStanding, type StandingRow } from '../handoff/standing.js';
import { pageOfCalls } from '../calls/participants.repository.js';
import type { Wanted } from '../kernel/page.js';
import type { Executor } from '../kernel/database.js';
import type { Language } from '../texts/catalogue.js';

/** A Ding as one of its people may see it: no number anywhere. */
export interface DingRow {
  id: string;
  text: string;
  channel: Way;
  createdAt: Date;
  endsAt: Date;
  endedAt: Date | null;
  endReason: CallEndReason | null;
  viewerRole: 'initiator' | 'recipient';
  viewerLanguage: Language;
  senderParticipantId: string;
  senderName: string;
}

export interface LegRow {
  state: LegState;
  reason: string | null;
  begunAt: Date | null;
  answeredAt: Date | null;
  endedAt: Date | null;
  isMachine: boolean;
  /** While it waits here: when the phone may ring. */
  ringsAt: Date | null;
  standing: StandingRow;
}

export interface NotificationRow {
  channel: NotifiedBy;
  state: 'queued' | 'accepted' | 'ended';
  because: string | null;
  reason: string | null;
  /** As the carrier tells of an SMS. */
  delivery: Exclude<Delivery, 'ringing' | 'answered' | 'ended'>;
  createdAt: Date;
  begunAt: Date | null;
  endedAt: Date | null;
  standing: StandingRow;
}

export interface RecipientRow {
  callId: string;
  participantId: string;
  accountId: string;
  name: string;
  confirmedAt: Date | null;
  confirmedBy: ConfirmedBy | null;
  isDoubted: boolean;
  stoppedAt: Date | null;
  /** As far as anybody knows, it has come to them. */
  isReached: boolean;
  /** The newest call to them. */
  leg: LegRow | null;
  notifications: NotificationRow[];
}

type Nullable<R> = { [C in keyof R]: R[C] | null };
/** A recipient's row beside that of the newest call to them, if there is one. */
type FoundRecipient = Omit<RecipientRow, 'leg' | 'notifications'> &
  Omit<LegRow, 'state' | 'ringsAt' | 'standing'> &
  Nullable<StandingRow> & {
    state: LegState | null;
    notBefore: Date | null;
    handoffState: HandoffState | null;
  };

/** Dings as their people see them. */
@Injectable()
export class DingViewsRepository {
  /** The Dings in which this account takes part: one of them, or a page. */
  async find(db: Executor, viewerId: string, wanted: Wanted): Promise<DingRow[]> {
    const { rows } = await sql<DingRow>`
      SELECT
        c.id,
        d.text,
        d.channel,
        c.created_at AS "createdAt",
        c.ends_at AS "endsAt",
        c.ended_at AS "endedAt",
        c.end_reason AS "endReason",
        me.role AS "viewerRole",
        viewer.language AS "viewerLanguage",
        sender.id AS "senderParticipantId",
        a.name AS "senderName"
      FROM participants me
      JOIN calls c ON c.id = me.call_id AND c.purpose = 'ding'
      JOIN dings d ON d.call_id = c.id
      JOIN participants sender ON sender.call_id = c.id AND sender.role = 'initiator'
      JOIN accounts a ON a.id = sender.account_id
      JOIN accounts viewer ON viewer.id = me.account_id
      WHERE me.account_id = ${viewerId}
        ${'id' in wanted ? sql`AND c.id = ${wanted.id}` : pageOfCalls(viewerId, wanted.before)}
    `.execute(db);
    return rows;
  }

  /** For the initiator all recipients, for a recipient only themself. */
  async listRecipients(db: Executor, dingIds: string[], viewerId: string): Promise<RecipientRow[]> {
    const { rows } = await sql<FoundRecipient>`
      SELECT
        r.call_id AS "callId",
        r.participant_id AS "participantId",
        p.account_id AS "accountId",
        a.name,
        r.confirmed_at AS "confirmedAt",
        r.confirmed_by AS "confirmedBy",
        r.doubted_at IS NOT NULL AS "isDoubted",
        r.stopped_at AS "stoppedAt",
        is_reached(r.participant_id) AS "isReached",
        l.state,
        l.reason,
        l.begun_at AS "begunAt",
        l.answered_at AS "answeredAt",
        l.ended_at AS "endedAt",
        l.is_machine AS "isMachine",
        l.not_before AS "notBefore",
        l.handoff_state AS "handoffState",
        w.code,
        w.because,
        w.until
      FROM ding_recipients r
      JOIN participants p ON p.id = r.participant_id
      JOIN participants me ON me.call_id = r.call_id AND me.account_id = ${viewerId}
      JOIN accounts a ON a.id = p.account_id
      LEFT JOIN LATERAL (
        SELECT l.*, h.not_before, h.state AS handoff_state
        FROM legs l
        LEFT JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
          AND ${speaksForStep('h')}
        WHERE l.participant_id = r.participant_id
        ORDER BY l.state = 'ended', l.created_at DESC
        LIMIT 1
      ) l ON true
      LEFT JOIN leg_ways w ON w.id = l.id
      WHERE r.call_id = ANY (${dingIds}::uuid[]) AND (me.role = 'initiator' OR me.id = p.id)
      ORDER BY r.call_id, a.name, r.participant_id
    `.execute(db);
    const notifications = await this.listNotifications(
      db,
      rows.map((row) => row.participantId),
    );
    return rows.map((row) => ({
      ...toRecipient(row),
      notifications: notifications.filter((one) => one.participantId === row.participantId),
    }));
  }

  private async listNotifications(
    db: Executor,
    participantIds: string[],
  ): Promise<(NotificationRow & { participantId: string })[]> {
    const { rows } = await sql<NotificationRow & { participantId: string }>`
      SELECT
        n.participant_id AS "participantId",
        n.channel,
        n.state,
        n.because,
        n.reason,
        coalesce(h.delivery, 'none') AS delivery,
        n.created_at AS "createdAt",
        n.begun_at AS "begunAt",
        n.ended_at AS "endedAt",
        json_build_object('code', w.code, 'because', w.because, 'until', w.until) AS standing
      FROM notifications n
      JOIN notification_ways w ON w.id = n.id
      LEFT JOIN handoffs h ON h.subject_id = n.id AND h.kind = 'deliver'
          AND ${speaksForStep('h')}
      WHERE n.participant_id = ANY (${participantIds}::uuid[])
      ORDER BY n.created_at
    `.execute(db);
    return rows.map((row) => ({ ...row, standing: readStanding(row.standing) }));
  }
}

function toRecipient(found: FoundRecipient): Omit<RecipientRow, 'notifications'> {
  const {
    state,
    reason,
    begunAt,
    answeredAt,
    endedAt,
    isMachine,
    notBefore,
    handoffState,
    code,
    because,
    until,
    ...recipient
  } = found;
  if (state === null || code === null) return { ...recipient, leg: null };
  const ringsAt = handoffState === 'queued' && state === 'queued' ? notBefore : null;
  const standing = { code, because, until };
  const times = { begunAt, answeredAt, endedAt, ringsAt };
  return { ...recipient, leg: { state, reason, ...times, isMachine, standing } };
}
