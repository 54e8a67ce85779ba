import { sql } from 'kysely';
import type { Executor } from '../kernel/database.js';
import { CHANNELS, getTraits } from './channels.js';
import { isSuperseded } from './handoff-rows.repository.js';

/** For how long nothing is heard of it before the carrier is asked. */
export interface Waits {
  callsMs: number;
  smsMs: number;
  roomsMs: number;
}

/** Something at the carrier, of which it may be asked. */
export interface Silent {
  id: string;
  isText: boolean;
  carrierRef: string;
  /** Its capability is made of it. */
  salt: Buffer;
}

/** A call of unknown fate, by no id, that nobody wants any more. */
export type Unwanted = Pick<Silent, 'id' | 'salt'>;

/** A room, and the calls that the rows have in it. */
export interface Room {
  roomRef: string;
  members: Silent[];
}

const TEXTS = CHANNELS.filter((channel) => getTraits(channel).form === 'text');

/** A hang-up that was accepted so long ago has ended its call. */
const ENDS_AFTER_MS = 3_000;

/** News that a call has joined its room may overtake the room's own list. */
const JOINED_FOR_MS = 5_000;

/** A message is asked for so often, after twice as long each time. */
const ASKS_OF_TEXT = 5;

/** How long after it went out a code or an SMS is asked for at all. */
const ASKED_WITHIN_MS = 24 * 3_600_000;

const SILENT = sql`
  h.id, h.channel = ANY (${TEXTS}::text[]) AS "isText", h.carrier_ref AS "carrierRef",
  h.capability_salt AS salt
`;
const IS_SILENT = sql`
  h.kind = 'deliver' AND h.state IN ('accepted', 'unknown')
  AND h.carrier_ref IS NOT NULL AND h.capability_salt IS NOT NULL
`;
const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms);

/** Notes that these are being asked for, each by one worker, and gives those that are this one's. */
async function take(db: Executor, due: ReturnType<typeof sql>, now: Date): Promise<Silent[]> {
  const { rows } = await sql<Silent>`
    WITH due AS (${due}), mine AS (
      INSERT INTO asks (handoff_id, asked_at)
      SELECT id, ${now} FROM due
      ON CONFLICT (handoff_id) DO UPDATE SET asked_at = excluded.asked_at, times = asks.times + 1
      WHERE asks.asked_at < excluded.asked_at
      RETURNING handoff_id
    )
    SELECT ${SILENT} FROM handoffs h WHERE h.id IN (SELECT handoff_id FROM mine)
  `.execute(db);
  return rows;
}

/**
 * Calls of Dings and conferences that the rows have out, and of which nothing was heard for so long,
 * also since they left their room; or that were hung up, and have not ended. Those in a room are
 * compared with it instead.
 */
export function takeSilentCalls(
  db: Executor,
  { callsMs }: Waits,
  now: Date,
  limit: number,
): Promise<Silent[]> {
  const due = sql`
    SELECT h.id
    FROM legs l
    JOIN handoffs h ON h.subject_id = l.id AND ${IS_SILENT}
    LEFT JOIN asks a ON a.handoff_id = h.id
    WHERE l.state <> 'ended'
      AND (
        (l.joined_at IS NULL OR l.left_at IS NOT NULL)
          AND greatest(h.settled_at, l.begun_at, l.answered_at, l.left_at, a.asked_at)
            <= ${before(now, callsMs)}
        OR EXISTS (
          SELECT
          FROM handoffs up
          WHERE up.target_id = h.id
            AND up.kind = 'hang_up'
            AND up.state = 'accepted'
            AND up.settled_at <= ${before(now, ENDS_AFTER_MS)}
            AND up.settled_at > coalesce(a.asked_at, '-infinity')
        )
      )
    LIMIT ${limit}
  `;
  return take(db, due, now);
}

/** Codes and SMS of which nothing final was heard for so long. */
export function takeSilentSends(
  db: Executor,
  { callsMs, smsMs }: Waits,
  now: Date,
  limit: number,
): Promise<Silent[]> {
  const due = sql`
    SELECT h.id
    FROM handoffs h
    LEFT JOIN asks a ON a.handoff_id = h.id
    WHERE ${IS_SILENT}
      AND h.delivery IN ('none', 'queued', 'sent', 'ringing', 'answered')
      AND (h.channel <> 'voice' OR h.purpose = 'verification')
      AND h.settled_at > ${before(now, ASKED_WITHIN_MS)}
      AND h.settled_at <= ${before(now, callsMs)}
      AND coalesce(a.times, 0) < ${ASKS_OF_TEXT}
      AND coalesce(a.asked_at, h.settled_at) <= ${now}::timestamptz - make_interval(
        secs => 2 ^ coalesce(a.times - 1, 0)
          * CASE WHEN h.channel = ANY (${TEXTS}::text[]) THEN ${smsMs / 1000}::float8 ELSE ${callsMs / 1000}::float8 END
      )
    LIMIT ${limit}
  `;
  return take(db, due, now);
}

/** Rooms with somebody in them, by the rows, that were not compared for so long. */
export async function takeRooms(
  db: Executor,
  { roomsMs }: Waits,
  now: Date,
  limit: number,
): Promise<Room[]> {
  const { rows } = await sql<Silent & { roomRef: string }>`
    WITH mine AS (
      UPDATE conferences
      SET compared_at = ${now}
      WHERE call_id IN (
        SELECT c.call_id
        FROM conferences c
        JOIN legs l ON l.call_id = c.call_id
        WHERE c.carrier_ref IS NOT NULL
          AND l.state <> 'ended'
          AND l.left_at IS NULL
          AND l.joined_at <= ${before(now, JOINED_FOR_MS)}
          AND coalesce(c.compared_at, l.joined_at) <= ${before(now, roomsMs)}
        LIMIT ${limit}
      )
        AND (compared_at IS NULL OR compared_at <= ${before(now, roomsMs)})
      RETURNING call_id, carrier_ref
    )
    SELECT mine.carrier_ref AS "roomRef", ${SILENT}
    FROM mine
    JOIN legs l ON l.call_id = mine.call_id
    JOIN handoffs h ON h.subject_id = l.id AND ${IS_SILENT}
    WHERE l.state <> 'ended' AND l.left_at IS NULL AND l.joined_at <= ${before(now, JOINED_FOR_MS)}
  `.execute(db);
  const rooms = new Map<string, Room>();
  for (const { roomRef, ...member } of rows) {
    const room = rooms.get(roomRef) ?? { roomRef, members: [] };
    room.members.push(member);
    rooms.set(roomRef, room);
  }
  return [...rooms.values()];
}

/**
 * Calls that may have left, by no id that could be asked for, whose Ding or conference is over, or
 * whose person has confirmed, stopped or been removed.
 */
export function takeUnwanted(
  db: Executor,
  { callsMs }: Waits,
  now: Date,
  limit: number,
): Promise<Unwanted[]> {
  const due = sql`
    SELECT h.id
    FROM legs l
    JOIN handoffs h ON h.subject_id = l.id AND h.kind = 'deliver'
    JOIN calls c ON c.id = l.call_id
    JOIN participants p ON p.id = l.participant_id
    LEFT JOIN ding_recipients r ON r.participant_id = l.participant_id
    LEFT JOIN asks a ON a.handoff_id = h.id
    WHERE l.state <> 'ended'
      AND h.state = 'unknown'
      AND h.carrier_ref IS NULL
      AND h.capability_salt IS NOT NULL
      AND NOT ${isSuperseded('h.id')}
      AND (a.asked_at IS NULL OR a.asked_at <= ${before(now, callsMs)})
      AND (c.ended_at IS NOT NULL
        OR p.removed_at IS NOT NULL
        OR r.confirmed_at IS NOT NULL
        OR r.stopped_at IS NOT NULL)
    LIMIT ${limit}
  `;
  return take(db, due, now);
}
