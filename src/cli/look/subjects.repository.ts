import { sql } from 'kysely';
import type { Executor } from '../../kernel/database.js';
import type { LookedUp } from './ids.js';

// What an id is the id of, by the owner's login. No column here holds a number, a name or a text of a person's.

/** The time that the rows go by. */
export async function readNow(db: Executor): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`SELECT db_now() AS now`.execute(db);
  return rows[0]?.now as Date;
}

/** What is looked at: what a way is for, or one hand-off of it, an app, or a test of its webhook. */
export interface Subject {
  kind: 'verification' | 'call' | 'handoff' | 'app' | 'test';
  id: string;
}

export async function findSubject(db: Executor, what: LookedUp): Promise<Subject | undefined> {
  const { id = null, carrierRef } = what;
  const { rows } = await sql<Subject>`
    SELECT 'verification' AS kind, id FROM verifications WHERE id = ${id}
    UNION ALL SELECT 'call', id FROM calls WHERE id = ${id}
    UNION ALL SELECT 'call', call_id FROM legs WHERE id = ${id}
    UNION ALL SELECT 'call', call_id FROM notifications WHERE id = ${id}
    UNION ALL SELECT 'call', call_id FROM conferences WHERE carrier_ref = ${carrierRef}
    UNION ALL SELECT 'handoff', id FROM handoffs WHERE id = ${id} OR carrier_ref = ${carrierRef}
    UNION ALL SELECT 'app', id FROM apps WHERE id = ${id}
    UNION ALL SELECT 'app', app_id FROM verify_services WHERE id = ${id}
    UNION ALL SELECT 'verification', verification_id FROM webhook_events
      WHERE id = ${id} AND verification_id IS NOT NULL
    UNION ALL SELECT 'test', id FROM webhook_events WHERE id = ${id} AND verification_id IS NULL
    LIMIT 1
  `.execute(db);
  return rows[0];
}

export interface LookedVerification {
  id: string;
  state: string;
  /** Its app's id. */
  app: string | null;
  channels: string[];
  isAuto: boolean;
  isTest: boolean;
  country: string | null;
  attempts: number;
  smsSends: number;
  calls: number;
  createdAt: Date;
  expiresAt: Date;
  finishedAt: Date | null;
}

export async function getVerification(db: Executor, id: string): Promise<LookedVerification> {
  const { rows } = await sql<LookedVerification>`
    SELECT v.id, v.state, s.app_id AS app, v.channels, v.is_auto AS "isAuto", v.is_test AS "isTest",
      v.country, v.attempts, v.sms_sends AS "smsSends", v.calls, v.created_at AS "createdAt",
      v.expires_at AS "expiresAt", v.finished_at AS "finishedAt"
    FROM verifications v
    LEFT JOIN verify_services s ON s.id = v.service_id
    WHERE v.id = ${id}
  `.execute(db);
  return rows[0] as LookedVerification;
}

/** The sends to the number of these verifications, as the limit counts them. */
export async function listSends(db: Executor, verifications: readonly string[]): Promise<Date[]> {
  const { rows } = await sql<{ at: Date }>`
    SELECT hit AS at
    FROM limits, unnest(hits) AS hit
    WHERE key IN (SELECT limiter_index FROM verifications WHERE id = ANY (${verifications}::uuid[]))
  `.execute(db);
  return rows.map(({ at }) => at);
}

/** Codes that a spend cap has ended, unopened. */
export interface Capped {
  count: number;
  last: Date | null;
}

/** Those of this UTC day to numbers of a country, among the newest. */
export async function findCapped(
  db: Executor,
  country: string | undefined,
  now: Date,
): Promise<Capped> {
  const midnight = new Date(new Date(now).setUTCHours(0, 0, 0, 0));
  const { rows } = await sql<Capped>`
    SELECT count(*)::int AS count, max(newest.settled_at) AS last
    FROM (
      SELECT subject_id, settled_at, reason
      FROM handoffs
      WHERE settled_at >= ${midnight}
      ORDER BY settled_at DESC
      LIMIT 10000
    ) newest
    JOIN verifications v ON v.id = newest.subject_id
    WHERE newest.reason = 'spend_cap' AND v.country IS NOT DISTINCT FROM ${country ?? null}
  `.execute(db);
  return rows[0] as Capped;
}

export interface LookedCall {
  id: string;
  purpose: 'ding' | 'conference';
  createdAt: Date;
  endsAt: Date;
  endedAt: Date | null;
  endReason: string | null;
  participants: number;
  confirmed: number;
  steps: Step[];
}

/** A leg, or a Ding's other way; `place` counts the participants, whoever they are. */
export interface Step {
  id: string;
  place: number;
  channel: string;
  state: string;
  reason: string | null;
  isMachine: boolean;
  createdAt: string;
  begunAt: string | null;
  answeredAt: string | null;
  endedAt: string | null;
}

export async function getCall(db: Executor, id: string): Promise<LookedCall> {
  const { rows } = await sql<LookedCall>`
    WITH people AS (
      SELECT id, row_number() OVER (ORDER BY id)::int AS place FROM participants WHERE call_id = ${id}
    ),
    steps AS (
      SELECT l.id, p.place, 'voice' AS channel, l.state, l.reason, l.is_machine AS "isMachine",
        l.created_at AS "createdAt", l.begun_at AS "begunAt", l.answered_at AS "answeredAt",
        l.ended_at AS "endedAt"
      FROM legs l JOIN people p ON p.id = l.participant_id
      UNION ALL
      SELECT n.id, p.place, n.channel, n.state, n.reason, false, n.created_at, n.begun_at, NULL, n.ended_at
      FROM notifications n JOIN people p ON p.id = n.participant_id
    )
    SELECT c.id, c.purpose, c.created_at AS "createdAt", c.ends_at AS "endsAt",
      c.ended_at AS "endedAt", c.end_reason AS "endReason",
      (SELECT count(*)::int FROM people) AS participants,
      (SELECT count(*)::int FROM ding_recipients r
        WHERE r.call_id = c.id AND r.confirmed_at IS NOT NULL) AS confirmed,
      (SELECT coalesce(json_agg(s ORDER BY s."createdAt", s.id), '[]') FROM steps s) AS steps
    FROM calls c WHERE c.id = ${id}
  `.execute(db);
  return rows[0] as LookedCall;
}

export interface LookedApp {
  id: string;
  disabledAt: Date | null;
  webhook: { isEnabled: boolean; because: string | null; failingSince: string | null } | null;
  newest: { id: string; state: string; at: string }[];
}

export async function getApp(db: Executor, id: string): Promise<LookedApp> {
  const { rows } = await sql<LookedApp>`
    SELECT a.id, a.disabled_at AS "disabledAt",
      (SELECT json_build_object('isEnabled', w.is_enabled, 'because', w.disabled_because,
          'failingSince', w.failing_since)
        FROM app_webhooks w WHERE w.app_id = a.id) AS webhook,
      (SELECT coalesce(json_agg(json_build_object('id', n.id, 'state', n.state, 'at', n.created_at)
          ORDER BY n.created_at DESC), '[]')
        FROM (
          SELECT v.id, v.state, v.created_at
          FROM verify_services s
          CROSS JOIN LATERAL (
            SELECT id, state, created_at FROM verifications
            WHERE service_id = s.id ORDER BY created_at DESC LIMIT 10) v
          WHERE s.app_id = a.id
          ORDER BY v.created_at DESC LIMIT 10) n) AS newest
    FROM apps a WHERE a.id = ${id}
  `.execute(db);
  return rows[0] as LookedApp;
}
