import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { type Counts, type Kind, LEVEL_MS, type Reason } from './pumping.js';

export interface NewBlock {
  id: string;
  kind: Kind;
  prefixKey: Buffer | null;
  country: string | null;
  reason: Reason;
  counts: Counts;
  cost: number;
  level: number;
  until: Date;
}

/** This is a block in force, as `api` refuses by it. */
export interface OpenBlock {
  id: string;
  kind: Kind;
  prefixKey: Buffer | null;
  country: string | null;
  until: Date;
  hasPrefix: boolean;
}

/** This is a block as its operator sees it. */
export interface Block {
  id: string;
  kind: Kind;
  prefix: string | null;
  country: string | null;
  reason: Reason;
  sends: number;
  approvals: number;
  cost: string;
  level: number;
  since: Date;
  until: Date;
  liftedAt: Date | null;
  endedAt: Date | null;
}

/** False if it is blocked already. */
export async function block(
  trx: Transaction,
  { id, kind, prefixKey, country, reason, counts, cost, level, until }: NewBlock,
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`
    INSERT INTO pumping_blocks (
      id, kind, prefix_key, country, reason, sends, approvals, cost, level, since, until
    )
    VALUES (
      ${id},
      ${kind},
      ${prefixKey},
      ${country},
      ${reason},
      ${counts.sends},
      ${counts.approvals},
      ${cost},
      ${level},
      ${now},
      ${until}
    )
    ON CONFLICT DO NOTHING
    RETURNING 1
  `.execute(trx);
  return rows.length > 0;
}

/** Ends those whose time is over, or that were lifted. */
export async function endBlocks(
  trx: Transaction,
  now: Date,
): Promise<{ kind: Kind; country: string | null; isLifted: boolean }[]> {
  const { rows } = await sql<{ kind: Kind; country: string | null; isLifted: boolean }>`
    UPDATE pumping_blocks
    SET ended_at = ${now}
    WHERE ended_at IS NULL AND (until <= ${now} OR lifted_at IS NOT NULL)
    RETURNING kind, country, lifted_at IS NOT NULL AS "isLifted"
  `.execute(trx);
  return rows;
}

/** Reads what holds now or held a moment ago. */
export async function listOpenBlocks(db: Executor): Promise<OpenBlock[]> {
  const { rows } = await sql<OpenBlock>`
    SELECT
      id,
      kind,
      prefix_key AS "prefixKey",
      country,
      until,
      prefix IS NOT NULL AS "hasPrefix"
    FROM pumping_blocks
    WHERE ended_at IS NULL AND lifted_at IS NULL
  `.execute(db);
  return rows;
}

/** Writes onto a block, in clear, which prefix it is; once. */
export async function namePrefix(db: Executor, id: string, prefix: string): Promise<void> {
  await sql`
    UPDATE pumping_blocks
    SET prefix = ${prefix}
    WHERE id = ${id} AND prefix IS NULL
  `.execute(db);
}

/** For the operator: all of the last day, and what still holds. */
export async function listBlocks(db: Executor, now: Date): Promise<Block[]> {
  const { rows } = await sql<Block>`
    SELECT
      id,
      kind,
      prefix,
      country,
      reason,
      sends,
      approvals,
      cost,
      level,
      since,
      until,
      lifted_at AS "liftedAt",
      ended_at AS "endedAt"
    FROM pumping_blocks
    WHERE since > ${new Date(now.getTime() - LEVEL_MS)} OR ended_at IS NULL
    ORDER BY since DESC, id
  `.execute(db);
  return rows;
}

/**
 * For the operator: ends a block early. Undefined if there is none that holds. `id` may be its
 * beginning, if that tells it from all others.
 */
export async function liftBlock(
  db: Executor,
  id: string,
  now: Date,
): Promise<Pick<Block, 'id' | 'kind' | 'prefix' | 'country'> | undefined> {
  const { rows } = await sql<Pick<Block, 'id' | 'kind' | 'prefix' | 'country'>>`
    WITH meant AS (
      SELECT id
      FROM pumping_blocks
      WHERE id::text LIKE ${`${id}%`}
        AND ended_at IS NULL
        AND lifted_at IS NULL
        AND until > ${now}
    )
    UPDATE pumping_blocks
    SET lifted_at = ${now}
    WHERE id IN (SELECT id FROM meant) AND (SELECT count(*) FROM meant) = 1
    RETURNING id, kind, prefix, country
  `.execute(db);
  return rows[0];
}
