import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { CallEndReason, LegState, ParticipantRole } from '../calls/call.js';
import type { LegView } from '../calls/calls.repository.js';
import { pageOfCalls } from '../calls/participants.repository.js';
import { speaksForStep } from '../handoff/handoff-rows.repository.js';
import { readStanding, type StandingRow } from '../handoff/standing.js';
import type { Wanted } from '../kernel/page.js';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Language } from '../texts/catalogue.js';
import type { Member, MutedBy } from './roster.js';

/** A conference as one of its people may see it: no number anywhere. */
export interface ConferenceRow {
  id: string;
  createdAt: Date;
  endsAt: Date;
  endedAt: Date | null;
  endReason: CallEndReason | null;
  endsWithInitiator: boolean;
  viewerParticipantId: string;
  viewerRole: ParticipantRole;
  viewerLanguage: Language;
}

export interface MemberRow {
  callId: string;
  participantId: string;
  accountId: string;
  name: string;
  role: ParticipantRole;
  isRemoved: boolean;
  mutedBy: MutedBy | null;
  leg: {
    state: LegState;
    reason: string | null;
    isMuted: boolean;
    joinedAt: Date | null;
    leftAt: Date | null;
    ringsAt: Date | null;
    standing: StandingRow;
  } | null;
}

interface OnPhone {
  language: Language;
  initiatorName: string;
  endsWithInitiator: boolean;
  mutedBy: MutedBy | null;
}

@Injectable()
export class ConferencesRepository {
  async insert(
    trx: Transaction,
    conference: { callId: string; endsWithInitiator: boolean },
  ): Promise<void> {
    await sql`
      INSERT INTO conferences (call_id, ends_with_initiator)
      VALUES (${conference.callId}, ${conference.endsWithInitiator})
    `.execute(trx);
  }

  /** The live ones that this account has begun; nobody begins another for it until this transaction ends. */
  async lockAndCountLive(trx: Transaction, initiatorId: string): Promise<number> {
    await sql`
      SELECT pg_advisory_xact_lock(hashtextextended(${`conferences:${initiatorId}`}, 0))
    `.execute(trx);
    const { rows } = await sql<{ live: number }>`
      SELECT count(*)::int AS live
      FROM calls
      WHERE initiator_id = ${initiatorId} AND purpose = 'conference' AND ended_at IS NULL
    `.execute(trx);
    return rows[0]?.live ?? 0;
  }

  /** Those in which this account takes part and isn't removed: one of them, or a page. */
  async find(db: Executor, viewerId: string, wanted: Wanted): Promise<ConferenceRow[]> {
    const { rows } = await sql<ConferenceRow>`
      SELECT
        c.id,
        c.created_at AS "createdAt",
        c.ends_at AS "endsAt",
        c.ended_at AS "endedAt",
        c.end_reason AS "endReason",
        f.ends_with_initiator AS "endsWithInitiator",
        me.id AS "viewerParticipantId",
        me.role AS "viewerRole",
        a.language AS "viewerLanguage"
      FROM participants me
      JOIN calls c ON c.id = me.call_id
      JOIN conferences f ON f.call_id = c.id
      JOIN accounts a ON a.id = me.account_id
      WHERE me.account_id = ${viewerId}
        AND me.removed_at IS NULL
        ${'id' in wanted ? sql`AND c.id = ${wanted.id}` : pageOfCalls(viewerId, wanted.before)}
    `.execute(db);
    return rows;
  }

  /** With the newest leg of each. */
  async members(db: Executor, callIds: string[]): Promise<MemberRow[]> {
    const { rows } = await sql<MemberRow>`
      SELECT
        p.call_id AS "callId",
        p.id AS "participantId",
        p.account_id AS "accountId",
        a.name,
        p.role,
        p.removed_at IS NOT NULL AS "isRemoved",
        p.muted_by AS "mutedBy",
        l.leg
      FROM participants p
      JOIN accounts a ON a.id = p.account_id
      LEFT JOIN LATERAL (
        SELECT
          l.state,
          l.reason,
          l.is_muted,
          l.joined_at,
          l.left_at,
          CASE WHEN l.state = 'queued' AND h.state = 'queued' THEN h.not_before END AS rings_at,
          w.code,
          w.because,
          w.until
        FROM legs l
        JOIN leg_ways w ON w.id = l.id
        LEFT JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
          AND ${speaksForStep('h')}
        WHERE l.participant_id = p.id
        ORDER BY l.state = 'ended', l.created_at DESC
        LIMIT 1
      ) newest ON true
      CROSS JOIN LATERAL (
        SELECT
          CASE
            WHEN newest.state IS NOT NULL THEN json_build_object(
              'state', newest.state,
              'reason', newest.reason,
              'isMuted', newest.is_muted,
              'joinedAt', newest.joined_at,
              'leftAt', newest.left_at,
              'ringsAt', newest.rings_at,
              'standing', json_build_object(
                'code', newest.code,
                'because', newest.because,
                'until', newest.until
              )
            )
          END AS leg
      ) l
      WHERE p.call_id = ANY (${callIds}::uuid[])
      ORDER BY p.call_id, p.role = 'initiator' DESC, a.name, p.id
    `.execute(db);
    const date = (text: unknown): Date | null => (text === null ? null : new Date(text as string));
    return rows.map((row) => ({
      ...row,
      leg: row.leg && {
        ...row.leg,
        joinedAt: date(row.leg.joinedAt),
        leftAt: date(row.leg.leftAt),
        ringsAt: date(row.leg.ringsAt),
        standing: readStanding(row.leg.standing),
      },
    }));
  }

  /** Who comes back finds their microphone as they left it; what the initiator had closed is open. */
  async addParticipant(
    trx: Transaction,
    participant: { id: string; callId: string; accountId: string },
  ): Promise<string> {
    const { rows } = await sql<{ id: string }>`
      INSERT INTO participants AS p (id, call_id, account_id, role)
      VALUES (${participant.id}, ${participant.callId}, ${participant.accountId}, 'invitee')
      ON CONFLICT (call_id, account_id) DO UPDATE
      SET removed_at = NULL, muted_by = CASE WHEN p.muted_by IN ('self', 'each') THEN 'self' END
      RETURNING id
    `.execute(trx);
    return rows[0]?.id ?? participant.id;
  }

  /** From this moment on nothing of the conference is for them. */
  async remove(trx: Transaction, participantId: string, now: Date): Promise<void> {
    await sql`
      UPDATE participants
      SET removed_at = ${now}
      WHERE id = ${participantId} AND removed_at IS NULL
    `.execute(trx);
  }

  async setMuted(trx: Transaction, participantId: string, mutedBy: MutedBy | null): Promise<void> {
    await sql`
      UPDATE participants
      SET muted_by = ${mutedBy}
      WHERE id = ${participantId}
    `.execute(trx);
  }

  async member(db: Executor, participantId: string): Promise<Member | undefined> {
    const { rows } = await sql<Member>`
      SELECT
        id AS "participantId",
        role,
        removed_at IS NOT NULL AS "isRemoved",
        muted_by AS "mutedBy"
      FROM participants
      WHERE id = ${participantId}
    `.execute(db);
    return rows[0];
  }

  /**
   * The carrier's room is the one that somebody is in. It ends with whoever leaves it last, and for
   * who comes later there is another: so what is told late of somebody who has left says nothing.
   */
  async noteRoom(trx: Transaction, leg: LegView, carrierRef: string): Promise<void> {
    await sql`
      UPDATE conferences SET carrier_ref = ${carrierRef}
      WHERE call_id = ${leg.callId}
        AND carrier_ref IS DISTINCT FROM ${carrierRef}
        AND EXISTS (SELECT FROM legs l WHERE l.id = ${leg.id} AND l.left_at IS NULL AND l.state <> 'ended')
    `.execute(trx);
  }

  async findRoomRef(db: Executor, legId: string): Promise<string | undefined> {
    const { rows } = await sql<{ ref: string | null }>`
      SELECT f.carrier_ref AS ref
      FROM legs l
      JOIN conferences f ON f.call_id = l.call_id
      WHERE l.id = ${legId}
    `.execute(db);
    return rows[0]?.ref ?? undefined;
  }

  async endsWithInitiator(db: Executor, callId: string): Promise<boolean> {
    const { rows } = await sql<{ ends: boolean }>`
      SELECT ends_with_initiator AS ends
      FROM conferences
      WHERE call_id = ${callId}
    `.execute(db);
    return rows[0]?.ends === true;
  }

  /** What a call needs to know, by the capability that was shown. */
  async onPhone(db: Executor): Promise<OnPhone | undefined> {
    const { rows } = await sql<OnPhone>`
      SELECT
        language,
        initiator_name AS "initiatorName",
        ends_with_initiator AS "endsWithInitiator",
        muted_by AS "mutedBy"
      FROM conference_on_phone()
    `.execute(db);
    return rows[0];
  }

  /**
   * What the carrier says of a leg in the room, by the digest of the capability in a callback's
   * address; false if something newer was heard.
   */
  async noteMutedOnPhone(
    db: Executor,
    { legId, isMuted, sequence }: { legId: string; isMuted: boolean; sequence: number },
  ): Promise<boolean> {
    const { rows } = await sql<{ isNew: boolean }>`
      SELECT note_muted(
        ${legId}::uuid,
        ${isMuted}::boolean,
        ${sequence}::int
      ) AS "isNew"
    `.execute(db);
    return rows[0]?.isNew === true;
  }
}
