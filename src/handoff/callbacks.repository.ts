import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { Transaction } from '../kernel/database.js';
import { deliveriesBefore, type Delivery, type EndReason, type Handoff } from './handoff.js';
import { COLUMNS, type HandoffRow, toHandoff } from './handoff-rows.repository.js';

/** What a carrier's callback reads of a hand-off, and writes of it. */
@Injectable()
export class CallbacksRepository {
  /**
   * By the digest of the capability in a callback's URL, while it holds; locked, since its callbacks
   * may come together. Not FOR UPDATE: it would keep out a hang-up that names this row, whose
   * writer holds the call that its callback waits for.
   */
  async findByCapability(
    trx: Transaction,
    digest: Buffer,
    now: Date,
  ): Promise<(Handoff & { carrierRef: string | null }) | undefined> {
    const { rows } = await sql<HandoffRow & { carrier_ref: string | null }>`
      SELECT ${COLUMNS}, carrier_ref
      FROM handoffs
      WHERE capability_hash = sha256(${digest}::bytea) AND capability_expires_at > ${now}
      FOR NO KEY UPDATE
    `.execute(trx);
    const row = rows[0];
    return row && { ...toHandoff(row), carrierRef: row.carrier_ref };
  }

  /** False if this callback was taken in before. */
  async rememberCallback(
    trx: Transaction,
    handoffId: string,
    event: string,
    now: Date,
  ): Promise<boolean> {
    const { rows } = await sql`
      INSERT INTO callbacks (handoff_id, event, received_at)
      VALUES (${handoffId}, ${event}, ${now})
      ON CONFLICT DO NOTHING
      RETURNING event
    `.execute(trx);
    return rows.length > 0;
  }

  /**
   * A message's state, or that of a call with a code, forward only; false if it was there or
   * further already. An earlier reason stays.
   */
  async advanceDelivery(
    trx: Transaction,
    id: string,
    delivery: Delivery,
    reason?: EndReason,
  ): Promise<boolean> {
    const { rows } = await sql`
        UPDATE handoffs
        SET delivery = ${delivery}, reason = coalesce(reason, ${reason ?? null})
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
