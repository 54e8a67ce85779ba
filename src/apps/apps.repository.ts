import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Channel } from '../handoff/channels.js';
import type { Executor, Transaction } from '../kernel/database.js';
import type { Language } from '../texts/catalogue.js';
import { type App, MOST_SERVICES, type ServiceWish, type VerifyService } from './app.js';
import type { HandedOff, Started } from './figures.js';

/** An app as it may sign in. */
export interface AppWithSecrets {
  app: App;
  /** SHA-256 of each that is live. */
  secretHashes: readonly Buffer[];
}

/** An app as its operator sees it. */
export interface OperatedApp {
  id: string;
  name: string;
  countries: string[];
  /** A day's, in the carrier's currency; null: the setting's. */
  spendCap: string | null;
  createdAt: Date;
  disabledAt: Date | null;
  /** When each secret was made, the oldest first. */
  secretsSince: Date[];
  webhook: 'none' | 'on' | 'operator' | 'gone' | 'failing';
}

/** What the texts of one verification say of whose code it is. */
export interface ServiceTexts {
  name: string;
  codeLastsMs: number;
  templates: VerifyService['templates'];
}

interface ServiceRow extends Omit<VerifyService, 'codeLastsMs' | 'createdAt' | 'channels'> {
  channels: Channel[];
  codeLastsS: number;
  createdAt: string | Date;
}

const SERVICE = sql.raw(
  `s.id, s.app_id AS "appId", s.is_default AS "isDefault", s.name, s.code_length AS "codeLength", s.code_lasts_s AS "codeLastsS", s.channels, s.templates, s.created_at AS "createdAt"`,
);
const toService = ({ codeLastsS, createdAt, ...row }: ServiceRow): VerifyService => ({
  ...row,
  codeLastsMs: codeLastsS * 1000,
  createdAt: new Date(createdAt),
});

@Injectable()
export class AppsRepository {
  /** Of these, the apps that are there and not disabled, with all that a request needs to know of them. */
  async read(db: Executor, ids: readonly string[]): Promise<AppWithSecrets[]> {
    const { rows } = await sql<{
      id: string;
      name: string;
      countries: string[];
      hasWebhook: boolean;
      secrets: Buffer[];
      services: ServiceRow[];
    }>`
      SELECT a.id, a.name, a.countries,
        EXISTS (SELECT FROM app_webhooks w WHERE w.app_id = a.id AND w.is_enabled) AS "hasWebhook",
        ARRAY(SELECT secret_hash FROM app_secrets WHERE app_id = a.id) AS secrets,
        (SELECT json_agg(s ORDER BY s."createdAt", s.id) FROM (SELECT ${SERVICE} FROM verify_services s WHERE s.app_id = a.id) s) AS services
      FROM apps a WHERE a.id = ANY (${ids}::uuid[]) AND a.disabled_at IS NULL
    `.execute(db);
    return rows.map(({ secrets, services, ...row }) => {
      const all = services.map(toService);
      const defaultService = all.find((service) => service.isDefault);
      if (defaultService === undefined) throw new Error('an app has a default service');
      return {
        app: {
          ...row,
          services: new Map(all.map((service) => [service.id, service])),
          defaultService,
        },
        secretHashes: secrets,
      };
    });
  }

  /** Undefined if the app has as many as it may. Its services are made one after the other. */
  async insertService(
    trx: Transaction,
    service: ServiceWish & { id: string; appId: string; isDefault?: boolean },
    now: Date,
  ): Promise<VerifyService | undefined> {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${service.appId}, 2))`.execute(trx);
    const { rows } = await sql<ServiceRow>`
      INSERT INTO verify_services AS s (id, app_id, is_default, name, code_length, code_lasts_s, channels, created_at)
      SELECT ${service.id}::uuid, ${service.appId}::uuid, ${service.isDefault ?? false}::boolean, ${service.name}, ${service.codeLength}::int, ${service.codeLastsMs / 1000}::int, ${service.channels}::text[], ${now}::timestamptz
      WHERE (SELECT count(*) FROM verify_services WHERE app_id = ${service.appId}::uuid) < ${MOST_SERVICES}::int
      RETURNING ${SERVICE}
    `.execute(trx);
    return rows[0] && toService(rows[0]);
  }

  /** What isn't named stays. Undefined if the app has no such service. */
  async updateService(
    db: Executor,
    appId: string,
    id: string,
    { name, codeLength, codeLastsMs, channels }: Partial<ServiceWish>,
  ): Promise<VerifyService | undefined> {
    const { rows } = await sql<ServiceRow>`
      UPDATE verify_services s SET name = coalesce(${name ?? null}::text, name), code_length = coalesce(${codeLength ?? null}::int, code_length),
        code_lasts_s = coalesce(${codeLastsMs === undefined ? null : codeLastsMs / 1000}::int, code_lasts_s), channels = coalesce(${channels ?? null}::text[], channels)
      WHERE s.id = ${id} AND s.app_id = ${appId} RETURNING ${SERVICE}
    `.execute(db);
    return rows[0] && toService(rows[0]);
  }

  /** The worker's; undefined for a person's own verification. */
  async textsOf(db: Executor, verificationId: string): Promise<ServiceTexts | undefined> {
    const { rows } = await sql<{
      name: string;
      codeLastsS: number;
      templates: VerifyService['templates'];
    }>`
      SELECT s.name, s.code_lasts_s AS "codeLastsS", s.templates FROM verifications v JOIN verify_services s ON s.id = v.service_id WHERE v.id = ${verificationId}
    `.execute(db);
    return (
      rows[0] && {
        name: rows[0].name,
        codeLastsMs: rows[0].codeLastsS * 1000,
        templates: rows[0].templates,
      }
    );
  }

  /** How many verifications the app started since then, by country and state; numbers for tests are left out. */
  async countStarts(db: Executor, appId: string, since: Date, now: Date): Promise<Started[]> {
    const { rows } = await sql<Started>`
      SELECT v.country, CASE WHEN v.state = 'pending' AND v.expires_at <= ${now} THEN 'expired' ELSE v.state END AS state, count(*)::int AS count
      FROM verify_services s JOIN verifications v ON v.service_id = s.id
      WHERE s.app_id = ${appId} AND v.created_at > ${since} AND NOT v.is_test GROUP BY 1, 2
    `.execute(db);
    return rows;
  }

  /** What of these went to the carrier: it said that it took it, or may have. */
  async countSends(db: Executor, appId: string, since: Date): Promise<HandedOff[]> {
    const { rows } = await sql<HandedOff>`
      SELECT h.channel, count(*)::int AS count
      FROM verify_services s JOIN verifications v ON v.service_id = s.id JOIN handoffs h ON h.subject_id = v.id
      WHERE s.app_id = ${appId} AND v.created_at > ${since} AND NOT v.is_test AND h.purpose = 'verification' AND h.kind = 'deliver' AND h.state IN ('accepted', 'unknown')
      GROUP BY 1
    `.execute(db);
    return rows;
  }

  // What follows is the operator's, by the owner's login (src/embedded/apps.ts): no role may.

  async list(db: Executor, name?: string): Promise<OperatedApp[]> {
    const { rows } = await sql<OperatedApp>`
      SELECT a.id, a.name, a.countries, a.spend_cap AS "spendCap", a.created_at AS "createdAt", a.disabled_at AS "disabledAt",
        ARRAY(SELECT created_at FROM app_secrets WHERE app_id = a.id ORDER BY created_at, secret_hash) AS "secretsSince",
        coalesce(w.disabled_because, CASE WHEN w.app_id IS NULL THEN 'none' ELSE 'on' END) AS webhook
      FROM apps a LEFT JOIN app_webhooks w ON w.app_id = a.id WHERE ${name ?? null}::text IS NULL OR a.name = ${name ?? null} ORDER BY a.name
    `.execute(db);
    return rows;
  }

  /** By its name, and nobody else's to change until the transaction ends. */
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
      INSERT INTO apps (id, name, countries, spend_cap, created_at) VALUES (${app.id}, ${app.name}, ${app.countries}::text[], ${app.spendCap}, ${now}) ON CONFLICT (name) DO NOTHING RETURNING id
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
    await sql`UPDATE apps SET name = ${app.name}, countries = ${app.countries}::text[], spend_cap = ${app.spendCap}, disabled_at = ${app.disabledAt} WHERE id = ${id}`.execute(
      trx,
    );
  }

  /** With its services and its webhook. Its verifications go before it, see below. */
  async remove(db: Executor, id: string): Promise<void> {
    await sql`DELETE FROM apps WHERE id = ${id}`.execute(db);
  }

  /** A batch; gives how many. Their hand-offs are erased as left over (kernel/retention.ts). */
  async removeVerifications(trx: Transaction, appId: string): Promise<number> {
    const { rows } = await sql`
      DELETE FROM verifications WHERE id IN (SELECT v.id FROM verify_services s JOIN verifications v ON v.service_id = s.id WHERE s.app_id = ${appId} LIMIT 1000) RETURNING id
    `.execute(trx);
    return rows.length;
  }

  async insertSecret(trx: Transaction, appId: string, hash: Buffer, now: Date): Promise<void> {
    await sql`INSERT INTO app_secrets (secret_hash, app_id, created_at) VALUES (${hash}, ${appId}, ${now})`.execute(
      trx,
    );
  }

  async removeOlderSecret(trx: Transaction, appId: string): Promise<void> {
    await sql`DELETE FROM app_secrets WHERE secret_hash = (SELECT secret_hash FROM app_secrets WHERE app_id = ${appId} ORDER BY created_at, secret_hash LIMIT 1)`.execute(
      trx,
    );
  }

  async listServices(db: Executor, appId: string): Promise<VerifyService[]> {
    const { rows } =
      await sql<ServiceRow>`SELECT ${SERVICE} FROM verify_services s WHERE s.app_id = ${appId} ORDER BY s.created_at, s.id`.execute(
        db,
      );
    return rows.map(toService);
  }

  async setTemplates(
    trx: Transaction,
    serviceId: string,
    templates: Partial<Record<Language, string>>,
  ): Promise<void> {
    await sql`UPDATE verify_services SET templates = ${JSON.stringify(templates)}::jsonb WHERE id = ${serviceId}`.execute(
      trx,
    );
  }
}
