import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor } from '../kernel/database.js';
import { type Try, WAKE_CHANNEL } from './webhooks.repository.js';

/** Where an app's events go, and how its endpoint fares. */
export interface AppWebhook {
  appId: string;
  url: string;
  secretVersion: number;
  previousUntil: Date | null;
  isEnabled: boolean;
  disabledBecause: 'operator' | 'gone' | 'failing' | null;
  failingSince: Date | null;
  createdAt: Date;
}

/** An event as its operator sees it. */
export interface EventSeen {
  id: string;
  type: string;
  state: 'queued' | 'sending' | 'delivered' | 'given_up';
  tries: Try[];
  nextAt: Date | null;
}

/** An app's webhook as an operator sets it: one address for each app, or none. */
@Injectable()
export class AppWebhooksRepository {
  async find(db: Executor, appId: string): Promise<AppWebhook | undefined> {
    const { rows } = await sql<AppWebhook>`
      SELECT
        app_id AS "appId",
        url,
        secret_version AS "secretVersion",
        previous_until AS "previousUntil",
        is_enabled AS "isEnabled",
        disabled_because AS "disabledBecause",
        failing_since AS "failingSince",
        created_at AS "createdAt"
      FROM app_webhooks
      WHERE app_id = ${appId}
    `.execute(db);
    return rows[0];
  }

  /**
   * An operator sets where the app's events go from now on. The webhook is enabled, whatever was
   * before, and keeps its secret.
   */
  async set(db: Executor, appId: string, url: string, now: Date): Promise<void> {
    await sql`
      INSERT INTO app_webhooks (app_id, url, created_at)
      VALUES (${appId}, ${url}, ${now})
      ON CONFLICT (app_id) DO UPDATE SET
        url = excluded.url,
        is_enabled = true,
        disabled_because = NULL,
        failing_since = NULL,
        paused_until = NULL
    `.execute(db);
  }

  /**
   * An operator takes a new secret. The one before signs too until `previousUntil`, and the one
   * before that no more. It returns undefined if there is no webhook.
   */
  async rotate(db: Executor, appId: string, previousUntil: Date): Promise<number | undefined> {
    const { rows } = await sql<{ version: number }>`
      UPDATE app_webhooks
      SET secret_version = secret_version + 1, previous_until = ${previousUntil}
      WHERE app_id = ${appId}
      RETURNING secret_version AS version
    `.execute(db);
    return rows[0]?.version;
  }

  /** An operator disables it. What waits is given up. */
  async disable(db: Executor, appId: string): Promise<void> {
    await sql`
      UPDATE app_webhooks
      SET is_enabled = false, disabled_because = 'operator'
      WHERE app_id = ${appId} AND is_enabled
    `.execute(db);
  }

  /** An operator tries the webhook: the worker makes the event's body, signs it and sends it. */
  async addTest(db: Executor, id: string, appId: string, now: Date): Promise<void> {
    await sql`
      INSERT INTO webhook_events (id, app_id, type, created_at, happened_at, next_at)
      VALUES (${id}, ${appId}, 'test', ${now}, ${now}, ${now})
    `.execute(db);
    await sql`SELECT pg_notify(${WAKE_CHANNEL}, '')`.execute(db);
  }

  /** The app's latest events with all of their tries. */
  async listEvents(db: Executor, appId: string, most: number): Promise<EventSeen[]> {
    const { rows } = await sql<EventSeen>`
      SELECT id, type, state, tries, next_at AS "nextAt"
      FROM webhook_events
      WHERE app_id = ${appId}
      ORDER BY created_at DESC, id DESC
      LIMIT ${most}
    `.execute(db);
    return rows;
  }

  async findEvent(db: Executor, id: string): Promise<EventSeen | undefined> {
    const { rows } = await sql<EventSeen>`
      SELECT id, type, state, tries, next_at AS "nextAt"
      FROM webhook_events
      WHERE id = ${id}
    `.execute(db);
    return rows[0];
  }
}
