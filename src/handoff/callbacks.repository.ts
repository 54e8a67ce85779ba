import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Executor, Transaction } from '../kernel/database.js';
import { CHANNELS } from './channels.js';
import { deliveriesBefore, type Delivery, type EndReason, type Handoff } from './handoff.js';
import { COLUMNS, type HandoffRow, isSuperseded, toHandoff } from './handoff-rows.repository.js';

/** A hand-off of which its carrier speaks. */
export interface Called extends Handoff {
  carrierRef: string | null;
  isSuperseded: boolean;
}

/** The callbacks of so many of a channel's newest tries are looked at. */
const TRIES_SEEN = 200;

/**
 * When the carrier last reached `ingress`, by what it was given lately. What the reconciler asked it
 * for is remembered beside its callbacks, and is none.
 */
export async function findNewestCallback(db: Executor): Promise<Date | undefined> {
  const { rows } = await sql<{ at: Date | null }>`
    SELECT max(b.received_at) AS at
    FROM unnest(${CHANNELS}::text[]) c (channel)
    CROSS JOIN LATERAL (
      SELECT id
      FROM handoffs h
      WHERE h.channel = c.channel AND h.tried_at IS NOT NULL AND h.kind = 'deliver'
      ORDER BY h.tried_at DESC
      LIMIT ${TRIES_SEEN}
    ) t
    JOIN callbacks b ON b.handoff_id = t.id AND b.event NOT LIKE 'asked %'
  `.execute(db);
  return rows[0]?.at ?? undefined;
}

/** What a carrier's callback reads of a hand-off, and writes of it. */
@Injectable()
export class CallbacksRepository {
  /**
   * By the digest of the capability in a callback's URL, while it holds. That shows it for this
   * transaction, in which PostgreSQL then takes what the carrier says. Locked, since its callbacks
   * may come together. Not FOR UPDATE: it would keep out a hang-up that names this row, whose
   * writer holds the call that its callback waits for.
   */
  async findByCapability(trx: Transaction, digest: Buffer): Promise<Called | undefined> {
    const { rows } = await sql<HandoffRow & { carrier_ref: string | null; isSuperseded: boolean }>`
      SELECT ${COLUMNS}, carrier_ref, ${isSuperseded('handoffs.id')} AS "isSuperseded"
      FROM handoffs
      WHERE id = (SELECT show_capability(${digest}))
        AND capability_hash = sha256(${digest}::bytea)
      FOR NO KEY UPDATE
    `.execute(trx);
    const row = rows[0];
    return (
      row && {
        ...toHandoff(row),
        carrierRef: row.carrier_ref,
        isSuperseded: row.isSuperseded,
      }
    );
  }

  /** False if this callback was taken in before. */
  async rememberCallback(
    trx: Transaction,
    handoffId: string,
    { eventKey, state }: { eventKey: string; state: string },
    now: Date,
  ): Promise<boolean> {
    const { rows } = await sql`
      INSERT INTO callbacks (handoff_id, event, state, received_at)
      VALUES (${handoffId}, ${eventKey}, ${state}, ${now})
      ON CONFLICT DO NOTHING
      RETURNING event
    `.execute(trx);
    return rows.length > 0;
  }

  /**
   * A message's state, or that of a call with a code, forward only; false if it was there or
   * further already. An earlier reason stays, but for the one that nobody knew what became of it.
   */
  async advanceDelivery(
    trx: Transaction,
    id: string,
    delivery: Delivery,
    { reason, carrierCode }: { reason?: EndReason; carrierCode?: number } = {},
  ): Promise<boolean> {
    const { rows } = await sql`
        UPDATE handoffs
        SET
          delivery = ${delivery},
          reason = coalesce(nullif(reason, 'unknown'), ${reason ?? null}),
          carrier_code = coalesce(${carrierCode ?? null}, carrier_code)
        WHERE id = ${id} AND delivery = ANY (${deliveriesBefore(delivery)}::text[])
        RETURNING id
      `.execute(trx);
    return rows.length > 0;
  }

  /**
   * Why a call will come to nothing, known before it ends; a call that has brought its code needs
   * no reason any more.
   */
  async noteReason(trx: Transaction, id: string, reason: EndReason): Promise<void> {
    await sql`
      UPDATE handoffs
      SET reason = coalesce(reason, ${reason})
      WHERE id = ${id} AND delivery <> 'delivered'
    `.execute(trx);
  }
}
