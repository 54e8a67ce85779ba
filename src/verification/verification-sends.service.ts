import { Injectable } from '@nestjs/common';
import { sql } from 'kysely';
import { CallbacksRepository } from '../handoff/callbacks.repository.js';
import { traitsOf } from '../handoff/channels.js';
import type { CarrierEvent, Handoff } from '../handoff/handoff.js';
import { type OutcomeListener, Outcomes, type Settled } from '../handoff/outcomes.service.js';
import type { Transaction } from '../kernel/database.js';
import { Webhooks } from '../webhooks/webhooks.service.js';

/**
 * A verification from the carrier's side, in `worker` and `ingress`: only a number that can't be reached ends it there.
 * Everything else (a slow SMS, a call that nobody takes, an outage, our own mistake) leaves it pending: the person may send
 * again, and what came to nothing without their doing costs them nothing. Where no SMS arrives a call may follow at once;
 * with `auto` it does by itself.
 */
@Injectable()
export class VerificationSends implements OutcomeListener {
  constructor(
    private readonly callbacks: CallbacksRepository,
    private readonly webhooks: Webhooks,
    outcomes: Outcomes,
  ) {
    outcomes.on('verification', this);
  }

  async isWanted(trx: Transaction, handoff: Handoff, now: Date): Promise<boolean> {
    const { rows } =
      await sql`SELECT 1 FROM verifications WHERE id = ${handoff.subjectId} AND state = 'pending' AND expires_at > ${now}`.execute(
        trx,
      );
    return rows.length > 0;
  }

  async settled(trx: Transaction, handoff: Handoff, settled: Settled, now: Date): Promise<void> {
    if (settled.state === 'rejected' && settled.reason === 'spend_cap')
      await this.block(trx, handoff, now);
    else if (settled.state === 'rejected')
      await this.refused(trx, handoff, settled.reason === 'no_sms', now);
    if (settled.state === 'failed' || settled.state === 'expired') {
      await sql`SELECT give_back_send(${handoff.subjectId}::uuid, ${handoff.channel}, (SELECT created_at FROM handoffs WHERE id = ${handoff.id}))`.execute(
        trx,
      );
      if (isText(handoff)) await this.tryVoice(trx, handoff.subjectId, now);
    }
    if (settled.state !== 'accepted' && settled.state !== 'unknown')
      await this.silence(trx, handoff.id);
  }

  async carrierEvent(
    trx: Transaction,
    handoff: Handoff,
    event: CarrierEvent,
    now: Date,
  ): Promise<void> {
    if (
      event.kind === 'message' &&
      (event.delivery === 'undelivered' || event.delivery === 'failed')
    ) {
      if (event.reason === 'bad_number' || event.reason === 'no_sms')
        await this.refused(trx, handoff, event.reason === 'no_sms', now);
      else await this.tryVoice(trx, handoff.subjectId, now);
    }
    // It has arrived: no call is to follow by itself.
    if (event.kind === 'message' && event.delivery === 'delivered')
      await sql`UPDATE verifications SET voice_at = NULL WHERE id = ${handoff.subjectId} AND voice_at IS NOT NULL`.execute(
        trx,
      );
    if (event.kind === 'message') await this.tell(trx, handoff, event.delivery, now);
    if (event.kind === 'call') await this.tell(trx, handoff, event.state, now);
    if (event.kind === 'call')
      await this.callbacks.advanceDelivery(trx, handoff.id, event.state, event.reason);
    if (event.kind === 'machine') await this.callbacks.noteReason(trx, handoff.id, 'machine');
    if (event.kind === 'machine' || (event.kind === 'call' && event.state === 'ended'))
      await this.silence(trx, handoff.id);
  }

  private async tell(
    trx: Transaction,
    handoff: Handoff,
    delivery:
      'queued' | 'sent' | 'delivered' | 'undelivered' | 'failed' | 'ringing' | 'answered' | 'ended',
    now: Date,
  ): Promise<void> {
    await this.webhooks.add(
      trx,
      {
        type: 'verification.delivery',
        data: { verificationId: handoff.subjectId, channel: handoff.channel, delivery },
        appId: handoff.accountId,
      },
      now,
    );
  }

  /** This call has no code to speak any more: it has ended, or it speaks to a machine. */
  private async silence(trx: Transaction, handoffId: string): Promise<void> {
    await sql`DELETE FROM spoken_codes WHERE handoff_id = ${handoffId}`.execute(trx);
  }

  /** A cap refused its send. One whose code has gone out before stays: it may still be typed in. */
  private async block(trx: Transaction, handoff: Handoff, now: Date): Promise<void> {
    const { rows } =
      await sql`SELECT FROM handoffs WHERE subject_id = ${handoff.subjectId} AND kind = 'deliver' AND state IN ('sending', 'accepted', 'unknown')`.execute(
        trx,
      );
    if (rows.length === 0) await this.finish(trx, handoff, 'blocked', now);
  }

  /** No SMS reaches this number: a call still may. Anything else ends it; what calls were to speak goes with the code. */
  private async refused(
    trx: Transaction,
    handoff: Handoff,
    isForSmsOnly: boolean,
    now: Date,
  ): Promise<void> {
    if (isForSmsOnly && isText(handoff)) {
      const { rows } =
        await sql`UPDATE verifications SET channels = array_remove(channels, ${handoff.channel}) WHERE id = ${handoff.subjectId} AND state = 'pending' AND 'voice' = ANY (channels) RETURNING 1`.execute(
          trx,
        );
      if (rows.length > 0) return this.tryVoice(trx, handoff.subjectId, now);
    }
    await this.finish(trx, handoff, 'undeliverable', now);
  }

  /** An app is told: the hand-off is in its name. */
  private async finish(
    trx: Transaction,
    handoff: Handoff,
    state: 'undeliverable' | 'blocked',
    now: Date,
  ): Promise<void> {
    const { rows } = await sql<{
      isNews: boolean;
    }>`SELECT finish_verification(${handoff.subjectId}::uuid, ${state}, ${now}::timestamptz) AS "isNews"`.execute(
      trx,
    );
    if (rows[0]?.isNews === true)
      await this.webhooks.add(
        trx,
        {
          type: 'verification.failed',
          data: { verificationId: handoff.subjectId, state },
          appId: handoff.accountId,
        },
        now,
      );
  }

  /** The SMS came to nothing: a call needs not wait for it. The worker's sweep makes that of `auto`. */
  private async tryVoice(trx: Transaction, id: string, now: Date): Promise<void> {
    await sql`
      UPDATE verifications SET first_sms_at = NULL, voice_at = CASE WHEN is_auto AND 'voice' = ANY (channels) THEN ${now}::timestamptz END
      WHERE id = ${id} AND state = 'pending' AND expires_at > ${now}
    `.execute(trx);
  }
}

const isText = ({ channel }: Handoff): boolean => traitsOf(channel).form === 'text';
