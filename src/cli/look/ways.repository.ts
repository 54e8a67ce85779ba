import { sql } from 'kysely';
import type { Executor } from '../../kernel/database.js';
import { CALL_ID } from '../../handoff/handoff-rows.repository.js';
import type { Try } from '../../webhooks/webhooks.repository.js';
import { IS_HELD } from '../../handoff/stops.repository.js';

/** A hand-off as an operator sees it: ids, times, states, and the carrier's own code. */
export interface Way {
  id: string;
  purpose: string;
  channel: string;
  kind: string;
  subjectId: string;
  callId: string | null;
  state: string;
  isHeld: boolean;
  reason: string | null;
  carrier: string | null;
  carrierRef: string | null;
  attempts: number;
  delivery: string;
  outcome: string | null;
  carrierCode: number | null;
  createdAt: Date;
  notBefore: Date;
  notAfter: Date;
  triedAt: Date | null;
  settledAt: Date | null;
  callbacks: { state: string | null; at: string }[];
}

/** Those of these subjects, or with these ids, in the order in which they were asked for. */
export async function listWays(
  db: Executor,
  { subjects = [], ids = [] }: { subjects?: readonly string[]; ids?: readonly string[] },
): Promise<Way[]> {
  const { rows } = await sql<Way>`
    SELECT id, purpose, channel, kind, subject_id AS "subjectId",
      ${CALL_ID} AS "callId",
      state, state = 'queued' AND ${IS_HELD} AS "isHeld", reason, carrier, carrier_ref AS "carrierRef",
      attempts, delivery, outcome, carrier_code AS "carrierCode", created_at AS "createdAt",
      not_before AS "notBefore", not_after AS "notAfter", tried_at AS "triedAt",
      settled_at AS "settledAt",
      (SELECT coalesce(json_agg(json_build_object('state', c.state, 'at', c.received_at)
          ORDER BY c.received_at), '[]')
        FROM callbacks c WHERE c.handoff_id = handoffs.id) AS callbacks
    FROM handoffs
    WHERE subject_id = ANY (${subjects}::uuid[]) OR id = ANY (${ids}::uuid[])
    ORDER BY created_at, id
    LIMIT 200
  `.execute(db);
  return rows;
}

/** What an app was told, of a verification or as a test, and each try to tell it. */
export interface Webhook {
  id: string;
  appId: string;
  type: string;
  delivery: string | null;
  state: string;
  attempts: number;
  tries: Try[];
  createdAt: Date;
  nextAt: Date | null;
  settledAt: Date | null;
}

export async function listWebhooks(
  db: Executor,
  { verificationId, id }: { verificationId?: string; id?: string },
): Promise<Webhook[]> {
  const { rows } = await sql<Webhook>`
    SELECT id, app_id AS "appId", type, delivery, state, attempts, tries, created_at AS "createdAt",
      next_at AS "nextAt", settled_at AS "settledAt"
    FROM webhook_events
    WHERE verification_id = ${verificationId ?? null} OR id = ${id ?? null}
    ORDER BY created_at, id
  `.execute(db);
  return rows;
}
