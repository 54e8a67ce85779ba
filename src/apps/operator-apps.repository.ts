import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';

/** This is an app as its operator sees it. */
export interface OperatedApp {
  id: string;
  name: string;
  countries: string[];
  /** A day's codes may cost this much, in the carrier's currency; with null the setting decides. */
  spendCap: string | null;
  createdAt: Date;
  disabledAt: Date | null;
  /** Each secret is shown by the time when it was made, the oldest first. */
  secretsSince: Date[];
  webhook: 'none' | 'on' | 'operator' | 'gone' | 'failing';
}

/** An operator changes apps by the owner's login: no role may. */
export class OperatorAppsRepository {
  /** Lists all apps, or the one with this name. */
  async list(db: Executor, name?: string): Promise<OperatedApp[]> {
    const { rows } = await sql<OperatedApp>`
      SELECT
        a.id,
        a.name,
        a.countries,
        a.spend_cap AS "spendCap",
        a.created_at AS "createdAt",
        a.disabled_at AS "disabledAt",
        ARRAY(
          SELECT created_at
          FROM app_secrets
          WHERE app_id = a.id
          ORDER BY created_at, secret_hash
        ) AS "secretsSince",
        coalesce(
          w.disabled_because,
          CASE WHEN w.app_id IS NULL THEN 'none' ELSE 'on' END
        ) AS webhook
      FROM apps a
      LEFT JOIN app_webhooks w ON w.app_id = a.id
      WHERE ${name ?? null}::text IS NULL OR a.name = ${name ?? null}
      ORDER BY a.name
    `.execute(db);
    return rows;
  }

  /** Finds an app by its name; nobody else may change it until the transaction ends. */
  async lock(trx: Transaction, name: string): Promise<OperatedApp | undefined> {
    await sql`SELECT FROM apps WHERE name = ${name} FOR UPDATE`.execute(trx);
    return (await this.list(trx, name))[0];
  }

  /** False if the name is taken. */
  async insert(
    trx: Transaction,
    app: { id: string; name: string; countries: readonly string[]; spendCap: string | null },
    now: Date,
  ): Promise<boolean> {
    const { rows } = await sql`
      INSERT INTO apps (id, name, countries, spend_cap, created_at)
      VALUES (${app.id}, ${app.name}, ${app.countries}::text[], ${app.spendCap}, ${now})
      ON CONFLICT (name) DO NOTHING
      RETURNING id
    `.execute(trx);
    return rows.length > 0;
  }

  async update(
    trx: Transaction,
    id: string,
    app: {
      name: string;
      countries: readonly string[];
      spendCap: string | null;
      disabledAt: Date | null;
    },
  ): Promise<void> {
    await sql`
      UPDATE apps
      SET
        name = ${app.name},
        countries = ${app.countries}::text[],
        spend_cap = ${app.spendCap},
        disabled_at = ${app.disabledAt}
      WHERE id = ${id}
    `.execute(trx);
  }

  /** Removes it with its services and its webhook. Its verifications go before it, see below. */
  async remove(db: Executor, id: string): Promise<void> {
    await sql`DELETE FROM apps WHERE id = ${id}`.execute(db);
  }

  /**
   * Removes a batch of its verifications, and gives how many. Their hand-offs are erased as left
   * over (kernel/retention.ts).
   */
  async removeVerifications(trx: Transaction, appId: string): Promise<number> {
    const { rows } = await sql`
      DELETE FROM verifications
      WHERE id IN (
        SELECT v.id
        FROM verify_services s
        JOIN verifications v ON v.service_id = s.id
        WHERE s.app_id = ${appId}
        LIMIT 1000
      )
      RETURNING id
    `.execute(trx);
    return rows.length;
  }

  async insertSecret(trx: Transaction, appId: string, digest: Buffer, now: Date): Promise<void> {
    await sql`
      INSERT INTO app_secrets (secret_hash, app_id, created_at)
      VALUES (sha256(${digest}), ${appId}, ${now})
    `.execute(trx);
  }

  async removeOlderSecret(trx: Transaction, appId: string): Promise<void> {
    await sql`
      DELETE FROM app_secrets
      WHERE secret_hash = (
        SELECT secret_hash
        FROM app_secrets
        WHERE app_id = ${appId}
        ORDER BY created_at, secret_hash
        LIMIT 1
      )
    `.execute(trx);
  }
}
