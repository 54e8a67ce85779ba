import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { newId } from '../kernel/ids.js';
import type { NewEvent, StoredEvent } from './webhook-event.js';

/** Wakes the workers when something is due. It doesn't say what: they look. */
export const WAKE_CHANNEL = 'dingline_webhooks';

/** One event that this worker alone may send until its lease is over. */
export interface ClaimedEvent extends StoredEvent {
  id: string;
  appId: string;
  /** How many there were, with this one. */
  attempts: number;
  url: string;
  secretVersion: number;
  previousUntil: Date | null;
  /** The last attempt at its endpoint failed. */
  isFailing: boolean;
}

/** How many requests this worker may begin. */
export interface Free {
  /** For endpoints whose last attempt succeeded, and for those whose last attempt failed. */
  wellMost: number;
  failingMost: number;
}

/**
 * How many requests one endpoint has at a time, from all workers together (nearly: two may claim in
 * the same moment).
 */
const AT_ONCE = 4;
/** An endpoint whose last attempt failed is only asked whether it is back. */
const AT_ONCE_WHILE_FAILING = 1;

/** What an app's server answered, or why it answered nothing, as it is kept with the event. */
export interface Try {
  at: string;
  status?: number;
  reason?: string;
}
const toTry = (answer: { status?: number; reason?: string }, now: Date): string =>
  JSON.stringify([{ at: now.toISOString(), ...answer } satisfies Try]);

@Injectable()
export class WebhooksRepository {
  /**
   * Stores an event for an app that has a webhook; false if it has none, or was told. It is one
   * statement in either case.
   */
  async add(trx: Transaction, event: NewEvent, now: Date): Promise<boolean> {
    const channel = event.type === 'verification.started' ? event.channel : null;
    const { handoffId = null, delivery = null } =
      event.type === 'verification.delivery' ? event : {};
    const { rows } = await sql`
      INSERT INTO webhook_events (
        id, app_id, type, verification_id, handoff_id, channel, delivery, created_at, next_at
      )
      SELECT
        ${newId()}, app_id, ${event.type}, ${event.verificationId}, ${handoffId}::uuid,
        ${channel}::text, ${delivery}::text, ${now}, ${now}
      FROM app_webhooks
      WHERE app_id = ${event.appId} AND is_enabled
      ON CONFLICT DO NOTHING
      RETURNING id
    `.execute(trx);
    return rows.length > 0;
  }

  async wake(db: Executor): Promise<void> {
    await sql`SELECT pg_notify(${WAKE_CHANNEL}, '')`.execute(db);
  }

  /**
   * Claims what is due, the longest due first, of each endpoint no more than it may have at a time.
   * It looks at each endpoint's own rows: however many wait for one that is away, they hide nobody
   * else's. With 1,000 endpoints, 200,000 rows that are settled and 100,000 that wait for one of
   * them it takes some 5 ms.
   *
   * A claim is a lease: when it is over, whoever had it is taken for dead.
   */
  async claim(
    db: Executor,
    { wellMost, failingMost }: Free,
    now: Date,
    leaseMs: number,
  ): Promise<ClaimedEvent[]> {
    const leaseEndsAt = new Date(now.getTime() + leaseMs);
    const { rows } = await sql<ClaimedEvent>`
      WITH busy AS (
        SELECT app_id, count(*)::int AS n
        FROM webhook_events
        WHERE state = 'sending' AND next_at > ${now}
        GROUP BY app_id
      ),
      due AS MATERIALIZED (
        SELECT
          e.id,
          w.failing_since IS NOT NULL AS is_failing,
          row_number() OVER (
            PARTITION BY w.failing_since IS NOT NULL
            ORDER BY e.next_at, e.id
          ) AS place
        FROM app_webhooks w
        LEFT JOIN busy USING (app_id)
        CROSS JOIN LATERAL (
          SELECT id, next_at
          FROM webhook_events
          WHERE app_id = w.app_id AND next_at <= ${now}
          ORDER BY next_at, id
          LIMIT greatest(
            0,
            CASE
              WHEN w.failing_since IS NULL THEN ${AT_ONCE}::int
              ELSE ${AT_ONCE_WHILE_FAILING}::int
            END - coalesce(busy.n, 0)
          )
        ) e
        WHERE w.is_enabled AND (w.paused_until IS NULL OR w.paused_until <= ${now})
      ),
      mine AS (
        SELECT e.id, due.is_failing
        FROM webhook_events e
        JOIN due USING (id)
        WHERE due.place <=
            CASE WHEN due.is_failing THEN ${failingMost}::int ELSE ${wellMost}::int END
          -- The locked row is asked again: another worker may have claimed it and let go of it.
          AND e.next_at <= ${now}
        FOR UPDATE OF e SKIP LOCKED
      )
      UPDATE webhook_events e
      SET state = 'sending', attempts = attempts + 1, next_at = ${leaseEndsAt}
      FROM mine, app_webhooks w
      WHERE e.id = mine.id AND w.app_id = e.app_id
      RETURNING
        e.id,
        e.app_id AS "appId",
        e.type,
        e.verification_id AS "verificationId",
        e.channel,
        e.delivery,
        e.reason,
        e.outcome,
        e.happened_at AS "happenedAt",
        e.attempts,
        w.url,
        w.secret_version AS "secretVersion",
        w.previous_until AS "previousUntil",
        mine.is_failing AS "isFailing"
    `.execute(db);
    return rows;
  }

  /**
   * The endpoint took the event, which stands whatever another attempt of that event says, and is
   * well.
   */
  async markDelivered(
    db: Executor,
    { id, appId }: ClaimedEvent,
    status: number,
    now: Date,
  ): Promise<void> {
    await sql`
      WITH event AS (
        UPDATE webhook_events
        SET
          state = 'delivered',
          next_at = NULL,
          settled_at = ${now},
          last_status = ${status},
          last_reason = NULL,
          tries = tries || ${toTry({ status }, now)}::jsonb
        WHERE id = ${id}
      )
      UPDATE app_webhooks
      SET failing_since = NULL, paused_until = NULL
      WHERE app_id = ${appId} AND (failing_since IS NOT NULL OR paused_until IS NOT NULL)
    `.execute(db);
  }

  /** Without `nextAt` the event is given up. A claim that is over by now changes nothing. */
  async markFailed(
    db: Executor,
    { id, attempts }: ClaimedEvent,
    failure: { status?: number; reason: string },
    nextAt: Date | undefined,
    now: Date,
  ): Promise<void> {
    await sql`
      UPDATE webhook_events
      SET
        state = ${nextAt === undefined ? 'given_up' : 'queued'},
        next_at = ${nextAt ?? null},
        settled_at = ${nextAt === undefined ? now : null},
        last_status = ${failure.status ?? null},
        last_reason = ${failure.reason},
        tries = tries || ${toTry(failure, now)}::jsonb
      WHERE id = ${id} AND state = 'sending' AND attempts = ${attempts}
    `.execute(db);
  }

  /** Gives back what was claimed, as if it never had been. */
  async release(db: Executor, { id, attempts }: ClaimedEvent, now: Date): Promise<void> {
    await sql`
      UPDATE webhook_events
      SET state = 'queued', attempts = attempts - 1, next_at = ${now}
      WHERE id = ${id} AND state = 'sending' AND attempts = ${attempts}
    `.execute(db);
  }

  /**
   * Records an endpoint's failure, and returns why it was disabled, if it was. The failure of an
   * address that it no longer has counts for nothing.
   */
  async markEndpointFailed(
    trx: Transaction,
    { appId, url }: ClaimedEvent,
    how: { isGone: boolean; pausedUntil: Date | undefined; failingForMs: number },
    now: Date,
  ): Promise<'gone' | 'failing' | undefined> {
    const failingBefore = new Date(now.getTime() - how.failingForMs);
    const { rows } = await sql<{ disabledBecause: 'gone' | 'failing' | null }>`
      UPDATE app_webhooks w
      SET
        failing_since = coalesce(w.failing_since, ${now}),
        paused_until = greatest(w.paused_until, ${how.pausedUntil ?? null}::timestamptz),
        disabled_because = why.because,
        is_enabled = why.because IS NULL
      FROM (
        SELECT
          app_id,
          CASE
            WHEN ${how.isGone} THEN 'gone'
            WHEN failing_since <= ${failingBefore} THEN 'failing'
          END AS because
        FROM app_webhooks
        WHERE app_id = ${appId}
      ) why
      WHERE w.app_id = why.app_id AND w.url = ${url} AND w.is_enabled
      RETURNING w.disabled_because AS "disabledBecause"
    `.execute(trx);
    return rows[0]?.disabledBecause ?? undefined;
  }

  /** Gives up what waits for endpoints that are disabled, and returns how many events that are. */
  async giveUpDisabled(trx: Transaction, now: Date): Promise<number> {
    const { rows } = await sql`
      UPDATE webhook_events
      SET state = 'given_up', next_at = NULL, settled_at = ${now}, last_reason = 'disabled'
      WHERE id IN (
        SELECT e.id
        FROM app_webhooks w
        JOIN webhook_events e
        USING (app_id)
        WHERE NOT w.is_enabled
          AND e.next_at IS NOT NULL
          AND (e.state = 'queued' OR e.next_at <= ${now})
        LIMIT 500
        FOR UPDATE OF e SKIP LOCKED
      )
      RETURNING id
    `.execute(trx);
    return rows.length;
  }
}
