import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import type { CarrierEvent, Handoff } from '../handoff/handoff.js';
import { HandoffsRepository } from '../handoff/handoffs.repository.js';
import { type OutcomeListener, Outcomes, type Settled } from '../handoff/outcomes.service.js';
import type { Sql } from '../kernel/database.js';

/**
 * A verification from the carrier's side, in `worker` and `ingress`: only one thing ends it there, a number that can't
 * be reached. Everything else (a slow SMS, a call that nobody takes, an outage, our own mistake) leaves it pending: the
 * person may send again.
 */
@Injectable()
export class VerificationSends implements OutcomeListener {
  constructor(private readonly handoffs: HandoffsRepository, outcomes: Outcomes) {
    outcomes.on('verification', this);
  }

  async isWanted(trx: Sql, handoff: Handoff, now: Date): Promise<boolean> {
    const { rows } = await sql`SELECT 1 FROM verifications WHERE id = ${handoff.subjectId} AND state = 'pending' AND expires_at > ${now}`.execute(trx);
    return rows.length > 0;
  }

  async settled(trx: Sql, handoff: Handoff, settled: Settled, now: Date): Promise<void> {
    if (settled.state === 'rejected' && settled.reason === 'spend_cap') await this.block(trx, handoff.subjectId, now);
    else if (settled.state === 'rejected') await this.giveUp(trx, handoff.subjectId, now);
    if (settled.state !== 'accepted' && settled.state !== 'unknown') await this.silence(trx, handoff.id);
  }

  async carrierEvent(trx: Sql, handoff: Handoff, event: CarrierEvent, now: Date): Promise<void> {
    if (event.kind === 'message' && event.reason === 'bad_number') await this.giveUp(trx, handoff.subjectId, now);
    if (event.kind === 'call') await this.handoffs.advanceDelivery(trx, handoff.id, event.state, event.reason);
    if (event.kind === 'machine') await this.handoffs.noteReason(trx, handoff.id, 'machine');
    if (event.kind === 'machine' || (event.kind === 'call' && event.state === 'ended')) await this.silence(trx, handoff.id);
  }

  /** This call has no code to speak any more: it has ended, or it speaks to a machine. */
  private async silence(trx: Sql, handoffId: string): Promise<void> {
    await sql`DELETE FROM spoken_codes WHERE handoff_id = ${handoffId}`.execute(trx);
  }

  /** A cap refused its send. One whose code has gone out before stays: it may still be typed in. */
  private async block(trx: Sql, id: string, now: Date): Promise<void> {
    const { rows } = await sql`
      UPDATE verifications SET state = 'blocked', finished_at = ${now}, code_hash = NULL WHERE id = ${id} AND state = 'pending'
        AND NOT EXISTS (SELECT FROM handoffs h WHERE h.subject_id = verifications.id AND h.kind = 'deliver' AND h.state IN ('sending', 'accepted', 'unknown')) RETURNING 1
    `.execute(trx);
    if (rows.length > 0) await sql`DELETE FROM codes WHERE verification_id = ${id}`.execute(trx);
  }

  /** What calls were to speak goes with the code. */
  private async giveUp(trx: Sql, id: string, now: Date): Promise<void> {
    await sql`UPDATE verifications SET state = 'undeliverable', finished_at = ${now}, code_hash = NULL WHERE id = ${id} AND state = 'pending'`.execute(trx);
    await sql`DELETE FROM codes WHERE verification_id = ${id}`.execute(trx);
  }
}
