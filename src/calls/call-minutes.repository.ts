import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { CallPurpose } from './call.js';

/** A leg that talks and has begun minutes that nobody has counted. */
export interface TalkingLeg {
  id: string;
  purpose: CallPurpose;
  accountId: string;
  initiatorId: string;
  minutesPaid: number;
  /** So many have begun beyond them. */
  minutesDue: number;
}

const DAY_MS = 24 * 60 * 60_000;

export async function findTalking(db: Executor, now: Date): Promise<TalkingLeg[]> {
  const { rows } = await sql<TalkingLeg>`
    SELECT
      l.id,
      c.purpose,
      p.account_id AS "accountId",
      c.initiator_id AS "initiatorId",
      l.minutes_paid AS "minutesPaid",
      floor(extract(epoch FROM ${now}::timestamptz - l.answered_at) / 60)::int + 1 - l.minutes_paid
        AS "minutesDue"
    FROM legs l
    JOIN calls c ON c.id = l.call_id
    JOIN participants p ON p.id = l.participant_id
    WHERE l.state = 'answered'
      AND l.answered_at + make_interval(mins => l.minutes_paid) <= ${now}
    ORDER BY l.call_id, l.id
    LIMIT 200
  `.execute(db);
  return rows;
}

/** False if another worker was quicker, or the leg has ended. */
export async function countMinutes(
  trx: Transaction,
  { id, minutesPaid, minutesDue }: TalkingLeg,
): Promise<boolean> {
  const { rows } = await sql`
    UPDATE legs
    SET minutes_paid = minutes_paid + ${minutesDue}
    WHERE id = ${id} AND state = 'answered' AND minutes_paid = ${minutesPaid}
    RETURNING 1
  `.execute(trx);
  return rows.length > 0;
}

/** The minutes of a day's conferences of this initiator's, and from when some of them count no more. */
export async function sumConferenceMinutes(
  db: Executor,
  initiatorId: string,
  now: Date,
): Promise<{ minutes: number; fewerAt: Date }> {
  const { rows } = await sql<{ minutes: number; first: Date | null }>`
    SELECT coalesce(sum(l.minutes_paid), 0)::int AS minutes, min(l.answered_at) AS first
    FROM calls c
    JOIN legs l ON l.call_id = c.id
    WHERE c.initiator_id = ${initiatorId}
      AND c.purpose = 'conference'
      AND l.answered_at > ${new Date(now.getTime() - DAY_MS)}
  `.execute(db);
  const first = rows[0]?.first ?? now;
  return { minutes: rows[0]?.minutes ?? 0, fewerAt: new Date(first.getTime() + DAY_MS) };
}
