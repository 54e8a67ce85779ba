import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Channel } from '../handoff/channels.js';
import type { Executor, Transaction } from '../kernel/database.js';
import {
  type App,
  type CallingApp,
  MOST_SERVICES,
  type ServiceWish,
  type VerifyService,
} from './app.js';
import type { HandedOff, Started, Undelivered } from './figures.js';

/** An app, and the digests of secrets that somebody wants to sign in with. */
export interface AskedApp {
  id: string;
  digests: readonly Buffer[];
}

/** This is what signing in needs to know of an app. */
export interface FoundApp {
  app: App;
  /** Those that are of its live secrets, among the digests that were asked about. */
  digests: readonly Buffer[];
}

/** The texts of one verification name its service by this. */
export interface ServiceTexts {
  name: string;
  templates: VerifyService['templates'];
  codeHost: VerifyService['codeHost'];
}

interface ServiceRow extends Omit<VerifyService, 'codeLastsMs' | 'createdAt' | 'channels'> {
  channels: Channel[];
  codeLastsS: number;
  createdAt: string | Date;
}

/** These columns make a ServiceRow. */
const SERVICE = sql`
  s.id,
  s.app_id AS "appId",
  s.is_default AS "isDefault",
  s.name,
  s.code_length AS "codeLength",
  s.code_lasts_s AS "codeLastsS",
  s.channels,
  s.templates,
  s.code_host AS "codeHost",
  s.created_at AS "createdAt"`;
const toService = ({ codeLastsS, createdAt, ...row }: ServiceRow): VerifyService => ({
  ...row,
  codeLastsMs: codeLastsS * 1000,
  createdAt: new Date(createdAt),
});

const serializeAsked = (asked: readonly AskedApp[]): string =>
  JSON.stringify(
    asked.map(({ id, digests }) => ({
      id,
      digests: digests.map((digest) => `\\x${digest.toString('hex')}`),
    })),
  );

@Injectable()
export class AppsRepository {
  /**
   * Lists those of the given apps that exist and are not disabled, with all that a request needs to
   * know.
   */
  async read(db: Executor, asked: readonly AskedApp[]): Promise<FoundApp[]> {
    const { rows } = await sql<{
      id: string;
      name: string;
      countries: string[];
      hasWebhook: boolean;
      digests: Buffer[];
      services: ServiceRow[];
    }>`
      SELECT
        a.id,
        a.name,
        a.countries,
        EXISTS (
          SELECT
          FROM app_webhooks w
          WHERE w.app_id = a.id AND w.is_enabled
        ) AS "hasWebhook",
        app_secrets_among(a.id, asked.digests) AS digests,
        (
          SELECT json_agg(s ORDER BY s."createdAt", s.id)
          FROM (
            SELECT ${SERVICE}
            FROM verify_services s
            WHERE s.app_id = a.id
          ) s
        ) AS services
      FROM json_to_recordset(${serializeAsked(asked)}::json) AS asked (id uuid, digests bytea[])
      JOIN apps a ON a.id = asked.id AND a.disabled_at IS NULL
    `.execute(db);
    return rows.map(({ digests, services, ...row }) => {
      const all = services.map(toService);
      const defaultService = all.find((service) => service.isDefault);
      if (defaultService === undefined) throw new Error('an app has a default service');
      return {
        app: {
          ...row,
          services: new Map(all.map((service) => [service.id, service])),
          defaultService,
        },
        digests,
      };
    });
  }

  /**
   * Shows PostgreSQL whose transaction this is; false if the secret is retired by now, or the app
   * disabled.
   */
  async identify(trx: Transaction, app: CallingApp): Promise<boolean> {
    const { rows } = await sql<{ isLive: boolean }>`
      SELECT identify_by_app_secret(${app.id}, ${app.secretDigest}) AS "isLive"
    `.execute(trx);
    return rows[0]?.isLive === true;
  }

  /** Undefined if the app has as many as it may. Its services are made one after the other. */
  async insertService(
    trx: Transaction,
    service: ServiceWish & { appId: string; isDefault?: boolean },
    now: Date,
  ): Promise<VerifyService | undefined> {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${service.appId}, 2))`.execute(trx);
    const { rows } = await sql<ServiceRow>`
      INSERT INTO verify_services AS s (
        app_id, is_default, name, code_length, code_lasts_s, channels, created_at
      )
      SELECT
        ${service.appId}::uuid,
        ${service.isDefault ?? false}::boolean,
        ${service.name},
        ${service.codeLength}::int,
        ${service.codeLastsMs / 1000}::int,
        ${service.channels}::text[],
        ${now}::timestamptz
      WHERE (
        SELECT count(*)
        FROM verify_services
        WHERE app_id = ${service.appId}::uuid
      ) < ${MOST_SERVICES}::int
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
    const codeLastsS = codeLastsMs === undefined ? null : codeLastsMs / 1000;
    const { rows } = await sql<ServiceRow>`
      UPDATE verify_services s
      SET
        name = coalesce(${name ?? null}::text, name),
        code_length = coalesce(${codeLength ?? null}::int, code_length),
        code_lasts_s = coalesce(${codeLastsS}::int, code_lasts_s),
        channels = coalesce(${channels ?? null}::text[], channels)
      WHERE s.id = ${id} AND s.app_id = ${appId}
      RETURNING ${SERVICE}
    `.execute(db);
    return rows[0] && toService(rows[0]);
  }

  /** For the worker. Undefined for a person's own verification, which no service started. */
  async findTexts(db: Executor, verificationId: string): Promise<ServiceTexts | undefined> {
    const { rows } = await sql<ServiceTexts>`
      SELECT s.name, s.templates, s.code_host AS "codeHost"
      FROM verifications v
      JOIN verify_services s ON s.id = v.service_id
      WHERE v.id = ${verificationId}
    `.execute(db);
    return rows[0];
  }

  /**
   * How many verifications the app started since then, by country and state; test numbers are left
   * out.
   */
  async countStarts(db: Executor, appId: string, since: Date, now: Date): Promise<Started[]> {
    const { rows } = await sql<Started>`
      SELECT
        v.country,
        CASE
          WHEN v.state = 'pending' AND v.expires_at <= ${now} THEN 'expired'
          ELSE v.state
        END AS state,
        count(*)::int AS count
      FROM verify_services s
      JOIN verifications v ON v.service_id = s.id
      WHERE s.app_id = ${appId} AND v.created_at > ${since} AND NOT v.is_test
      GROUP BY 1, 2
    `.execute(db);
    return rows;
  }

  /** How many of their codes went to the carrier: it said that it took them, or may have. */
  async countSends(db: Executor, appId: string, since: Date): Promise<HandedOff[]> {
    const { rows } = await sql<HandedOff>`
      SELECT h.channel, count(*)::int AS count
      FROM verify_services s
      JOIN verifications v ON v.service_id = s.id
      JOIN handoffs h ON h.subject_id = v.id
      WHERE s.app_id = ${appId}
        AND v.created_at > ${since}
        AND NOT v.is_test
        AND h.purpose = 'verification'
        AND h.kind = 'deliver'
        AND h.state IN ('accepted', 'unknown')
      GROUP BY 1
    `.execute(db);
    return rows;
  }

  /** What went out without bringing a code, or did not go out. What was taken back is none of it. */
  async countUndelivered(db: Executor, appId: string, since: Date): Promise<Undelivered[]> {
    const { rows } = await sql<Undelivered>`
      SELECT h.channel, h.reason, count(*)::int AS count
      FROM verify_services s
      JOIN verifications v ON v.service_id = s.id
      JOIN handoffs h ON h.subject_id = v.id
      WHERE s.app_id = ${appId}
        AND v.created_at > ${since}
        AND NOT v.is_test
        AND h.purpose = 'verification'
        AND h.kind = 'deliver'
        AND h.reason IS NOT NULL
        AND (
          h.state IN ('rejected', 'failed', 'expired')
          OR h.delivery IN ('undelivered', 'failed', 'ended')
        )
      GROUP BY 1, 2
    `.execute(db);
    return rows;
  }

  async listServices(db: Executor, appId: string): Promise<VerifyService[]> {
    const { rows } = await sql<ServiceRow>`
      SELECT ${SERVICE}
      FROM verify_services s
      WHERE s.app_id = ${appId}
      ORDER BY s.created_at, s.id
    `.execute(db);
    return rows.map(toService);
  }

  /** For the operator, by the owner's login: no role may. */
  async setTexts(
    trx: Transaction,
    serviceId: string,
    { templates, codeHost }: Pick<VerifyService, 'templates' | 'codeHost'>,
  ): Promise<void> {
    await sql`
      UPDATE verify_services
      SET templates = ${JSON.stringify(templates)}::jsonb, code_host = ${codeHost}
      WHERE id = ${serviceId}
    `.execute(trx);
  }
}
