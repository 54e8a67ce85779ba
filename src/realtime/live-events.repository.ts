import { Injectable } from '@nestjs/common';
import { type RawBuilder, sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Standing } from './entitlement.js';
import { type CallEvent, type LiveEvent, liveEvent } from './events.js';
import { parseSnapshot, printSnapshot, type Position, type Snapshot } from './position.js';

export interface EventRow {
  id: bigint;
  xid: bigint;
  audience: readonly string[];
  event: LiveEvent;
}

export interface Page {
  rows: EventRow[];
  /** The snapshot up to which the rows were read. */
  until: Snapshot;
  /** Where the reader is after them. */
  next: Position;
  /** There was nothing more when it was read. */
  isLast: boolean;
}

interface FoundRow {
  id: string;
  xid: string;
  audience: string;
  /** JSON of what happened in a call; null for what happened in a team. */
  event: string | null;
  teamId: string | null;
  kind: string | null;
  codeEndsAt: Date | null;
}
interface StandingRow {
  id: string;
  callId: string;
  accountId: string;
  isRemoved: boolean;
}
/** A row of a LEFT JOIN that found nothing. */
type Nothing<R> = { [C in keyof R]: R[C] | null };

/** How many rows a reader that goes on looks through in one query, for its own. */
const NEAR = 1_000;

/** Both in one order: their ids are of one sequence. */
const BOTH = sql`
  (
    SELECT id, xid, audience, event, NULL::uuid AS team_id, NULL::text AS kind,
      NULL::uuid AS account_id, NULL::timestamptz AS code_ends_at
    FROM call_events
    UNION ALL
    SELECT id, xid, NULL, NULL, team_id, kind, account_id, code_ends_at
    FROM team_events
  )`;

/** A team's members as they are when it is read, not as they were: who has gone learns only that. */
const MEMBERS = sql`
  SELECT m.account_id
  FROM team_members m
  WHERE m.team_id = e.team_id AND (e.kind = 'changed' OR e.kind = 'code' AND m.role = 'owner')`;

const COLUMNS = sql`
  e.id,
  e.xid::text,
  array_to_string(
    CASE
      WHEN e.team_id IS NULL THEN e.audience
      WHEN e.kind = 'left' THEN ARRAY[e.account_id]
      ELSE ARRAY(${MEMBERS})
    END,
    ','
  ) AS audience,
  e.event,
  e.team_id AS "teamId",
  e.kind,
  e.code_ends_at AS "codeEndsAt"`;

const concerns = (accountId: string): RawBuilder<unknown> => sql`
  CASE
    WHEN e.team_id IS NULL THEN ${accountId}::uuid = ANY (e.audience)
    WHEN e.kind = 'left' THEN ${accountId}::uuid = e.account_id
    ELSE ${accountId}::uuid IN (${MEMBERS})
  END`;

@Injectable()
export class LiveEventsRepository {
  /**
   * Records a change in the transaction that makes it, once its rows are written: it is sent when
   * that commits, or not at all. PostgreSQL refuses what those rows don't say, and knows whom it
   * concerns. Whoever publishes holds the call's row: the order of a call's events rests on that.
   */
  async publish(trx: Transaction, event: CallEvent, now: Date): Promise<void> {
    await sql`
      INSERT INTO call_events (call_id, event, at)
      VALUES (${event.callId}, ${JSON.stringify(event)}, ${now})
    `.execute(trx);
  }

  async takeSnapshot(db: Executor): Promise<Snapshot> {
    const { rows } = await sql<{ now: string }>`SELECT pg_current_snapshot()::text AS now`.execute(
      db,
    );
    return parseSnapshot((rows[0] as { now: string }).now);
  }

  /** Reads what is new since `from`, at most `limit`, for one account or for all. */
  async read(db: Executor, from: Position, limit: number, accountId?: string): Promise<Page> {
    const { seen, part } = from;
    const filter = sql`
      NOT pg_visible_in_snapshot(e.xid, ${printSnapshot(seen)}::pg_snapshot)
      AND ${accountId === undefined ? sql`true` : concerns(accountId)}`;
    return part === undefined
      ? this.readNew(db, seen, filter, limit)
      : this.readPart(db, seen, part, filter, limit);
  }

  /** Reads all that is new by now, from its beginning. */
  private async readNew(
    db: Executor,
    seen: Snapshot,
    filter: RawBuilder<unknown>,
    limit: number,
  ): Promise<Page> {
    // What is new is found before it is sorted: else the planner may walk all ids from the first
    // on, since a LIMIT makes that look cheap.
    const { rows } = await sql<Nothing<FoundRow> & { until: string }>`
      WITH found AS MATERIALIZED (
        SELECT e.*
        FROM ${BOTH} e
        WHERE e.xid >= ${String(seen.xmin)}::xid8 AND ${filter}
      )
      SELECT pg_current_snapshot()::text AS until, f.*
      FROM (SELECT) one
      LEFT JOIN (SELECT ${COLUMNS} FROM found e ORDER BY e.id LIMIT ${limit}) f ON true
      ORDER BY f.id
    `.execute(db);
    const found = rows.filter((row): row is typeof row & FoundRow => row.id !== null);
    const until = parseSnapshot((rows[0] as { until: string }).until);
    const last = found.length === limit ? found.at(-1)?.id : undefined;
    return buildPage(found, seen, until, last, true);
  }

  /** Goes on in what `part.until` shows, after the id up to which it was read. */
  private async readPart(
    db: Executor,
    seen: Snapshot,
    part: NonNullable<Position['part']>,
    filter: RawBuilder<unknown>,
    limit: number,
  ): Promise<Page> {
    // The next ids come first, whosever they are: asked for one account's own at once, the planner
    // finds all that are left each time.
    const { rows } = await sql<Nothing<FoundRow> & { count: number; furthest: string | null }>`
      WITH near AS MATERIALIZED (
        SELECT *
        FROM ${BOTH} b
        WHERE id > ${String(part.id)}::bigint
        ORDER BY id
        LIMIT ${NEAR}
      )
      SELECT
        (SELECT count(*)::int FROM near) AS count,
        (SELECT max(id) FROM near) AS furthest,
        f.*
      FROM (SELECT) one
      LEFT JOIN (
        SELECT ${COLUMNS}
        FROM near e
        WHERE ${filter}
          AND pg_visible_in_snapshot(e.xid, ${printSnapshot(part.until)}::pg_snapshot)
        ORDER BY e.id
        LIMIT ${limit}
      ) f ON true
      ORDER BY f.id
    `.execute(db);
    const { count, furthest } = rows[0] as { count: number; furthest: string | null };
    const found = rows.filter((row): row is typeof row & FoundRow => row.id !== null);
    const next = count === NEAR ? furthest : undefined;
    const last = found.length === limit ? found.at(-1)?.id : next;
    return buildPage(found, seen, part.until, last ?? undefined, false);
  }

  /** Finds what these accounts are in these calls, by `standingKey`. */
  async findStandings(
    db: Executor,
    callIds: readonly string[],
    accountIds: readonly string[],
  ): Promise<Map<string, Standing>> {
    const { rows } = await sql<StandingRow>`
      SELECT
        id,
        call_id AS "callId",
        account_id AS "accountId",
        removed_at IS NOT NULL AS "isRemoved"
      FROM participants
      WHERE call_id = ANY (${callIds}::uuid[])
        AND account_id = ANY (${accountIds}::uuid[])
    `.execute(db);
    return new Map(
      rows.map(({ id, callId, accountId, isRemoved }) => [
        standingKey(callId, accountId),
        { participantId: id, isRemoved },
      ]),
    );
  }
}

/**
 * `last`: up to where it was read, if there may be more; undefined: there is no more up to `until`.
 */
function buildPage(
  found: readonly FoundRow[],
  seen: Snapshot,
  until: Snapshot,
  last: string | undefined,
  isNow: boolean,
): Page {
  return {
    rows: found.flatMap((row) => {
      // What is no event of ours is a later version's, or holds more than a browser may know.
      const event = liveEvent.safeParse(readEvent(row)).data;
      return event === undefined
        ? []
        : [{ id: BigInt(row.id), xid: BigInt(row.xid), audience: row.audience.split(','), event }];
    }),
    until,
    next: last === undefined ? { seen: until } : { seen, part: { until, id: BigInt(last) } },
    isLast: isNow && last === undefined,
  };
}

function readEvent({ event, teamId, kind, codeEndsAt }: FoundRow): unknown {
  if (event !== null) return JSON.parse(event);
  const named = { kind: `team.${kind ?? ''}`, teamId };
  return kind === 'code' ? { ...named, endsAt: codeEndsAt?.toISOString() ?? null } : named;
}

export const standingKey = (callId: string, accountId: string): string => `${callId} ${accountId}`;
