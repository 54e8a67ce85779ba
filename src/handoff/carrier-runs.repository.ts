import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import {
  type KnownRun,
  type RunKind,
  type Try,
  TRIES_SEEN,
  TRIES_WITHIN_MS,
} from './carrier-runs.js';
import { type Channel, CHANNELS } from './channels.js';

/** Which run it is: each channel has one of each kind at most. */
export interface RunKey {
  channel: Channel;
  kind: RunKind;
}
export type StoredRun = RunKey & KnownRun;

export async function listRuns(db: Executor): Promise<StoredRun[]> {
  const { rows } = await sql<StoredRun>`
    SELECT channel, kind, outcome, carrier_code AS "carrierCode", count, since, last_at AS "lastAt",
      stage
    FROM carrier_runs
    ORDER BY channel, kind
  `.execute(db);
  return rows;
}

/**
 * The newest tries at the carrier by each channel, newest first. What a dead worker had in hand is
 * left out: nobody knows whether the carrier was asked, and no carrier stands in its row.
 */
export async function listTries(
  db: Executor,
  now: Date,
): Promise<readonly (Try & { channel: Channel })[]> {
  const since = new Date(now.getTime() - TRIES_WITHIN_MS);
  const { rows } = await sql<Try & { channel: Channel }>`
    SELECT c.channel, t.at, t.outcome, t."carrierCode", t.delivery
    FROM unnest(${CHANNELS}::text[]) c (channel)
    CROSS JOIN LATERAL (
      SELECT tried_at AS at, outcome, carrier_code AS "carrierCode", delivery
      FROM handoffs h
      WHERE h.channel = c.channel AND h.tried_at > ${since} AND h.kind = 'deliver'
        AND (h.outcome = 'unavailable' OR h.carrier IS NOT NULL)
      ORDER BY h.tried_at DESC
      LIMIT ${TRIES_SEEN}
    ) t
    ORDER BY c.channel, t.at DESC
  `.execute(db);
  return rows;
}

export async function keepRun(
  trx: Transaction,
  { channel, kind }: RunKey,
  run: KnownRun,
): Promise<void> {
  await sql`
    INSERT INTO carrier_runs (channel, kind, outcome, carrier_code, count, since, last_at, stage)
    VALUES (
      ${channel}, ${kind}, ${run.outcome}, ${run.carrierCode}, ${run.count}, ${run.since},
      ${run.lastAt}, ${run.stage}
    )
    ON CONFLICT (channel, kind) DO UPDATE SET
      outcome = excluded.outcome,
      carrier_code = excluded.carrier_code,
      count = excluded.count,
      since = excluded.since,
      last_at = excluded.last_at,
      stage = excluded.stage
  `.execute(trx);
}

export async function endRun(trx: Transaction, { channel, kind }: RunKey): Promise<void> {
  await sql`DELETE FROM carrier_runs WHERE channel = ${channel} AND kind = ${kind}`.execute(trx);
}
